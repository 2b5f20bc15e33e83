use super::*;
use crate::api::{ListFileNames, ListFileVersions};

fn names(page: serde_json::Value) -> crate::api::FileNamesPage {
    serde_json::from_value(page).unwrap()
}

fn entry(name: &str) -> serde_json::Value {
    serde_json::json!({"fileId": "4_z", "fileName": name, "action": "upload", "contentLength": 1})
}

#[test]
fn one_unreadable_entry_does_not_block_a_listing() {
    let mut walk = Paginator::new(ListFileNames::new("b".into()));
    let mut strange = entry("b");
    strange["contentLength"] = serde_json::Value::Null;
    let mut info = entry("c");
    info["fileInfo"] = serde_json::json!({"color": null});
    let files = [entry("a"), strange, info, serde_json::Value::Null, entry("d")];
    let page = serde_json::json!({"files": files, "nextFileName": "e"});
    let files = walk.take(names(page));
    let listed: Vec<_> = files.iter().map(|file| file.file_name.as_str()).collect();
    assert_eq!(listed, ["a", "d"]);
    let problems = walk.problems();
    assert!(problems.iter().all(|error| error.kind() == crate::ErrorKind::UnreadableEntry));
    let said: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert!(
        said[0].starts_with("'b' is listed") && said[0].contains("missing field `contentLength`"),
        "{said:?}"
    );
    assert!(said[1].contains("`fileInfo.color`: invalid type: null"), "{said:?}");
    assert!(said[2].contains("invalid type: null, expected an object"), "{said:?}");
    assert_eq!(said.len(), 3);
    assert!(walk.problems().is_empty());
    // It goes on.
    assert!(!walk.is_stuck());
    assert_eq!(walk.next_page().unwrap().start_file_name.as_deref(), Some("e"));
}

#[test]
fn what_was_not_asked_for_is_told_and_left_out() {
    let mut list = ListFileNames::new("b".into());
    list.prefix = Some("photos/".to_owned());
    let mut walk = Paginator::new(list);
    let mut other = entry("photos/2");
    other["bucketId"] = "another".into();
    let page = serde_json::json!({
        "files": [entry("photos/1"), other, entry("private")], "nextFileName": null,
    });
    assert_eq!(walk.take(names(page)).len(), 1);
    let problems = walk.problems();
    assert_eq!(problems.len(), 2);
    assert_eq!(problems[1].subject(), Some("private"));
}

#[test]
fn a_next_page_that_is_no_later_one_ends_with_an_error() {
    fn ends<P: Paged>(first: P, pages: &[serde_json::Value])
    where
        P::Response: serde::de::DeserializeOwned,
    {
        let mut walk = Paginator::new(first);
        // An empty page may be asked for again, but not for ever.
        let last = pages.last().into_iter().cycle().take(if pages[0] == pages[1] { 3 } else { 0 });
        for (turn, page) in pages.iter().chain(last).enumerate() {
            assert!(walk.next_page().is_some() && !walk.is_stuck(), "{turn} of {pages:?}");
            walk.take(serde_json::from_value(page.clone()).unwrap());
        }
        assert!(walk.is_stuck() && walk.next_page().is_none(), "{pages:?}");
        let problems = walk.problems();
        assert_eq!(problems.last().unwrap().kind(), crate::ErrorKind::InvalidResponse);
    }
    use serde_json::json;
    let page = |name: &str| json!({"files": [], "nextFileName": name});
    ends(ListFileNames::new("b".into()), &[page("a"), page("a")]);
    ends(ListFileNames::new("b".into()), &[page("b"), page("a")]);
    let page =
        |name: &str, id: Option<&str>| json!({"files": [], "nextFileName": name, "nextFileId": id});
    let versions = || ListFileVersions::new("b".into());
    ends(versions(), &[page("a", Some("1")), page("a", Some("1"))]);
    ends(versions(), &[page("a", Some("1")), page("a", Some("2")), page("a", Some("1"))]);
    ends(versions(), &[page("b", None), page("a", None)]);
    let page = |id: &str| json!({"files": [], "nextFileId": id});
    let unfinished = crate::api::ListUnfinishedLargeFiles::new("b".into());
    ends(unfinished, &[page("1"), page("2"), page("1")]);
    let page = |number: u32| json!({"parts": [], "nextPartNumber": number});
    ends(crate::api::ListParts::new("f".into()), &[page(5), page(5)]);
    let page = |id: &str| json!({"keys": [], "nextApplicationKeyId": id});
    ends(crate::api::ListKeys::default(), &[page("k"), page("k")]);
}

