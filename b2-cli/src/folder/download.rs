//! Downloads of folders.

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use b2_native::{Bucket, SaveFile, SaveOptions};
use b2_proto::ErrorKind;
use b2_proto::download::DownloadEvent;
use b2_proto::list::{LsEntry, LsOptions};
use b2_proto::model::FileVersion;
use futures::stream::{self, Stream, StreamExt};
use indicatif::ProgressBar;

use super::names::FolderDetector;
use super::options::FolderOptions;
use super::paths::{LocalPath, LocalPaths};
use super::report::Report;
use crate::context::Context;
use crate::error::CliError;
use crate::transfer;

/// Smaller files report progress only at their end, in bytes.
const PROGRESS_THRESHOLD: u64 = 1 << 20;

const INTERRUPTED: &str =
    "Interrupted. Incomplete files were not kept. The same command downloads all files again.";

/// Downloads all files below a path into a folder, which is created if needed. Downloads start while the bucket is
/// still being listed.
pub(crate) async fn download(
    context: &Context,
    bucket: &Bucket,
    path: &str,
    root: &Path,
    options: &FolderOptions,
) -> Result<Report, CliError> {
    let is_new = !root.exists();
    let mut paths = LocalPaths::new(root, path)?;
    let bar = context.progress.folder("download", 0);
    let moved = Arc::new(AtomicU64::new(0));
    let mut report = Report::new();
    let mut folders = 0_u64;
    let started_files = Cell::new(0_u64);
    let downloads = files(bucket, path).map(|file| {
        let started = file.map(|(version, is_folder_too)| {
            started_files.set(started_files.get() + 1);
            bar.inc_length(version.size);
            let target = paths.assign(&version, is_folder_too);
            (version, target)
        });
        let (bar, moved) = (bar.clone(), moved.clone());
        async move {
            let (version, target) = started?;
            let done = match target {
                Ok(LocalPath::Folder) => Ok(Done::Folder),
                Ok(LocalPath::File(below)) => {
                    download_file(bucket, &version, (root, &below), options, bar, moved)
                        .await
                        .map(|()| Done::File)
                }
                Err(failure) => Err(failure),
            };
            Ok::<_, CliError>((version, done))
        }
    });
    let mut downloads = std::pin::pin!(downloads.buffer_unordered(options.concurrency));
    loop {
        let next = tokio::select! {
            biased;
            () = context.interrupt.requested() => {
                report.abort(CliError::Interrupted(INTERRUPTED.to_owned()));
                break;
            }
            next = downloads.next() => next,
        };
        let Some(one) = next else { break };
        let (version, done) = match one {
            Ok(one) => one,
            // The listing continues after an entry that cannot be read.
            Err(CliError::B2(error)) if error.kind() == ErrorKind::UnreadableEntry => {
                let name =
                    error.subject().filter(|name| !name.is_empty()).unwrap_or("a file").to_owned();
                report.add_failure(context, &name, CliError::B2(error));
                continue;
            }
            // The listing has failed. Downloads that have started continue.
            Err(failure) => {
                report.abort(failure);
                continue;
            }
        };
        match done {
            Ok(Done::Folder) => folders += 1,
            Ok(Done::File) => {
                report.add_success(version.size);
                if version.size < PROGRESS_THRESHOLD {
                    let before = moved.fetch_add(version.size, Ordering::Relaxed);
                    bar.set_position(before + version.size);
                    bar.set_message("");
                }
            }
            Err(failure) => {
                if !report.add_failure(context, &version.file_name, failure) {
                    break;
                }
            }
        }
    }
    bar.finish_and_clear();
    report.count_unfinished(started_files.get().saturating_sub(folders));
    if report.files + report.failed + folders == 0 && !report.is_aborted() {
        if is_new {
            let _ = std::fs::remove_dir(root);
        }
        let name = bucket.name();
        if !path.is_empty() {
            return Err(CliError::message(format!(
                "nothing to download at b2://{name}/{path}: there is no file and no folder with this name"
            )));
        }
        context.note(format!("The bucket {name} has no visible files."));
    }
    Ok(report.finish())
}

/// What a download has created.
enum Done {
    File,
    Folder,
}

/// Lists the files below a path, each with whether its name is also that of a folder.
fn files(
    bucket: &Bucket,
    path: &str,
) -> impl Stream<Item = Result<(Box<FileVersion>, bool), CliError>> + use<> {
    let mut names = FolderDetector::new();
    let options = LsOptions::new(path).recursive(true).page_size(1_000);
    let listed = bucket.ls(options).map(Some).chain(stream::iter([None]));
    listed.flat_map(move |entry| {
        let (known, failure) = match entry {
            Some(Ok(LsEntry::File(version))) => {
                let name = version.file_name.clone();
                (names.next(&name, version), None)
            }
            Some(Ok(LsEntry::Folder(_))) => (Vec::new(), None),
            Some(Err(error)) if error.kind() == ErrorKind::UnreadableEntry => {
                (Vec::new(), Some(Err(error.into())))
            }
            Some(Err(error)) => (names.end(), Some(Err(error.into()))),
            None => (names.end(), None),
        };
        stream::iter(known.into_iter().map(Ok).chain(failure).collect::<Vec<_>>())
    })
}

async fn download_file(
    bucket: &Bucket,
    version: &FileVersion,
    (root, below): (&Path, &Path),
    options: &FolderOptions,
    bar: ProgressBar,
    moved: Arc<AtomicU64>,
) -> Result<(), CliError> {
    let file = SaveFile::create_below(root, below, SaveOptions::default()).await?;
    file.check_space(version.size)?;
    let mut download = bucket
        .client()
        .download_by_id(version.file_id.clone())
        .expect(version)
        .retry(options.retry)
        .verify(options.verify)
        .on_event(listener(bar, moved, version.size));
    if let Some(encryption) = options.encryption.clone() {
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
        DownloadEvent::Progress { received, .. } if len >= PROGRESS_THRESHOLD => {
            let change = received.wrapping_sub(last);
            last = received;
            let before = moved.fetch_add(change, Ordering::Relaxed);
            bar.set_position(before.wrapping_add(change));
        }
        DownloadEvent::Retrying(retrying) => transfer::show_retry(&bar, &retrying),
        _ => {}
    }
}
