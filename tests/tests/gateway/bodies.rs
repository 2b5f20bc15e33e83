//! Bodies with duplicate, excessive or invalid fields.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::site::Site;

#[test]
fn a_body_says_everything_once() {
    let mut site = Site::new();
    let token = site.visitor();
    let bucket = site.bucket_id.clone();
    let start = |rest: &str| {
        Bytes::from(format!(
            r#"{{"bucketId":"{bucket}","fileName":"u/42/a.png","contentType":"image/png"{rest}}}"#
        ))
    };
    assert_eq!(site.send(&token, "b2_start_large_file", start("")).0, 200);
    let deep = format!(r#","legalHold":{}1{}"#, "[".repeat(500), "]".repeat(500));
    for rest in [
        r#","fileName":"u/41/a.png""#,
        r#","file\u004eame":"u/41/a.png""#,
        r#","bucketId":"another""#,
        r#","contentType":"text/html""#,
        r#","declaredSize":1,"declaredSize":2"#,
        r#","fileInfo":{"a":"1","a":"2"}"#,
        r#","fileInfo":{"Foo":"1","foo":"2"}"#,
        r#","fileInfo":{"a":"1","\u0061":"1"}"#,
        r#","fileInfo":{"a":1}"#,
        r#","fileInfo":{"a":null}"#,
        r#","fileInfo":[]"#,
        r#","fileInfo":"a""#,
        r#","declaredSize":1e400"#,
        r#","declaredSize":1.5"#,
        r#","declaredSize":18446744073709551616"#,
        r#","declaredSize":"#,
        deep.as_str(),
        "}",
        r#"}{"fileName":"u/41/a.png""#,
    ] {
        let said = site.send(&token, "b2_start_large_file", start(rest));
        assert_eq!((said.0, said.1.as_str()), (400, "bad_json"), "{rest}: {}", said.2);
    }
    assert_eq!(site.count("start"), 1);
}

/// File info that B2 would refuse is not forwarded. Entries that the gateway adds count towards the limits.
#[test]
fn file_info_has_limits() {
    let mut site = Site::new();
    let token = site.visitor();
    let bucket = site.bucket_id.clone();
    let many: Value = (0..2_000).map(|at| (format!("k{at}"), json!("v"))).collect();
    let calls = site.service.log().count();
    for (info, encrypted) in [
        (json!({ "a": "x".repeat(7_000) }), false),
        (json!({ "a": "\u{e9}".repeat(1_200) }), false),
        (json!({ "a": "x".repeat(2_048) }), true),
        (many, false),
        (json!({ "k".repeat(51): "" }), false),
        (json!({ "": "" }), false),
        (json!({ "a b": "" }), false),
        (json!({ "a:b": "" }), false),
        (json!({ "a\r\nx-bz-info-b": "" }), false),
        (json!({ "\u{e9}": "" }), false),
        (json!({ "b2-content-disposition": "inline" }), false),
        (json!({ "B2-Content-Type": "text/html" }), false),
        (json!({ "b2-": "" }), false),
    ] {
        let mut body = json!({
            "bucketId": bucket, "fileName": "u/42/a.png", "contentType": "image/png", "fileInfo": info,
        });
        if encrypted {
            body["serverSideEncryption"] = json!({ "mode": "SSE-B2", "algorithm": "AES256" });
        }
        let said = site.call(&token, "b2_start_large_file", &body);
        assert_eq!(said.0, 400, "{info}: {}", said.2);
    }
    assert_eq!(site.service.log().count(), calls, "nothing was sent");
    // Entries of the gateway can be neither forged nor read.
    let body = json!({
        "bucketId": bucket, "fileName": "u/42/a.png", "contentType": "image/png",
        "fileInfo": { "gateway-owner": "0", "Gateway-Declared": "1", "a": "1" },
    });
    let (status, _, said) = site.call(&token, "b2_start_large_file", &body);
    assert_eq!((status, &said["fileInfo"]), (200, &json!({ "a": "1" })), "{said}");
}

#[test]
fn content_types_are_one_plain_type() {
    let mut site = Site::new();
    let token = site.visitor();
    let url = site.relay_url(&token);
    let bucket = site.bucket_id.clone();
    for refused in [
        "image/*",
        "*/*",
        "image/",
        "image",
        "image/png, text/html",
        "image/png,text/html",
        "image/png;text/html",
        "image/png; a=b, text/html",
        "image/png\ttext/html",
        " image/png",
        "text/html",
        "TEXT/HTML",
        "text/html; charset=image/png",
        "image/svg+xml",
        "IMAGE/SVG+XML",
        "image/svg+xml; charset=utf-8",
        "b2/x-auto",
        "B2/X-AUTO",
        "multipart/x-mixed-replace",
    ] {
        let body = json!({ "bucketId": bucket, "fileName": "u/42/a.png", "contentType": refused });
        let said = site.call(&token, "b2_start_large_file", &body);
        assert_eq!((said.0, said.1.as_str()), (400, "content_type_not_allowed"), "{refused:?}");
        let said = site.relay(&url, Bytes::new(), &[("content-type", refused)]);
        assert_eq!((said.0, said.1.as_str()), (400, "content_type_not_allowed"), "{refused:?}");
    }
    for allowed in ["image/png", "IMAGE/PNG", "image/png; a=b"] {
        let body = json!({ "bucketId": bucket, "fileName": "u/42/a.png", "contentType": allowed });
        assert_eq!(site.call(&token, "b2_start_large_file", &body).0, 200, "{allowed:?}");
    }
}
