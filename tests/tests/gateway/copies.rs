//! Copies within a prefix: what a grant permits, and what it does not.

use b2_proto::gateway::{Grant, Names, Uploads};
use b2_tests::BUCKET;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::site::{Said, Site};

/// Returns the token of the visitor `42`, who may copy.
fn copier(site: &mut Site) -> String {
    let grant = site.grant("42").copy();
    site.enter("42", grant)
}

/// Uploads an image of 200 bytes, and returns its id.
fn uploaded(site: &mut Site, token: &str, name: &str) -> Value {
    let (id, sha1s) = site.parts(token, name, &[100, 100]);
    assert_eq!(site.finish(token, &id, &sha1s).0, 200);
    listed(site, token, name)
}

/// Returns the id of a listed file.
fn listed(site: &mut Site, token: &str, name: &str) -> Value {
    let body = json!({ "bucketId": site.bucket_id.clone(), "prefix": name });
    let (status, _, page) = site.call(token, "b2_list_file_names", &body);
    assert_eq!(status, 200, "{page}");
    page["files"][0]["fileId"].clone()
}

/// Copies a file with changes to the request.
fn copy(site: &mut Site, token: &str, source: &Value, changes: &Value) -> Said {
    let mut body = json!({ "sourceFileId": source, "fileName": "u/42/copy.png" });
    for (field, value) in changes.as_object().unwrap() {
        body[field] = value.clone();
    }
    site.call(token, "b2_copy_file", &body)
}

fn part(site: &mut Site, token: &str, source: &Value, large: &str, changes: &Value) -> Said {
    let mut body = json!({ "sourceFileId": source, "largeFileId": large, "partNumber": 1 });
    for (field, value) in changes.as_object().unwrap() {
        body[field] = value.clone();
    }
    site.call(token, "b2_copy_part", &body)
}

#[test]
fn a_copy_is_a_file_of_the_visitor() {
    let mut site = Site::new();
    let token = copier(&mut site);
    let source = uploaded(&mut site, &token, "u/42/a.png");
    let (status, _, whole) = copy(&mut site, &token, &source, &json!({}));
    assert_eq!(status, 200, "{whole}");
    assert_eq!((&whole["action"], &whole["contentLength"]), (&json!("copy"), &json!(200)));
    assert_eq!((&whole["accountId"], &whole["fileInfo"]), (&json!("gateway"), &json!({})));
    let expected = site.service.read_file(BUCKET, "u/42/a.png");
    assert_eq!(site.service.read_file(BUCKET, "u/42/copy.png"), expected);
    // A range of the copy, with other metadata.
    let changes = json!({
        "fileName": "u/42/range.gif", "range": "bytes=50-149", "metadataDirective": "REPLACE",
        "contentType": "image/gif", "fileInfo": { "color": "red" },
        "destinationBucketId": site.bucket_id, "destinationServerSideEncryption": { "mode": "SSE-B2" },
    });
    let (status, _, range) = copy(&mut site, &token, &whole["fileId"], &changes);
    assert_eq!(status, 200, "{range}");
    assert_eq!(
        (&range["contentType"], &range["contentLength"]),
        (&json!("image/gif"), &json!(100))
    );
    assert_eq!(range["fileInfo"], json!({ "color": "red" }));
    assert_eq!(range["serverSideEncryption"]["mode"], "SSE-B2");
    let expected = expected.unwrap().slice(50..150);
    assert_eq!(site.service.read_file(BUCKET, "u/42/range.gif"), Some(expected));
    // Its id is one of a stored file.
    let info = site.call(&token, "b2_get_file_info", &json!({ "fileId": range["fileId"] }));
    assert_eq!((info.0, &info.2["fileName"]), (200, &json!("u/42/range.gif")));
    for call in ["b2_cancel_large_file", "b2_get_upload_part_url"] {
        let said = site.call(&token, call, &json!({ "fileId": range["fileId"] }));
        assert_eq!(said.0, 400, "{call}");
    }
}

