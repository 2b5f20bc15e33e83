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
use b2_tests::{BUCKET, FaultProfile, Local, Running, Server, World};
use bytes::Bytes;

const NAME: &str = "a file";

/// A calm world with a file of so many bytes, and an account that may share files of its bucket and no more.
fn page(len: u64) -> (World, Bytes) {
    let mut world = World::new(1, FaultProfile::none());
    let bytes = world.rng.bytes(len);
    let now = world.timestamp();
    world.service.put_file(now, BUCKET, NAME, bytes.clone());
    let mut key = CreateKey::new("page", [Capability::SHARE_FILES]);
    key.bucket_ids = Some(vec![world.bucket_id()]);
    world.switch_to_key(key);
    world.service.clear_log();
    (world, bytes)
}

fn in_blocks() -> DownloadOptions {
    let mut options = DownloadOptions::default();
    options.random_access = true;
    options.block_size = 1_000;
    options
}

fn download(
    world: &mut World,
    request: api::Download,
    options: DownloadOptions,
) -> Running<Download> {
    let machine = Download::new(request, SinkId(0), options, world.rng.seed());
    let mut running = Running::new(machine, Local::default(), options.parallel);
    world.run(&mut [&mut running]);
    running
}

fn error<T: std::fmt::Debug>(result: Option<Result<T, b2_proto::Error>>) -> b2_proto::Error {
    result.expect("it ended").expect_err("it cannot succeed")
}

fn count(world: &World, operation: &str) -> usize {
    world.service.log().filter(|exchange| exchange.operation == operation).count()
}

fn file_id(world: &World) -> String {
    world.service.versions(BUCKET)[0].file_id.clone()
}

#[test]
fn all_ranges_go_by_one_authorization_for_the_name() {
    let (mut world, bytes) = page(9_500);
    let running = download(&mut world, api::Download::by_name(BUCKET, NAME), in_blocks());
    let downloaded = running.result.expect("it ended").expect("it succeeds");
    assert!(matches!(downloaded.verification, Verification::Verified(_)));
    assert!(running.local.sink == bytes);
    assert_eq!(count(&world, "b2_get_download_authorization"), 1);
    let statuses: Vec<_> = world.service.log().map(|exchange| exchange.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 206).count(), 10);
    assert!(!statuses.contains(&401), "another token was tried: {statuses:?}");
}

#[test]
fn an_authorization_that_has_expired_is_renewed_once_for_all_ranges() {
    let (mut world, bytes) = page(40_000);
    let options = in_blocks();
    let request = api::Download::by_name(BUCKET, NAME);
    let machine = Download::new(request, SinkId(0), options, 7);
    let mut running = Running::new(machine, Local::default(), options.parallel);
    world.expire_download_authorizations_after(Duration::from_millis(250));
    world.run(&mut [&mut running]);
    assert!(running.result.expect("it ended").is_ok() && running.local.sink == bytes);
    assert_eq!(count(&world, "b2_get_download_authorization"), 2);
}

#[test]
fn the_head_of_a_file_goes_by_an_authorization_as_well() {
    let (mut world, _) = page(5_000);
    let mut request = api::Download::by_name(BUCKET, NAME);
    request.head = true;
    let running = download(&mut world, request, in_blocks());
    let Downloaded { version, bytes, .. } = running.result.expect("it ended").expect("it succeeds");
    assert_eq!((version.size, bytes), (5_000, 0));
    assert_eq!(count(&world, "b2_get_download_authorization"), 1);
}

#[test]
fn a_download_by_id_is_refused_before_anything_is_sent() {
    let (mut world, _) = page(5_000);
    let request = api::Download::by_id(file_id(&world).into());
    let running = download(&mut world, request, in_blocks());
    let error = error(running.result);
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(error.message().contains("by name only"), "{error}");
    assert_eq!(world.service.log().count(), 1, "only the account was authorized");
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
    let (mut world, bytes) = page(9_500);
    let base = world.service.config().base_url.clone();
    world.server = Some(Box::new(Hiding(base, names)));
    let mut request = api::Download::by_name(BUCKET, NAME);
    request.headers_may_be_hidden = true;
    know(&mut request.expected, &bytes);
    (download(&mut world, request, options), bytes)
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
        let (mut world, _) = page(5_000);
        let base = world.service.config().base_url.clone();
        world.server = Some(Box::new(Hiding(base, std::slice::from_ref(name))));
        let running = download(&mut world, api::Download::by_name(BUCKET, NAME), in_blocks());
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

fn upload(world: &mut World, bytes: &Bytes) -> Running<Upload> {
    let file = NewFile::new(NAME);
    let content = Content::Source { source: SourceId(0), len: bytes.len() as u64, sha1: None };
    let mut options = UploadOptions::default();
    options.body_style = BodyStyle::Known;
    let machine = Upload::new(world.bucket_id(), file, content, options, world.rng.seed());
    let mut running = Running::new(machine, Local::source(bytes.clone()), options.parallel);
    world.run(&mut [&mut running]);
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
    let mut world = World::new(3, FaultProfile::none());
    let bytes = world.rng.bytes(900);
    let running = upload(&mut world, &bytes);
    assert_eq!(told(&running).0, [UploadState::Hashing, UploadState::Sending]);
    let bytes = world.rng.bytes(30_000);
    let running = upload(&mut world, &bytes);
    let (states, _) = told(&running);
    assert!(states.contains(&UploadState::Sending), "{states:?}");
    assert_eq!(states.last(), Some(&UploadState::Finishing));
}

#[test]
fn hours_offline_cost_no_attempt() {
    let mut world = World::new(5, FaultProfile::none());
    let bytes = world.rng.bytes(30_000);
    world.offline_after(Duration::from_millis(150), HOUR);
    world.offline_after(HOUR + Duration::from_secs(1), 5 * HOUR);
    let running = upload(&mut world, &bytes);
    assert!(running.result.as_ref().is_some_and(Result::is_ok), "{:?}", running.result);
    assert_eq!(world.service.read_file(BUCKET, NAME), Some(bytes));
    let (states, retried) = told(&running);
    assert!(states.contains(&UploadState::Offline), "{states:?}");
    assert!(retried.iter().all(|kind| *kind == ErrorKind::Offline), "{retried:?}");
}

#[test]
fn a_device_that_slept_goes_on_at_once() {
    let mut world = World::new(6, FaultProfile::none());
    let bytes = world.rng.bytes(30_000);
    for _ in 0..20 {
        world.sleep_after(Duration::from_millis(200), HOUR);
    }
    let running = upload(&mut world, &bytes);
    assert!(running.result.as_ref().is_some_and(Result::is_ok), "{:?}", running.result);
    let (_, retried) = told(&running);
    assert!(!retried.is_empty() && retried.iter().all(|kind| *kind == ErrorKind::Asleep));
    assert!(world.elapsed() < 20 * HOUR + Duration::from_secs(5), "{:?}", world.elapsed());
}

#[test]
fn a_missing_cors_rule_is_reported_soon() {
    let mut world = World::new(7, FaultProfile::none());
    world.cors_blocked = true;
    let bytes = world.rng.bytes(30_000);
    let error = error(upload(&mut world, &bytes).result);
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Cors, 3));
    assert!(error.message().contains("CORS rules"), "{error}");
    assert!(world.elapsed() < Duration::from_secs(10), "{:?}", world.elapsed());
}
