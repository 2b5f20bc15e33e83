//! The limits of a grant are announced, and checked at the start and at the end of an upload.

use b2_proto::account::UploadLimits;
use b2_proto::api::{AuthorizeAccount, Endpoint};
use b2_proto::gateway::Uploads;
use b2_proto::http::Response;
use b2_proto::machine::Reply;
use b2_tests::BUCKET;
use bytes::Bytes;
use serde_json::json;

use crate::site::{Said, Site};

#[test]
fn a_client_reads_what_it_may_upload() {
    let mut site = Site::new();
    let grant = site.grant("42");
    let nothing = site.grant_for("43", "u/43/");
    site.enter("42", grant);
    let limits = |said: Said| {
        let reply = Reply::new(Response::new(200, Bytes::from(said.2.to_string())));
        let call = AuthorizeAccount {
            realm: "dev".to_owned(),
            application_key_id: "42".into(),
            application_key: "x".into(),
        };
        call.response(&reply).unwrap().allowed.uploads
    };
    assert_eq!(limits(site.authorize("42")), Some(UploadLimits::new(5_000, ["image/*"])));
    // A grant without uploads announces no limits.
    let grant = nothing.uploads(Uploads::new(9, ["text/plain", "b2/x-auto"]));
    site.realm.grants.insert("43".to_owned(), grant);
    assert_eq!(
        limits(site.authorize("43")),
        Some(UploadLimits::new(9, ["text/plain", "b2/x-auto"]))
    );
    let hour = std::time::Duration::from_secs(60);
    let lists =
        b2_proto::gateway::Grant::new("44", site.bucket_id.clone(), BUCKET, "u/44/", hour).list();
    site.realm.grants.insert("44".to_owned(), lists);
    assert_eq!(limits(site.authorize("44")), None);
}

fn start(site: &mut Site, token: &str, declared: u64) -> Said {
    let body = json!({
        "bucketId": site.bucket_id.clone(), "fileName": "u/42/a.png", "contentType": "image/png",
        "declaredSize": declared, "fileInfo": { "color": "red" },
    });
    site.call(token, "b2_start_large_file", &body)
}

#[test]
fn an_oversize_file_is_refused_at_its_start() {
    let mut site = Site::new();
    let token = site.visitor();
    for declared in [5_001, u64::MAX] {
        let said = start(&mut site, &token, declared);
        assert_eq!((said.0, said.1.as_str()), (400, "file_too_large"), "{}", said.2);
        assert!(said.2["message"].as_str().unwrap().contains("5000"), "{}", said.2);
    }
    assert_eq!(site.count("start"), 0, "B2 has heard nothing");
    assert_eq!(start(&mut site, &token, 5_000).0, 200);
}

#[test]
fn the_declared_size_is_kept_from_the_start_to_the_finish() {
    let mut site = Site::new();
    let token = site.visitor();
    for (declared, fits) in [(200, true), (199, false), (201, false), (0, false)] {
        for resumed in [false, true] {
            let (_, _, started) = start(&mut site, &token, declared);
            // The declared size is stored at B2 only; the visitor gets the original file info.
            assert_eq!(started["fileInfo"], json!({ "color": "red" }));
            let mut id = started["fileId"].as_str().unwrap().to_owned();
            let sha1s: Vec<_> = (1..=2).map(|number| site.part(&token, &id, number, 100)).collect();
            if resumed {
                let body = json!({ "bucketId": site.bucket_id.clone(), "namePrefix": "u/42/" });
                let (_, _, page) = site.call(&token, "b2_list_unfinished_large_files", &body);
                assert_eq!(page["files"][0]["fileInfo"], json!({ "color": "red" }), "{page}");
                id = page["files"][0]["fileId"].as_str().unwrap().to_owned();
            }
            let said = site.finish(&token, &id, &sha1s);
            assert_eq!(said.0 == 200, fits, "{declared} {resumed}: {}", said.2);
            assert_eq!(site.count("start"), 0);
        }
    }
}

/// A small file declares its length in the head.
#[test]
fn an_oversize_small_file_is_refused_by_its_head() {
    let mut site = Site::new();
    let grant = site.grant("42").uploads(Uploads::new(10, ["image/*"]));
    let token = site.enter("42", grant);
    let url = site.relay_url(&token);
    for (length, refused) in [("10", false), ("50", false), ("51", true), ("99999999999", true)] {
        let request = site.relayed(&url, Bytes::new(), &[("content-length", length)]);
        let incoming = site.realm.gateway.receive(request.into_parts().0, site.now);
        assert_eq!(
            (incoming.is_refused(), incoming.body_limit()),
            (refused, if refused { 0 } else { 50 })
        );
    }
    assert_eq!(site.relay(&url, Bytes::from(vec![0; 11]), &[]).1, "file_too_large");
}
