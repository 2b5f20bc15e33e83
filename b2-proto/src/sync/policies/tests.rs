use super::*;

const TIME: u64 = 8_640_000_000;
const DAY: u64 = 86_400_000;

/// The names of the vectors, and whether they are a day older than the others.
const FILES: [(&str, bool); 13] = [
    (".dot_file", true),
    ("hello.", true),
    ("hello/a/1", false),
    ("hello/a/2", false),
    ("hello/b", false),
    ("hello0", false),
    ("inner/a.bin", false),
    ("inner/a.txt", false),
    ("inner/b.bin", false),
    ("inner/b.txt", false),
    ("inner/more/a.bin", false),
    ("inner/more/a.txt", false),
    ("自由", false),
];

/// Returns what the policies drop of a local folder. The result for a bucket is the same.
fn dropped(policies: &ScanPolicies) -> Vec<&'static str> {
    let local = |&(name, is_old): &(&'static str, bool)| {
        let modified = Timestamp::from_millis(TIME - if is_old { DAY } else { 0 });
        let file = LocalFile { name: name.to_owned(), size: 10, modified };
        let version: FileVersion = serde_json::from_value(serde_json::json!({
            "fileId": "4_z", "fileName": name, "action": "upload", "contentLength": 10,
            "uploadTimestamp": TIME, "fileInfo": {"src_last_modified_millis": modified.as_millis().to_string()},
        }))
        .unwrap();
        let kept = policies.keeps_file(&file);
        assert_eq!(policies.keeps_version(name, &version), kept, "{name}");
        // A walk of a local folder does not come to the others.
        let mut folders = name.match_indices('/').map(|(end, _)| &name[..end]);
        let entered = folders.all(|folder| policies.enters(folder));
        assert!(entered || !kept, "{name}");
        (!kept).then_some(name)
    };
    FILES.iter().filter_map(local).collect()
}

fn names(pick: impl Fn(&str) -> bool) -> Vec<&'static str> {
    FILES.iter().map(|file| file.0).filter(|name| pick(name)).collect()
}

#[cfg(feature = "regex")]
mod regex {
    use super::*;

    fn policies(dirs: &[&str], files: &[&str], included: &[&str]) -> ScanPolicies {
        let policies = ScanPolicies::new().exclude_dir_regexes(dirs).unwrap();
        let policies = policies.exclude_file_regexes(files).unwrap();
        policies.include_file_regexes(included).unwrap()
    }

    #[test]
    fn files_are_excluded_and_included() {
        let is_bin = |name: &str| name.ends_with(".bin");
        assert_eq!(dropped(&policies(&[], &[r".*\.bin"], &[])), names(is_bin));
        assert_eq!(dropped(&policies(&[], &[".*"], &[])), names(|_| true));
        assert_eq!(dropped(&policies(&[], &[r".*\.bin"], &[r".*a\.bin"])), ["inner/b.bin"]);
        let has_a = |name: &str| name.contains('a');
        assert_eq!(dropped(&policies(&[], &[".*a"], &[])), names(has_a));
        assert_eq!(dropped(&policies(&[], &["hello0"], &[])), ["hello0"]);
    }

    /// `convert_dir_regex_to_dir_prefix_regex` is what the original needs for this, and does not use.
    #[test]
    fn an_excluded_folder_excludes_all_that_is_below() {
        let below = |name: &str| name.starts_with("hello/") || name.starts_with("inner/");
        let rows = policies(&["hello", "more", "hello0"], &["inner"], &[]);
        assert_eq!(dropped(&rows), names(below));
        // In a bucket, the original keeps `hello/a/1` and `hello/a/2`: it compares the innermost folder only.
        assert_eq!(dropped(&policies(&["hello$", "inner"], &[], &[])), names(below));
        let more = |name: &str| name.starts_with("hello/") || name.starts_with("inner/more/");
        assert_eq!(dropped(&policies(&["hello$", "inner/"], &[], &[])), names(more));
        // Inclusion is about files that are excluded as files.
        let included = policies(&["hello$"], &["x"], &[".*"]);
        assert_eq!(dropped(&included), names(|name| name.starts_with("hello/")));
    }

    /// In the original, an expression that matches the empty text drops all files of the root of a bucket, and only there.
    #[test]
    fn the_root_is_never_an_excluded_folder() {
        assert_eq!(dropped(&policies(&[".*"], &[], &[])), names(|name| name.contains('/')));
        assert!(policies(&[".*"], &[], &[]).keeps_name("/a"));
    }

    #[test]
    fn a_match_begins_at_the_start_and_ends_anywhere() {
        let photos = policies(&[], &["photos"], &[]);
        assert!(!photos.keeps_name("photos") && !photos.keeps_name("photos2"));
        assert!(photos.keeps_name("my photos") && photos.keeps_name("Photos"));
        assert!(policies(&[], &["photos$"], &[]).keeps_name("photos2"));
        assert!(!policies(&[], &["a|photos"], &[]).keeps_name("photos"));
        // A shorter match further behind does not count.
        assert!(policies(&[], &["os|photos2"], &[]).keeps_name("photos"));
        assert!(!policies(&[], &["(?x) photos # a comment"], &[]).keeps_name("photos"));
    }

