//! The host in a browser: requests, blobs, streams, sinks and IndexedDB, without any machine.
//!
//! `cargo xtask conformance host` runs it in Chromium, with the server in `b2-wasm/tests/run/host.mjs`.

#![cfg(target_family = "wasm")]
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::time::Duration;

use b2_client::proto::account::{Credentials, Snapshot};
use b2_client::proto::error::{TransportError, TransportErrorKind};
use b2_client::proto::hash::{Sha1Digest, Sha1Hasher};
use b2_client::proto::http::{Method, RequestHead};
use b2_client::proto::machine::BodyStyle;
use b2_client::{
    AccountStore, Cache, Host, HostError, HostRequest, HostResponse, Progress, Reader, RequestBody,
    ResponseBody, Sink, Source,
};
use b2_wasm::host::{WebHost, WebReader, WebResponseBody, WebSink, WebSource};
use b2_wasm::{IndexedDbCache, JsonStore};
use bytes::Bytes;
use futures::channel::mpsc;
use futures::future::{Either, join, select};
use js_sys::{Array, Function, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::Blob;

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = origin, js_namespace = location)]
    static ORIGIN: String;
}

thread_local! {
    /// A page has one host, which knows the origins whose responses it has read.
    static HOST: WebHost = WebHost::new(None);
}

fn host() -> WebHost {
    HOST.with(Clone::clone)
}

/// Returns bytes with a long period.
fn pattern(len: usize) -> Vec<u8> {
    let mut x = 1_u32;
    let mut next = || {
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (x >> 24) as u8
    };
    (0..len).map(|_| next()).collect()
}

fn blob(bytes: &[u8]) -> Blob {
    Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes))).unwrap()
}

fn source(bytes: &[u8]) -> WebSource {
    WebSource::of_blob(blob(bytes))
}

struct Sent {
    result: Result<HostResponse<WebResponseBody>, HostError>,
    moved: Vec<u64>,
}

async fn send(method: Method, path: &str, body: RequestBody<WebSource>, idle: Duration) -> Sent {
    let url = format!("{}{path}", ORIGIN.with(Clone::clone));
    let mut head = RequestHead::new(method, url);
    head.headers.push("x-word", "héé").unwrap();
    let (reports, mut moved) = mpsc::unbounded();
    let progress = Progress::new(move |bytes| drop(reports.unbounded_send(bytes)));
    let outgoing = HostRequest { head, body, idle_timeout: idle, progress };
    let result = host().send(outgoing).await;
    let mut seen = Vec::new();
    while let Ok(bytes) = moved.try_recv() {
        seen.push(bytes);
    }
    Sent { result, moved: seen }
}

async fn read(mut body: WebResponseBody) -> Result<Vec<u8>, HostError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = body.chunk().await? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn failure<T>(result: Result<T, HostError>) -> TransportErrorKind {
    match result {
        Ok(_) => panic!("it did not fail"),
        Err(failed) => failed.failure.kind,
    }
}

const LONG: Duration = Duration::from_secs(20);

#[wasm_bindgen_test]
async fn what_is_sent_arrives_and_the_answer_comes_back() {
    let bytes = pattern(3_000_000);
    let spans = vec![(source(&bytes), 100..1_000_100), (source(b"end"), 0..3)];
    let body = RequestBody::Spans { spans, digest_at_end: false };
    let sent = send(Method::Post, "/echo", body, LONG).await;
    let answer = sent.result.unwrap();
    let expected = [&bytes[100..1_000_100], b"end"].concat();
    let headers = &answer.response.headers;
    assert_eq!(answer.response.status, 200);
    assert_eq!(headers.get("x-length"), Some("1000003"));
    assert_eq!(headers.get("x-word"), Some("héé"));
    assert!(read(answer.response.body).await.unwrap() == expected);
    assert_eq!(sent.moved.last(), Some(&1_000_003));
    assert!(answer.sent.is_none());
}

#[wasm_bindgen_test]
async fn short_bodies_and_none() {
    for (body, length) in [
        (RequestBody::Empty, "0"),
        (RequestBody::Bytes(Bytes::from_static(b"{}")), "2"),
        (RequestBody::Spans { spans: vec![(source(b""), 0..0)], digest_at_end: false }, "0"),
    ] {
        let answer = send(Method::Post, "/echo", body, LONG).await.result.unwrap();
        assert_eq!(answer.response.headers.get("x-length"), Some(length));
    }
}

#[wasm_bindgen_test]
async fn an_answer_with_an_error_is_an_answer() {
    let body = RequestBody::Spans { spans: vec![(source(b"x"), 0..1)], digest_at_end: false };
    for body in [RequestBody::Empty, body] {
        let answer = send(Method::Post, "/status/503", body, LONG).await.result.unwrap();
        assert_eq!(answer.response.status, 503);
        assert_eq!(answer.response.headers.get("retry-after"), Some("7"));
        assert_eq!(read(answer.response.body).await.unwrap(), b"busy");
    }
}

