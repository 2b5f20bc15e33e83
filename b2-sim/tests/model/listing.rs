//! Listings: order, prefixes, folders, pages.

use b2_sim::Pages;
use serde_json::{Value, json};

use crate::client::{TestClient, client, names};

fn tree(client: &mut TestClient, files: &[&str]) -> String {
    let bucket = client.bucket("photos");
    for name in files {
        client.upload(&bucket, name, b"x");
    }
    bucket
}

/// Returns all names of a listing, page by page.
fn walk(client: &mut TestClient, call: &str, mut query: Value) -> Vec<String> {
    let mut all = Vec::new();
    for _ in 0..1_000 {
        let page = client.ok(call, query.clone());
        all.extend(names(&page).into_iter().map(str::to_owned));
        if page["nextFileName"].is_null() {
            return all;
        }
        query["startFileName"] = page["nextFileName"].clone();
        query["startFileId"] = page["nextFileId"].clone();
    }
    panic!("no end");
}

#[test]
fn names_are_sorted_by_bytes() {
    let mut client = client();
    let bucket = tree(&mut client, &["b", "\u{10400}", "a/b", "a", "B", "\u{ff5e}", "a b"]);
    let page = client.ok("b2_list_file_names", json!({ "bucketId": bucket }));
    assert_eq!(names(&page), ["B", "a", "a b", "a/b", "b", "\u{ff5e}", "\u{10400}"]);
}

#[test]
fn prefixes_limits_and_starts_are_applied() {
    let mut client = client();
    let bucket = tree(&mut client, &["a", "b/1", "b/2", "b/3", "c"]);
    for (prefix, start, expected) in [
        ("b/", "", vec!["b/1", "b/2", "b/3"]),
        ("b/", "a", vec!["b/1", "b/2", "b/3"]),
        ("b/", "b/2", vec!["b/2", "b/3"]),
        ("b/", "c", vec![]),
        ("", "b/3", vec!["b/3", "c"]),
    ] {
        let query = json!({ "bucketId": bucket, "prefix": prefix, "startFileName": start });
        assert_eq!(names(&client.ok("b2_list_file_names", query)), expected, "{prefix} {start}");
    }
}

#[test]
fn a_folder_is_one_entry() {
    let mut client = client();
    let bucket = tree(&mut client, &["a", "d/1", "d/2", "d/e/3", "d.txt", "z/1"]);
    let query = json!({ "bucketId": bucket, "delimiter": "/" });
    assert_eq!(names(&client.ok("b2_list_file_names", query.clone())), ["a", "d.txt", "d/", "z/"]);
    for count in 1..5 {
        let mut query = query.clone();
        query["maxFileCount"] = json!(count);
        assert_eq!(walk(&mut client, "b2_list_file_names", query), ["a", "d.txt", "d/", "z/"]);
    }
    let inside =
        json!({ "bucketId": bucket, "delimiter": "/", "prefix": "d/", "startFileName": "d/" });
    let page = client.ok("b2_list_file_names", inside);
    assert_eq!(names(&page), ["d/1", "d/2", "d/e/"]);
    assert_eq!(page["files"][2]["action"], "folder");
    let itself = json!({ "bucketId": bucket, "delimiter": "/", "prefix": "d" });
    assert_eq!(names(&client.ok("b2_list_file_names", itself)), ["d.txt", "d/"]);
    let past = json!({ "bucketId": bucket, "delimiter": "/", "startFileName": "d/2" });
    assert_eq!(names(&client.ok("b2_list_file_names", past)), ["z/"]);
}

#[test]
fn hidden_names_are_listed_as_versions_only() {
    let mut client = client();
    let bucket = tree(&mut client, &["a", "dir/x"]);
    client.upload(&bucket, "a", b"newer");
    client.ok("b2_hide_file", json!({ "bucketId": bucket, "fileName": "dir/x" }));
    client.start(&bucket, "a");
    let query = json!({ "bucketId": bucket, "delimiter": "/" });
    assert_eq!(names(&client.ok("b2_list_file_names", query.clone())), ["a"]);
    let versions = client.ok("b2_list_file_versions", query);
    assert_eq!(names(&versions), ["a", "a", "a", "dir/"]);
    let actions: Vec<&Value> = (0..3).map(|at| &versions["files"][at]["action"]).collect();
    assert_eq!(actions, ["start", "upload", "upload"]);
}

#[test]
fn a_page_of_versions_may_start_at_a_deleted_one() {
    let mut client = client();
    let bucket = tree(&mut client, &["a", "a", "a", "b"]);
    let query = json!({ "bucketId": bucket, "maxFileCount": 1 });
    let first = client.ok("b2_list_file_versions", query);
    let next = json!({ "fileName": "a", "fileId": first["nextFileId"] });
    client.ok("b2_delete_file_version", next.clone());
    let query = json!({ "bucketId": bucket, "startFileName": "a", "startFileId": next["fileId"] });
    assert_eq!(names(&client.ok("b2_list_file_versions", query)), ["a", "b"]);
    let query = json!({ "bucketId": bucket, "startFileId": next["fileId"] });
    assert_eq!(client.refusal("b2_list_file_versions", query).0, 400);
}

#[test]
fn counts_out_of_range_are_refused() {
    let mut client = client();
    let bucket = tree(&mut client, &[]);
    for count in [-1, 10_001] {
        let query = json!({ "bucketId": bucket, "maxFileCount": count });
        let refused = client.refusal("b2_list_file_names", query);
        assert_eq!(refused, (400, "out_of_range".to_owned()));
    }
    client.ok("b2_list_file_names", json!({ "bucketId": bucket, "maxFileCount": 0 }));
}

#[test]
fn short_and_empty_pages_lose_no_entries() {
    let mut client = client();
    let files: Vec<String> = (0..60).map(|at| format!("d{}/f{at:02}", at % 7)).collect();
    let bucket = tree(&mut client, &files.iter().map(String::as_str).collect::<Vec<_>>());
    client.service.config_mut().pages = Pages::Short;
    for call in ["b2_list_file_names", "b2_list_file_versions"] {
        let all = walk(&mut client, call, json!({ "bucketId": bucket }));
        assert_eq!(all.len(), 60);
        assert!(all.is_sorted());
        let folders = walk(&mut client, call, json!({ "bucketId": bucket, "delimiter": "/" }));
        assert_eq!(folders.len(), 7);
    }
}

#[test]
fn an_empty_bucket_lists_generated_names() {
    let mut client = client();
    let bucket = client.bucket("photos");
    client.service.config_mut().generated_names = 2_500;
    let all: Vec<String> = (0..2_500).map(b2_sim::generated_name).collect();
    for call in ["b2_list_file_names", "b2_list_file_versions"] {
        let query = json!({ "bucketId": bucket, "maxFileCount": 1_000 });
        assert_eq!(walk(&mut client, call, query), all);
        let query = json!({ "bucketId": bucket, "prefix": "d0000001/", "maxFileCount": 300 });
        assert_eq!(walk(&mut client, call, query), all[1_000..2_000]);
    }
    client.upload(&bucket, "a", b"x");
    assert_eq!(names(&client.ok("b2_list_file_names", json!({ "bucketId": bucket }))), ["a"]);
}
