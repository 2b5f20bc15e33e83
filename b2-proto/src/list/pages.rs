//! The calls that answer in pages.

use alloc::vec::Vec;

use super::{take_repeated, take_strangers};
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

/// A call whose answer says where the next page begins.
pub trait Paged: JsonEndpoint + PartialEq {
    /// What is listed.
    type Item;

    /// What is on the page, and the call for the next one.
    fn turn(self, response: Self::Response) -> (Vec<Self::Item>, Option<Self>);

    /// Takes out of the page what does not belong there, and says what is wrong with it.
    fn problems(&self, response: &mut Self::Response) -> Vec<Error> {
        let _ = response;
        Vec::new()
    }

    /// Whether `next` begins after this page, as far as its order tells.
    fn is_before(&self, next: &Self) -> bool {
        let _ = next;
        true
    }

    /// Whether the page begins behind all these, which were on the page before.
    fn is_behind(&self, items: &[Self::Item]) -> bool {
        let _ = items;
        true
    }

    /// The id at which the page begins, which no two pages have in common.
    fn start_id(&self) -> Option<&str> {
        None
    }
}

/// Of a page of files: those that cannot be read, and those of other buckets and other names.
fn problems_of(
    (bucket_id, prefix): (&BucketId, Option<&str>),
    files: &mut Vec<FileVersion>,
    unreadable: &mut Vec<Error>,
) -> Vec<Error> {
    let prefix = prefix.unwrap_or_default();
    let mut problems = core::mem::take(unreadable);
    problems.append(&mut take_repeated(files));
    problems.append(&mut take_strangers(
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

    fn turn(mut self, response: Self::Response) -> (Vec<FileVersion>, Option<Self>) {
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

    fn turn(mut self, response: Self::Response) -> (Vec<FileVersion>, Option<Self>) {
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

    fn turn(mut self, response: Self::Response) -> (Vec<UnfinishedLargeFile>, Option<Self>) {
        let more = response.next_file_id.is_some();
        self.start_file_id = response.next_file_id;
        (response.files, more.then_some(self))
    }

    fn problems(&self, page: &mut UnfinishedLargeFilesPage) -> Vec<Error> {
        let prefix = self.name_prefix.as_deref().unwrap_or_default();
        let mut problems = core::mem::take(&mut page.unreadable);
        problems.append(&mut take_strangers(
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

    fn turn(mut self, response: Self::Response) -> (Vec<Part>, Option<Self>) {
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

    fn turn(mut self, response: Self::Response) -> (Vec<ApplicationKey>, Option<Self>) {
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

/// B2 answers all buckets at once.
impl Paged for ListBuckets {
    type Item = BucketInfo;

    fn turn(self, response: Self::Response) -> (Vec<BucketInfo>, Option<Self>) {
        (response.buckets, None)
    }

    fn problems(&self, list: &mut BucketsList) -> Vec<Error> {
        core::mem::take(&mut list.unreadable)
    }
}
