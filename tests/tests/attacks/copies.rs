//! Copies of other files than the visitor may read, or beyond the limits of uploads.

use b2_proto::time::Timestamp;
use serde_json::{Value, json};

use crate::site::{BUCKET, MAX_BYTES};
use crate::suite::{Suite, text};
use crate::wire::Request;

const FILE: &str = "b2_copy_file";
const PART: &str = "b2_copy_part";

/// Returns the id of the file of this name, as a visitor gets it.
fn listed(suite: &Suite, visitor: &str, name: &str) -> Value {
    let body = json!({ "bucketId": suite.site.bucket_id, "prefix": name });
    suite.accepted(visitor, "b2_list_file_names", &body)["files"][0]["fileId"].clone()
}

/// Returns the body of a call with these fields replaced.
fn with(body: &Value, changes: &Value) -> Value {
    let mut body = body.clone();
    let changes = changes.as_object().expect("it is one");
    body.as_object_mut().expect("it is one").extend(changes.clone());
    body
}

pub(crate) fn copies(suite: &mut Suite, other: &Suite) {
    suite.site.simulator.with(|service| {
        for name in ["u/ada/huge", "u/bob/huge"] {
            service.put_pattern(Timestamp::from_millis(1), BUCKET, name, MAX_BYTES + 1);
        }
    });
    let source = listed(suite, "copier", "u/ada/stored.png");
    let huge = listed(suite, "copier", "u/ada/huge");
    let (large, _) = suite.unfinished_file("copier", "u/ada/copied.png");
    let file = json!({ "sourceFileId": source, "fileName": "u/ada/copy.png" });
    let part = json!({ "sourceFileId": source, "largeFileId": large, "partNumber": 2 });
    let bodies = [(FILE, &file), (PART, &part)];
    let bobs = listed(suite, "bob", "u/bob/huge");
    let eves = listed(suite, "eve", "u/ada/stored.png");
    let real: Vec<String> = suite.site.simulator.with(|service| {
        service.versions(BUCKET).into_iter().map(|version| version.file_id).collect()
    });
    suite.class("copies without the permission", |suite| {
        for visitor in ["ada", "bob", "eve", "nothing", "lister", "loader", "sender", "careful"] {
            for (call, body) in bodies {
                let request = Request::call(call, suite.token(visitor), body);
                suite.refused(format!("{visitor}: {call}"), &request);
            }
        }
        // With an id of the own, and a large file of the own.
        let own = json!({ "sourceFileId": suite.stored, "largeFileId": suite.unfinished });
        for (call, body) in bodies {
            let request = Request::call(call, suite.token("ada"), &with(body, &own));
            suite.refused(format!("{call} of the own"), &request);
        }
    });
    suite.class("sources of copies", |suite| {
        let strange = [
            Value::Null,
            json!(""),
            json!(0),
            json!([source]),
            json!(large),
            json!(bobs),
            json!(eves),
            json!(suite.stored),
            json!(suite.unfinished),
            json!(other.stored),
            json!(suite.token("copier")),
            json!(format!("{} ", source.as_str().expect("a text"))),
            json!("1.e30.AAAA"),
        ];
        let copies_only = suite.token("copies own").to_owned();
        for id in strange.into_iter().chain(real.into_iter().map(Value::from)) {
            for (call, body) in bodies {
                let body = with(body, &json!({ "sourceFileId": id }));
                let request = Request::call(call, suite.token("copier"), &body);
                suite.refused(format!("{call} from {id}"), &request);
            }
        }
        // Without downloads, only own uploads are sources.
        let seen = listed(suite, "copies own", "u/ada/stored.png");
        let request =
            Request::call(FILE, &copies_only, &with(&file, &json!({ "sourceFileId": seen })));
        suite.refused("the upload of another visitor", &request);
    });
    let replace = json!({ "metadataDirective": "REPLACE", "contentType": "image/png" });
    suite.class("what copies become", |suite| {
        let mut refused = |what: &str, call: &str, body: Value| {
            let request = Request::call(call, suite.token("copier"), &body);
            suite.refused(format!("{what} {body}"), &request);
        };
        for name in [
            "u/bob/a.png", "a.png", "u/ada", "u/ada/", "u/ada/../bob/a.png", "u/ada/%2e%2e/bob/a",
            "u/ada/%252e%252e/bob/a", "u/ada\u{200b}/a", "u/ada/a\0", "U/ada/a", "", "u/ada//a",
        ] {
            refused("another name", FILE, with(&file, &json!({ "fileName": name })));
        }
        for bucket in ["", "4a48fe8875c6214145260818", "*", BUCKET] {
            refused("another bucket", FILE, with(&file, &json!({ "destinationBucketId": bucket })));
        }
        for fields in [
            json!({ "fileRetention": { "mode": "compliance", "retainUntilTimestamp": 4_000_000_000_000_u64 } }),
            json!({ "fileRetention": {} }),
            json!({ "legalHold": "on" }),
            json!({ "legalHold": "off" }),
            json!({ "customUploadTimestamp": 1 }),
            json!({ "contentType": "text/html" }),
            json!({ "contentType": "image/png" }),
            json!({ "fileInfo": { "color": "red" } }),
            json!({ "metadataDirective": "COPY", "fileInfo": {} }),
            json!({ "metadataDirective": "REPLACE" }),
            json!({ "metadataDirective": "replace", "contentType": "image/png" }),
            json!({ "metadataDirective": 1 }),
        ] {
            refused("a setting", FILE, with(&file, &fields));
        }
        for content_type in [
            "text/html", "TEXT/HTML", "image/svg+xml", "image/png, text/html", "image/png;x=y\n", "image/*",
            "b2/x-auto", "", "*/*",
        ] {
            let body = with(&with(&file, &replace), &json!({ "contentType": content_type }));
            refused("another type", FILE, body);
        }
        for info in [
            json!({ "b2-content-disposition": "inline" }),
            json!({ "B2-Content-Type": "text/html" }),
            json!({ "color": "a\r\nx-evil: 1" }),
            json!({ "gateway-size": "1" }),
            json!({ "a b": "c" }),
            json!([]),
            json!({ "color": 1 }),
        ] {
            refused("file info", FILE, with(&with(&file, &replace), &json!({ "fileInfo": info })));
        }
        for encryption in [
            json!({ "mode": "SSE-C", "algorithm": "AES256", "customerKey": "a", "customerKeyMd5": "b" }),
            json!({ "mode": "SSE-C" }),
            json!({ "mode": "none" }),
            json!("SSE-C"),
        ] {
            for (call, body) in bodies {
                for field in ["sourceServerSideEncryption", "destinationServerSideEncryption"] {
                    refused("encryption", call, with(body, &json!({ field: encryption })));
                }
            }
        }
    });
    suite.class("ranges and parts of copies", |suite| {
        let mut refused = |what: &str, call: &str, body: Value| {
            let request = Request::call(call, suite.token("copier"), &body);
            suite.refused(format!("{what} {body}"), &request);
        };
        for range in [
            "bytes=0-200",
            "bytes=200-200",
            "bytes=9-8",
            "bytes=0-",
            "bytes=-9",
            "bytes=0-9,20-29",
            "bytes=+0-9",
            "bytes=0-0x9",
            "0-9",
            "",
            "bytes=0-18446744073709551615",
            "bytes=18446744073709551615-0",
            "bytes=-1-9",
            "bytes= 0-9",
            "bits=0-9",
        ] {
            for (call, body) in bodies {
                refused("a range", call, with(body, &json!({ "range": range })));
            }
        }
        for range in [json!(0), json!([0, 9]), json!({}), json!(true)] {
            for (call, body) in bodies {
                refused("a range", call, with(body, &json!({ "range": range })));
            }
        }
        // A source that is larger than uploads may be.
        let whole = json!({ "sourceFileId": huge });
        let range = json!({ "sourceFileId": huge, "range": format!("bytes=0-{MAX_BYTES}") });
        for large in [&whole, &range] {
            refused("too many bytes", FILE, with(&with(&file, &replace), large));
            refused("too many bytes", PART, with(&part, large));
        }
        refused(
            "its own type",
            FILE,
            with(&file, &json!({ "sourceFileId": huge, "range": "bytes=0-9" })),
        );
    });
    suite.class("large files of copied parts", |suite| {
        for id in [
            json!(suite.unfinished),
            json!(suite.other_unfinished),
            json!(suite.stored),
            json!(source),
            json!(other.unfinished),
            Value::Null,
            json!(""),
            json!([large]),
        ] {
            let body = with(&part, &json!({ "largeFileId": id }));
            let request = Request::call(PART, suite.token("copier"), &body);
            suite.refused(format!("a part of {id}"), &request);
        }
        for number in ["0", "10001", "-1", "1.5", "\"1\"", "null", "[]", "4294967297", "1e400"] {
            let text = with(&part, &json!({ "partNumber": "NUMBER" })).to_string();
            let request = Request::call(PART, suite.token("copier"), &part)
                .body(text.replace("\"NUMBER\"", number));
            suite.refused(format!("the part {number}"), &request);
        }
    });
    // What was changed is right.
    suite.accepted("copier", PART, &part);
    suite.accepted("copier", "b2_cancel_large_file", &json!({ "fileId": large }));
    let copied = suite.accepted("copier", FILE, &with(&file, &replace));
    assert_eq!(text(&copied, "fileName"), "u/ada/copy.png");
}
