//! Lifecycle rules.

use b2_proto::time::Timestamp;
use serde_json::json;

use crate::client::{START, TestClient, client};

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

#[test]
fn rules_act_at_each_midnight_that_has_passed() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let rule = json!({ "fileNamePrefix": "", "daysFromUploadingToHiding": 1,
        "daysFromHidingToDeleting": 2 });
    client.ok("b2_update_bucket", json!({ "bucketId": bucket, "lifecycleRules": [rule] }));
    client.upload(&bucket, "a", b"x");
    client.now += 3_600_000;
    client.upload(&bucket, "b", b"x");
    let midnight = |days: u64| Timestamp::from_millis((START / DAY + days) * DAY);
    let shown = |client: &TestClient| {
        let versions = client.service.versions("photos").into_iter();
        versions.map(|it| format!("{} {}", it.action, it.file_name)).collect::<Vec<_>>()
    };
    client.service.tick(midnight(1));
    assert_eq!(shown(&client), ["upload a", "upload b"]);
    client.service.tick(midnight(2));
    assert_eq!(shown(&client), ["hide a", "upload a", "hide b", "upload b"]);
    let marker = &client.service.versions("photos")[0];
    assert_eq!(marker.upload_timestamp, midnight(2), "and not the time of the next request");
    // A request does it, too, and all days that have passed count.
    client.now = midnight(30).as_millis();
    let master = client.service.credentials().clone();
    client.log_in(&master);
    assert_eq!(shown(&client), [] as [&str; 0]);
}
