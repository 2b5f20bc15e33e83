//! The threats in the documentation of the gateway.

use std::time::Duration;

use b2_proto::api::CreateKey;
use b2_proto::gateway::Uploads;
use b2_proto::hash::Sha1Digest;
use b2_proto::model::Capability;
use b2_proto::time::Timestamp;
use b2_sim::Service;
use b2_tests::BUCKET;
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use crate::site::Site;

/// Sends a part to an upload URL of B2.
fn send_part(service: &mut Service, now: Timestamp, url: &Value, number: u32, size: usize) {
    let bytes = Bytes::from(vec![0; size]);
    let request = Request::post(url["uploadUrl"].as_str().expect("a text"))
        .header("authorization", url["authorizationToken"].as_str().expect("a text"))
        .header("x-bz-part-number", number)
        .header("x-bz-content-sha1", Sha1Digest::of(&bytes).to_hex())
        .header("content-length", size)
        .body(bytes)
        .expect("it is well formed");
    let response = service.handle(now, request);
    assert_eq!(response.status(), 200);
}

fn overwrite(site: &mut Site, url: &Value, number: u32, size: usize) {
    send_part(&mut site.service, site.now, url, number, size);
}

/// Stolen upload URL: URLs for small files are those of the gateway, which checks each upload.
#[test]
fn a_stolen_upload_url_names_no_other_file() {
    let mut site = Site::new();
    let token = site.visitor();
    let url = site.relay_url(&token);
    assert!(url.0.starts_with(crate::realm::BASE));
    for name in ["u/41/a.png", "a.png", "u/42/../41/a.png"] {
        let said = site.relay(&url, Bytes::from_static(b"x"), &[("x-bz-file-name", name)]);
        assert_ne!(said.0, 200, "{name}");
    }
    // B2 does not accept its token.
    let request =
        Request::post(format!("http://b2.test/b2api/v4/b2_upload_file/{}/0", site.bucket_id))
            .header("authorization", &url.1)
            .header("x-bz-file-name", "a")
            .header("content-type", "text/plain")
            .header("x-bz-content-sha1", "do_not_verify")
            .header("content-length", 0)
            .body(Bytes::new());
    let response = site.service.handle(site.now, request.unwrap());
    assert_eq!(response.status(), 401);
    assert_eq!(site.count("upload"), 0);
}

/// Stolen part URL: it can replace parts of one file, which the finish detects.
#[test]
fn a_stolen_part_url_cannot_change_the_file() {
    let mut site = Site::new();
    let token = site.visitor();
    let (id, sha1s) = site.parts(&token, "u/42/a.png", &[100, 100]);
    let (_, _, stolen) = site.call(&token, "b2_get_upload_part_url", &json!({ "fileId": id }));
    overwrite(&mut site, &stolen, 2, 100);
    let said = site.finish(&token, &id, &sha1s);
    assert_eq!((said.0, said.1.as_str()), (400, "part_sha1_mismatch"));
    overwrite(&mut site, &stolen, 3, 100);
    let said = site.finish(&token, &id, &sha1s);
    assert_eq!(said.0, 400);
    assert_eq!(site.count("upload"), 0);
    // Missing parts are reported.
    let (id, sha1s) = site.parts(&token, "u/42/b.png", &[100]);
    let both = [sha1s[0].clone(), sha1s[0].clone()];
    assert_eq!(site.finish(&token, &id, &both).1, "missing_part");
}

/// A file that is larger than declared.
#[test]
fn a_file_that_is_too_large_is_cancelled_at_the_finish() {
    let mut site = Site::new();
    let token = site.visitor();
    let (id, sha1s) = site.parts(&token, "u/42/a.png", &[2_500, 2_501]);
    let said = site.finish(&token, &id, &sha1s);
    assert_eq!((said.0, said.1.as_str()), (400, "bad_request"));
    assert!(said.2["message"].as_str().unwrap().contains("5001"), "{said:?}");
    assert_eq!((site.count("start"), site.count("upload")), (0, 0), "it is gone");
    // One byte is too much.
    let (id, sha1s) = site.parts(&token, "u/42/a.png", &[2_500, 2_500]);
    assert_eq!(site.finish(&token, &id, &sha1s).0, 200);
}

#[test]
fn another_size_than_declared_is_cancelled() {
    let mut site = Site::new();
    let token = site.visitor();
    for (declared, fits) in [("200", true), ("199", false), ("201", false)] {
        let body = json!({
            "bucketId": site.bucket_id.clone(), "fileName": "u/42/a.png", "contentType": "image/png",
            "fileInfo": {"gateway-size": declared},
        });
        let (_, _, started) = site.call(&token, "b2_start_large_file", &body);
        let id = started["fileId"].as_str().unwrap();
        let sha1s: Vec<_> = (1..=2).map(|number| site.part(&token, id, number, 100)).collect();
        let said = site.finish(&token, id, &sha1s);
        assert_eq!(said.0 == 200, fits, "{declared}: {}", said.2);
        assert_eq!(site.count("start"), 0);
    }
}

