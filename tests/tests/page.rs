//! The machines in pages: download authorizations, hidden headers, CORS and offline devices.

use std::time::Duration;

use b2_proto::ErrorKind;
use b2_proto::api::{self, CreateKey};
use b2_proto::create::{Content, NewFile, Upload, UploadEvent, UploadOptions, UploadState};
use b2_proto::download::{Download, DownloadOptions, Downloaded, Verification};
use b2_proto::hash::Sha1Digest;
use b2_proto::machine::{BodyStyle, SinkId, SourceId};
use b2_proto::model::Capability;
use b2_proto::time::Timestamp;
use b2_sim::Service;
use b2_tests::{BUCKET, FaultProfile, Local, Running, Server, Simulation};
use bytes::Bytes;

const NAME: &str = "a file";

/// Creates a simulation without faults, with a file of this size and an account that may only share files of its bucket.
fn page(len: u64) -> (Simulation, Bytes) {
    let mut sim = Simulation::new(1, FaultProfile::none());
    let bytes = sim.rng.bytes(len);
    let now = sim.timestamp();
    sim.service.put_file(now, BUCKET, NAME, bytes.clone());
    let mut key = CreateKey::new("page", [Capability::SHARE_FILES]);
    key.bucket_ids = Some(vec![sim.bucket_id()]);
    sim.switch_to_key(key);
    sim.service.clear_log();
    (sim, bytes)
}

fn in_blocks() -> DownloadOptions {
    let mut options = DownloadOptions::default();
    options.random_access = true;
    options.block_size = 1_000;
    options
}

fn download(
    sim: &mut Simulation,
    request: api::Download,
    options: DownloadOptions,
) -> Running<Download> {
    let machine = Download::new(request, SinkId(0), options, sim.rng.seed());
    let mut running = Running::new(machine, Local::default(), options.parallel);
    sim.run(&mut [&mut running]);
    running
}

fn error<T: std::fmt::Debug>(result: Option<Result<T, b2_proto::Error>>) -> b2_proto::Error {
    result.expect("it ended").expect_err("it cannot succeed")
}

fn count(sim: &Simulation, operation: &str) -> usize {
    sim.service.log().filter(|exchange| exchange.operation == operation).count()
}

fn file_id(sim: &Simulation) -> String {
    sim.service.versions(BUCKET)[0].file_id.clone()
}

#[test]
fn all_ranges_use_one_download_authorization() {
    let (mut sim, bytes) = page(9_500);
    let running = download(&mut sim, api::Download::by_name(BUCKET, NAME), in_blocks());
    let downloaded = running.result.expect("it ended").expect("it succeeds");
    assert!(matches!(downloaded.verification, Verification::Verified(_)));
    assert!(running.local.sink == bytes);
    assert_eq!(count(&sim, "b2_get_download_authorization"), 1);
    let statuses: Vec<_> = sim.service.log().map(|exchange| exchange.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 206).count(), 10);
    assert!(!statuses.contains(&401), "another token was tried: {statuses:?}");
}

#[test]
fn an_expired_download_authorization_is_renewed_once() {
    let (mut sim, bytes) = page(40_000);
    let options = in_blocks();
    let request = api::Download::by_name(BUCKET, NAME);
    let machine = Download::new(request, SinkId(0), options, 7);
    let mut running = Running::new(machine, Local::default(), options.parallel);
    sim.expire_download_authorizations_after(Duration::from_millis(250));
    sim.run(&mut [&mut running]);
    assert!(running.result.expect("it ended").is_ok() && running.local.sink == bytes);
    assert_eq!(count(&sim, "b2_get_download_authorization"), 2);
}

#[test]
fn a_head_request_uses_a_download_authorization() {
    let (mut sim, _) = page(5_000);
    let mut request = api::Download::by_name(BUCKET, NAME);
    request.head = true;
    let running = download(&mut sim, request, in_blocks());
    let Downloaded { version, bytes, .. } = running.result.expect("it ended").expect("it succeeds");
    assert_eq!((version.size, bytes), (5_000, 0));
    assert_eq!(count(&sim, "b2_get_download_authorization"), 1);
}

