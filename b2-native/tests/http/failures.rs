//! Failures and their kinds.

use std::time::Duration;

use b2_client::{Host, RequestBody, ResponseBody};
use b2_native::NativeSource;
use b2_proto::error::TransportErrorKind;
use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::server::{answer, header, read_head, read_request, serve};
use super::{collect, host, outgoing, send};

fn large(
    digest_at_end: bool,
) -> (tempfile::TempDir, std::path::PathBuf, RequestBody<NativeSource>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large file");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(LARGE).unwrap();
    let modified = file.metadata().unwrap().modified().ok();
    let source = NativeSource::from_metadata(&path, LARGE, modified);
    let body = RequestBody::Spans { spans: vec![(source, 0..LARGE)], digest_at_end };
    (folder, path, body)
}

/// More than the buffers between client and server can contain.
const LARGE: u64 = 64 << 20;

#[tokio::test]
async fn a_missing_server_is_a_connection_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = format!("http://{}/?secret=QUERY", listener.local_addr().unwrap());
    drop(listener);
    let plain = serve(|mut stream| async move {
        let mut bytes = Vec::new();
        let _ = stream.read_buf(&mut bytes).await;
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    })
    .await;
    let rows = [
        (refused, TransportErrorKind::Connect, "127.0.0.1: "),
        (
            "http://b2.invalid/?secret=QUERY".to_owned(),
            TransportErrorKind::UnknownHost,
            "b2.invalid: ",
        ),
        (plain.replace("http:", "https:"), TransportErrorKind::Tls, "127.0.0.1: "),
    ];
    for (url, kind, start) in rows {
        let failed = send("GET", &url, RequestBody::Empty).await.unwrap_err();
        assert_eq!(failed.failure.kind, kind, "{failed:?}");
        assert!(failed.failure.message.starts_with(start), "{failed:?}");
        let shown = format!("{failed:?}");
        assert!(!shown.contains("QUERY") && !shown.contains("TOKEN"), "{shown}");
    }
}

#[tokio::test]
async fn a_closed_connection_is_an_error() {
    let cuts: [&[u8]; 4] = [
        b"",
        b"HTTP/1.1 200",
        b"this is no HTTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
    ];
    for (i, cut) in cuts.into_iter().enumerate() {
        let url = serve(move |mut stream| async move {
            read_request(&mut stream).await;
            stream.write_all(cut).await.unwrap();
        })
        .await;
        let body = RequestBody::Bytes(Bytes::from("{}"));
        let outcome = send("POST", &url, body).await;
        let failed = if i < 3 {
            outcome.unwrap_err()
        } else {
            let mut answer = outcome.unwrap();
            assert_eq!(answer.response.body.chunk().await.unwrap().unwrap(), "hello");
            answer.response.body.chunk().await.unwrap_err()
        };
        assert_eq!(failed.failure.kind, TransportErrorKind::Broken, "{failed:?}");
        let shown = format!("{failed:?}");
        assert!(!shown.contains("QUERY") && !shown.contains("TOKEN"), "{shown}");
    }
}

#[tokio::test]
async fn a_response_before_the_end_of_the_body_is_final() {
    for status in ["401 Unauthorized", "503 Service Unavailable"] {
        let url = serve(move |mut stream| async move {
            read_head(&mut stream).await;
            answer(&mut stream, status, "{\"code\": \"busy\"}").await;
            // The client stops long before everything is sent.
            let mut seen = 0;
            let mut bytes = vec![0; 65_536];
            while let Ok(read @ 1..) = stream.read(&mut bytes).await {
                seen += read as u64;
                tokio::task::yield_now().await;
            }
            assert!(seen < LARGE, "the whole body was sent");
        })
        .await;
        let (_folder, _, body) = large(true);
        let mut answer = send("POST", &url, body).await.unwrap();
        assert_eq!(answer.response.status.to_string(), status[..3]);
        assert_eq!(collect(&mut answer.response.body).await.unwrap(), b"{\"code\": \"busy\"}");
        assert_eq!(answer.sent, None);
    }
}

#[tokio::test]
async fn a_response_before_a_closed_connection_is_read() {
    let mut answered = 0;
    for _ in 0..20 {
        let url = serve(|mut stream| async move {
            read_head(&mut stream).await;
            answer(&mut stream, "503 Service Unavailable", "busy").await;
        })
        .await;
        let (_folder, _, body) = large(false);
        match send("POST", &url, body).await {
            Ok(answer) => {
                assert_eq!(answer.response.status, 503);
                answered += 1;
            }
            Err(failed) => {
                assert_eq!(failed.failure.kind, TransportErrorKind::Broken, "{failed:?}");
            }
        }
    }
    println!("{answered} of 20 answers arrived before the reset");
}

