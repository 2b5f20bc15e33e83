//! Uploads of folders.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use b2_native::{Bucket, LocalContent, NativeSource, UploadBuilder};
use b2_proto::create::UploadEvent;
use b2_proto::encoding::check_file_name;
use b2_proto::model::FileInfo;
use futures::StreamExt;
use indicatif::ProgressBar;

use super::options::FolderOptions;
use super::report::Report;
use super::scan::{LocalFile, ScannedFolder};
use crate::context::Context;
use crate::error::CliError;
use crate::transfer;

/// Smaller files report progress only at their end, in bytes.
const PROGRESS_THRESHOLD: u64 = 1 << 20;

const INTERRUPTED: &str = "Interrupted. Incomplete files were not stored. The same command uploads all files again, and \
                           resumes large files.";

/// Uploads the files of a folder under a prefix, each with `info` and the settings of `each`. Files that the scan could
/// not read count as failed.
pub(crate) async fn upload(
    context: &Context,
    bucket: &Bucket,
    scanned: ScannedFolder,
    prefix: &str,
    options: &FolderOptions,
    info: &FileInfo,
    each: impl Fn(UploadBuilder) -> UploadBuilder,
) -> Report {
    let slash = if prefix.is_empty() || prefix.ends_with('/') { "" } else { "/" };
    let ScannedFolder { files, failed, .. } = scanned;
    let bar = context.progress.folder("upload", files.iter().map(|file| file.len).sum());
    let moved = Arc::new(AtomicU64::new(0));
    let mut report = Report::new();
    let total = (files.len() + failed.len()) as u64;
    for (path, failure) in failed {
        report.add_failure(context, &path, failure);
    }
    let uploads = files.into_iter().map(|file| {
        let name = format!("{prefix}{slash}{}", file.name);
        let (bar, moved, each) = (bar.clone(), moved.clone(), &each);
        let upload = async move |file: &LocalFile| {
            check_file_name(&name)?;
            let upload = match open(file).await? {
                LocalContent::File(source) => bucket.upload(source, &*name),
                LocalContent::Stream(reader) => bucket.upload_reader(reader, &*name),
            };
            let mut upload = each(upload.info(info.clone()))
                .retry(options.retry)
                .on_event(listener(bar, moved, file.len));
            if !options.resume {
                upload = upload.resume(false);
            }
            if let Some(time) = file.modified_at() {
                upload = upload.src_last_modified(time);
            }
            if let Some(part_size) = options.part_size {
                upload = upload.part_size(part_size);
            }
            Ok::<_, CliError>(upload.await?.size)
        };
        async move {
            let done = upload(&file).await;
            (file, done)
        }
    });
    let mut uploads =
        std::pin::pin!(futures::stream::iter(uploads).buffer_unordered(options.concurrency));
    loop {
        let next = tokio::select! {
            biased;
            () = context.interrupt.requested() => {
                report.abort(CliError::Interrupted(INTERRUPTED.to_owned()));
                break;
            }
            next = uploads.next() => next,
        };
        let Some((file, done)) = next else { break };
        match done {
            Ok(size) => {
                report.add_success(size);
                if file.len < PROGRESS_THRESHOLD {
                    let moved = moved.fetch_add(file.len, Ordering::Relaxed) + file.len;
                    bar.set_position(moved);
                    bar.set_message("");
                }
            }
            Err(failure) => {
                let path = file.path.display().to_string();
                if !report.add_failure(context, &path, failure) {
                    break;
                }
            }
        }
    }
    bar.finish_and_clear();
    report.count_unfinished(total);
    report.finish()
}

/// Opens a file. A stream is opened at once; a file is opened when its bytes are read.
async fn open(file: &LocalFile) -> Result<LocalContent, CliError> {
    if file.is_stream {
        return Ok(LocalContent::open(&file.path).await?);
    }
    Ok(LocalContent::File(NativeSource::from_metadata(&file.path, file.len, file.modified)))
}

fn listener(
    bar: ProgressBar,
    moved: Arc<AtomicU64>,
    len: u64,
) -> impl FnMut(UploadEvent) + Send + 'static {
    let mut last = 0;
    move |event| match event {
        UploadEvent::Progress(progress) if len >= PROGRESS_THRESHOLD => {
            let change = progress.sent.wrapping_sub(last);
            last = progress.sent;
            let before = moved.fetch_add(change, Ordering::Relaxed);
            bar.set_position(before.wrapping_add(change));
        }
        UploadEvent::Retrying(retrying) => transfer::show_retry(&bar, &retrying),
        _ => {}
    }
}
