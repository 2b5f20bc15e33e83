//! Settings that are never granted, such as retention and SSE-C, and other buckets.

use serde_json::json;

use super::start;
use crate::suite::{RELAY, Suite};
use crate::wire::Request;

/// Settings that would bind the application, or make the file unreadable for it.
pub(crate) fn bindings(suite: &mut Suite) {
    let fields = [
        (
            "fileRetention",
            json!({ "mode": "compliance", "retainUntilTimestamp": 4_000_000_000_000_u64 }),
        ),
        ("fileRetention", json!({ "mode": "governance", "retainUntilTimestamp": 1 })),
        ("fileRetention", json!({})),
        ("fileRetention", json!("compliance")),
        ("legalHold", json!("on")),
        ("legalHold", json!("off")),
        ("legalHold", json!(true)),
        ("customUploadTimestamp", json!(1)),
        ("customUploadTimestamp", json!("1")),
        (
            "serverSideEncryption",
            json!({ "mode": "SSE-C", "algorithm": "AES256", "customerKey": "a", "customerKeyMd5": "b" }),
        ),
        ("serverSideEncryption", json!({ "mode": "SSE-C" })),
        ("serverSideEncryption", json!({ "mode": "sse-b2" })),
        ("serverSideEncryption", json!({ "mode": "none" })),
        ("serverSideEncryption", json!({ "mode": 1 })),
        ("serverSideEncryption", json!("SSE-B2")),
        ("bucketId", json!("4a48fe8875c6214145260818")),
        ("bucketId", json!("")),
        ("bucketId", json!(null)),
        ("bucketId", json!("*")),
        ("bucketId", json!([suite.site.bucket_id])),
        ("bucketId", json!(suite.site.bucket_id.to_uppercase() + " ")),
        ("bucketId", json!(crate::site::BUCKET)),
    ];
    let headers = [
        ("x-bz-file-retention-mode", "compliance"),
        ("x-bz-file-retention-mode", "governance"),
        ("x-bz-file-retention-mode", ""),
        ("x-bz-file-retention-retain-until-timestamp", "4000000000000"),
        ("x-bz-file-legal-hold", "on"),
        ("x-bz-file-legal-hold", "off"),
        ("x-bz-custom-upload-timestamp", "1"),
        ("x-bz-server-side-encryption-customer-algorithm", "AES256"),
        ("x-bz-server-side-encryption", "SSE-C"),
        ("x-bz-server-side-encryption", "aes256"),
        ("x-bz-server-side-encryption", ""),
    ];
    suite.class("what binds the application", |suite| {
        for (field, value) in &fields {
            let large = start(suite, field, value.clone());
            suite.refused(format!("{field} {value}"), &large);
        }
        for (name, value) in headers {
            let small = suite.base(RELAY).with(name, value);
            suite.refused(format!("{name} {value}"), &small);
        }
        for call in [
            "b2_get_upload_url",
            "b2_list_file_names",
            "b2_list_unfinished_large_files",
            "b2_get_download_authorization",
        ] {
            for bucket in ["", "4a48fe8875c6214145260818", "*", "null", crate::site::BUCKET] {
                let mut body = suite.body(call);
                body["bucketId"] = json!(bucket);
                let request = Request::call(call, suite.token("ada"), &body);
                suite.refused(format!("{call} in the bucket {bucket:?}"), &request);
            }
        }
    });
}
