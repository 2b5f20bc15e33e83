//! What is at B2 before a move: whether the source is what its name shows, and whether there is a copy already.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;

use super::{MAX_PAGES, MoveFile, Phase, VERSIONS};
use crate::api::{FileVersionsPage, HideFile, ListFileVersions};
use crate::call::Call;
use crate::error::{Error, ErrorKind};
use crate::model::{BucketId, FileAction, FileId, FileInfo, FileVersion};
use crate::time::Instant;

/// What a page of a listing says about the newest version of a name.
enum Newest {
    /// It is this one, or there is none.
    Found(Option<Box<FileVersion>>),
    /// It is on the page that begins at this version.
    On(Option<FileId>),
}

/// Returns the file info that a file and a copy of it have in common. The SHA-1 is compared by itself.
fn metadata(info: &FileInfo) -> FileInfo {
    let mut info = info.for_copy();
    info.remove(FileInfo::LARGE_FILE_SHA1);
    info
}

impl MoveFile {
    /// Lists the versions of a name, newest first.
    fn versions(
        &mut self,
        bucket_id: BucketId,
        name: String,
        from: Option<FileId>,
    ) -> Box<Call<ListFileVersions>> {
        let mut list = ListFileVersions::new(bucket_id);
        list.prefix = Some(name.clone());
        list.start_file_name = Some(name);
        list.start_file_id = from;
        list.max_file_count = Some(VERSIONS);
        Box::new(self.calls.call(list))
    }

    /// Looks for the newest version of a name that is not an unfinished large file.
    fn newest(&mut self, page: FileVersionsPage, name: &str) -> Result<Newest, Error> {
        let mut files = page.files.into_iter();
        let found =
            files.find(|version| version.file_name == name && version.action != FileAction::Start);
        if found.is_some() || page.next_file_name.as_deref() != Some(name) {
            return Ok(Newest::Found(found.map(Box::new)));
        }
        self.pages += 1;
        if self.pages > MAX_PAGES {
            let message = format!("the listing of the versions of '{name}' does not end");
            return Err(Error::new(ErrorKind::InvalidResponse, message));
        }
        Ok(Newest::On(page.next_file_id))
    }

    /// Checks that the source is what the name shows, or is hidden already.
    pub(super) fn check_newest(&mut self) {
        if let Some(source) = self.source() {
            let (bucket_id, name) = (source.bucket_id.clone(), source.file_name.clone());
            self.phase = Phase::CheckingSource(self.versions(bucket_id, name, None));
        }
    }

    pub(super) fn source_checked(&mut self, now: Instant, result: Result<FileVersionsPage, Error>) {
        let Some(source) = self.source().cloned() else {
            return;
        };
        let newest = match result.and_then(|page| self.newest(page, &source.file_name)) {
            Ok(Newest::Found(newest)) => newest,
            Ok(Newest::On(next)) => {
                let versions = self.versions(source.bucket_id, source.file_name, next);
                self.phase = Phase::CheckingSource(versions);
                return;
            }
            Err(error) => return self.fail(error),
        };
        let is_hidden = newest.as_ref().is_none_or(|newest| newest.action == FileAction::Hide);
        if !is_hidden && newest.is_none_or(|newest| newest.file_id != source.file_id) {
            let message = format!(
                "'{}' has a newer version than the one to move, so it is not hidden",
                source.file_name
            );
            return self.fail(Error::new(ErrorKind::Conflict, message));
        }
        match self.copy.take() {
            None => self.search(),
            Some(copy) if is_hidden => self.end(Ok(*copy)),
            Some(copy) => {
                self.copy = Some(copy);
                self.hiding.sent(now);
                let hide = HideFile { bucket_id: source.bucket_id, file_name: source.file_name };
                self.phase = Phase::Hiding(Box::new(self.calls.call(hide)));
            }
        }
    }

    /// Looks for a copy that an earlier run made.
    pub(super) fn search(&mut self) {
        let name = self.new_move.file.file_name.clone();
        self.phase = Phase::Searching(self.versions(self.bucket_id.clone(), name, None));
    }

    pub(super) fn searched(&mut self, result: Result<FileVersionsPage, Error>) {
        let name = self.new_move.file.file_name.clone();
        let found = match result.and_then(|page| self.newest(page, &name)) {
            Ok(Newest::Found(newest)) => newest,
            Ok(Newest::On(next)) => {
                self.phase = Phase::Searching(self.versions(self.bucket_id.clone(), name, next));
                return;
            }
            // Without the capability to list, the file is copied again.
            Err(error) if error.kind() == ErrorKind::Unauthorized => None,
            Err(error) => return self.end(Err(error)),
        };
        match found.filter(|version| self.is_copy(version)) {
            Some(version) => self.remove_source(*version, true),
            None => self.start_copy(),
        }
    }

    /// Returns whether a version is what this move would create.
    fn is_copy(&self, version: &FileVersion) -> bool {
        let Some(source) = self.source() else {
            return false;
        };
        let file = &self.new_move.file;
        version.is_file()
            && version.size == source.size
            && source.sha1().is_some()
            && version.sha1() == source.sha1()
            && version.content_type == source.content_type
            && metadata(&version.file_info) == metadata(&source.file_info)
            && (file.encryption.as_ref())
                .is_none_or(|wanted| wanted.same_as(&version.server_side_encryption) == Some(true))
            && file.retention.as_ref().is_none_or(|wanted| *wanted == version.file_retention)
            && file.legal_hold.is_none_or(|wanted| wanted == version.legal_hold)
    }
}
