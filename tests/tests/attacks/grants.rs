//! Calls that the grant does not permit, files of other visitors, and calls that no grant permits.

use serde_json::{Value, json};

use crate::site::BUCKET;
use crate::suite::{CALLS, Suite, text};
use crate::wire::Request;

/// Visitors with one permission, and the calls that they may make. They share the folder of Ada.
const MAY: [(&str, &[&str]); 4] = [
    ("nothing", &[]),
    ("lister", &["b2_list_file_names"]),
    ("loader", &["b2_get_download_authorization"]),
    ("sender", &["b2_get_upload_url", "b2_start_large_file", "b2_list_unfinished_large_files"]),
];

/// All calls by all visitors, with the bodies and IDs of Ada.
pub(crate) fn capabilities(suite: &mut Suite) {
    suite.class("calls that the grant is not for", |suite| {
        for (visitor, may) in MAY {
            let token = suite.token(visitor).to_owned();
            for call in CALLS.into_iter().filter(|call| !may.contains(call)) {
                let request = Request::call(call, &token, &suite.body(call));
                suite.refused(format!("{visitor}: {call}"), &request);
                let path = format!("/app{}?x={call}", request.path);
                suite.refused(format!("{visitor}: {call}, mounted"), &request.clone().path(path));
            }
        }
    });
    for (visitor, may) in MAY {
        for call in may.iter().filter(|call| **call != "b2_start_large_file") {
            suite.accepted(visitor, call, &suite.body(call));
        }
    }
}

/// IDs of other visitors, and IDs for other calls.
pub(crate) fn ids(suite: &mut Suite, other: &Suite) {
    let real: Vec<String> = suite.site.simulator.with(|service| {
        service.versions(BUCKET).into_iter().map(|version| version.file_id).collect()
    });
    let flipped =
        |id: &str| format!("{}{}", &id[..id.len() - 1], if id.ends_with('A') { 'B' } else { 'A' });
    let strange = vec![
        Value::Null,
        json!(""),
        json!("null"),
        json!("undefined"),
        json!(0),
        json!(true),
        json!([suite.unfinished]),
        json!({ "id": suite.unfinished }),
        json!(suite.token("ada")),
        json!(suite.relay.1),
        json!(other.unfinished),
        json!(other.stored),
        json!(flipped(&suite.unfinished)),
        json!(flipped(&suite.stored)),
        json!(format!("{} ", suite.unfinished)),
        json!(format!("{}\0", suite.unfinished)),
        json!(suite.unfinished.to_uppercase()),
        json!("1.e30.AAAA"),
        json!("4_z27c88f1d182b150646ff0b16_f200ec353a2184825_d20261128_m000000_c000_v0001_t0000"),
        json!("../../b2_list_buckets"),
        json!("A".repeat(20_000)),
    ];
    let strange: Vec<Value> =
        strange.into_iter().chain(real.into_iter().map(Value::from)).collect();
    let of_file =
        ["b2_get_upload_part_url", "b2_list_parts", "b2_finish_large_file", "b2_cancel_large_file"];
    suite.class("ids", |suite| {
        for call in of_file.into_iter().chain(["b2_get_file_info"]) {
            let with = |suite: &Suite, visitor: &str, id: &Value| {
                let mut body = suite.body(call);
                body["fileId"] = id.clone();
                Request::call(call, suite.token(visitor), &body)
            };
            // Another folder, and the same folder of another owner.
            for visitor in ["bob", "eve", "careful", "unique"] {
                for id in
                    [&suite.unfinished, &suite.other_unfinished, &suite.stored].map(|id| json!(id))
                {
                    let request = with(suite, visitor, &id);
                    suite.refused(format!("{visitor}: {call} of Ada's"), &request);
                }
            }
            for visitor in ["ada", "bob"] {
                for id in &strange {
                    let request = with(suite, visitor, id);
                    suite.refused(format!("{visitor}: {call} {id}"), &request);
                }
            }
        }
        // A stored file cannot be continued, finished or cancelled.
        for call in of_file {
            let mut body = suite.body(call);
            body["fileId"] = json!(suite.stored);
            let request = Request::call(call, suite.token("ada"), &body);
            suite.refused(format!("{call} of a stored file"), &request);
        }
        // IDs as the start of a listing.
        for id in strange.iter().filter(|id| !id.is_null()) {
            let mut body = suite.body("b2_list_unfinished_large_files");
            body["startFileId"] = id.clone();
            let request =
                Request::call("b2_list_unfinished_large_files", suite.token("ada"), &body);
            suite.refused(format!("a listing from {id}"), &request);
        }
    });
}

/// Listings of other visitors' files.
pub(crate) fn listings(suite: &mut Suite) {
    let bucket = suite.site.bucket_id.clone();
    suite.class("listings", |suite| {
        // Eve shares the folder, but not the unfinished uploads.
        for count in [0, 1, 2, 3, 10, 100] {
            let body = json!({ "bucketId": bucket, "namePrefix": "u/ada/", "maxFileCount": count });
            let request =
                Request::call("b2_list_unfinished_large_files", suite.token("eve"), &body);
            suite.harmless(format!("{count} unfinished files of others"), &request, |answer| {
                answer.status() == 200 && answer.json()["files"] == json!([])
            });
        }
        for prefix in [
            "u/ada",
            "u/ad",
            "u/",
            "u",
            "",
            "/",
            "u/bob/",
            "U/ada/",
            "/u/ada/",
            "u//ada/",
            "u/ada\0",
            "..",
            "u/ad\u{e1}/",
        ] {
            for (call, field) in [
                ("b2_list_file_names", "prefix"),
                ("b2_list_unfinished_large_files", "namePrefix"),
                ("b2_get_download_authorization", "fileNamePrefix"),
            ] {
                let mut body = suite.body(call);
                body[field] = json!(prefix);
                let request = Request::call(call, suite.token("ada"), &body);
                suite.refused(format!("{call} {prefix:?}"), &request);
                body.as_object_mut().expect("it is one").remove(field);
                body["startFileName"] = json!(prefix);
                let request = Request::call(call, suite.token("ada"), &body);
                suite.refused(format!("{call} from {prefix:?}, without a prefix"), &request);
            }
        }
        // Another start lists no other files.
        for start in ["", "u/", "u/bob/", "a", "\u{10ffff}"] {
            let mut body = suite.body("b2_list_file_names");
            body["startFileName"] = json!(start);
            let request = Request::call("b2_list_file_names", suite.token("bob"), &body);
            suite.refused(format!("names from {start:?} by another"), &request);
        }
    });
}