#[test]
fn copies_have_the_limits_of_uploads() {
    let mut site = Site::new();
    let token = copier(&mut site);
    let source = uploaded(&mut site, &token, "u/42/a.png");
    site.service.put_file(site.now, BUCKET, "u/42/huge", Bytes::from(vec![7; 5_001]));
    let huge = listed(&mut site, &token, "u/42/huge");
    let other_bucket = site.service.put_bucket("another-bucket", "allPrivate");
    let as_image = |rest: Value| {
        let mut changes = json!({ "metadataDirective": "REPLACE", "contentType": "image/png" });
        changes.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        changes
    };
    for (source, changes, status, code) in [
        (&source, json!({ "fileName": "u/43/a.png" }), 401, "unauthorized"),
        (&source, json!({ "fileName": "u/42/../43/a.png" }), 400, "bad_request"),
        (&source, json!({ "fileName": "u/42/%2e%2e/43/a.png" }), 400, "bad_request"),
        (&source, json!({ "fileName": "" }), 401, "unauthorized"),
        (&source, json!({ "destinationBucketId": other_bucket }), 401, "unauthorized"),
        (&source, json!({ "destinationBucketId": "" }), 401, "unauthorized"),
        (&source, json!({ "legalHold": "on" }), 401, "unauthorized"),
        (&source, json!({ "legalHold": "off" }), 401, "unauthorized"),
        (
            &source,
            json!({ "fileRetention": { "mode": "governance", "retainUntilTimestamp": 1 } }),
            401,
            "unauthorized",
        ),
        (&source, json!({ "customUploadTimestamp": 1 }), 401, "unauthorized"),
        (
            &source,
            json!({ "sourceServerSideEncryption": { "mode": "SSE-C" } }),
            401,
            "unauthorized",
        ),
        (
            &source,
            json!({ "destinationServerSideEncryption": { "mode": "SSE-C" } }),
            401,
            "unauthorized",
        ),
        (&source, json!({ "contentType": "image/png" }), 400, "bad_request"),
        (&source, json!({ "fileInfo": {} }), 400, "bad_request"),
        (
            &source,
            json!({ "metadataDirective": "COPY", "contentType": "image/png" }),
            400,
            "bad_request",
        ),
        (&source, json!({ "metadataDirective": "REPLACE" }), 400, "bad_request"),
        (&source, json!({ "metadataDirective": "MERGE" }), 400, "bad_request"),
        (&source, as_image(json!({ "contentType": "text/html" })), 400, "content_type_not_allowed"),
        (&source, as_image(json!({ "contentType": "b2/x-auto" })), 400, "content_type_not_allowed"),
        (
            &source,
            as_image(json!({ "fileInfo": { "b2-content-disposition": "inline" } })),
            400,
            "bad_request",
        ),
        (&source, as_image(json!({ "fileInfo": { "color": "a\nb" } })), 400, "bad_request"),
        (&source, as_image(json!({ "fileInfo": { "gateway-size": "199" } })), 400, "bad_request"),
        (&source, json!({ "range": "bytes=0-200" }), 416, "range_not_satisfiable"),
        (&source, json!({ "range": "bytes=9-8" }), 416, "range_not_satisfiable"),
        (&source, json!({ "range": "bytes=0-18446744073709551615" }), 400, "bad_json"),
        (&source, json!({ "range": "0-9" }), 400, "bad_json"),
        (&source, json!({ "range": "bytes=+0-9" }), 400, "bad_json"),
        // Neither the size nor the type of this source is allowed.
        (&huge, json!({ "range": "bytes=0-9" }), 400, "content_type_not_allowed"),
        (&huge, as_image(json!({})), 400, "file_too_large"),
        (&huge, as_image(json!({ "range": "bytes=0-5000" })), 400, "file_too_large"),
    ] {
        let said = copy(&mut site, &token, source, &changes);
        assert_eq!((said.0, said.1.as_str()), (status, code), "{changes}: {}", said.2);
    }
    assert_eq!(site.count("upload"), 2);
    let fits = as_image(json!({ "range": "bytes=0-4999", "fileInfo": { "gateway-size": "5000" } }));
    assert_eq!(copy(&mut site, &token, &huge, &fits).0, 200);
}