#[test]
fn a_download_by_id_is_refused_before_it_is_sent() {
    let (mut sim, _) = page(5_000);
    let request = api::Download::by_id(file_id(&sim).into());
    let running = download(&mut sim, request, in_blocks());
    let error = error(running.result);
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(error.message().contains("by name only"), "{error}");
    assert_eq!(sim.service.log().count(), 1, "only the account was authorized");
}

/// A server that removes headers from responses, like a browser if CORS rules do not expose them.
#[derive(Debug)]
struct Hiding(String, &'static [&'static str]);

impl Server for Hiding {
    fn base_url(&self) -> &str {
        &self.0
    }

    fn handle(
        &mut self,
        now: Timestamp,
        service: &mut Service,
        request: http::Request<Bytes>,
    ) -> http::Response<Bytes> {
        let mut response = service.handle(now, request);
        for name in self.1 {
            response.headers_mut().remove(*name);
        }
        response
    }
}

/// Downloads a file with hidden headers. `know` sets the known properties of the file.
fn hiding(
    names: &'static [&'static str],
    options: DownloadOptions,
    know: impl Fn(&mut api::ExpectedFile, &Bytes),
) -> (Running<Download>, Bytes) {
    let (mut sim, bytes) = page(9_500);
    let base = sim.service.config().base_url.clone();
    sim.server = Some(Box::new(Hiding(base, names)));
    let mut request = api::Download::by_name(BUCKET, NAME);
    request.headers_may_be_hidden = true;
    know(&mut request.expected, &bytes);
    (download(&mut sim, request, options), bytes)
}

const ALL: &[&str] = &["x-bz-file-id", "x-bz-file-name", "x-bz-content-sha1"];

#[test]
fn size_and_sha1_are_checked_without_hidden_headers() {
    let whole = DownloadOptions::default();
    let (running, bytes) = hiding(ALL, whole, |_, _| {});
    let downloaded = running.result.expect("it ended").expect("nothing speaks against it");
    assert_eq!(downloaded.verification, Verification::NotVerifiable);
    assert!(running.local.sink == bytes);

    let sha1 = Sha1Digest::of(&bytes);
    let (running, _) = hiding(ALL, whole, |file, bytes| {
        file.size = Some(bytes.len() as u64);
        file.sha1 = Some(Sha1Digest::of(bytes));
    });
    let downloaded = running.result.expect("it ended").expect("it succeeds");
    assert_eq!(downloaded.verification, Verification::Verified(sha1));

    let (running, _) = hiding(ALL, whole, |file, bytes| file.size = Some(bytes.len() as u64 + 1));
    assert_eq!(error(running.result).kind(), ErrorKind::WrongFile);
    let (running, _) = hiding(ALL, whole, |file, _| file.sha1 = Some(Sha1Digest::of(b"other")));
    assert_eq!(error(running.result).kind(), ErrorKind::ChecksumMismatch);
    // Visible headers are checked.
    let (running, _) = hiding(&ALL[1..], whole, |file, _| file.file_id = Some("4_z1".into()));
    assert_eq!(error(running.result).kind(), ErrorKind::WrongFile);
}

#[test]
fn a_response_without_headers_is_not_b2s_if_none_are_hidden() {
    for name in ALL {
        let (mut sim, _) = page(5_000);
        let base = sim.service.config().base_url.clone();
        sim.server = Some(Box::new(Hiding(base, std::slice::from_ref(name))));
        let running = download(&mut sim, api::Download::by_name(BUCKET, NAME), in_blocks());
        let error = error(running.result);
        assert_eq!(error.kind(), ErrorKind::ForeignResponse, "{name}");
        assert!(error.attempts() > 5, "{error}");
        assert!(running.local.sink.is_empty(), "{name}");
    }
}

