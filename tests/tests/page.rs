//! What pages need of the machines: permission to download, and networks as a browser sees them.

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
fn all_ranges_go_by_one_authorization_for_the_name() {
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
fn an_authorization_that_has_expired_is_renewed_once_for_all_ranges() {
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
fn the_head_of_a_file_goes_by_an_authorization_as_well() {
    let (mut sim, _) = page(5_000);
    let mut request = api::Download::by_name(BUCKET, NAME);
    request.head = true;
    let running = download(&mut sim, request, in_blocks());
    let Downloaded { version, bytes, .. } = running.result.expect("it ended").expect("it succeeds");
    assert_eq!((version.size, bytes), (5_000, 0));
    assert_eq!(count(&sim, "b2_get_download_authorization"), 1);
}

#[test]
fn a_download_by_id_is_refused_before_anything_is_sent() {
    let (mut sim, _) = page(5_000);
    let request = api::Download::by_id(file_id(&sim).into());
    let running = download(&mut sim, request, in_blocks());
    let error = error(running.result);
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(error.message().contains("by name only"), "{error}");
    assert_eq!(sim.service.log().count(), 1, "only the account was authorized");
}

/// A service whose answers do not show everything, as a page sees it where CORS rules expose too little.
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

/// Downloads what a page may see only without some headers. `know` may tell what is known of the file.
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
fn without_hidden_headers_size_and_sha1_still_count() {
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
    // What is seen is checked.
    let (running, _) = hiding(&ALL[1..], whole, |file, _| file.file_id = Some("4_z1".into()));
    assert_eq!(error(running.result).kind(), ErrorKind::WrongFile);
}

#[test]
fn where_nothing_hides_headers_an_answer_without_them_is_not_b2s() {
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
fn ranges_of_a_version_that_nobody_can_name_are_not_mixed() {
    let hide = |names| hiding(names, in_blocks(), |_, _| {});
    let (running, _) = hide(&["x-bz-file-id", "x-bz-content-sha1"]);
    let error = error(running.result);
    assert_eq!(error.kind(), ErrorKind::Cors);
    assert!(error.message().contains("x-bz-file-id"), "{error}");
    // With a SHA-1 a mixture would be noticed.
    let (running, bytes) = hide(&["x-bz-file-id"]);
    assert!(running.result.expect("it ended").is_ok() && running.local.sink == bytes);
}

const HOUR: Duration = Duration::from_secs(3_600);

fn upload(sim: &mut Simulation, bytes: &Bytes) -> Running<Upload> {
    let file = NewFile::new(NAME);
    let content = Content::Source { source: SourceId(0), len: bytes.len() as u64, sha1: None };
    let mut options = UploadOptions::default();
    options.body_style = BodyStyle::Known;
    let machine = Upload::new(sim.bucket_id(), file, content, options, sim.rng.seed());
    let mut running = Running::new(machine, Local::source(bytes.clone()), options.parallel);
    sim.run(&mut [&mut running]);
    running
}

/// What it was about, and why requests were repeated.
fn told(running: &Running<Upload>) -> (Vec<UploadState>, Vec<ErrorKind>) {
    let mut told = (Vec::new(), Vec::new());
    for event in &running.events {
        match event {
            UploadEvent::State(state) => told.0.push(*state),
            UploadEvent::Retrying(retrying) => told.1.push(retrying.error.kind()),
            _ => {}
        }
    }
    told
}

#[test]
fn an_upload_says_what_it_is_about() {
    let mut sim = Simulation::new(3, FaultProfile::none());
    let bytes = sim.rng.bytes(900);
    let running = upload(&mut sim, &bytes);
    assert_eq!(told(&running).0, [UploadState::Hashing, UploadState::Sending]);
    let bytes = sim.rng.bytes(30_000);
    let running = upload(&mut sim, &bytes);
    let (states, _) = told(&running);
    assert!(states.contains(&UploadState::Sending), "{states:?}");
    assert_eq!(states.last(), Some(&UploadState::Finishing));
}

#[test]
fn hours_offline_cost_no_attempt() {
    let mut sim = Simulation::new(5, FaultProfile::none());
    let bytes = sim.rng.bytes(30_000);
    sim.offline_after(Duration::from_millis(150), HOUR);
    sim.offline_after(HOUR + Duration::from_secs(1), 5 * HOUR);
    let running = upload(&mut sim, &bytes);
    assert!(running.result.as_ref().is_some_and(Result::is_ok), "{:?}", running.result);
    assert_eq!(sim.service.read_file(BUCKET, NAME), Some(bytes));
    let (states, retried) = told(&running);
    assert!(states.contains(&UploadState::Offline), "{states:?}");
    assert!(retried.iter().all(|kind| *kind == ErrorKind::Offline), "{retried:?}");
}

#[test]
fn a_device_that_slept_goes_on_at_once() {
    let mut sim = Simulation::new(6, FaultProfile::none());
    let bytes = sim.rng.bytes(30_000);
    for _ in 0..20 {
        sim.sleep_after(Duration::from_millis(200), HOUR);
    }
    let running = upload(&mut sim, &bytes);
    assert!(running.result.as_ref().is_some_and(Result::is_ok), "{:?}", running.result);
    let (_, retried) = told(&running);
    assert!(!retried.is_empty() && retried.iter().all(|kind| *kind == ErrorKind::Asleep));
    assert!(sim.elapsed() < 20 * HOUR + Duration::from_secs(5), "{:?}", sim.elapsed());
}

#[test]
fn a_missing_cors_rule_is_reported_soon() {
    let mut sim = Simulation::new(7, FaultProfile::none());
    sim.cors_blocked = true;
    let bytes = sim.rng.bytes(30_000);
    let error = error(upload(&mut sim, &bytes).result);
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Cors, 3));
    assert!(error.message().contains("CORS rules"), "{error}");
    assert!(sim.elapsed() < Duration::from_secs(10), "{:?}", sim.elapsed());
}