#[test]
fn what_is_listed_twice_is_told_and_taken_once() {
    let mut walk = Paginator::new(ListFileNames::new("b".into()));
    let mut newer = entry("a");
    newer["fileId"] = "4_y".into();
    let files = [entry("a"), entry("b"), entry("a"), entry("b")];
    let page = serde_json::json!({"files": files, "nextFileName": null});
    assert_eq!(walk.take(names(page)).len(), 2);
    let said: Vec<_> = walk.problems().iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 2);
    assert!(said[0].starts_with("'a' is listed twice"), "{said:?}");
    // Versions of one name are not the same.
    let mut walk = Paginator::new(ListFileVersions::new("b".into()));
    let page = serde_json::json!({"files": [entry("a"), newer], "nextFileName": null});
    assert_eq!(walk.take(serde_json::from_value(page).unwrap()).len(), 2);
    assert!(walk.problems().is_empty());
}

#[test]
fn a_page_that_does_not_begin_behind_the_page_before_ends_the_listing() {
    for next in ["", "a", "b"] {
        let mut walk = Paginator::new(ListFileNames::new("b".into()));
        let page = serde_json::json!({"files": [entry("a"), entry("b")], "nextFileName": next});
        assert_eq!(walk.take(names(page)).len(), 2, "{next}");
        assert!(walk.is_stuck() && walk.next_page().is_none(), "{next}");
        assert_eq!(walk.problems().len(), 1);
    }
    let next = |name: &str, id: &str| {
        let mut walk = Paginator::new(ListFileVersions::new("b".into()));
        let files = [entry("a"), entry("b")];
        let page = serde_json::json!({"files": files, "nextFileName": name, "nextFileId": id});
        walk.take(serde_json::from_value(page).unwrap());
        walk.is_stuck()
    };
    assert!(next("a", "4_y") && next("b", "4_z"));
    assert!(!next("b", "4_y") && !next("c", "4_z"));
}

#[test]
fn no_page_has_more_entries_than_b2_lists() {
    let page = |entries: usize| {
        let files: Vec<_> = (0..entries).map(|n| entry(&format!("{n:06}"))).collect();
        let page = serde_json::json!({"files": files, "nextFileName": null});
        serde_json::from_value::<crate::api::FileNamesPage>(page)
    };
    assert_eq!(page(10_000).unwrap().files.len(), 10_000);
    let error = page(10_001).unwrap_err().to_string();
    assert!(error.contains("at most 10,000 entries"), "{error}");
}

/// What a listing shows when B2 answers these pages to a key that is restricted to a prefix: files alone.
fn shown(mut ls: Ls, pages: &[(&[&str], Option<&str>)]) -> (Vec<String>, Vec<Option<String>>) {
    let (mut listed, mut starts) = (Vec::new(), Vec::new());
    for (files, next) in pages {
        let files: Vec<_> = files.iter().map(|name| entry(name)).collect();
        let page = serde_json::json!({"files": files, "nextFileName": next, "nextFileId": next.map(|_| "4_z")});
        let entries = match ls.next_page().unwrap() {
            LsPage::Names(asked) => {
                starts.push(asked.start_file_name);
                ls.took_names(names(page))
            }
            LsPage::Versions(asked) => {
                starts.push(asked.start_file_name);
                ls.took_versions(serde_json::from_value(page).unwrap())
            }
        };
        listed.extend(entries.iter().map(|entry| entry.name().to_owned()));
        assert_eq!(ls.problems(), []);
    }
    assert!(ls.next_page().is_none());
    (listed, starts)
}

