use serde_json::{Value, json};

use super::*;
use crate::list::Filter;

/// A folder of a bucket, as B2 lists it in pages of the given size.
struct Bucket {
    /// In the order of a listing of versions.
    versions: Vec<Value>,
    page_size: usize,
    /// The starts of the pages that were requested.
    starts: Vec<Option<String>>,
    /// The sizes of pages that were requested.
    max_file_counts: Vec<u32>,
}

fn version(name: &str, action: &str, uploaded: u64) -> Value {
    json!({
        "fileId": format!("{name} {uploaded}"), "fileName": name, "action": action,
        "contentLength": 10, "uploadTimestamp": uploaded,
    })
}

fn bucket(files: &[(&str, &[i64])]) -> Bucket {
    let versions = files.iter().flat_map(|(name, times)| {
        times.iter().map(move |time| {
            version(name, if *time < 0 { "hide" } else { "upload" }, time.unsigned_abs())
        })
    });
    Bucket {
        versions: versions.collect(),
        page_size: 2,
        starts: Vec::new(),
        max_file_counts: Vec::new(),
    }
}

fn options(policies: ScanPolicies) -> RemoteScanOptions {
    RemoteScanOptions {
        bucket_id: "bucket".into(),
        prefix: String::new(),
        versions: false,
        policies: Arc::new(policies),
        is_source: true,
        folders: false,
        as_of: None,
        range: NameRange::ALL,
    }
}

impl Bucket {
    fn versions(&mut self, call: ListFileVersions) -> FileVersionsPage {
        self.max_file_counts.push(call.max_file_count.unwrap_or_default());
        self.starts.push(call.start_file_name.clone());
        let prefix = call.prefix.unwrap_or_default();
        let start = call.start_file_name.unwrap_or_default();
        let name = |version: &Value| version["fileName"].as_str().unwrap_or_default().to_owned();
        let mut found = self.versions.iter().filter(|version| name(version).starts_with(&prefix));
        let first = found.clone().position(|version| match &call.start_file_id {
            Some(id) => version["fileId"] == id.as_str(),
            None => name(version) >= start,
        });
        let first = first.unwrap_or(self.versions.len());
        let files: Vec<_> = found.clone().skip(first).take(self.page_size).collect();
        let next = found.nth(first + self.page_size);
        let page = json!({
            "files": files,
            "nextFileName": next.map(|version| &version["fileName"]),
            "nextFileId": next.map(|version| &version["fileId"]),
        });
        serde_json::from_value(page).unwrap()
    }

    fn names(&mut self, call: ListFileNames) -> FileNamesPage {
        self.max_file_counts.push(call.max_file_count.unwrap_or_default());
        self.starts.push(call.start_file_name.clone());
        let prefix = call.prefix.unwrap_or_default();
        let start = call.start_file_name.unwrap_or_default();
        let name = |version: &Value| version["fileName"].as_str().unwrap_or_default().to_owned();
        let mut newest: Vec<&Value> = Vec::new();
        for version in self.versions.iter().filter(|version| version["action"] != "start") {
            if newest.last().is_none_or(|last| name(last) != name(version)) {
                newest.push(version);
            }
        }
        newest.retain(|version| {
            version["action"] != "hide"
                && name(version).starts_with(&prefix)
                && name(version) >= start
        });
        let page = json!({
            "files": newest.iter().take(self.page_size).collect::<Vec<_>>(),
            "nextFileName": newest.get(self.page_size).map(|version| &version["fileName"]),
        });
        serde_json::from_value(page).unwrap()
    }

    /// Returns each file of a scan, with the times of its versions.
    fn scan(&mut self, options: RemoteScanOptions) -> (Vec<String>, Vec<Error>) {
        let mut scan = RemoteScan::new(options);
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        while let Some(page) = scan.next_page() {
            match page {
                RemotePage::Names(call) => scan.took_names(self.names(call)),
                RemotePage::Versions(call) => scan.took_versions(self.versions(call)),
            }
            assert!(scan.ready.len() <= self.page_size + 1);
            while let Some(file) = scan.pop() {
                let times = file.versions.iter().map(|version| {
                    let sign = if version.action == FileAction::Hide { "-" } else { "" };
                    format!(" {sign}{}", version.upload_timestamp.unwrap_or_default().as_millis())
                });
                found.push(format!("{}{}", file.name, times.collect::<String>()));
            }
            problems.append(&mut scan.problems());
        }
        assert!(scan.group.is_none() && scan.pop().is_none());
        (found, problems)
    }

    fn files(&mut self, options: RemoteScanOptions) -> Vec<String> {
        let (found, problems) = self.scan(options);
        assert_eq!(problems.len(), 0, "{problems:?}");
        found
    }
}

