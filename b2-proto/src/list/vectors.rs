//! Listings of a bucket in memory: what b2sdk lists, at any page size.

use alloc::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// The current names of a bucket, and what was requested of it.
struct Bucket {
    names: BTreeSet<String>,
    /// The prefix and the start of each request.
    requests: Vec<(String, String)>,
}

impl Bucket {
    fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self { names: names.into_iter().map(str::to_owned).collect(), requests: Vec::new() }
    }

    /// Returns the page that B2 returns: its files, folders and next name.
    fn page(
        &mut self,
        (prefix, start, delimiter): (Option<String>, Option<String>, Option<String>),
        count: u32,
    ) -> serde_json::Value {
        let (prefix, start) = (prefix.unwrap_or_default(), start.unwrap_or_default());
        let mut listed = BTreeSet::new();
        for name in self.names.iter().filter(|name| name.starts_with(&prefix)) {
            let rest = &name[prefix.len()..];
            let folder = rest.find('/').filter(|_| delimiter.is_some());
            let name = folder.map_or(name.as_str(), |end| &name[..=prefix.len() + end]);
            if name >= start.as_str() {
                listed.insert(name.to_owned());
            }
        }
        self.requests.push((prefix, start));
        let next = listed.iter().nth(count as usize).cloned();
        let files = listed.iter().take(count as usize).map(|name| {
            let is_folder = name.ends_with('/') && delimiter.is_some();
            let action = if is_folder { "folder" } else { "upload" };
            let id = (!is_folder).then(|| format!("4_z{name}"));
            serde_json::json!({"fileId": id, "fileName": name, "action": action, "contentLength": 1})
        });
        let files: Vec<_> = files.collect();
        let id = next.as_ref().map(|name| format!("4_z{name}"));
        serde_json::json!({"files": files, "nextFileName": next, "nextFileId": id})
    }

    fn list(&mut self, options: LsOptions) -> Vec<String> {
        self.requests.clear();
        let (mut ls, mut listed) = (Ls::new("b".into(), options), Vec::new());
        while let Some(page) = ls.next_page() {
            let entries = match page {
                LsPage::Names(call) => {
                    let asked = (call.prefix, call.start_file_name, call.delimiter);
                    let page = self.page(asked, call.max_file_count.unwrap_or(100));
                    ls.took_names(serde_json::from_value(page).unwrap())
                }
                LsPage::Versions(call) => {
                    // A page starts at an ID only together with its own name.
                    if let Some(id) = &call.start_file_id {
                        let own = call.start_file_name.as_ref().map(|name| format!("4_z{name}"));
                        assert_eq!(Some(id.as_str()), own.as_deref());
                    }
                    let asked = (call.prefix, call.start_file_name, call.delimiter);
                    let page = self.page(asked, call.max_file_count.unwrap_or(100));
                    ls.took_versions(serde_json::from_value(page).unwrap())
                }
            };
            listed.extend(entries.iter().map(|entry| entry.name().to_owned()));
            assert_eq!(ls.problems(), []);
        }
        listed
    }

    /// Lists with pages of all sizes, of names and of versions, which list the same.
    fn list_all(&mut self, options: &LsOptions) -> Vec<String> {
        let expected = self.list(options.clone());
        for versions in [false, true] {
            for page_size in 1..=4 {
                let paged = options.clone().versions(versions).page_size(page_size);
                assert_eq!(self.list(paged), expected, "{options:?} {versions} {page_size}");
            }
        }
        expected
    }
}

#[test]
fn files_and_folders() {
    let mut bucket = Bucket::new(["a", "b/1", "b/2", "b/3/x", "c", "c/1", "d/1"]);
    for (path, expected) in [
        ("", &["a", "b/", "c", "c/", "d/"][..]),
        ("b", &["b/1", "b/2", "b/3/"]),
        ("b/", &["b/1", "b/2", "b/3/"]),
        ("c", &["c"]),
        ("c/", &["c/1"]),
        ("zz", &[]),
    ] {
        assert_eq!(bucket.list_all(&path.into()), expected, "{path}");
        // The same from names that the client divides into folders.
        let filtered = LsOptions::new(path).include("*");
        assert_eq!(bucket.list_all(&filtered), expected, "{path}");
    }
    let all = LsOptions::new("").recursive(true);
    assert_eq!(bucket.list_all(&all).len(), 7);
    let mut nested = Bucket::new(["hello.txt", "bb/1", "bb/2/sub1", "bb/2/sub2", "bb/3", "ccc"]);
    assert_eq!(nested.list_all(&"bb".into()), ["bb/1", "bb/2/", "bb/3"]);
    assert_eq!(Bucket::new([]).list_all(&"".into()), [""; 0]);
}

#[test]
fn the_rest_of_a_folder_is_skipped() {
    let many: Vec<_> = (0..50).map(|n| format!("b/{n:02}")).collect();
    let names = many.iter().map(String::as_str).chain(["a", "c", "d/1", "d/2"]);
    let mut bucket = Bucket::new(names);
    for versions in [false, true] {
        let options = LsOptions::new("").exclude("c").versions(versions).page_size(3);
        assert_eq!(bucket.list(options), ["a", "b/", "d/"]);
        let starts: Vec<_> = bucket.requests.iter().map(|(_, start)| start.as_str()).collect();
        assert_eq!(starts, ["", "b0"]);
        // No file of the folder has passed yet, so the folder is not skipped.
        let options = LsOptions::new("").include("b/4*").include("d/2").versions(versions);
        assert_eq!(bucket.list(options.page_size(7)), ["b/", "d/"]);
        assert_eq!(bucket.requests.last().map(|(_, start)| start.as_str()), Some("b0"));
    }
}