/// The metadata of a source that the application or another owner has stored are checked as well.
#[test]
fn metadata_that_is_copied_is_checked() {
    let mut site = Site::new();
    let first = copier(&mut site);
    let source = uploaded(&mut site, &first, "u/42/a.png");
    let real = site.service.versions(BUCKET)[0].file_id.clone();
    site.service.put_file_info(&real, "color", "red");
    site.service.put_file_info(&real, "gateway-size", "1");
    // Another owner with the same prefix, whose uploads are attachments.
    let uploads = Uploads::new(5_000, ["image/*"]).attachment();
    let grant = site.grant_for("44", "u/42/").uploads(uploads).copy();
    let second = site.enter("44", grant);
    let theirs = listed(&mut site, &second, "u/42/a.png");
    let (status, _, copied) = copy(&mut site, &second, &theirs, &json!({}));
    assert_eq!(status, 200, "{copied}");
    let expected = json!({ "b2-content-disposition": "attachment", "color": "red" });
    assert_eq!(copied["fileInfo"], expected);
    // It is a file of the second owner now: without downloads, the first one may not copy it.
    for (owner, status) in [("44", 200), ("42", 401)] {
        let hour = std::time::Duration::from_secs(3_600);
        let uploads = Uploads::new(5_000, ["image/*"]).attachment();
        let grant = Grant::new(owner, site.bucket_id.clone(), BUCKET, "u/42/", hour);
        let blind = site.enter(owner, grant.uploads(uploads).list().copy());
        let source = listed(&mut site, &blind, "u/42/copy.png");
        assert_eq!(copy(&mut site, &blind, &source, &json!({})).0, status, "{owner}");
    }
    // The first owner may not set this header.
    let copied = listed(&mut site, &first, "u/42/copy.png");
    let again = json!({ "fileName": "u/42/again.png" });
    let said = copy(&mut site, &first, &copied, &again);
    assert_eq!((said.0, said.1.as_str()), (400, "bad_request"), "{}", said.2);
    assert_eq!(copy(&mut site, &first, &source, &again).0, 200);
}

