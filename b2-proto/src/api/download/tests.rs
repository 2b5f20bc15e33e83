use serde_json::json;

use super::*;
use crate::api::test::{authorization, reply};
use crate::http::Headers;
use crate::model::EncryptionKey;

#[test]
fn urls() {
    let mut by_id = Download::by_id("4_z/..?&#".into());
    assert_eq!(
        by_id.url("https://f"),
        "https://f/b2api/v4/b2_download_file_by_id?fileId=4_z/..%3F%26%23"
    );
    by_id.overrides.content_type = Some("text/plain".to_owned());
    by_id.overrides.content_disposition = Some("attachment; filename=\"a b\"".to_owned());
    assert!(by_id.url("https://f").ends_with(
        "&b2ContentDisposition=attachment%3B%20filename%3D%22a%20b%22&b2ContentType=text/plain"
    ));
    let mut by_name = Download::by_name("my bucket", "a+b/\u{e9} c");
    assert_eq!(by_name.url("https://f/"), "https://f/file/my%20bucket/a%2Bb/%C3%A9%20c");
    by_name.overrides.expires = Some("0".to_owned());
    assert!(by_name.url("https://f").ends_with("%20c?b2Expires=0"));
    let token = "3_a=".into();
    assert!(by_name.url_with_token("https://f", &token).ends_with("=0&Authorization=3_a%3D"));
    let url = Download::by_name("b", "a").url_with_token("https://f", &token);
    assert_eq!(url, "https://f/file/b/a?Authorization=3_a%3D");
}

#[test]
fn urls_are_read() {
    let base = "https://f001.example/";
    let mut by_name = Download::by_name("my.photos", "a+b/\u{e9} c?&=%");
    let mut by_id = Download::by_id("4_z/..?&#".into());
    for download in [&mut by_name, &mut by_id] {
        assert_eq!(Download::from_url(base, &download.url(base)).as_ref(), Ok(&*download));
        download.overrides.content_type = Some("text/plain; charset=utf-8".to_owned());
        download.overrides.expires = Some("a&b=c".to_owned());
        assert_eq!(Download::from_url(base, &download.url(base)).as_ref(), Ok(&*download));
    }
    let token = "secret".into();
    for url in [
        "",
        "my.photos/a",
        "https://f002.example/file/b/a",
        "https://f001.example.org/file/b/a",
        "https://f001.example/",
        "https://f001.example/file/b",
        "https://f001.example/other/b/a",
        "https://f001.example/file/b/a?fileId=1",
        "https://f001.example/file/b/a?x=1",
        "https://f001.example/b2api/v4/b2_download_file_by_id",
        "https://f001.example/b2api/v4/b2_get_file_info?fileId=1",
        &by_name.url_with_token(base, &token),
    ] {
        let error = Download::from_url(base, url).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{url}");
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
}

#[test]
fn requests() {
    let mut download = Download::by_name("b", "a");
    download.range = Some(5..10);
    download.encryption = Some(EncryptionSetting::SseB2);
    let request = download.request(Some(&authorization())).unwrap();
    assert_eq!(request.head.method, Method::Get);
    let headers: Vec<_> = request.head.headers.iter().collect();
    let sent =
        [("authorization", "token"), ("range", "bytes=5-9"), ("accept-encoding", "identity")];
    assert_eq!(headers, sent);
    download.encryption = Some(EncryptionSetting::SseC(EncryptionKey::new([7; 32])));
    download.head = true;
    let request = download.request_from("https://cdn.example.com", None).unwrap();
    assert_eq!(request.head.method, Method::Head);
    assert_eq!(request.head.url, "https://cdn.example.com/file/b/a");
    assert_eq!(request.head.headers.iter().count(), 5);
    download.range = Some(5..5);
    assert_eq!(
        download.request(Some(&authorization())).unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    for (bucket, name) in [("b", "a/../c"), ("b", "."), ("..", "a"), ("b/..", "a"), ("", "a")] {
        let error = Download::by_name(bucket, name).request_from("https://f", None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{bucket} {name}");
    }
    Download::by_name("my.photos", "a/..b").request_from("https://f", None).unwrap();
    let error = Download::by_id("f".into()).request_from("no url", None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidResponse);
}

fn head(status: u16, length: u64, range: Option<&str>) -> Response<()> {
    let mut head = Response::new(status, ());
    for (name, value) in
        [("x-bz-file-id", "f"), ("x-bz-file-name", "a"), ("x-bz-content-sha1", "none")]
    {
        head.headers.push(name, value).unwrap();
    }
    head.headers.push("content-length", &length.to_string()).unwrap();
    if let Some(range) = range {
        head.headers.push("content-range", range).unwrap();
    }
    head
}

#[test]
fn the_answer_holds_what_was_asked_for() {
    let mut download = Download::by_id("f".into());
    let kind = |download: &Download, head| {
        let read = download.read_head(&head);
        read.map(|version| version.range).map_err(|error| {
            assert_eq!(error.retry(), Retry::Backoff);
            error.kind()
        })
    };
    assert_eq!(kind(&download, head(200, 0, None)), Ok(0..0));
    assert_eq!(kind(&download, head(206, 5, Some("bytes 5-9/20"))), Err(ErrorKind::InvalidRange));
    download.range = Some(5..10);
    assert_eq!(kind(&download, head(206, 5, Some("bytes 5-9/20"))), Ok(5..10));
    assert_eq!(kind(&download, head(206, 3, Some("bytes 5-7/8"))), Ok(5..8));
    assert_eq!(kind(&download, head(200, 20, None)), Ok(0..20));
    assert_eq!(kind(&download, head(206, 4, Some("bytes 5-8/20"))), Err(ErrorKind::InvalidRange));
    assert_eq!(kind(&download, head(206, 5, Some("bytes 5-9/*"))), Err(ErrorKind::InvalidResponse));
    assert_eq!(kind(&download, head(206, 5, None)), Err(ErrorKind::InvalidResponse));
    // The two lengths contradict each other.
    assert_eq!(
        kind(&download, head(206, 4, Some("bytes 5-9/20"))),
        Err(ErrorKind::InvalidResponse)
    );
    download.headers_may_be_hidden = true;
    assert_eq!(kind(&download, head(206, 5, None)), Err(ErrorKind::Cors));
}

/// D33: b2sdk blames the key for every refused download.
#[test]
fn d33_only_a_key_that_was_sent_is_blamed() {
    let denied = reply(403, &json!({"code": "access_denied", "message": ""}));
    let mut download = Download::by_name("b", "a");
    assert_eq!(download.response(&denied).unwrap_err().kind(), ErrorKind::AccessDenied);
    download.encryption = Some(EncryptionSetting::SseC(EncryptionKey::new([7; 32])));
    let error = download.response(&denied).unwrap_err();
    assert_eq!((error.kind(), error.subject()), (ErrorKind::SseCKey, Some("b/a")));
}

/// The response to a `HEAD` request has no body that says what is not there.
#[test]
fn a_missing_file_is_named_without_a_body() {
    let not_found = |head: bool| {
        let mut download = Download::by_name("photos", "a.txt");
        download.head = head;
        let error = Error::from_reply(Target::Download, 404, &Headers::default(), b"");
        download.refine(error).kind()
    };
    assert_eq!(not_found(true), ErrorKind::FileNotPresent);
    assert_eq!(not_found(false), ErrorKind::ResourceNotFound);
}