/// Neither a larger grant at the start nor a larger one at the finish raises the limit.
#[test]
fn the_smaller_of_two_grants_counts() {
    let mut site = Site::new();
    let small = site.grant("42").uploads(Uploads::new(150, ["image/*"]));
    for (first, second) in [(true, false), (false, true)] {
        let grant = |site: &Site, large: bool| if large { site.grant("42") } else { small.clone() };
        let granted = grant(&site, first);
        let token = site.enter("42", granted);
        let (id, sha1s) = site.parts(&token, "u/42/a.png", &[100, 100]);
        let granted = grant(&site, second);
        let token = site.enter("42", granted);
        assert_eq!(site.finish(&token, &id, &sha1s).0, 400);
    }
}

/// Stored XSS: content types are listed, and downloads are attachments.
#[test]
fn every_file_gets_the_headers_of_the_grant() {
    let mut site = Site::new();
    let grant = site.grant("42").uploads(Uploads::new(5_000, ["image/*"]).attachment());
    let token = site.enter("42", grant);
    let (id, sha1s) = site.parts(&token, "u/42/a.png", &[100, 100]);
    assert_eq!(site.finish(&token, &id, &sha1s).0, 200);
    let url = site.relay_url(&token);
    assert_eq!(site.relay(&url, Bytes::new(), &[("x-bz-file-name", "u/42/b.png")]).0, 200);
    for inline in ["inline", "attachment; x"] {
        let headers = [("x-bz-info-b2-content-disposition", inline)];
        assert_eq!(site.relay(&url, Bytes::new(), &headers).0, 400);
    }
    for version in site.service.versions(BUCKET) {
        let body = json!({ "bucketId": site.bucket_id.clone(), "prefix": version.file_name });
        let (_, _, page) = site.call(&token, "b2_list_file_names", &body);
        let info = &page["files"][0]["fileInfo"];
        assert_eq!(*info, json!({"b2-content-disposition": "attachment"}), "{page}");
    }
}

/// Replayed requests: a repeated finish returns the file, and a cancelled file cannot be finished.
#[test]
fn replayed_requests_change_nothing() {
    let mut site = Site::new();
    let token = site.visitor();
    let (id, sha1s) = site.parts(&token, "u/42/a.png", &[100, 100]);
    let (_, _, first) = site.finish(&token, &id, &sha1s);
    for sha1s in [&sha1s[..], &[]] {
        let (status, _, again) = site.finish(&token, &id, sha1s);
        assert_eq!((status, &again), (200, &first));
    }
    assert_eq!(
        (first["fileId"].as_str(), &first["contentLength"]),
        (Some(id.as_str()), &json!(200))
    );
    assert_eq!(site.count("upload"), 1);
    let of_file = json!({ "fileId": id, "partSha1Array": sha1s });
    assert_eq!(site.call(&token, "b2_cancel_large_file", &of_file).0, 400, "it is finished");

    let (id, sha1s) = site.parts(&token, "u/42/b.png", &[100, 100]);
    let of_file = json!({ "fileId": id, "partSha1Array": sha1s });
    let (status, _, said) = site.call(&token, "b2_cancel_large_file", &of_file);
    assert_eq!((status, said["fileId"].as_str()), (200, Some(id.as_str())));
    for call in [
        "b2_cancel_large_file",
        "b2_get_upload_part_url",
        "b2_list_parts",
        "b2_finish_large_file",
        "b2_get_file_info",
    ] {
        let said = site.call(&token, call, &of_file);
        assert!(matches!(said.0, 400 | 404), "{call}: {said:?}");
    }
    assert_eq!((site.count("start"), site.count("upload")), (0, 1));
}

/// A download authorization is limited to the prefix and the lifetime of the grant.
#[test]
fn a_download_authorization_is_as_narrow_as_the_grant() {
    let mut site = Site::new();
    site.service.put_file(site.now, BUCKET, "u/42/a", Bytes::from_static(b"hello"));
    site.service.put_file(site.now, BUCKET, "u/43/a", Bytes::from_static(b"hello"));
    let token = site.visitor();
    site.wait(Duration::from_secs(3_000));
    let body = json!({
        "bucketId": site.bucket_id.clone(), "fileNamePrefix": "u/42/", "validDurationInSeconds": 604_800,
    });
    let (_, _, share) = site.call(&token, "b2_get_download_authorization", &body);
    let get = |site: &mut Site, name: &str| {
        let request = Request::get(format!("http://b2.test/file/{BUCKET}/{name}"))
            .header("authorization", share["authorizationToken"].as_str().unwrap())
            .body(Bytes::new());
        site.service.handle(site.now, request.unwrap()).status().as_u16()
    };
    assert_eq!((get(&mut site, "u/42/a"), get(&mut site, "u/43/a")), (200, 401));
    site.wait(Duration::from_secs(601));
    assert_eq!(get(&mut site, "u/42/a"), 401);
}

