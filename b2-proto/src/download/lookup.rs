//! Finds the current version of a name that no URL can carry, so that it is downloaded by id.

use alloc::boxed::Box;

use crate::account::Authorization;
use crate::api::{self, DownloadTarget, JsonEndpoint, ListFileNames};
use crate::call::{Call, Nested, TaskIds, Wish};
use crate::encoding::{check_url_name, fits_url, shown};
use crate::error::{Error, ErrorKind};
use crate::machine::{Input, TaskId};
use crate::model::FileId;
use crate::retry::RetryPolicy;
use crate::time::Instant;

/// A search for one name in a listing.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    call: Option<Box<Call<ListFileNames>>>,
    deadline: Option<Instant>,
    /// How many pages were asked for.
    pages: u32,
}

/// How many pages may be empty before the name counts as missing.
const MAX_PAGES: u32 = 100;

pub(super) enum LookupStep {
    Wants(Wish),
    Found(FileId),
    /// The page was empty, and not the last.
    Again,
    Failed(Error),
}

impl Lookup {
    pub(super) fn is_asking(&self) -> bool {
        self.call.is_some()
    }

    pub(super) fn ask(&mut self, call: ListFileNames, policy: RetryPolicy, seed: u64) {
        self.pages += 1;
        self.call = Some(Box::new(Call::new(call, policy, seed)));
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline.filter(|_| self.is_asking())
    }

    /// Returns what the search wants next, or `None` if nothing is to be done.
    pub(super) fn poll(
        &mut self,
        now: Instant,
        ids: &mut TaskIds,
        name: &str,
    ) -> Option<LookupStep> {
        let call = self.call.as_mut()?;
        match call.poll(now, ids) {
            Some(Wish::Wait(deadline)) => {
                self.deadline = deadline;
                None
            }
            Some(wish) => Some(LookupStep::Wants(wish)),
            None => {
                let result = call.result();
                self.call = None;
                Some(match result {
                    Ok(page) => {
                        let more = page.next_file_name.is_some_and(|next| *next <= *name);
                        let mut files = page.files.into_iter();
                        match files.find(|file| file.file_name == name && !file.is_folder()) {
                            Some(file) => LookupStep::Found(file.file_id),
                            None if more && self.pages < MAX_PAGES => LookupStep::Again,
                            None => LookupStep::Failed(not_present(name)),
                        }
                    }
                    Err(error) => LookupStep::Failed(error),
                })
            }
        }
    }

    /// Takes the outcome of a task; one that belongs to something else is ignored.
    pub(super) fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        if let Some(call) = &mut self.call {
            call.handle(now, task, input);
        }
    }
}

/// Returns the name if `download` needs to look it up first.
pub(super) fn name(download: &api::Download) -> Option<&str> {
    match &download.target {
        DownloadTarget::ByName { name, .. } if !fits_url(name) => Some(name),
        DownloadTarget::ByName { .. } | DownloadTarget::ById(_) => None,
    }
}

/// The call that lists exactly this name.
pub(super) fn call(
    download: &api::Download,
    authorization: &Authorization,
) -> Result<ListFileNames, Error> {
    let DownloadTarget::ByName { bucket, name } = &download.target else {
        return Err(Error::new(ErrorKind::InvalidInput, "a file id needs no search"));
    };
    if authorization.allowed.downloads_by_grant() {
        // Without the right to read, only URLs with a name are left.
        check_url_name(name)?;
    }
    let known = download.expected.bucket_id.as_ref();
    let bucket_id = known.or_else(|| authorization.allowed.bucket_id(bucket)).cloned();
    let bucket_id = bucket_id.ok_or_else(|| {
        let message = format!(
            "the file name '{}' has to be looked up, and the id of its bucket is not known; give the file id",
            shown(name)
        );
        Error::new(ErrorKind::InvalidInput, message)
    })?;
    let mut call = ListFileNames::new(bucket_id);
    call.start_file_name = Some(name.clone());
    call.prefix = Some(name.clone());
    call.max_file_count = Some(1);
    Ok(call)
}

fn not_present(name: &str) -> Error {
    let message = format!("no file is named '{}', or it is hidden", shown(name));
    Error::new(ErrorKind::FileNotPresent, message).with_operation(ListFileNames::NAME)
}
