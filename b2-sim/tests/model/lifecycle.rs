//! Lifecycle rules.

use b2_proto::time::Timestamp;
use serde_json::json;

use crate::client::{START, client};

const DAY: u64 = 86_400_000;

#[test]
fn rules_hide_delete_and_cancel_files() {
    let mut client = client();
    let bucket = client.bucket("photos");
    client.ok(
        "b2_update_bucket",
        json!({ "bucketId": bucket, "lifecycleRules": [{
            "fileNamePrefix": "tmp/",
            "daysFromUploadingToHiding": 1,
            "daysFromHidingToDeleting": 2,
            "daysFromStartingToCancelingUnfinishedLargeFiles": 1,
        }] }),
    );
    client.upload(&bucket, "tmp/a", b"x");
    client.upload(&bucket, "keep", b"x");
    client.start(&bucket, "tmp/u");
    let mut seen = Vec::new();
    for day in 0..6 {
        client.service.run_lifecycle(Timestamp::from_millis(START + day * DAY));
        let versions = client.service.versions("photos");
        let shown =
            versions.iter().map(|version| format!("{} {}", version.action, version.file_name));
        seen.push(shown.collect::<Vec<_>>().join(", "));
    }
    assert_eq!(
        seen,
        [
            "upload keep, upload tmp/a, start tmp/u",
            "upload keep, hide tmp/a, upload tmp/a",
            "upload keep, hide tmp/a, upload tmp/a",
            "upload keep, hide tmp/a",
            "upload keep",
            "upload keep",
        ]
    );
}
