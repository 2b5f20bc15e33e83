//! Files of a bucket to a local folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use b2_native::{Bucket, SaveFile, SaveOptions};
use b2_proto::ErrorKind;
use b2_proto::download::DownloadEvent;
use b2_proto::encoding::file_name_as_path;
use b2_proto::list::{LsEntry, LsOptions};
use b2_proto::model::FileVersion;
use futures::{StreamExt, TryStreamExt};
use indicatif::ProgressBar;

use super::{Plan, Report};
use crate::context::Context;
use crate::failure::Failure;
use crate::transfer;

/// Of a smaller file only the end is worth to be told.
const TELLING: u64 = 1 << 20;

/// Downloads all files below a path into a folder, which is made if need be. It begins while the rest is
/// still being listed.
pub(crate) async fn download(
    context: &Context,
    bucket: &Bucket,
    path: &str,
    root: &Path,
    plan: &Plan,
) -> Result<Report, Failure> {
    make_folder(root)?;
    let bar = context.progress.folder("download", 0);
    let moved = Arc::new(AtomicU64::new(0));
    let mut report = Report::begin();
    let mut made = BTreeSet::new();
    let options = LsOptions::new(path).recursive(true).page_size(1_000);
    let downloads = bucket.ls(options).map_err(Failure::from).map(|entry| {
        let begun = entry.map(|entry| match entry {
            LsEntry::Folder(_) => None,
            LsEntry::File(version) => {
                bar.inc_length(version.size);
                let target = target(root, path, &version.file_name, &mut made);
                Some((version, target))
            }
        });
        let (bar, moved) = (bar.clone(), moved.clone());
        async move {
            let Some((version, target)) = begun? else {
                return Ok(None);
            };
            let done = match target {
                Ok(target) => fetch(bucket, &version, &target, plan, bar, moved).await,
                Err(failure) => Err(failure),
            };
            Ok::<_, Failure>(Some((version, done)))
        }
    });
    let mut downloads = std::pin::pin!(downloads.buffer_unordered(plan.at_once));
    while let Some(one) = downloads.next().await {
        let (version, done) = match one {
            Ok(Some(one)) => one,
            Ok(None) => continue,
            // The listing goes on without it.
            Err(Failure::B2(error)) if error.kind() == ErrorKind::UnreadableEntry => {
                let name = error.subject().unwrap_or("a file").to_owned();
                report.failed(context, &name, Failure::B2(error));
                continue;
            }
            Err(failure) => return Err(failure),
        };
        match done {
            Ok(()) => {
                report.succeeded(version.size);
                if version.size < TELLING {
                    let before = moved.fetch_add(version.size, Ordering::Relaxed);
                    bar.set_position(before + version.size);
                    bar.set_message("");
                }
            }
            Err(failure) => {
                if !report.failed(context, &version.file_name, failure) {
                    break;
                }
            }
        }
    }
    bar.finish_and_clear();
    report.end()
}

/// Where a file goes; its folder is made.
fn target(
    root: &Path,
    path: &str,
    name: &str,
    made: &mut BTreeSet<PathBuf>,
) -> Result<PathBuf, Failure> {
    let folder =
        if path.is_empty() || path.ends_with('/') { path.to_owned() } else { format!("{path}/") };
    let below = match name.strip_prefix(&folder) {
        Some(below) => below,
        // The path is a file itself.
        None => name.rsplit('/').next().unwrap_or(name),
    };
    // The whole name is looked at, so that the message shows it.
    file_name_as_path(name).map(drop)?;
    let target = root.join(file_name_as_path(below)?);
    if let Some(parent) = target.parent()
        && !made.contains(parent)
    {
        make_folder(parent)?;
        made.insert(parent.to_owned());
    }
    Ok(target)
}

async fn fetch(
    bucket: &Bucket,
    version: &FileVersion,
    target: &Path,
    plan: &Plan,
    bar: ProgressBar,
    moved: Arc<AtomicU64>,
) -> Result<(), Failure> {
    let file = SaveFile::create(target, SaveOptions::default()).await?;
    let mut download = bucket
        .client()
        .download_file_by_id(version.file_id.clone())
        .expect(version)
        .retry(plan.retry)
        .verify(plan.verify)
        .on_event(listener(bar, moved, version.size));
    if let Some(encryption) = plan.encryption.clone() {
        download = download.encryption(encryption);
    }
    let downloaded = download.save(file.sink()).await?;
    file.commit(downloaded.version.mod_time()).await?;
    Ok(())
}

fn listener(
    bar: ProgressBar,
    moved: Arc<AtomicU64>,
    len: u64,
) -> impl FnMut(DownloadEvent) + Send + 'static {
    let mut last = 0;
    move |event| match event {
        DownloadEvent::Progress { received, .. } if len >= TELLING => {
            let change = received.wrapping_sub(last);
            last = received;
            let before = moved.fetch_add(change, Ordering::Relaxed);
            bar.set_position(before.wrapping_add(change));
        }
        DownloadEvent::Retrying(retrying) => transfer::note_retry(&bar, &retrying),
        _ => {}
    }
}

fn make_folder(path: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(path).map_err(|error| Failure::local(path, &error))
}
