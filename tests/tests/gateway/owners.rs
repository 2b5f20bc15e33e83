//! Owners of files, names, and signed ids.

use b2_proto::gateway::{Names, Uploads};
use b2_tests::BUCKET;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::site::Site;

/// A file id of another owner is refused, even if both share a prefix.
#[test]
fn another_visitors_file_id() {
    let mut site = Site::new();
    let ours = site.visitor();
    let (id, sha1s) = site.parts(&ours, "u/42/a.png", &[100, 100]);
    let elsewhere = site.grant("43");
    // The same prefix, but another owner.
    let beside = site.grant_for("44", "u/42/");
    for (name, grant) in [("43", elsewhere), ("44", beside)] {
        let theirs = site.enter(name, grant);
        let body = json!({ "fileId": id, "partSha1Array": sha1s });
        for call in [
            "b2_get_upload_part_url",
            "b2_list_parts",
            "b2_finish_large_file",
            "b2_cancel_large_file",
            "b2_get_file_info",
        ] {
            let said = site.call(&theirs, call, &body);
            assert_eq!((said.0, said.1.as_str()), (401, "unauthorized"), "{name} {call}");
        }
    }
    // The file is unchanged.
    assert_eq!(site.finish(&ours, &id, &sha1s).0, 200);
}

/// Owners that share a prefix see their own unfinished files only, and no id of another owner, not even as a cursor.
#[test]
fn a_shared_folder_of_unfinished_files() {
    let mut site = Site::new();
    let grant = |site: &Site, owner: &str| {
        let uploads = Uploads::new(5_000, ["image/*"]).attachment();
        site.grant_for(owner, "inbox/").uploads(uploads)
    };
    let (first, second) = (grant(&site, "first"), grant(&site, "second"));
    let first = site.enter("first", first);
    let second = site.enter("second", second);
    for (token, name) in [(&first, "inbox/1"), (&second, "inbox/2"), (&first, "inbox/3")] {
        assert_eq!(site.start(token, name).0, 200);
    }
    for (token, names) in [(&first, vec!["inbox/1", "inbox/3"]), (&second, vec!["inbox/2"])] {
        let (mut listed, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let body = json!({
                "bucketId": site.bucket_id.clone(), "namePrefix": "inbox/", "maxFileCount": 1,
                "startFileId": cursor,
            });
            let (status, _, page) = site.call(token, "b2_list_unfinished_large_files", &body);
            assert_eq!(status, 200, "{page}");
            for file in page["files"].as_array().unwrap() {
                listed.push(file["fileName"].as_str().unwrap().to_owned());
                // File info that the gateway added is not returned.
                assert_eq!(file["fileInfo"], json!({}));
                let parts = json!({ "fileId": file["fileId"] });
                assert_eq!(site.call(token, "b2_list_parts", &parts).0, 200);
            }
            cursor = page["nextFileId"].clone();
            if cursor.is_null() {
                break;
            }
            // The ID can only be used to continue the listing.
            for call in ["b2_cancel_large_file", "b2_get_upload_part_url", "b2_get_file_info"] {
                let said = site.call(token, call, &json!({ "fileId": cursor }));
                assert_eq!((said.0, said.1.as_str()), (400, "bad_request"), "{call}");
            }
        }
        assert_eq!(listed, names);
    }
    assert_eq!(site.count("start"), 3);
}

/// The ids of a listing are valid for `b2_get_file_info` only.
#[test]
fn listed_ids_are_valid_for_file_info_only() {
    let mut site = Site::new();
    site.service.put_file(site.now, BUCKET, "u/42/a", Bytes::from_static(b"hello"));
    site.service.put_file(site.now, BUCKET, "u/42/d/b", Bytes::from_static(b"hello"));
    site.service.put_file(site.now, BUCKET, "u/43/c", Bytes::from_static(b"hello"));
    let token = site.visitor();
    let body = json!({ "bucketId": site.bucket_id.clone(), "prefix": "u/42/", "delimiter": "/" });
    let (_, _, page) = site.call(&token, "b2_list_file_names", &body);
    let files = page["files"].as_array().unwrap();
    let names: Vec<_> = files.iter().map(|file| file["fileName"].as_str().unwrap()).collect();
    assert_eq!(names, ["u/42/a", "u/42/d/"]);
    assert_eq!(files[1]["fileId"], Value::Null);
    let id = json!({ "fileId": files[0]["fileId"], "partSha1Array": [] });
    let (status, _, info) = site.call(&token, "b2_get_file_info", &id);
    assert_eq!((status, &info["contentLength"]), (200, &json!(5)));
    assert_eq!(info["fileId"], files[0]["fileId"]);
    for call in ["b2_cancel_large_file", "b2_get_upload_part_url", "b2_finish_large_file"] {
        assert_eq!(site.call(&token, call, &id).0, 400, "{call}");
    }
}

/// Unique names do not overwrite files of others.
#[test]
fn unique_names_replace_nothing() {
    let mut site = Site::new();
    let uploads = Uploads::new(5_000, ["image/*"]).names(Names::Unique);
    let grant = site.grant("42").uploads(uploads);
    let token = site.enter("42", grant);
    let mut names = Vec::new();
    for _ in 0..2 {
        let (id, sha1s) = site.parts(&token, "u/42/a.png", &[100, 100]);
        let (status, _, file) = site.finish(&token, &id, &sha1s);
        assert_eq!(status, 200);
        names.push(file["fileName"].as_str().unwrap().to_owned());
        let url = site.relay_url(&token);
        let (status, _, file) = site.relay(&url, Bytes::from_static(b"x"), &[]);
        assert_eq!(status, 200, "{file}");
        names.push(file["fileName"].as_str().unwrap().to_owned());
    }
    assert!(names.iter().all(|name| name.starts_with("u/42/") && name.ends_with("/a.png")));
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 4);
    // Unfinished files are listed under the name that the visitor requested.
    let (_, _, started) = site.start(&token, "u/42/b.png");
    assert_ne!(started["fileName"], "u/42/b.png");
    let body = json!({ "bucketId": site.bucket_id.clone(), "namePrefix": "u/42/b.png" });
    let (_, _, page) = site.call(&token, "b2_list_unfinished_large_files", &body);
    assert_eq!(page["files"][0]["fileName"], "u/42/b.png");
    assert_eq!(page["files"].as_array().unwrap().len(), 1);
}

#[test]
fn the_application_fixes_the_name() {
    let mut site = Site::new();
    let uploads = Uploads::new(5_000, ["image/*"]).names(Names::Fixed("avatar.png".to_owned()));
    let grant = site.grant("42").uploads(uploads);
    let token = site.enter("42", grant);
    let (id, sha1s) = site.parts(&token, "../../whatever", &[100, 100]);
    assert_eq!(site.finish(&token, &id, &sha1s).2["fileName"], "u/42/avatar.png");
    let url = site.relay_url(&token);
    let said = site.relay(&url, Bytes::new(), &[("x-bz-file-name", "x")]);
    assert_eq!(said.2["fileName"], "u/42/avatar.png");
}

/// A visitor cannot use a file ID with a grant for another folder.
#[test]
fn an_own_file_under_another_grant_is_refused() {
    let mut site = Site::new();
    let token = site.visitor();
    let (id, sha1s) = site.parts(&token, "u/42/a.png", &[100, 100]);
    let grant = site.grant_for("42", "avatars/42/");
    let other = site.enter("42", grant);
    let said = site.finish(&other, &id, &sha1s);
    assert_eq!((said.0, said.1.as_str()), (401, "unauthorized"));
    assert_eq!(site.finish(&token, &id, &sha1s).0, 200);
}