#[tokio::test]
async fn a_source_that_changes_while_it_is_sent_is_an_error() {
    type Change = fn(&std::path::Path);
    let changes: [(String, Change); 2] = [
        (format!("became shorter: 10 bytes, not {LARGE}"), |path| {
            std::fs::File::options().write(true).open(path).unwrap().set_len(10).unwrap();
        }),
        (format!("became longer: {} bytes, not {LARGE}", LARGE + 1), |path| {
            std::fs::File::options().write(true).open(path).unwrap().set_len(LARGE + 1).unwrap();
        }),
    ];
    for (how, change) in changes {
        let (_folder, path, body) = large(true);
        let (seen, at_server) = tokio::sync::mpsc::unbounded_channel();
        let changed = path.clone();
        let url = serve(move |mut stream| {
            let (changed, seen) = (changed.clone(), seen.clone());
            async move {
                let (lines, mut body) = read_head(&mut stream).await;
                change(&changed);
                let _ = stream.read_to_end(&mut body).await;
                let announced: u64 = header(&lines, "content-length").unwrap().parse().unwrap();
                seen.send((announced, body.len() as u64)).unwrap();
            }
        })
        .await;
        let failed = send("POST", &url, body).await.unwrap_err();
        assert_eq!(failed.failure.kind, TransportErrorKind::SourceChanged, "{failed:?}");
        let expected = format!("{} {how}", path.display());
        // With the old and the new length, if they are known.
        assert!(failed.failure.message.starts_with(&expected), "{failed:?}");
        let mut at_server = at_server;
        let (announced, arrived) = at_server.recv().await.unwrap();
        assert!(announced == LARGE + 40 && arrived < LARGE, "{arrived} of {announced}");
    }
}

#[tokio::test]
async fn a_source_that_cannot_be_read_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gone");
    std::fs::write(&path, "hello").unwrap();
    let source = NativeSource::open(&path).await.unwrap();
    std::fs::remove_file(&path).unwrap();
    let body = RequestBody::Spans { spans: vec![(source, 0..5)], digest_at_end: true };
    let url = serve(|_| async { panic!("nothing should be sent") }).await;
    let failed = send("POST", &url, body).await.unwrap_err();
    assert_eq!(failed.failure.kind, TransportErrorKind::SourceChanged);
    assert!(failed.failure.message.contains("gone"), "{failed:?}");
}

#[tokio::test]
async fn an_idle_connection_is_a_timeout() {
    // Before the response, while sending, and within the response.
    let silent = serve(|mut stream| async move {
        read_request(&mut stream).await;
        std::future::pending::<()>().await;
    })
    .await;
    let deaf = serve(|stream| async move {
        let _stream = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let stuck = serve(|mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello").await.unwrap();
        std::future::pending::<()>().await;
    })
    .await;
    let (_folder, _, body) = large(false);
    for (url, body) in [(silent, RequestBody::Empty), (deaf, body)] {
        let (mut request, _) = outgoing("POST", &url, body);
        request.idle_timeout = Duration::from_millis(300);
        let failed = host().send(request).await.unwrap_err();
        assert_eq!(failed.failure.kind, TransportErrorKind::Timeout, "{failed:?}");
    }
    let (mut request, _) = outgoing("GET", &stuck, RequestBody::Empty);
    request.idle_timeout = Duration::from_millis(300);
    let mut answer = host().send(request).await.unwrap();
    assert_eq!(answer.response.body.chunk().await.unwrap().unwrap(), "hello");
    let failed = answer.response.body.chunk().await.unwrap_err();
    assert_eq!(failed.failure.kind, TransportErrorKind::Timeout, "{failed:?}");
}

#[tokio::test]
async fn a_slow_connection_is_not_a_timeout() {
    // Each piece arrives within the timeout, and all of them together take longer.
    let url = serve(|mut stream| async move {
        let (_, body) = read_head(&mut stream).await;
        let mut left = LARGE - body.len() as u64;
        let mut bytes = vec![0; 1 << 20];
        let mut pause = LARGE;
        while left > 0 {
            left -= stream.read(&mut bytes).await.unwrap() as u64;
            if left < pause {
                tokio::time::sleep(Duration::from_millis(50)).await;
                pause = left.saturating_sub(LARGE / 32);
            }
        }
        answer(&mut stream, "200 OK", "").await;
    })
    .await;
    let (_folder, _, body) = large(false);
    let (mut request, _) = outgoing("POST", &url, body);
    request.idle_timeout = Duration::from_millis(1_000);
    let start = std::time::Instant::now();
    let answer = host().send(request).await.unwrap();
    assert_eq!(answer.response.status, 200);
    assert!(start.elapsed() > Duration::from_millis(1_000));
}
