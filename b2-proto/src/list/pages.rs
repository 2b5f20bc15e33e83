//! The calls whose responses are pages.

use alloc::vec::Vec;

use super::entries::{take_duplicates, take_unrequested};
use crate::api::{
    BucketsList, FileNamesPage, FileVersionsPage, JsonEndpoint, KeysPage, ListBuckets,
    ListFileNames, ListFileVersions, ListKeys, ListParts, ListUnfinishedLargeFiles, PartsPage,
    UnfinishedLargeFilesPage,
};
use crate::error::Error;
use crate::model::{
    ApplicationKey, ApplicationKeyId, BucketId, BucketInfo, FileId, FileVersion, Part,
    UnfinishedLargeFile,
};

/// A call whose response is a page of a listing.
pub trait Paged: JsonEndpoint + PartialEq {
    /// An item of the listing.
    type Item;

    /// Splits the response into the items and the call for the next page.
    fn split(self, response: Self::Response) -> (Vec<Self::Item>, Option<Self>);

    /// Removes from the page what was not requested, and returns what is wrong with the page.
    fn problems(&self, response: &mut Self::Response) -> Vec<Error> {
        let _ = response;
        Vec::new()
    }

    /// Returns whether `next` starts after the start of this page, as far as the order of the listing shows.
    fn is_before(&self, next: &Self) -> bool {
        let _ = next;
        true
    }

    /// Returns whether the page starts after these items, which were on the page before.
    fn is_behind(&self, items: &[Self::Item]) -> bool {
        let _ = items;
        true
    }

    /// Returns the id at which the page starts. No two pages start at the same id.
    fn start_id(&self) -> Option<&str> {
        None
    }
}

/// Removes files of other buckets and other names from a page, and returns them and the unreadable ones as errors.
fn problems_of(
    (bucket_id, prefix): (&BucketId, Option<&str>),
    files: &mut Vec<FileVersion>,
    unreadable: &mut Vec<Error>,
) -> Vec<Error> {
    let prefix = prefix.unwrap_or_default();
    let mut problems = core::mem::take(unreadable);
    problems.append(&mut take_duplicates(files));
    problems.append(&mut take_unrequested(
        files,
        |file| &file.file_name,
        |file| {
            file.file_name.starts_with(prefix)
                && (file.bucket_id.as_str().is_empty() || file.bucket_id == *bucket_id)
        },
    ));
    problems
}

impl Paged for ListFileNames {
    type Item = FileVersion;

    fn split(mut self, response: Self::Response) -> (Vec<FileVersion>, Option<Self>) {
        let more = response.next_file_name.is_some();
        self.start_file_name = response.next_file_name;
        (response.files, more.then_some(self))
    }

    fn is_behind(&self, files: &[FileVersion]) -> bool {
        files.iter().all(|file| Some(&file.file_name) < self.start_file_name.as_ref())
    }

    fn problems(&self, page: &mut FileNamesPage) -> Vec<Error> {
        let asked = (&self.bucket_id, self.prefix.as_deref());
        problems_of(asked, &mut page.files, &mut page.unreadable)
    }

    fn is_before(&self, next: &Self) -> bool {
        self.start_file_name < next.start_file_name
    }
}

impl Paged for ListFileVersions {
    type Item = FileVersion;

    fn split(mut self, response: Self::Response) -> (Vec<FileVersion>, Option<Self>) {
        let more = response.next_file_name.is_some();
        self.start_file_name = response.next_file_name;
        self.start_file_id = response.next_file_id;
        (response.files, more.then_some(self))
    }

    fn is_behind(&self, files: &[FileVersion]) -> bool {
        files.iter().all(|file| {
            let same_name = Some(&file.file_name) == self.start_file_name.as_ref();
            let same = same_name && Some(&file.file_id) == self.start_file_id.as_ref();
            !same && Some(&file.file_name) <= self.start_file_name.as_ref()
        })
    }

    fn problems(&self, page: &mut FileVersionsPage) -> Vec<Error> {
        let asked = (&self.bucket_id, self.prefix.as_deref());
        problems_of(asked, &mut page.files, &mut page.unreadable)
    }

    fn is_before(&self, next: &Self) -> bool {
        self.start_file_name < next.start_file_name
            || (self.start_file_name == next.start_file_name
                && next.start_file_id.is_some()
                && self.start_file_id != next.start_file_id)
    }

    fn start_id(&self) -> Option<&str> {
        self.start_file_id.as_ref().map(FileId::as_str)
    }
}

impl Paged for ListUnfinishedLargeFiles {
    type Item = UnfinishedLargeFile;

    fn split(mut self, response: Self::Response) -> (Vec<UnfinishedLargeFile>, Option<Self>) {
        let more = response.next_file_id.is_some();
        self.start_file_id = response.next_file_id;
        (response.files, more.then_some(self))
    }

    fn problems(&self, page: &mut UnfinishedLargeFilesPage) -> Vec<Error> {
        let prefix = self.name_prefix.as_deref().unwrap_or_default();
        let mut problems = core::mem::take(&mut page.unreadable);
        problems.append(&mut take_unrequested(
            &mut page.files,
            |file| &file.file_name,
            |file| file.file_name.starts_with(prefix),
        ));
        problems
    }

    fn is_before(&self, next: &Self) -> bool {
        self.start_file_id != next.start_file_id
    }

    fn start_id(&self) -> Option<&str> {
        self.start_file_id.as_ref().map(FileId::as_str)
    }
}

impl Paged for ListParts {
    type Item = Part;

    fn split(mut self, response: Self::Response) -> (Vec<Part>, Option<Self>) {
        let more = response.next_part_number.is_some();
        self.start_part_number = response.next_part_number;
        (response.parts, more.then_some(self))
    }

    fn problems(&self, page: &mut PartsPage) -> Vec<Error> {
        core::mem::take(&mut page.unreadable)
    }

    fn is_before(&self, next: &Self) -> bool {
        self.start_part_number < next.start_part_number
    }
}

impl Paged for ListKeys {
    type Item = ApplicationKey;

    fn split(mut self, response: Self::Response) -> (Vec<ApplicationKey>, Option<Self>) {
        let more = response.next_application_key_id.is_some();
        self.start_application_key_id = response.next_application_key_id;
        (response.keys, more.then_some(self))
    }

    fn problems(&self, page: &mut KeysPage) -> Vec<Error> {
        core::mem::take(&mut page.unreadable)
    }

    fn is_before(&self, next: &Self) -> bool {
        self.start_application_key_id != next.start_application_key_id
    }

    fn start_id(&self) -> Option<&str> {
        self.start_application_key_id.as_ref().map(ApplicationKeyId::as_str)
    }
}

/// B2 returns all buckets at once.
impl Paged for ListBuckets {
    type Item = BucketInfo;

    fn split(self, response: Self::Response) -> (Vec<BucketInfo>, Option<Self>) {
        (response.buckets, None)
    }

    fn problems(&self, list: &mut BucketsList) -> Vec<Error> {
        core::mem::take(&mut list.unreadable)
    }
}