#[test]
fn ranges_of_an_unknown_version_are_not_mixed() {
    let hide = |names| hiding(names, in_blocks(), |_, _| {});
    let (running, _) = hide(&["x-bz-file-id", "x-bz-content-sha1"]);
    let error = error(running.result);
    assert_eq!(error.kind(), ErrorKind::Cors);
    assert!(error.message().contains("x-bz-file-id"), "{error}");
    // With a SHA-1, mixed content would be detected.
    let (running, bytes) = hide(&["x-bz-file-id"]);
    assert!(running.result.expect("it ended").is_ok() && running.local.sink == bytes);
}

const HOUR: Duration = Duration::from_secs(3_600);

fn upload(sim: &mut Simulation, bytes: &Bytes) -> Running<Upload> {
    let file = NewFile::new(NAME);
    let content = Content::Source { source: SourceId(0), len: bytes.len() as u64, sha1: None };
    let mut options = UploadOptions::default();
    options.body_style = BodyStyle::Known { max_in_memory: 0 };
    let machine = Upload::new(sim.bucket_id(), file, content, options, sim.rng.seed());
    let mut running = Running::new(machine, Local::source(bytes.clone()), options.parallel);
    sim.run(&mut [&mut running]);
    running
}

/// Returns the states of an upload, and the kinds of errors of its retries.
fn states_and_retries(running: &Running<Upload>) -> (Vec<UploadState>, Vec<ErrorKind>) {
    let mut seen = (Vec::new(), Vec::new());
    for event in &running.events {
        match event {
            UploadEvent::State(state) => seen.0.push(*state),
            UploadEvent::Retrying(retrying) => seen.1.push(retrying.error.kind()),
            _ => {}
        }
    }
    seen
}

#[test]
fn an_upload_reports_its_state() {
    let mut sim = Simulation::new(3, FaultProfile::none());
    let bytes = sim.rng.bytes(900);
    let running = upload(&mut sim, &bytes);
    assert_eq!(states_and_retries(&running).0, [UploadState::Hashing, UploadState::Sending]);
    let bytes = sim.rng.bytes(30_000);
    let running = upload(&mut sim, &bytes);
    let (states, _) = states_and_retries(&running);
    assert!(states.contains(&UploadState::Sending), "{states:?}");
    assert_eq!(states.last(), Some(&UploadState::Finishing));
}

#[test]
fn being_offline_is_not_an_attempt() {
    let mut sim = Simulation::new(5, FaultProfile::none());
    let bytes = sim.rng.bytes(30_000);
    sim.offline_after(Duration::from_millis(150), HOUR);
    sim.offline_after(HOUR + Duration::from_secs(1), 5 * HOUR);
    let running = upload(&mut sim, &bytes);
    assert!(running.result.as_ref().is_some_and(Result::is_ok), "{:?}", running.result);
    assert_eq!(sim.service.read_file(BUCKET, NAME), Some(bytes));
    let (states, retried) = states_and_retries(&running);
    assert!(states.contains(&UploadState::Offline), "{states:?}");
    assert!(retried.iter().all(|kind| *kind == ErrorKind::Offline), "{retried:?}");
}

#[test]
fn an_upload_continues_at_once_after_a_sleep() {
    let mut sim = Simulation::new(6, FaultProfile::none());
    let bytes = sim.rng.bytes(30_000);
    for _ in 0..20 {
        sim.sleep_after(Duration::from_millis(200), HOUR);
    }
    let running = upload(&mut sim, &bytes);
    assert!(running.result.as_ref().is_some_and(Result::is_ok), "{:?}", running.result);
    let (_, retried) = states_and_retries(&running);
    assert!(!retried.is_empty() && retried.iter().all(|kind| *kind == ErrorKind::Asleep));
    assert!(sim.elapsed() < 20 * HOUR + Duration::from_secs(5), "{:?}", sim.elapsed());
}

#[test]
fn a_missing_cors_rule_is_reported_after_three_attempts() {
    let mut sim = Simulation::new(7, FaultProfile::none());
    sim.cors_blocked = true;
    let bytes = sim.rng.bytes(30_000);
    let error = error(upload(&mut sim, &bytes).result);
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Cors, 3));
    assert!(error.message().contains("CORS rules"), "{error}");
    assert!(sim.elapsed() < Duration::from_secs(10), "{:?}", sim.elapsed());
}