    #[test]
    fn times_win_over_inclusion() {
        let included = policies(&[], &["x"], &[".*"]);
        let policies = included.exclude_modified_before(Timestamp::from_millis(TIME));
        assert_eq!(dropped(&policies), [".dot_file", "hello."]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let wrong = |error: Result<ScanPolicies, Error>| {
            let error = error.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            error.message().to_owned()
        };
        assert_eq!(
            wrong(ScanPolicies::new().exclude_dir_regexes(["a", "(*"])),
            "exclude_dir_regexes wrong regex was given for excluding directories: '(*': \
             repetition operator missing expression",
        );
        let message = wrong(ScanPolicies::new().exclude_file_regexes(["a)"]));
        let start = "exclude_file_regexes wrong regex was given for excluding files: 'a)': ";
        assert!(message.starts_with(start), "{message}");
        let message = wrong(ScanPolicies::new().include_file_regexes(["["]));
        let start = "include_file_regexes wrong regex was given for including files: '[': ";
        assert!(message.starts_with(start), "{message}");
        let alone = ScanPolicies::new().include_file_regexes(["a"]).unwrap();
        assert_eq!(
            alone.check().unwrap_err().message(),
            "include_file_regexes cannot be used without exclude_file_regexes at the same time",
        );
        assert!(alone.exclude_file_regexes(["b"]).unwrap().check().is_ok());
    }

    #[test]
    fn the_rule_that_decides_is_told() {
        let policies = policies(&["hello$"], &[r".*\.bin"], &[r".*a\.bin"]);
        let policies = policies.filter(Filter::exclude("*.txt"));
        let rows = [
            ("hello/a/1", "'hello$' excludes the folder 'hello'"),
            ("inner/b.bin", r"'.*\.bin' excludes the file"),
            ("inner/a.bin", r"'.*a\.bin' includes the file"),
            ("inner/a.txt", "the filter excludes '*.txt'"),
        ];
        for (name, rule) in rows {
            assert_eq!(policies.explain(name).unwrap().to_string(), rule);
        }
        assert_eq!(policies.explain("hello0"), None);
    }
}

#[test]
fn without_policies_everything_is_kept() {
    assert_eq!(dropped(&ScanPolicies::new()), names(|_| false));
}

#[test]
fn times_are_inclusive_ranges() {
    let at = Timestamp::from_millis;
    let old = [".dot_file", "hello."];
    let is_new = |name: &str| !old.contains(&name);
    let none = ScanPolicies::new;
    assert_eq!(dropped(&none().exclude_modified_before(at(TIME - 100))), old);
    assert_eq!(dropped(&none().exclude_modified_before(at(TIME))), old);
    assert_eq!(dropped(&none().exclude_modified_after(at(TIME - 100))), names(is_new));
    assert_eq!(dropped(&none().exclude_modified_after(at(TIME - DAY))), names(is_new));
    // A bound of 0 is a bound.
    assert_eq!(dropped(&none().exclude_modified_after(at(0))), names(|_| true));
}

#[test]
fn uploads_are_of_versions_in_a_bucket() {
    let version: FileVersion = serde_json::from_value(serde_json::json!({
        "fileId": "4_z", "fileName": "a", "action": "upload", "contentLength": 10,
        "uploadTimestamp": TIME, "fileInfo": {"src_last_modified_millis": "5"},
    }))
    .unwrap();
    let at = Timestamp::from_millis;
    let keeps = |policies: ScanPolicies| policies.keeps_version("a", &version);
    assert!(keeps(ScanPolicies::new().exclude_uploaded_before(at(TIME))));
    assert!(!keeps(ScanPolicies::new().exclude_uploaded_before(at(TIME + 1))));
    assert!(keeps(ScanPolicies::new().exclude_uploaded_after(at(TIME))));
    assert!(!keeps(ScanPolicies::new().exclude_uploaded_after(at(TIME - 1))));
    let policies = ScanPolicies::new().exclude_uploaded_after(at(TIME - 1));
    assert!(policies.has_times());
    let modified = at(TIME);
    assert!(policies.keeps_file(&LocalFile { name: "a".to_owned(), size: 1, modified }));
}

#[test]
fn an_empty_range_of_time_is_refused() {
    let at = Timestamp::from_millis;
    let range = |first, last| {
        let policies = ScanPolicies::new().exclude_modified_before(at(first));
        policies.exclude_modified_after(at(last)).check()
    };
    assert!(range(5, 5).is_ok());
    assert_eq!(range(6, 5).unwrap_err().kind(), ErrorKind::InvalidInput);
    let uploads = ScanPolicies::new().exclude_uploaded_before(at(6)).exclude_uploaded_after(at(5));
    assert!(uploads.check().is_err());
}

#[test]
fn filters_are_of_names_below_the_root() {
    let policies = ScanPolicies::new().filter(Filter::include("inner/*"));
    assert_eq!(dropped(&policies), names(|name| !name.starts_with("inner/")));
    assert_eq!(policies.explain("hello0").unwrap(), NameRule::NotIncluded);
    let policies = policies.filter(Filter::exclude("*.bin")).filter(Filter::include("*/b.bin"));
    assert_eq!(dropped(&policies), ["inner/a.bin", "inner/more/a.bin"]);
    let rule = policies.explain("inner/b.bin").unwrap();
    assert_eq!(rule.to_string(), "the filter includes '*/b.bin'");
    assert!(rule.keeps() && policies.takes("inner/b.bin") && !policies.takes("inner/a.bin"));
}