/// If the key of the application lacks a capability, this is reported to the application only.
#[test]
fn errors_of_the_applications_key_are_hidden_from_visitors() {
    let mut site = Site::new();
    let token = site.visitor();
    site.service.config_mut().caps.transactions = Some(0);
    let body = json!({ "bucketId": site.bucket_id.clone(), "prefix": "u/42/" });
    let said = site.call(&token, "b2_list_file_names", &body);
    assert_eq!((said.0, said.1.as_str()), (403, "transaction_cap_exceeded"));
    assert_eq!(site.realm.failed.len(), 1);
    site.service.config_mut().caps.transactions = None;
    // Keys without the capability: one is refused by the client, the other by B2.
    let elsewhere = site.service.put_bucket("another-bucket", "allPrivate");
    let mut narrow = CreateKey::new("narrow", [Capability::WRITE_FILES]);
    narrow.bucket_ids = Some(vec![elsewhere.into()]);
    site.switch_to_key(narrow);
    let said = site.start(&token, "u/42/a.png");
    assert_eq!((said.0, said.1.as_str()), (401, "unauthorized"));
    let message = said.2["message"].as_str().unwrap();
    assert!(!message.contains("another-bucket") && !message.contains("key"), "{message}");
    let reported = site.realm.failed.last().unwrap();
    assert_eq!(reported.status(), Some(401));
    let said = site.call(&token, "b2_list_file_names", &body);
    assert_eq!((said.0, said.1.as_str()), (401, "unauthorized"));
    assert!(!said.2["message"].as_str().unwrap().contains("listFiles"));
    let reported = site.realm.failed.last().unwrap().to_string();
    assert!(reported.contains("listFiles"), "{reported}");
}

/// Parts are replaced after they were listed and before the file is finished, with parts whose SHA-1 the finish contains.
#[test]
fn parts_that_are_replaced_while_they_are_counted() {
    let mut site = Site::new();
    let token = site.visitor();
    let (id, mut sha1s) = site.parts(&token, "u/42/a.png", &[100, 100]);
    let (_, _, stolen) = site.call(&token, "b2_get_upload_part_url", &json!({ "fileId": id }));
    let size = 9_000;
    sha1s[1] = Sha1Digest::of(&vec![0; size]).to_hex();
    let now = site.now;
    site.realm.meanwhile = Some(Box::new(move |call, service| {
        if call == "b2_list_parts" {
            send_part(service, now, &stolen, 2, size);
        }
        false
    }));
    let said = site.finish(&token, &id, &sha1s);
    assert_eq!((said.0, said.1.as_str()), (400, "part_sha1_mismatch"));
    // The parts match their SHA-1s now, and are too large.
    assert_eq!(site.finish(&token, &id, &sha1s).0, 400);
    assert_eq!((site.count("start"), site.count("upload")), (0, 0));
}

/// If the outcome of a finish is unknown, the gateway gets the file info.
#[test]
fn a_finish_with_an_unknown_outcome_is_looked_up() {
    let mut site = Site::new();
    let token = site.visitor();
    let (id, sha1s) = site.parts(&token, "u/42/a.png", &[100, 100]);
    site.realm.meanwhile = Some(Box::new(|call, _| call == "b2_finish_large_file"));
    let (status, _, file) = site.finish(&token, &id, &sha1s);
    assert_eq!((status, &file["contentLength"]), (200, &json!(200)), "{file}");
    assert_eq!(site.count("upload"), 1);
}

/// The documented capabilities of the key are enough for everything except issuing keys.
#[test]
fn the_least_application_key_is_enough() {
    let mut site = Site::new();
    let least = [
        Capability::WRITE_FILES,
        Capability::LIST_FILES,
        Capability::READ_FILES,
        Capability::SHARE_FILES,
    ];
    let mut key = CreateKey::new("least", least);
    key.bucket_ids = Some(vec![site.bucket_id.clone().into()]);
    site.switch_to_key(key);
    let grant = site.grant("42").copy();
    let token = site.enter("42", grant);
    let (id, sha1s) = site.parts(&token, "u/42/a.png", &[100, 100]);
    let bucket_id = site.bucket_id.clone();
    let body = json!({
        "sourceFileId": id, "fileName": "u/42/copy.png", "bucketId": bucket_id, "prefix": "u/42/", "namePrefix": "u/42/", "fileNamePrefix": "u/42/",
        "validDurationInSeconds": 60, "fileId": id, "partSha1Array": sha1s,
    });
    for call in [
        "b2_list_unfinished_large_files",
        "b2_list_parts",
        "b2_finish_large_file",
        "b2_finish_large_file",
        "b2_get_file_info",
        "b2_copy_file",
        "b2_list_file_names",
        "b2_get_download_authorization",
    ] {
        let (status, _, said) = site.call(&token, call, &body);
        assert_eq!(status, 200, "{call}: {said}");
    }
    let (id, _) = site.parts(&token, "u/42/b.png", &[100]);
    assert_eq!(site.call(&token, "b2_cancel_large_file", &json!({ "fileId": id })).0, 200);
    let url = site.relay_url(&token);
    assert_eq!(site.relay(&url, Bytes::new(), &[]).0, 200);
}
