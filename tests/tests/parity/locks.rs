//! Retention and legal hold of file versions.

use std::time::Duration;

use b2_client::Host;
use b2_native::proto::ErrorKind;
use b2_native::proto::model::{BucketType, FileRetention, LegalHold};
use b2_native::proto::time::Timestamp;

use crate::{bucket, server};

#[tokio::test]
async fn a_locked_version_needs_the_right_to_bypass() {
    let server = server().await;
    let bucket = bucket(&server, BucketType::AllPrivate).await;
    let client = bucket.client();
    let file = bucket.upload("bytes", "file").await.unwrap();
    let now = client.host().timestamp().as_millis();
    let day = u64::try_from(Duration::from_secs(86_400).as_millis()).unwrap();
    let until = |days| FileRetention::governance(Timestamp::from_millis(now + days * day));
    let set = |retention, bypass| {
        client.update_file_retention(file.file_id.clone(), "file", retention, bypass)
    };
    assert_eq!(set(until(2), false).await.unwrap(), until(2));
    let kept = client.get_file_info(file.file_id.clone()).await.unwrap();
    assert_eq!(kept.file_retention, until(2));
    assert_eq!(set(until(1), false).await.unwrap_err().kind(), ErrorKind::RetentionWrite);
    assert_eq!(set(until(1), true).await.unwrap(), until(1));
    let delete = |bypass| client.delete_file_version(file.file_id.clone(), "file", bypass);
    assert_eq!(delete(false).await.unwrap_err().kind(), ErrorKind::AccessDenied);
    assert_eq!(delete(true).await.unwrap().file_id, file.file_id);
}

#[tokio::test]
async fn a_legal_hold_is_set_and_lifted() {
    let server = server().await;
    let bucket = bucket(&server, BucketType::AllPrivate).await;
    let client = bucket.client();
    let file = bucket.upload("bytes", "file").await.unwrap();
    for hold in [LegalHold::On, LegalHold::Off] {
        let set = client.update_file_legal_hold(file.file_id.clone(), "file", hold).await.unwrap();
        assert_eq!(set, hold);
        let kept = client.get_file_info(file.file_id.clone()).await.unwrap();
        assert_eq!(kept.legal_hold, hold);
    }
}