#[test]
fn names_are_current_files_and_versions_are_grouped() {
    let files: [(&str, &[i64]); 4] =
        [("a", &[9, 8, 7]), ("b", &[-9, 8]), ("c", &[9]), ("d/e", &[9, -8, 7, 6, 5])];
    for page_size in 1..8 {
        let mut bucket = Bucket { page_size, ..bucket(&files) };
        let names = bucket.files(options(ScanPolicies::new()));
        assert_eq!(names, ["a 9", "c 9", "d/e 9"]);
        let all = RemoteScanOptions { versions: true, ..options(ScanPolicies::new()) };
        assert_eq!(bucket.files(all), ["a 9 8 7", "b -9 8", "c 9", "d/e 9 -8 7 6 5"]);
    }
}

/// In the original, a file of exactly the name of the folder ends the synchronization.
#[test]
fn names_are_relative_to_the_folder() {
    let files: [(&str, &[i64]); 6] =
        [("p", &[9]), ("p/", &[9]), ("p/a", &[9]), ("p/d/", &[9]), ("p/d/x", &[9]), ("p0", &[9])];
    let mut bucket = bucket(&files);
    for versions in [false, true] {
        let prefix = "p/".to_owned();
        let below = RemoteScanOptions { prefix, versions, ..options(ScanPolicies::new()) };
        // Files for folders, which other tools create, are left out.
        assert_eq!(bucket.files(below), ["a 9", "d/x 9"]);
        let all = RemoteScanOptions { versions, ..options(ScanPolicies::new()) };
        assert_eq!(bucket.files(all), ["p 9", "p/a 9", "p/d/x 9", "p0 9"]);
    }
}

#[test]
fn names_that_are_no_local_paths_are_reported() {
    let files: [(&str, &[i64]); 3] = [("../x", &[9]), ("/x", &[9]), ("a//b", &[9])];
    assert_eq!(bucket(&files).files(options(ScanPolicies::new())), ["../x 9", "/x 9", "a//b 9"]);
}

#[test]
fn unfinished_large_files_are_left_out() {
    let mut bucket = bucket(&[("a", &[7]), ("b", &[])]);
    bucket.versions.insert(0, version("a", "start", 8));
    bucket.versions.push(version("b", "start", 8));
    let all = RemoteScanOptions { versions: true, ..options(ScanPolicies::new()) };
    assert_eq!(bucket.files(all), ["a 7"]);
}

#[test]
fn a_range_requests_no_page_outside() {
    let files: Vec<_> = (0..20).map(|n| format!("p/{n:02}")).collect();
    let files: Vec<_> = files.iter().map(|name| (name.as_str(), &[9_i64, 8][..])).collect();
    for versions in [false, true] {
        let mut bucket = bucket(&files);
        let range = NameRange::new(Some("05".to_owned()), Some("09".to_owned()));
        let ranged = RemoteScanOptions {
            prefix: "p/".to_owned(),
            range,
            versions,
            ..options(ScanPolicies::new())
        };
        let times = if versions { " 9 8" } else { " 9" };
        let expected: Vec<_> = (5..9).map(|n| format!("{n:02}{times}")).collect();
        assert_eq!(bucket.files(ranged), expected);
        let starts: Vec<_> = bucket.starts.iter().flatten().map(String::as_str).collect();
        assert_eq!(starts[0], "p/05");
        assert!(starts.iter().all(|start| *start < "p/09"), "{starts:?}");
    }
}

#[test]
fn a_single_name_is_looked_up_with_small_pages() {
    for (versions, size) in [(false, 1), (true, 100)] {
        let mut bucket = bucket(&[("a", &[9]), ("b", &[9, 8, 7]), ("b0", &[9])]);
        let range = NameRange::new(Some("b".to_owned()), Some("b\0".to_owned()));
        let one = RemoteScanOptions { range, versions, ..options(ScanPolicies::new()) };
        assert_eq!(bucket.files(one), [if versions { "b 9 8 7" } else { "b 9" }]);
        assert!(bucket.max_file_counts.iter().all(|count| *count == size));
        bucket.max_file_counts.clear();
        bucket.files(RemoteScanOptions { versions, ..options(ScanPolicies::new()) });
        assert!(bucket.max_file_counts.iter().all(|count| *count == 1_000));
    }
}

#[test]
fn the_bucket_as_it_was() {
    let files: [(&str, &[i64]); 4] =
        [("a", &[9, 7, 5]), ("b", &[9]), ("c", &[9, -7, 5]), ("d", &[-9, 7])];
    let as_of = |time| RemoteScanOptions {
        as_of: Some(Timestamp::from_millis(time)),
        ..options(ScanPolicies::new())
    };
    let mut bucket = bucket(&files);
    assert_eq!(bucket.files(as_of(8)), ["a 7 5", "c -7 5", "d 7"]);
    assert_eq!(bucket.files(as_of(9)), ["a 9 7 5", "b 9", "c 9 -7 5", "d -9 7"]);
    assert_eq!(bucket.files(as_of(4)), [""; 0]);
}

