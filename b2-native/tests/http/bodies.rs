//! The bytes of requests.

use std::sync::{Arc, Mutex};

use b2_client::{Host, RequestBody};
use b2_native::{NativeHost, NativeSource};
use b2_proto::hash::Sha1Digest;
use bytes::Bytes;
use futures::StreamExt;

use super::server::{answer, header, read_request, serve};
use super::{collect, host, outgoing, send};

type Requests = Arc<Mutex<Vec<(Vec<String>, Vec<u8>)>>>;

/// Starts a server that records all requests.
async fn recorder(status: &'static str) -> (String, Requests) {
    let requests = Requests::default();
    let kept = requests.clone();
    let url = serve(move |mut stream| {
        let kept = kept.clone();
        async move {
            loop {
                let mut byte = [0];
                if !matches!(stream.peek(&mut byte).await, Ok(1)) {
                    return;
                }
                let request = read_request(&mut stream).await;
                kept.lock().unwrap().push(request);
                answer(&mut stream, status, "answer").await;
            }
        }
    })
    .await;
    (url, requests)
}

#[tokio::test]
async fn requests_are_sent_unchanged() {
    let (url, requests) = recorder("200 OK").await;
    let bytes = || Bytes::from_static(b"{}");
    let spans = RequestBody::Spans { spans: Vec::new(), digest_at_end: false };
    let nothing = Sha1Digest::of(b"").to_hex();
    let rows: [(&str, RequestBody<NativeSource>, Option<&str>, &str); 6] = [
        ("GET", RequestBody::Empty, None, ""),
        ("HEAD", RequestBody::Empty, None, ""),
        ("POST", RequestBody::Empty, Some("0"), ""),
        ("POST", RequestBody::Bytes(bytes()), Some("2"), "{}"),
        ("POST", spans, Some("0"), ""),
        (
            "POST",
            RequestBody::Spans { spans: vec![(bytes().into(), 1..1)], digest_at_end: true },
            Some("40"),
            &nothing,
        ),
    ];
    for (method, body, len, text) in rows {
        let mut answer = send(method, &url, body).await.unwrap();
        assert_eq!(answer.response.status, 200);
        assert_eq!(answer.response.headers.get("x-bz-some"), Some("thing"));
        if method != "HEAD" {
            assert_eq!(collect(&mut answer.response.body).await.unwrap(), b"answer");
        }
        let (lines, sent) = requests.lock().unwrap().pop().unwrap();
        let method = method.to_ascii_lowercase();
        assert_eq!(lines[0], format!("{method} /path?secret=query http/1.1"));
        assert_eq!(header(&lines, "content-length"), len, "{lines:?}");
        assert_eq!(header(&lines, "transfer-encoding"), None);
        assert_eq!(header(&lines, "accept-encoding"), None);
        assert_eq!(header(&lines, "expect"), None);
        assert_eq!(header(&lines, "authorization"), Some("token"));
        assert_eq!(header(&lines, "x-bz-info-b"), Some("two"));
        let agent = header(&lines, "user-agent").unwrap();
        assert!(agent.starts_with("b2-rs/") && agent.ends_with(" tests/1"), "{agent}");
        assert_eq!(String::from_utf8(sent).unwrap(), text);
    }
}

#[tokio::test]
async fn appends_the_digest_of_bodies_of_any_size() {
    let (url, requests) = recorder("200 OK").await;
    let host = host();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("source");
    let size = 3_000_001_usize;
    let bytes: Vec<u8> = (0..size).map(|i| (i % 253) as u8).collect();
    std::fs::write(&path, &bytes).unwrap();
    let file = NativeSource::open(&path).await.unwrap();
    let memory = NativeSource::from(Bytes::from(bytes.clone()));
    const CHUNK: u64 = 256 * 1024;
    let rows = [
        vec![0..1],
        vec![0..16_384],
        vec![5..65_541, 0..1],
        vec![0..100_000],
        vec![0..CHUNK],
        vec![0..CHUNK + 1],
        vec![7..CHUNK * 2 + 7],
        vec![0..size as u64],
        vec![0..10, 9..9, CHUNK..size as u64, 3..3],
    ];
    for ranges in rows {
        for digest_at_end in [false, true] {
            for mixed in [false, true] {
                let source = |i: usize| if mixed && i % 2 == 1 { &memory } else { &file };
                let spans: Vec<_> = ranges
                    .iter()
                    .enumerate()
                    .map(|(i, r)| (source(i).clone(), r.clone()))
                    .collect();
                let mut data = Vec::new();
                for range in &ranges {
                    data.extend_from_slice(&bytes[range.start as usize..range.end as usize]);
                }
                let len = data.len() as u64;
                let digest = digest_at_end.then(|| Sha1Digest::of(&data));
                if let Some(digest) = digest {
                    data.extend_from_slice(digest.to_hex().as_bytes());
                }
                let body = RequestBody::Spans { spans, digest_at_end };
                let (request, reports) = outgoing("POST", &url, body);
                let answer = host.send(request).await.unwrap();
                assert_eq!(answer.sent, digest);
                drop(answer);
                let (lines, sent) = requests.lock().unwrap().pop().unwrap();
                assert_eq!(header(&lines, "content-length"), Some(&*data.len().to_string()));
                assert_eq!(header(&lines, "transfer-encoding"), None);
                assert!(sent == data, "{ranges:?} {digest_at_end}");
                let reports: Vec<_> = reports.collect().await;
                assert!(reports.is_sorted());
                // Of one frame, nothing is reported.
                let expected = (len > 64 * 1024).then_some(&len);
                assert_eq!(reports.last(), expected, "{ranges:?}");
            }
        }
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = serve(|_| async { panic!("it was followed") }).await;
    let url = serve(move |mut stream| {
        let elsewhere = elsewhere.clone();
        async move {
            read_request(&mut stream).await;
            let status = format!("302 Found\r\nLocation: {elsewhere}");
            answer(&mut stream, &status, "").await;
        }
    })
    .await;
    for method in ["GET", "POST"] {
        let answer = send(method, &url, RequestBody::Empty).await.unwrap();
        assert_eq!(answer.response.status, 302);
    }
}

#[tokio::test]
async fn settings_go_into_headers() {
    let (url, requests) = recorder("200 OK").await;
    let host = NativeHost::builder().proxy(false).test_mode("fail_some_uploads").build().unwrap();
    host.send(outgoing("GET", &url, RequestBody::Empty).0).await.unwrap();
    let (lines, _) = requests.lock().unwrap().pop().unwrap();
    assert_eq!(header(&lines, "x-bz-test-mode"), Some("fail_some_uploads"));

    assert!(NativeHost::builder().user_agent_suffix("a\nb").build().is_err());
    assert!(NativeHost::builder().test_mode("a\nb").build().is_err());
    assert!(
        NativeHost::builder().root_certificates("-----BEGIN CERTIFICATE-----").build().is_err()
    );
}