#[test]
fn the_source_is_a_file_that_the_visitor_may_read() {
    let mut site = Site::new();
    let token = copier(&mut site);
    let own = uploaded(&mut site, &token, "u/42/a.png");
    let (unfinished, _) = site.parts(&token, "u/42/b.png", &[100]);
    let (large, _) = site.parts(&token, "u/42/large.png", &[100]);
    let real = site.service.versions(BUCKET)[0].file_id.clone();
    // Ids of another owner, with another folder and with the same one.
    let grant = site.grant("43").copy();
    let other = site.enter("43", grant);
    let elsewhere = uploaded(&mut site, &other, "u/43/a.png");
    let grant = site.grant_for("44", "u/42/").copy();
    let beside = site.enter("44", grant);
    let besides = listed(&mut site, &beside, "u/42/a.png");
    // Ids of the same owner, under another prefix and in another bucket.
    let grant = site.grant_for("42", "avatars/42/").copy();
    let avatars = site.enter("42", grant);
    let avatar = uploaded(&mut site, &avatars, "avatars/42/a.png");
    let bucket_id = site.service.put_bucket("another-bucket", "allPrivate");
    site.service.put_file(site.now, "another-bucket", "u/42/a.png", Bytes::from_static(b"other"));
    let grant = Grant::new(
        "42",
        bucket_id.clone(),
        "another-bucket",
        "u/42/",
        std::time::Duration::from_secs(3_600),
    );
    let there = site.enter("42", grant.list());
    let body = json!({ "bucketId": bucket_id, "prefix": "u/42/" });
    let (_, _, page) = site.call(&there, "b2_list_file_names", &body);
    let other_bucket = page["files"][0]["fileId"].clone();
    let before = site.service.versions(BUCKET).len();
    for (what, source, status) in [
        ("an id of B2", json!(real), 400),
        ("another owner", elsewhere, 401),
        ("another owner with the same folder", besides, 401),
        ("another folder", avatar, 401),
        ("another bucket", other_bucket, 401),
        ("unfinished", json!(unfinished), 400),
        ("no id", json!(""), 400),
        ("null", Value::Null, 400),
    ] {
        let replaced = json!({ "metadataDirective": "REPLACE", "contentType": "image/png" });
        let said = copy(&mut site, &token, &source, &replaced);
        assert_eq!(said.0, status, "{what}: {}", said.2);
        let said = part(&mut site, &token, &source, &large, &json!({}));
        assert_eq!(said.0, status, "{what}: {}", said.2);
    }
    assert_eq!(site.service.versions(BUCKET).len(), before);
    // Without downloads, own uploads can be copied, and no others.
    site.service.put_file(site.now, BUCKET, "u/42/other.png", Bytes::from_static(b"other"));
    let uploads = Uploads::new(5_000, ["*/*"]);
    let hour = std::time::Duration::from_secs(3_600);
    let grant = Grant::new("42", site.bucket_id.clone(), BUCKET, "u/42/", hour).uploads(uploads);
    let blind = site.enter("42", grant.list().copy());
    let others = listed(&mut site, &blind, "u/42/other.png");
    assert_eq!(copy(&mut site, &blind, &others, &json!({})).0, 401);
    assert_eq!(part(&mut site, &blind, &others, &large, &json!({})).0, 401);
    assert_eq!(copy(&mut site, &blind, &own, &json!({})).0, 200);
}

#[test]
fn parts_are_copied_into_own_large_files_within_their_limits() {
    let mut site = Site::new();
    let token = copier(&mut site);
    let source = uploaded(&mut site, &token, "u/42/a.png");
    site.service.put_file(site.now, BUCKET, "u/42/huge", Bytes::from(vec![7; 6_000]));
    let huge = listed(&mut site, &token, "u/42/huge");
    let grant = site.grant_for("44", "u/42/").copy();
    let beside = site.enter("44", grant);
    let (theirs, _) = site.parts(&beside, "u/42/theirs.png", &[100]);
    let declared = json!({
        "bucketId": site.bucket_id.clone(), "fileName": "u/42/b.png", "contentType": "image/png",
        "declaredSize": 300,
    });
    let (_, _, started) = site.call(&token, "b2_start_large_file", &declared);
    let large = started["fileId"].as_str().unwrap().to_owned();
    let (unlimited, _) = site.parts(&token, "u/42/c.png", &[100]);
    for (source, large, changes, status, code) in [
        (&source, theirs.as_str(), json!({}), 401, "unauthorized"),
        (&source, source.as_str().unwrap(), json!({}), 400, "bad_request"),
        (&source, &large, json!({ "partNumber": 0 }), 400, "bad_request"),
        (&source, &large, json!({ "partNumber": 10_001 }), 400, "bad_request"),
        (&source, &large, json!({ "partNumber": -1 }), 400, "bad_json"),
        (&source, &large, json!({ "range": "bytes=0-200" }), 416, "range_not_satisfiable"),
        (
            &source,
            &large,
            json!({ "sourceServerSideEncryption": { "mode": "SSE-C" } }),
            401,
            "unauthorized",
        ),
        (
            &source,
            &large,
            json!({ "destinationServerSideEncryption": { "mode": "SSE-C" } }),
            401,
            "unauthorized",
        ),
        (&huge, &large, json!({ "range": "bytes=0-300" }), 400, "file_too_large"),
        (&huge, &unlimited, json!({ "range": "bytes=0-5000" }), 400, "file_too_large"),
        (&huge, &unlimited, json!({}), 400, "file_too_large"),
    ] {
        let said = part(&mut site, &token, source, large, &changes);
        assert_eq!((said.0, said.1.as_str()), (status, code), "{changes}: {}", said.2);
    }
    let (status, _, first) = part(&mut site, &token, &source, &large, &json!({}));
    assert_eq!(status, 200, "{first}");
    assert_eq!((&first["fileId"], &first["contentLength"]), (&json!(large), &json!(200)));
    let rest = json!({ "partNumber": 2, "range": "bytes=0-99" });
    let (status, _, second) = part(&mut site, &token, &huge, &large, &rest);
    assert_eq!(status, 200, "{second}");
    let sha1s = [&first, &second].map(|part| part["contentSha1"].as_str().unwrap().to_owned());
    let (status, _, file) = site.finish(&token, &large, &sha1s);
    assert_eq!((status, &file["contentLength"]), (200, &json!(300)), "{file}");
    // The sum of the parts is checked when the file is finished.
    let whole = json!({ "range": "bytes=0-4999" });
    let (_, _, first) = part(&mut site, &token, &huge, &unlimited, &whole);
    let again = json!({ "range": "bytes=0-4999", "partNumber": 2 });
    let (_, _, second) = part(&mut site, &token, &huge, &unlimited, &again);
    let sha1s = [&first, &second].map(|part| part["contentSha1"].as_str().unwrap().to_owned());
    assert_eq!(site.finish(&token, &unlimited, &sha1s).0, 400);
    assert_eq!(site.count("start"), 1, "that of the other owner");
}

