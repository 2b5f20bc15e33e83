//! Faults of the pure model.

use b2_proto::time::Timestamp;
use b2_sim::Violation;
use b2_sim::faults::{Delivery, Fault, RetryAfter};
use bytes::Bytes;
use http::Request;

use crate::client::{TestClient, client, text};

fn upload(client: &mut TestClient, url: &(String, String), fault: Fault) -> Delivery {
    let request = Request::post(url.0.as_str())
        .header("authorization", &url.1)
        .header("x-bz-file-name", "f")
        .header("content-type", "x/y")
        .header("x-bz-content-sha1", "do_not_verify")
        .body(Bytes::from_static(b"hello"))
        .unwrap();
    let now = Timestamp::from_millis(client.now);
    client.service.handle_with_fault(now, request, fault)
}

fn download(client: &mut TestClient, fault: Fault) -> Delivery {
    let request = Request::get("/file/photos/f")
        .header("authorization", &client.token)
        .body(Bytes::new())
        .unwrap();
    let now = Timestamp::from_millis(client.now);
    client.service.handle_with_fault(now, request, fault)
}

#[test]
fn a_failed_upload_invalidates_its_url() {
    for (fault, stored) in [
        (Fault::Unavailable(RetryAfter::Seconds(3)), 0),
        (Fault::RequestTimeout, 0),
        (Fault::BadGateway, 0),
        (Fault::NotB2, 0),
        (Fault::ExpiredToken, 0),
        (Fault::CutBefore, 0),
        (Fault::CutDuring(500), 0),
        (Fault::CutAfter, 1),
    ] {
        let mut client = client();
        let bucket = client.bucket("photos");
        let url = client.upload_url(&bucket);
        let delivery = upload(&mut client, &url, fault.clone());
        assert_eq!(delivery.broken, delivery.response.is_none(), "{fault:?}");
        assert_eq!(client.service.versions("photos").len(), stored, "{fault:?}");
        let again = upload(&mut client, &url, Fault::None).response.unwrap();
        assert_eq!(again.status(), 401, "{fault:?}");
        assert_eq!(client.service.violations(), [Violation::UploadUrlReused { upload_url: 1 }]);
    }
}

#[test]
fn too_many_requests_does_not_invalidate_the_url() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let url = client.upload_url(&bucket);
    let response =
        upload(&mut client, &url, Fault::TooManyRequests(RetryAfter::Date(7))).response.unwrap();
    let date = response.headers()["retry-after"].to_str().unwrap();
    let wait = Timestamp::parse_http_date(date).unwrap();
    assert_eq!(wait.as_millis(), client.now + 7_000);
    assert_eq!(upload(&mut client, &url, Fault::None).response.unwrap().status(), 200);
}

#[test]
fn a_download_can_return_a_login_page_or_another_file() {
    let mut client = client();
    client.service.put_bucket("photos", "allPrivate");
    let now = Timestamp::from_millis(client.now);
    client.service.put_file(now, "photos", "f", "hello").unwrap();
    let right = download(&mut client, Fault::None).response.unwrap();
    let page = download(&mut client, Fault::NotB2).response.unwrap();
    assert_eq!(page.status(), 200);
    assert_eq!(page.headers()["content-type"], "text/html");
    assert!(!page.headers().contains_key("x-bz-file-id"));
    let other = download(&mut client, Fault::OtherFile).response.unwrap();
    assert_eq!(other.headers()["content-length"], right.headers()["content-length"]);
    for name in ["x-bz-file-id", "x-bz-file-name", "x-bz-content-sha1"] {
        assert_ne!(other.headers()[name], right.headers()[name], "{name}");
    }
    assert_eq!(other.body().len(), 5);
    assert_ne!(other.body(), right.body());
}

#[test]
fn an_expired_account_token_stays_expired() {
    let mut client = client();
    client.service.put_bucket("photos", "allPrivate");
    let now = Timestamp::from_millis(client.now);
    client.service.put_file(now, "photos", "f", "hello").unwrap();
    for fault in [Fault::ExpiredToken, Fault::None] {
        let response = download(&mut client, fault).response.unwrap();
        assert_eq!(response.status(), 401);
    }
}

#[test]
fn downloads_can_be_truncated_and_corrupted() {
    let mut client = client();
    client.service.put_bucket("photos", "allPrivate");
    let now = Timestamp::from_millis(client.now);
    let id = client.service.put_file(now, "photos", "f", "hello").unwrap();
    for (fault, body, broken, len) in [
        (Fault::TruncatedBroken(600), "hel", true, "5"),
        (Fault::TruncatedCleanly(600), "hel", false, "3"),
        (Fault::Corrupted(0), "iello", false, "5"),
    ] {
        let delivery = download(&mut client, fault);
        let response = delivery.response.unwrap();
        assert_eq!((response.body(), delivery.broken), (&Bytes::from(body), broken));
        assert_eq!(response.headers()["content-length"], len);
        assert_eq!(text(&response.headers()["x-bz-file-id"].to_str().unwrap().into()), id);
    }
}

#[test]
fn faults_are_logged() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let url = client.upload_url(&bucket);
    upload(&mut client, &url, Fault::CutBefore);
    let last = client.service.log().next_back().unwrap();
    assert_eq!(
        (last.operation.as_str(), last.status, last.upload_url),
        ("b2_upload_file", 0, Some(1))
    );
    let lines: Vec<String> = client.service.log().map(ToString::to_string).collect();
    assert!(lines.contains(&"POST b2_get_upload_url 200".to_owned()), "{lines:?}");
    assert!(!lines.concat().contains(&url.1));
}