#[test]
fn folders_above_the_prefix_of_the_key_are_shown_once() {
    let below: &[&str] = &["photos/2024/a", "photos/2024/b"];
    for versions in [false, true] {
        let ls = |options: LsOptions| Ls::new("b".into(), options.versions(versions));
        // The rest of a folder is not asked for.
        let pages = [(below, Some("photos/2024/c")), (&[][..], None)];
        let (listed, starts) = shown(ls(LsOptions::new("")), &pages);
        assert_eq!(listed, ["photos/"]);
        assert_eq!(starts, [None, Some("photos0".to_owned())]);
        let (listed, starts) = shown(ls(LsOptions::new("photos/")), &pages);
        assert_eq!(listed, ["photos/2024/"]);
        assert_eq!(starts[1].as_deref(), Some("photos/20240"));
        // B2's own next page, where it is later.
        let pages = [(below, Some("photos/2025/a")), (&["photos/2025/a"], None)];
        let (listed, starts) = shown(ls(LsOptions::new("photos/")), &pages);
        assert_eq!(listed, ["photos/2024/", "photos/2025/"]);
        assert_eq!(starts[1].as_deref(), Some("photos/2025/a"));
        let (listed, _) = shown(ls(LsOptions::new("").recursive(true)), &[(below, None)]);
        assert_eq!(listed, below);
        let files = ["photos/a", "photos/b/", "photos/c/d"];
        let (listed, _) = shown(ls(LsOptions::new("photos/")), &[(&files, None)]);
        assert_eq!(listed, ["photos/a", "photos/b/", "photos/c/"]);
        let (listed, _) = shown(ls(LsOptions::with_prefix("pho")), &[(&files, None)]);
        assert_eq!(listed, ["photos/"]);
    }
}

#[test]
fn only_names_that_match_are_listed() {
    let files: &[&str] =
        &["a", "b/1/test-1.txt", "b/2/test-2.csv", "b/2/test-3.txt", "b/3/test-4.jpg", "b3.txt"];
    let prefix = |ls: &Ls| match ls.next_page().unwrap() {
        LsPage::Names(page) => (page.prefix, page.delimiter),
        LsPage::Versions(page) => (page.prefix, page.delimiter),
    };
    for versions in [false, true] {
        let listed = |options: LsOptions| {
            let ls = Ls::new("b".into(), options.versions(versions));
            let asked = prefix(&ls);
            let below = asked.0.as_deref().unwrap_or_default();
            let page: Vec<_> =
                files.iter().copied().filter(|name| name.starts_with(below)).collect();
            (shown(ls, &[(&page, None)]).0, asked)
        };
        let some = |text: &str| Some(text.to_owned());
        let (names, asked) = listed(LsOptions::matching("b*.txt"));
        assert_eq!(names, ["b/1/test-1.txt", "b/2/test-3.txt", "b3.txt"]);
        assert_eq!(asked, (some("b"), None));
        let (names, asked) = listed(LsOptions::matching("b/2/test-[23].?sv").recursive(false));
        assert_eq!((names, asked.0), (vec!["b/2/test-2.csv".to_owned()], some("b/2/test-")));
        let (names, _) = listed(LsOptions::matching("*.txt").filter(Filter::exclude("*-1.txt")));
        assert_eq!(names, ["b/2/test-3.txt", "b3.txt"]);
        // A folder is listed if a file below it is.
        let (names, asked) = listed(LsOptions::new("b/").filter(Filter::include("*.txt")));
        assert_eq!((names, asked.1), (vec!["b/1/".to_owned(), "b/2/".to_owned()], None));
        let (names, asked) = listed(LsOptions::new("").filter(Filter::exclude("b/*")));
        assert_eq!((names, asked), (vec!["a".to_owned(), "b3.txt".to_owned()], (None, None)));
        let (names, _) = listed(LsOptions::new("a").filter(Filter::exclude("*")));
        assert_eq!(names, [""; 0]);
    }
}