/// Calls that no visitor may make, and downloads, which the gateway does not serve.
pub(crate) fn other_calls(suite: &mut Suite) {
    const OTHERS: [&str; 24] = [
        "b2_cancel_large_file_",
        "b2_copy_file",
        "b2_copy_part",
        "b2_create_bucket",
        "b2_create_key",
        "b2_delete_bucket",
        "b2_delete_file_version",
        "b2_delete_key",
        "b2_download_file_by_id",
        "b2_download_file_by_name",
        "b2_get_bucket_notification_rules",
        "b2_hide_file",
        "b2_list_buckets",
        "b2_list_file_versions",
        "b2_list_keys",
        "b2_restore_file",
        "b2_set_bucket_notification_rules",
        "b2_update_bucket",
        "b2_update_file_legal_hold",
        "b2_update_file_retention",
        "b2_upload_part",
        "b2_",
        "b2",
        "",
    ];
    let everything = json!({
        "accountId": suite.site.simulator.with(|service| service.account_id().to_owned()),
        "bucketId": suite.site.bucket_id, "bucketName": BUCKET, "fileId": suite.stored, "fileName": "u/ada/stored.png",
        "sourceFileId": suite.stored, "keyName": "mine", "capabilities": ["writeKeys"], "bucketType": "allPublic",
        "legalHold": "on", "applicationKeyId": suite.site.own.application_key_id, "maxFileCount": 1,
    });
    suite.class("calls that no grant is for", |suite| {
        for visitor in ["ada", "bob", "sender", "nothing"] {
            let token = suite.token(visitor).to_owned();
            for call in OTHERS {
                let request = Request::call(call, &token, &everything);
                suite.refused(format!("{visitor}: {call}"), &request);
            }
            for path in [
                format!("/file/{BUCKET}/u/ada/stored.png"),
                format!("/file/{BUCKET}/u/ada/stored.png?Authorization={token}"),
                format!("/b2api/v4/b2_download_file_by_id?fileId={}", suite.stored),
                format!("/{BUCKET}/u/ada/stored.png"),
                "/b2api/v4/".to_owned(),
                "/".to_owned(),
            ] {
                let request = Request::new("GET", &*path).with("authorization", &*token);
                suite.refused(format!("{visitor}: GET {path}"), &request);
                let ranged = request.with("range", "bytes=0-10");
                suite.refused(format!("{visitor}: GET {path}, a range"), &ranged);
            }
        }
    });
}

/// The application chooses the headers of downloads, and authorizations expire with the grant.
pub(crate) fn downloads(suite: &mut Suite) {
    const OVERRIDES: [&str; 6] = [
        "b2ContentDisposition",
        "b2ContentLanguage",
        "b2Expires",
        "b2CacheControl",
        "b2ContentEncoding",
        "b2ContentType",
    ];
    let values = [
        json!("inline"),
        json!("text/html"),
        json!(""),
        json!(1),
        json!([]),
        json!({}),
        json!(true),
    ];
    let base = suite.body("b2_get_download_authorization");
    let authorization = suite.accepted("ada", "b2_get_download_authorization", &base);
    let authorization = text(&authorization, "authorizationToken");
    suite.class("download authorizations", |suite| {
        for visitor in ["ada", "careful"] {
            let folder = format!("u/{visitor}/");
            let mut base = suite.body("b2_get_download_authorization");
            base["fileNamePrefix"] = json!(folder);
            let token = suite.token(visitor).to_owned();
            for (field, value) in
                OVERRIDES.iter().flat_map(|field| values.iter().map(move |value| (field, value)))
            {
                let mut body = base.clone();
                body[*field] = value.clone();
                let request = Request::call("b2_get_download_authorization", &token, &body);
                suite.refused(format!("{visitor}: {field} {value}"), &request);
            }
            for value in [json!(-1), json!(1.5), json!("60"), json!(null), json!(1e300), json!([])]
            {
                let mut body = base.clone();
                body["validDurationInSeconds"] = value.clone();
                let request = Request::call("b2_get_download_authorization", &token, &body);
                suite.refused(format!("{visitor}: for {value} seconds"), &request);
            }
        }
        // At B2, the authorization is not valid for files of others.
        let b2 = suite.site.simulator.address();
        for name in [
            "u/bob/a.png",
            "u/ada",
            "u/careful/a.png",
            "a",
            "u/ada/../bob/a.png",
            "u/ada/%2e%2e/bob/a.png",
        ] {
            let request = Request::new("GET", format!("/file/{BUCKET}/{name}"))
                .with("authorization", &*authorization);
            let status = request.send(b2).status();
            suite.seen((400..500).contains(&status), format!("a download of {name}: {status}"));
        }
    });
}