#[test]
fn the_application_names_copies_as_uploads() {
    let mut site = Site::new();
    let token = copier(&mut site);
    let source = uploaded(&mut site, &token, "u/42/a.png");
    let image = || Uploads::new(5_000, ["image/*"]);
    let grant = site.grant("42").uploads(image().names(Names::Unique)).copy();
    let token = site.enter("42", grant);
    let (status, _, file) = copy(&mut site, &token, &source, &json!({}));
    let name = file["fileName"].as_str().unwrap();
    assert!(name.starts_with("u/42/") && name.ends_with("/copy.png"), "{status} {name}");
    assert_ne!(name, "u/42/copy.png");
    let fixed = image().names(Names::Fixed("avatar.png".to_owned()));
    let grant = site.grant("42").uploads(fixed).copy();
    let token = site.enter("42", grant);
    let (_, _, file) = copy(&mut site, &token, &source, &json!({ "fileName": "../x" }));
    assert_eq!(file["fileName"], "u/42/avatar.png");
}

/// Copies need their own permission, and the limits of uploads.
#[test]
fn a_grant_for_uploads_is_not_one_for_copies() {
    let mut site = Site::new();
    let token = copier(&mut site);
    let source = uploaded(&mut site, &token, "u/42/a.png");
    let (large, _) = site.parts(&token, "u/42/b.png", &[100]);
    let plain = site.visitor();
    for said in [
        copy(&mut site, &plain, &source, &json!({})),
        part(&mut site, &plain, &source, &large, &json!({})),
    ] {
        assert_eq!((said.0, said.1.as_str()), (401, "unauthorized"));
        assert!(said.2["message"].as_str().unwrap().contains("copies"), "{}", said.2);
    }
    let hour = std::time::Duration::from_secs(3_600);
    let grant = Grant::new("42", site.bucket_id.clone(), BUCKET, "u/42/", hour).list().copy();
    site.realm.grants.insert("42".to_owned(), grant);
    assert_eq!(site.authorize("42").0, 401);
    assert!(site.realm.failed.last().unwrap().message().contains("copies"));
}
