//! The calls that answer in pages.

use alloc::vec::Vec;

use crate::api::{
    Endpoint, ListBuckets, ListFileNames, ListFileVersions, ListKeys, ListParts,
    ListUnfinishedLargeFiles,
};
use crate::model::{ApplicationKey, Bucket, FileVersion, Part, UnfinishedLargeFile};

/// A call whose answer says where the next page begins.
pub trait Paged: Endpoint {
    /// What is listed.
    type Item;

    /// What is on the page, and the call for the next one.
    fn turn(self, response: Self::Response) -> (Vec<Self::Item>, Option<Self>);
}

impl Paged for ListFileNames {
    type Item = FileVersion;

    fn turn(mut self, response: Self::Response) -> (Vec<FileVersion>, Option<Self>) {
        let more = response.next_file_name.is_some();
        self.start_file_name = response.next_file_name;
        (response.files, more.then_some(self))
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
}

impl Paged for ListUnfinishedLargeFiles {
    type Item = UnfinishedLargeFile;

    fn turn(mut self, response: Self::Response) -> (Vec<UnfinishedLargeFile>, Option<Self>) {
        let more = response.next_file_id.is_some();
        self.start_file_id = response.next_file_id;
        (response.files, more.then_some(self))
    }
}

impl Paged for ListParts {
    type Item = Part;

    fn turn(mut self, response: Self::Response) -> (Vec<Part>, Option<Self>) {
        let more = response.next_part_number.is_some();
        self.start_part_number = response.next_part_number;
        (response.parts, more.then_some(self))
    }
}
impl Paged for ListKeys {
    type Item = ApplicationKey;

    fn turn(mut self, response: Self::Response) -> (Vec<ApplicationKey>, Option<Self>) {
        let more = response.next_application_key_id.is_some();
        self.start_application_key_id = response.next_application_key_id;
        (response.keys, more.then_some(self))
    }
}

/// B2 answers all buckets at once.
impl Paged for ListBuckets {
    type Item = Bucket;

    fn turn(self, response: Self::Response) -> (Vec<Bucket>, Option<Self>) {
        (response.buckets, None)
    }
}
