//! What the outcomes of the actions of a transfer lead to.

use alloc::sync::Arc;

use super::{Context, Phase, Transfer};
use crate::error::{Error, ErrorKind, Target};
use crate::machine::{Action, Input, Machine as _, SourceId, TaskId};
use crate::model::FileVersion;
use crate::sync::entry::RemoteVersions;
use crate::sync::report::TransferKind;
use crate::time::Instant;

impl Transfer {
    pub(in crate::sync::machine) fn handle(
        &mut self,
        now: Instant,
        context: &Context,
        task: TaskId,
        input: Input,
    ) {
        match (&mut self.phase, input) {
            (Phase::LookingUpSource(scanner) | Phase::LookingUpDestination(scanner), input) => {
                if let Err(error) = scanner.handle(now, task, input) {
                    self.end(Err(error));
                }
            }
            (Phase::Comparing(waiting), Input::Digest(sha1)) if *waiting == task => {
                let same = self.remote().and_then(FileVersion::sha1) == Some(sha1);
                self.decide(context, Some(same));
            }
            (Phase::FindingRename(waiting), Input::Digest(sha1)) if *waiting == task => {
                let is_same = |file: &Arc<RemoteVersions>| {
                    file.visible().and_then(FileVersion::sha1) == Some(sha1)
                };
                self.renamed.retain(is_same);
                match self.renamed.first().cloned() {
                    Some(file) => {
                        self.rename(context, file);
                        self.pause_new(now);
                    }
                    None if context.options().dry_run => self.uploaded_in_dry_run(),
                    None => {
                        let open = self.calls.ids().next();
                        let (source, name) = (SourceId(self.number), self.name.clone());
                        self.steps.start(open, Action::OpenSource { source, name });
                        self.phase = Phase::Opening(open);
                    }
                }
            }
            (Phase::Opening(waiting), Input::Opened(file)) if *waiting == task => {
                self.upload(context, &file);
                self.pause_new(now);
            }
            (Phase::Creating(waiting, version), Input::SinkCreated(abilities))
                if *waiting == task =>
            {
                let version = version.clone();
                self.download(context, &version, abilities);
                self.pause_new(now);
            }
            (Phase::Publishing(waiting, bytes), Input::Performed) if *waiting == task => {
                let done = (TransferKind::Download, *bytes);
                self.finish(Some(done), None);
            }
            (Phase::CreatingFolder(waiting, bytes), Input::Performed) if *waiting == task => {
                match *bytes {
                    0 => self.finish(None, None),
                    bytes => self.end(Err(is_folder_too(bytes))),
                }
            }
            (
                Phase::Comparing(waiting)
                | Phase::FindingRename(waiting)
                | Phase::Opening(waiting)
                | Phase::Creating(waiting, _)
                | Phase::CreatingFolder(waiting, _)
                | Phase::Publishing(waiting, _),
                Input::Failed(failure),
            ) if *waiting == task => {
                let target = match self.phase {
                    Phase::Creating(..) | Phase::CreatingFolder(..) | Phase::Publishing(..) => {
                        Target::Download
                    }
                    _ => Target::Upload,
                };
                self.end(Err(Error::from_failure(target, &failure)));
            }
            (Phase::Uploading(upload, _), input) => upload.handle(now, task, input),
            (Phase::Copying(copy, ..), input) => copy.handle(now, task, input),
            (Phase::Downloading(download), input) => download.handle(now, task, input),
            _ => {}
        }
    }
}

/// Returns the error for a file with content whose name is that of a folder.
fn is_folder_too(bytes: u64) -> Error {
    let message = format!(
        "its name ends in a slash: the folder was created, and the {bytes} bytes were not stored; download the file to \
         another path by its ID"
    );
    Error::new(ErrorKind::UnsafePath, message)
}
