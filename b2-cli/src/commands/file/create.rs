//! Creating one file: its progress, and what remains if it fails.

use b2_native::Transfer;
use b2_proto::ErrorKind;
use b2_proto::create::{UploadEvent, UploadState};
use b2_proto::model::{FileId, FileVersion};

use crate::context::Context;
use crate::error::CliError;
use crate::transfer::{self, Connection};

/// Creates one file and shows its progress. `resumable`: whether the same command can resume it.
pub(super) async fn create(
    context: &Context,
    transfer: Transfer<FileVersion, UploadEvent>,
    name: &str,
    total: Option<u64>,
    resumable: bool,
) -> Result<FileVersion, CliError> {
    let bar = context.progress.bytes(name, total);
    let mut unfinished: Option<FileId> = None;
    let on_event = |event| {
        Ok(match event {
            UploadEvent::Progress(progress) => {
                if bar.position() < progress.sent {
                    bar.set_message("");
                }
                if let Some(total) = progress.total.filter(|_| total.is_none()) {
                    bar.set_length(total);
                }
                bar.set_position(progress.sent);
                if progress.sent > 0 { Connection::Works } else { Connection::Unknown }
            }
            UploadEvent::State(UploadState::Copying) => {
                bar.set_message("B2 is copying");
                Connection::Unknown
            }
            UploadEvent::Started { file_id, resumed } => {
                unfinished = Some(file_id);
                if resumed > 0 {
                    context.note(format!(
                        "Resuming where an earlier run stopped: {} are stored already.",
                        indicatif::DecimalBytes(resumed)
                    ));
                    bar.set_position(resumed);
                    bar.reset_eta();
                }
                Connection::Works
            }
            UploadEvent::Discarded { .. } => {
                unfinished = None;
                Connection::Unknown
            }
            UploadEvent::Retrying(retrying) => {
                transfer::show_retry(&bar, &retrying);
                Connection::Retrying(retrying)
            }
            _ => Connection::Unknown,
        })
    };
    let done = transfer::run(context, transfer, on_event).await;
    bar.finish_and_clear();
    let failure = match done {
        Ok(version) => return Ok(version),
        Err(failure) => failure,
    };
    let remains = unfinished.map(|id| unfinished_note(&id, resumable));
    Err(match failure {
        CliError::B2(error) if error.kind() == ErrorKind::Cancelled => {
            let remains = remains.unwrap_or_else(|| match error.subject() {
                // A move that was interrupted after its copy.
                Some(_) => error.message().to_owned(),
                None => "Nothing was stored.".to_owned(),
            });
            CliError::Interrupted(format!("Interrupted. {remains}"))
        }
        failure => {
            if let Some(remains) = remains {
                context.warn(remains);
            }
            failure
        }
    })
}

/// Describes the unfinished large file that remains.
fn unfinished_note(id: &FileId, can_resume: bool) -> String {
    let resume = if can_resume { "The same command resumes; " } else { "" };
    format!(
        "B2 keeps the stored parts. {resume}`b2 file large unfinished cancel b2id://{id}` deletes them."
    )
}