#[wasm_bindgen_test]
async fn silence_and_broken_connections_are_told_apart() {
    let short = Duration::from_millis(200);
    let spans = || vec![(source(b"xyz"), 0..3)];
    for body in [RequestBody::Empty, RequestBody::Spans { spans: spans(), digest_at_end: false }] {
        let silent = send(Method::Post, "/never", body.clone(), short).await.result;
        assert_eq!(failure(silent), TransportErrorKind::Timeout);
        let cut = send(Method::Post, "/cut", body, LONG).await.result;
        assert_eq!(failure(cut), TransportErrorKind::Broken);
    }
    let half = send(Method::Get, "/half", RequestBody::Empty, LONG).await.result.unwrap();
    assert_eq!(failure(read(half.response.body).await), TransportErrorKind::Broken);
    let slow = send(Method::Get, "/slow", RequestBody::Empty, short).await.result.unwrap();
    assert_eq!(failure(read(slow.response.body).await), TransportErrorKind::Timeout);
}

#[wasm_bindgen_test]
async fn another_origin_without_a_rule_is_cors() {
    for failure in failures_at(&format!("{}/echo", at("localhost"))).await {
        assert_eq!(failure.kind, TransportErrorKind::Cors);
        assert!(failure.message.contains("authorization"), "{}", failure.message);
    }
}

/// A host that restarts refuses connections at once, and so does a browser without a CORS rule.
#[wasm_bindgen_test]
async fn another_origin_where_nothing_answers_is_a_broken_connection() {
    for url in ["http://localhost:1/", &format!("{}/cut", at("localhost"))] {
        for failure in failures_at(url).await {
            assert_eq!(failure.kind, TransportErrorKind::Broken, "{}", failure.message);
        }
    }
}

/// A host whose responses this page has read has a CORS rule, so later failures are not reported as `Cors`.
#[wasm_bindgen_test]
async fn another_origin_that_has_answered_is_a_broken_connection() {
    let open = at("127.0.0.2");
    let head = RequestHead::new(Method::Get, format!("{open}/open"));
    let outgoing = HostRequest {
        head,
        body: RequestBody::Empty,
        idle_timeout: LONG,
        progress: Progress::new(|_| {}),
    };
    assert_eq!(host().send(outgoing).await.map(|answer| answer.response.status).unwrap(), 200);
    for failure in failures_at(&format!("{open}/echo")).await {
        assert_eq!(failure.kind, TransportErrorKind::Broken, "{}", failure.message);
    }
}

/// Returns the URL of the server of these tests at another origin than the page's.
fn at(host: &str) -> String {
    ORIGIN.with(|origin| origin.replace("127.0.0.1", host))
}

/// Returns the errors of a request to this URL, without and with a body.
async fn failures_at(url: &str) -> Vec<TransportError> {
    let body = RequestBody::Spans { spans: vec![(source(b"x"), 0..1)], digest_at_end: false };
    let mut failures = Vec::new();
    for body in [RequestBody::Empty, body] {
        let mut head = RequestHead::new(Method::Post, url);
        head.headers.push("authorization", "x").unwrap();
        let outgoing =
            HostRequest { head, body, idle_timeout: LONG, progress: Progress::new(|_| {}) };
        failures.push(host().send(outgoing).await.map(drop).unwrap_err().failure);
    }
    failures
}

#[wasm_bindgen_test]
async fn a_dropped_request_is_aborted() {
    let sending = Box::pin(send(Method::Get, "/never?counted", RequestBody::Empty, LONG));
    let host = host();
    let soon = host.now() + Duration::from_millis(200);
    match select(sending, Box::pin(host.sleep_until(soon))).await {
        Either::Left(_) => panic!("it was answered"),
        Either::Right((_, sending)) => drop(sending),
    }
    for _ in 0..50 {
        let answer = send(Method::Get, "/aborted", RequestBody::Empty, LONG).await.result.unwrap();
        if read(answer.response.body).await.unwrap() == b"1" {
            return;
        }
    }
    panic!("the server waits for it still");
}

