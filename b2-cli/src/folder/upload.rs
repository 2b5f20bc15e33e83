//! Local files to a bucket.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use b2_native::{Bucket, NativeSource, UploadBuilder};
use b2_proto::create::UploadEvent;
use b2_proto::encoding::check_file_name;
use b2_proto::model::FileInfo;
use futures::StreamExt;
use indicatif::ProgressBar;

use super::{Plan, Report, Scanned};
use crate::context::Context;
use crate::failure::Failure;
use crate::transfer;

/// Of a smaller file only the end is worth to be told.
const TELLING: u64 = 1 << 20;

/// Uploads what was found under a prefix. Each file gets `info` and what `each` sets; what could not be read
/// when it was looked for counts as failed.
pub(crate) async fn upload(
    context: &Context,
    bucket: &Bucket,
    found: Scanned,
    prefix: &str,
    plan: &Plan,
    info: &FileInfo,
    each: impl Fn(UploadBuilder) -> UploadBuilder,
) -> Report {
    let slash = if prefix.is_empty() || prefix.ends_with('/') { "" } else { "/" };
    let Scanned { files, failed, .. } = found;
    let bar = context.progress.folder("upload", files.iter().map(|file| file.len).sum());
    let moved = Arc::new(AtomicU64::new(0));
    let mut report = Report::begin();
    for (path, failure) in failed {
        report.failed(context, &path, failure);
    }
    let uploads = files.into_iter().map(|file| {
        let name = format!("{prefix}{slash}{}", file.name);
        let begun = check_file_name(&name).map(|()| {
            let source = NativeSource::known(&file.path, file.len, file.modified);
            let mut upload = each(bucket.upload(source, &*name).info(info.clone()))
                .retry(plan.retry)
                .resume(plan.resume)
                .on_event(listener(bar.clone(), moved.clone(), file.len));
            if let Some(time) = file.modified.and_then(super::timestamp) {
                upload = upload.src_last_modified(time);
            }
            match plan.part_size {
                Some(part_size) => upload.part_size(part_size),
                None => upload,
            }
        });
        async move {
            let done = match begun {
                Ok(upload) => upload.await.map(drop).map_err(Failure::from),
                Err(error) => Err(error.into()),
            };
            (file, done)
        }
    });
    let mut uploads = std::pin::pin!(futures::stream::iter(uploads).buffer_unordered(plan.at_once));
    while let Some((file, done)) = uploads.next().await {
        match done {
            Ok(()) => {
                report.succeeded(file.len);
                if file.len < TELLING {
                    let moved = moved.fetch_add(file.len, Ordering::Relaxed) + file.len;
                    bar.set_position(moved);
                    bar.set_message("");
                }
            }
            Err(failure) => {
                let path = file.path.display().to_string();
                if !report.failed(context, &path, failure) {
                    break;
                }
            }
        }
    }
    bar.finish_and_clear();
    report.end()
}

fn listener(
    bar: ProgressBar,
    moved: Arc<AtomicU64>,
    len: u64,
) -> impl FnMut(UploadEvent) + Send + 'static {
    let mut last = 0;
    move |event| match event {
        UploadEvent::Progress(progress) if len >= TELLING => {
            let change = progress.sent.wrapping_sub(last);
            last = progress.sent;
            let before = moved.fetch_add(change, Ordering::Relaxed);
            bar.set_position(before.wrapping_add(change));
        }
        UploadEvent::Retrying(retrying) => transfer::note_retry(&bar, &retrying),
        _ => {}
    }
}