#[test]
fn wildcards() {
    let names = [
        "a",
        "b/1/test-1.txt",
        "b/2/test-2.csv",
        "b/2/test-3.txt",
        "b/2/test.csv",
        "b/2/test.ksv",
        "b/2/test.tsv",
        "b/3/test-4.jpg",
        "b/3/test-4.txt",
        "b/a.txt",
        "b/a.txt.bak",
    ];
    let mut bucket = Bucket::new(names);
    for (pattern, prefix, expected) in [
        ("b/*.txt", "b/", &["b/1/test-1.txt", "b/2/test-3.txt", "b/3/test-4.txt", "b/a.txt"][..]),
        ("*.jpg", "", &["b/3/test-4.jpg"]),
        ("b/*/test.txt", "b/", &[]),
        ("b/2/test.?sv", "b/2/test.", &["b/2/test.csv", "b/2/test.ksv", "b/2/test.tsv"]),
        ("b/2/test.[tc]sv", "b/2/test.", &["b/2/test.csv", "b/2/test.tsv"]),
        ("b/2/test.[!ck]sv", "b/2/test.", &["b/2/test.tsv"]),
        ("b/a.txt", "b/a.txt", &["b/a.txt"]),
        ("b/a", "b/a", &[]),
        ("b", "b", &[]),
    ] {
        let options = LsOptions::matching(pattern);
        assert_eq!(bucket.list_all(&options), expected, "{pattern}");
        assert!(bucket.requests.iter().all(|(asked, _)| asked == prefix), "{pattern}");
    }
    // A pattern without a wildcard takes one request, whatever follows its name.
    for pattern in ["b/a.txt", "b/[a].txt", "b"] {
        bucket.list(LsOptions::matching(pattern));
        assert_eq!(bucket.requests.len(), 1, "{pattern}");
    }
}

#[test]
fn filters() {
    let mut bucket = Bucket::new(["a.txt", "b/a-1.csv", "b/a-1.txt", "b/a-2.csv", "b/a-a.csv"]);
    let all = || LsOptions::new("").recursive(true);
    let pattern = LsOptions::matching;
    for (options, prefix, expected) in [
        (all().include("*.txt"), "", &["a.txt", "b/a-1.txt"][..]),
        (all().include("b/*").exclude("*.txt"), "", &["b/a-1.csv", "b/a-2.csv", "b/a-a.csv"]),
        (
            all().include("b/*").exclude("*.txt").include("a.txt"),
            "",
            &["a.txt", "b/a-1.csv", "b/a-2.csv", "b/a-a.csv"],
        ),
        (all().exclude("*").include("b/a-1*"), "b/a-1", &["b/a-1.csv", "b/a-1.txt"]),
        (
            all().include("b/a-1*").include("b/a-2*"),
            "b/a-",
            &["b/a-1.csv", "b/a-1.txt", "b/a-2.csv"],
        ),
        (pattern("b/?-[1234567890].*").exclude("*-2.*"), "b/", &["b/a-1.csv", "b/a-1.txt"]),
        (pattern("*.csv").include("b/a-[12]*"), "b/a-", &["b/a-1.csv", "b/a-2.csv"]),
        (LsOptions::new("b").include("b/a-a*"), "b/a-a", &["b/a-a.csv"]),
        (LsOptions::new("").include("*-2.*"), "", &["b/"]),
    ] {
        assert_eq!(bucket.list_all(&options), expected, "{options:?}");
        let last = bucket.requests.last().unwrap();
        assert_eq!(last.0, prefix, "{options:?}");
    }
    // The name of a file is filtered too.
    assert_eq!(bucket.list_all(&LsOptions::new("a.txt").exclude("*.txt")), [""; 0]);
    assert_eq!(bucket.list_all(&LsOptions::new("a.txt").exclude("*.csv")), ["a.txt"]);
    // Where no name can be listed, nothing is requested.
    assert_eq!(bucket.list(LsOptions::matching("b/*").include("a*")), [""; 0]);
    assert_eq!(bucket.requests, []);
}

proptest! {
    /// A listing at any page size has the entries of a listing in one page, and a pattern or a filter lists those names
    /// of the whole bucket that match it.
    #[test]
    fn any_page_size_pattern_and_filter(
        names in prop::collection::btree_set("[ab]/?[ab0/]{0,3}", 0..12),
        path in "[ab]?/?",
        pattern in "[ab/*?]{0,4}",
        filters in prop::collection::vec((prop::bool::ANY, "[ab/*?]{0,3}"), 0..3),
    ) {
        let filter = |(include, text): &(bool, String)| {
            if *include { Filter::include(text) } else { Filter::exclude(text) }
        };
        let filters: Vec<_> = filters.iter().map(filter).collect();
        let with = |options: LsOptions| filters.iter().cloned().fold(options, LsOptions::filter);
        let mut bucket = Bucket::new(names.iter().map(String::as_str));
        bucket.list_all(&with(LsOptions::new(path)));
        let parsed = Pattern::new(&pattern);
        let expected = names
            .iter()
            .filter(|name| parsed.matches(name) && Filter::lists(&filters, name));
        let expected: Vec<_> = expected.cloned().collect();
        prop_assert_eq!(bucket.list_all(&with(LsOptions::matching(pattern))), expected);
    }
}