#[wasm_bindgen_test]
async fn the_platform_and_the_module_compute_the_same_sha1() {
    // The platform hashes up to 4 MiB at once, the module hashes more in pieces.
    for len in [0, 1, 65_536, 1_000_000, 4 << 20, (4 << 20) + 1, 13_000_000] {
        let bytes = pattern(len);
        let end = len as u64;
        let digest = source(&bytes).digest(0..end).await.unwrap();
        assert_eq!(digest, Sha1Digest::of(&bytes), "{len} bytes");
        let middle = source(&bytes).digest(end / 3..end / 2).await.unwrap();
        assert_eq!(middle, Sha1Digest::of(&bytes[len / 3..len / 2]), "in {len} bytes");
    }
    let mut hasher = Sha1Hasher::new();
    hasher.update(b"before ");
    let hasher = source(b"and after").hash(4..9, hasher).await.unwrap();
    assert_eq!(hasher.finish(), Sha1Digest::of(b"before after"));
}

#[wasm_bindgen_test]
async fn a_source_that_is_shorter_than_it_was_has_changed() {
    let failed = source(b"short").hash(0..10, Sha1Hasher::new()).await;
    assert_eq!(failure(failed), TransportErrorKind::SourceChanged);
}

#[wasm_bindgen_test]
async fn a_stream_is_read_in_pieces_of_any_size() {
    let bytes = pattern(200_000);
    let mut reader = WebReader::of_stream(&blob(&bytes).stream());
    let (first, end) = reader.fill(150_000).await.unwrap();
    assert!(first == bytes[..150_000] && !end);
    let (rest, end) = reader.fill(150_000).await.unwrap();
    assert!(rest == bytes[150_000..] && end);
    let (nothing, end) = reader.fill(1).await.unwrap();
    assert!(nothing.is_empty() && end);
}

#[wasm_bindgen_test]
async fn a_sink_is_written_where_the_bytes_belong() {
    let target: JsValue = Function::new_no_args(
        "return { text: '', async write(offset, bytes) {
            if (offset === 9) throw new Error('full');
            this.text += `${offset}:${new TextDecoder().decode(bytes)} `;
        } }",
    )
    .call0(&JsValue::NULL)
    .unwrap();
    let sink = WebSink::new(target.clone());
    assert!(!sink.is_random_access());
    sink.write(5, vec![Bytes::from_static(b"ab"), Bytes::from_static(b"c")]).await.unwrap();
    let text = Reflect::get(&target, &"text".into()).unwrap().as_string().unwrap();
    assert_eq!(text, "5:abc ");
    let full = sink.write(9, vec![Bytes::from_static(b"x")]).await;
    assert_eq!(failure(full), TransportErrorKind::Sink);
}

#[wasm_bindgen_test]
async fn an_account_is_kept_in_indexeddb() {
    let store = || JsonStore::in_indexed_db("host tests");
    assert_eq!(store().load().await.unwrap(), None);
    let credentials = Credentials {
        realm: "https://app.example".into(),
        application_key_id: "visitor".into(),
        application_key: "secret".into(),
    };
    let kept = Snapshot { credentials, authorization: None, buckets: Default::default() };
    store().save(&kept).await.unwrap();
    assert_eq!(store().load().await.unwrap(), Some(kept));
    store().clear().await.unwrap();
    assert_eq!(store().load().await.unwrap(), None);
    assert_eq!(store().location(), "IndexedDB host tests");
}

#[wasm_bindgen_test]
async fn bucket_names_are_cached_in_indexeddb() {
    let failed = Function::new_with_args("error", "throw error");
    let caches = ["1", "2"].map(|_| IndexedDbCache::new("host tests of the cache", failed.clone()));
    let [one, other] = &caches;
    one.clear().await.unwrap();
    one.save_bucket(&"1".into(), "Photos").await.unwrap();
    assert_eq!(other.bucket_id("photos").await.unwrap(), Some("1".into()));
    let (music, films) = ("2".into(), "3".into());
    let (saved, also_saved) =
        join(one.save_bucket(&music, "music"), other.save_bucket(&films, "films")).await;
    saved.and(also_saved).unwrap();
    assert_eq!(one.bucket_names().await.unwrap().iter().count(), 3);
    other.save_bucket(&"4".into(), "PHOTOS").await.unwrap();
    assert_eq!(one.bucket_name(&"1".into()).await.unwrap(), None);
    one.remove_bucket(&"2".into()).await.unwrap();
    assert_eq!(other.bucket_id("music").await.unwrap(), None);
    one.clear().await.unwrap();
    assert!(other.bucket_names().await.unwrap().is_empty());
}

#[wasm_bindgen_test]
async fn the_clock_advances_and_seeds_differ() {
    let host = host();
    assert_eq!(host.body_style(), BodyStyle::Known { max_in_memory: 64 << 10 });
    let begun = host.now();
    host.sleep_until(begun + Duration::from_millis(30)).await;
    assert!(host.now() >= begun + Duration::from_millis(29));
    assert_ne!(host.seed(), host.seed());
    assert!(host.timestamp().as_millis() > 1_700_000_000_000);
    host.online().await;
}
