//! Finds the current version of a name that no URL can carry, so that it is downloaded by id.

use crate::account::Authorization;
use crate::api::{self, DownloadTarget, FileNamesPage, JsonEndpoint, ListFileNames};
use crate::encoding::{check_url_name, fits_url, shown};
use crate::error::{Error, ErrorKind};
use crate::model::FileId;

/// The number of empty pages after which the name counts as missing.
const MAX_PAGES: u32 = 100;

/// Looks for the name on page number `pages` of its listing. Returns `None` if the page was empty and not the last.
pub(super) fn find(page: FileNamesPage, name: &str, pages: u32) -> Result<Option<FileId>, Error> {
    let more = page.next_file_name.is_some_and(|next| *next <= *name);
    let mut files = page.files.into_iter();
    match files.find(|file| file.file_name == name && !file.is_folder()) {
        Some(file) => Ok(Some(file.file_id)),
        None if more && pages < MAX_PAGES => Ok(None),
        None => Err(not_present(name)),
    }
}

/// Returns the name if `download` needs to look it up first.
pub(super) fn name_to_look_up(download: &api::Download) -> Option<&str> {
    match &download.target {
        DownloadTarget::ByName { name, .. } if !fits_url(name) => Some(name),
        DownloadTarget::ByName { .. } | DownloadTarget::ById(_) => None,
    }
}

/// Returns the call that lists exactly this name.
pub(super) fn listing_call(
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