#[test]
fn ranges_of_time_apply_to_the_source_and_names_to_both() {
    let files: [(&str, &[i64]); 3] = [("a", &[9, 7, 5]), ("b", &[9]), ("c", &[9, 7])];
    let policies = ScanPolicies::new()
        .filter(Filter::exclude("c"))
        .exclude_uploaded_after(Timestamp::from_millis(8));
    let mut bucket = bucket(&files);
    // All versions are requested, since the newest one may be left out.
    assert_eq!(bucket.files(options(policies.clone())), ["a 7 5"]);
    let destination =
        RemoteScanOptions { is_source: false, versions: true, ..options(policies.clone()) };
    assert_eq!(bucket.files(destination), ["a 9 7 5", "b 9"]);
    let names = RemoteScanOptions { is_source: false, ..options(policies) };
    assert_eq!(bucket.files(names), ["a 9", "b 9"]);
}

#[cfg(feature = "regex")]
#[test]
fn the_rest_of_an_excluded_folder_is_not_requested() {
    let mut files: Vec<_> = (0..20).map(|n| format!("p/b/c/{n:02}")).collect();
    files.insert(0, "p/a".to_owned());
    files.extend(["p/b0".to_owned(), "p/bc/x".to_owned(), "p/d".to_owned()]);
    let files: Vec<_> = files.iter().map(|name| (name.as_str(), &[9_i64, 8, 7][..])).collect();
    for versions in [false, true] {
        let mut bucket = bucket(&files);
        let policies = ScanPolicies::new().exclude_dir_regexes(["b$"]).unwrap();
        let prefix = "p/".to_owned();
        let options = RemoteScanOptions { prefix, versions, ..options(policies) };
        let times = if versions { " 9 8 7" } else { " 9" };
        assert_eq!(bucket.files(options), ["a", "b0", "bc/x", "d"].map(|n| format!("{n}{times}")));
        assert!(bucket.starts.len() <= 8, "{:?}", bucket.starts);
    }
}

/// An older version is not to be taken for the current one.
#[test]
fn a_file_with_an_unreadable_version_is_no_source() {
    let files: [(&str, &[i64]); 3] = [("a", &[9]), ("b", &[9, 8, 7]), ("c", &[9])];
    for (page_size, unreadable) in [(1, 1), (2, 1), (2, 2), (9, 3)] {
        let mut bucket = Bucket { page_size, ..bucket(&files) };
        bucket.versions[unreadable]["contentLength"] = "much".into();
        let all = RemoteScanOptions { versions: true, ..options(ScanPolicies::new()) };
        let (found, problems) = bucket.scan(all.clone());
        assert_eq!(found, ["a 9", "c 9"]);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].subject(), Some("b"));
        // What is in the destination is known as far as it can be read.
        let destination = RemoteScanOptions { is_source: false, ..all };
        assert_eq!(bucket.scan(destination).0.len(), 3);
    }
}

#[test]
fn a_listing_that_does_not_go_on_is_a_problem() {
    let all = RemoteScanOptions { versions: true, ..options(ScanPolicies::new()) };
    let mut scan = RemoteScan::new(all);
    let page = |files: Value| {
        let page = json!({"files": files, "nextFileName": "a", "nextFileId": "a 9"});
        serde_json::from_value(page).unwrap()
    };
    scan.took_versions(page(json!([version("a", "upload", 9)])));
    assert!(scan.next_page().is_none());
    assert_eq!(scan.problems().len(), 1);
    assert_eq!(scan.pop().unwrap().name, "a");
    assert!(scan.pop().is_none());
}

#[test]
fn a_version_that_begins_the_next_page_too_is_one() {
    let all = RemoteScanOptions { versions: true, ..options(ScanPolicies::new()) };
    let mut scan = RemoteScan::new(all);
    let first = json!({
        "files": [version("a", "upload", 9), version("a", "upload", 8)],
        "nextFileName": "a", "nextFileId": "a 7",
    });
    scan.took_versions(serde_json::from_value(first).unwrap());
    assert!(scan.pop().is_none(), "more versions may follow");
    let second = json!({
        "files": [version("a", "upload", 8), version("a", "upload", 7)],
        "nextFileName": null, "nextFileId": null,
    });
    scan.took_versions(serde_json::from_value(second).unwrap());
    assert_eq!(scan.pop().unwrap().versions.len(), 3);
}
