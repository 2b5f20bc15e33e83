//! Defects of b2sdk 2.12, which the machines must not have. The name of a test contains the number of the defect.

use std::time::Duration;

use b2_proto::ErrorKind;
use b2_proto::api::{self, CreateKey};
use b2_proto::create::{Content, NewFile, Upload, UploadEvent, UploadOptions};
use b2_proto::download::{Download, DownloadOptions, Verification};
use b2_proto::hash::Sha1Digest;
use b2_proto::machine::SinkId;
use b2_proto::machine::SourceId;
use b2_proto::model::{Capability, EncryptionKey, EncryptionSetting, LegalHold};
use b2_proto::time::Timestamp;
use b2_sim::faults::Rates;
use b2_tests::{BUCKET, FaultProfile, Local, Running, Simulation};
use bytes::Bytes;

const NAME: &str = "a file";

fn sim(seed: u64) -> Simulation {
    Simulation::new(seed, FaultProfile::none())
}

fn file() -> NewFile {
    NewFile::new(NAME)
}

fn upload(
    sim: &mut Simulation,
    file: NewFile,
    bytes: &Bytes,
    options: UploadOptions,
) -> Running<Upload> {
    let content = Content::Source { source: SourceId(0), len: bytes.len() as u64, sha1: None };
    let machine = Upload::new(sim.bucket_id(), file, content, options, sim.rng.seed());
    Running::new(machine, Local::source(bytes.clone()), options.parallel)
}

fn error<T: std::fmt::Debug>(result: Option<Result<T, b2_proto::Error>>) -> b2_proto::Error {
    result.expect("it ended").expect_err("it cannot succeed")
}

fn count(sim: &Simulation, operation: &str) -> usize {
    sim.service.log().filter(|exchange| exchange.operation == operation).count()
}

/// An upload of `len` bytes that is killed after a while, and what is at B2 by then.
fn interrupted(sim: &mut Simulation, file: NewFile, bytes: &Bytes) -> usize {
    let mut options = UploadOptions::default();
    options.parallel = 1;
    let mut running = upload(sim, file, bytes, options);
    sim.kill_after(Duration::from_millis(700), 0);
    sim.run(&mut [&mut running]);
    sim.restart();
    let versions = sim.service.versions(BUCKET);
    versions.iter().map(|version| version.parts.len()).sum()
}

fn resumed(running: &Running<Upload>) -> u64 {
    let resumed = running.events.iter().find_map(|event| match event {
        UploadEvent::Started { resumed, .. } => Some(*resumed),
        _ => None,
    });
    resumed.expect("it was a large file")
}

#[test]
fn d5_an_upload_with_sse_c_is_resumed() {
    for key in [EncryptionKey::new([7; 32]), EncryptionKey::new([7; 32]).with_id("the key")] {
        let mut sim = sim(5);
        let bytes = sim.rng.bytes(60_000);
        let mut file = file();
        file.encryption = Some(EncryptionSetting::SseC(key));
        let parts = interrupted(&mut sim, file.clone(), &bytes);
        assert!(parts > 0);
        let mut running = upload(&mut sim, file, &bytes, UploadOptions::default());
        sim.run(&mut [&mut running]);
        assert_eq!(resumed(&running), parts as u64 * 1_000);
    }
}

#[test]
fn d6_resuming_needs_no_right_to_read_locks() {
    let mut sim = sim(6);
    let bytes = sim.rng.bytes(60_000);
    let file = file();
    let parts = interrupted(&mut sim, file.clone(), &bytes);
    sim.switch_to_key(CreateKey::new("k", vec![Capability::WRITE_FILES, Capability::LIST_FILES]));
    let mut running = upload(&mut sim, file, &bytes, UploadOptions::default());
    sim.run(&mut [&mut running]);
    assert_eq!(resumed(&running), parts as u64 * 1_000);
}

#[test]
fn d7_a_large_file_keeps_its_upload_timestamp() {
    let mut sim = sim(7);
    let bytes = sim.rng.bytes(5_000);
    let mut file = file();
    file.custom_upload_timestamp = Some(Timestamp::from_millis(1_500_000_000_000));
    let mut running = upload(&mut sim, file, &bytes, UploadOptions::default());
    sim.run(&mut [&mut running]);
    let version = running.result.unwrap().unwrap();
    assert_eq!(version.upload_timestamp, Some(Timestamp::from_millis(1_500_000_000_000)));
}

#[test]
fn d8_neither_408_nor_429_ends_an_upload() {
    for rates in [
        Rates { request_timeout: 400, ..Rates::none() },
        Rates { too_many_requests: 400, longest_retry_after: 30, ..Rates::none() },
    ] {
        let mut sim = sim(8);
        sim.set_rates(rates);
        let bytes = sim.rng.bytes(5_000);
        let file = file();
        let mut running = upload(&mut sim, file, &bytes, UploadOptions::default());
        sim.run(&mut [&mut running]);
        assert!(running.result.unwrap().is_ok());
    }
}

#[test]
fn d9_a_busy_service_is_retried_with_backoff() {
    let mut sim = sim(9);
    let bytes = sim.rng.bytes(10);
    let file = file();
    sim.set_rates(Rates::unavailable(1_000));
    let mut options = UploadOptions::default();
    options.retry = options.retry.budget(Duration::from_secs(60));
    let mut running = upload(&mut sim, file, &bytes, options);
    sim.run(&mut [&mut running]);
    assert_eq!(error(running.result).kind(), ErrorKind::ServiceError);
    // The delays double, so a minute has few attempts.
    let attempts = sim.service.log().count();
    assert!((4..40).contains(&attempts), "{attempts} attempts in a minute");
}

#[test]
fn d10_stale_part_urls_do_not_use_up_the_attempts() {
    let mut sim = sim(10);
    let bytes = sim.rng.bytes(40_000);
    let file = file();
    let mut options = UploadOptions::default();
    options.parallel = 10;
    let mut running = upload(&mut sim, file, &bytes, options);
    for after in [150, 160, 170, 400, 410] {
        sim.expire_upload_urls_after(Duration::from_millis(after));
    }
    sim.run(&mut [&mut running]);
    assert!(running.result.unwrap().is_ok());
}

#[test]
fn d12_a_missing_capability_is_an_error_before_a_request() {
    let mut sim = sim(12);
    sim.switch_to_key(CreateKey::new("k", vec![Capability::LIST_FILES]));
    sim.service.clear_log();
    let bytes = sim.rng.bytes(10);
    let file = file();
    let mut running = upload(&mut sim, file, &bytes, UploadOptions::default());
    sim.run(&mut [&mut running]);
    let error = error(running.result);
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(error.to_string().contains("writeFiles"), "{error}");
    assert_eq!(sim.service.log().count(), count(&sim, "b2_authorize_account"));
}

#[test]
fn d13_a_part_that_is_lost_for_good_stops_the_others() {
    let mut sim = sim(13);
    let bytes = sim.rng.bytes(100_000);
    let file = file();
    let mut options = UploadOptions::default();
    options.parallel = 3;
    let mut running = upload(&mut sim, file, &bytes, options);
    sim.reach_storage_cap_after(Duration::from_millis(300));
    sim.run(&mut [&mut running]);
    assert_eq!(error(running.result).kind(), ErrorKind::StorageCapExceeded);
    let uploads = sim.service.log().filter(|exchange| exchange.operation == "b2_upload_part");
    let refused = uploads.filter(|exchange| exchange.status == 403).count();
    assert!((1..=3).contains(&refused), "{refused} parts were sent in vain");
}

fn download(
    sim: &mut Simulation,
    request: api::Download,
    options: DownloadOptions,
) -> Running<Download> {
    let machine = Download::new(request, SinkId(0), options, sim.rng.seed());
    Running::new(machine, Local::default(), options.parallel)
}

/// Uploads a file with the machine.
fn stored(sim: &mut Simulation, len: u64) -> Bytes {
    let bytes = sim.rng.bytes(len);
    let content = Content::Source { source: SourceId(0), len, sha1: None };
    let file = file();
    let machine =
        Upload::new(sim.bucket_id(), file, content, UploadOptions::default(), sim.rng.seed());
    let mut running = Running::new(machine, Local::source(bytes.clone()), 4);
    sim.run(&mut [&mut running]);
    assert!(matches!(running.result, Some(Ok(_))), "{:?}", running.result);
    bytes
}

#[test]
fn d15_a_download_continues_after_every_interruption() {
    for random_access in [false, true] {
        let mut sim = sim(15);
        let bytes = stored(&mut sim, 20_000);
        sim.set_rates(Rates { truncated_broken: 800, ..Rates::none() });
        let mut options = DownloadOptions::default();
        (options.random_access, options.block_size) = (random_access, 3_000);
        let mut running = download(&mut sim, api::Download::by_name(BUCKET, NAME), options);
        sim.run(&mut [&mut running]);
        assert!(running.result.unwrap().is_ok());
        assert!(running.local.sink == bytes);
    }
}

#[test]
fn d16_the_sha1_of_a_large_file_is_verified() {
    let mut sim = sim(16);
    stored(&mut sim, 5_000);
    // The file has a wrong SHA-1 in its file info.
    let file_id = sim.service.versions(BUCKET)[0].file_id.clone();
    let other = Sha1Digest::of(b"other bytes").to_hex();
    sim.service.put_file_info(&file_id, "large_file_sha1", &other);
    let mut running =
        download(&mut sim, api::Download::by_name(BUCKET, NAME), DownloadOptions::default());
    sim.run(&mut [&mut running]);
    assert_eq!(error(running.result).kind(), ErrorKind::ChecksumMismatch);

    let mut request = api::Download::by_name(BUCKET, NAME);
    request.range = Some(0..10);
    let mut running = download(&mut sim, request, DownloadOptions::default());
    sim.run(&mut [&mut running]);
    assert_eq!(running.result.unwrap().unwrap().verification, Verification::NotVerifiable);
}

#[test]
fn d17_two_versions_are_never_mixed() {
    for seed in 0..20 {
        let mut sim = sim(seed);
        let old = stored(&mut sim, 30_000);
        let new = sim.rng.bytes(30_000);
        let mut options = DownloadOptions::default();
        (options.random_access, options.block_size, options.parallel) = (true, 1_000, 2);
        let after = Duration::from_millis(sim.rng.below(1_500));
        sim.replace_after(after, NAME, new.clone());
        let mut running = download(&mut sim, api::Download::by_name(BUCKET, NAME), options);
        sim.run(&mut [&mut running]);
        match running.result.unwrap() {
            Ok(_) => assert!(running.local.sink == old || running.local.sink == new),
            Err(error) => assert_eq!(error.kind(), ErrorKind::FileChanged),
        }
    }
}

#[test]
fn d26_a_stream_that_is_too_long_is_refused_before_its_part_10001() {
    let mut sim = sim(26);
    let bytes = sim.rng.bytes(1_000_100);
    // The output of ten thousand parts is large.
    sim.check_secrets = false;
    let file = file();
    let mut options = UploadOptions::default();
    (options.part_size, options.max_stream_part) = (Some(100), 100);
    let machine = Upload::new(sim.bucket_id(), file, Content::STREAM, options, sim.rng.seed());
    let mut running = Running::new(machine, Local::stream(bytes), options.parallel);
    sim.run(&mut [&mut running]);
    assert_eq!(error(running.result).kind(), ErrorKind::MaxFileSizeExceeded);
    assert!(
        sim.service
            .log()
            .all(|exchange| exchange.part_number.is_none_or(|number| number <= 10_000))
    );
}

#[test]
fn d28_a_key_that_may_not_list_files_uploads_without_a_search() {
    let mut sim = sim(28);
    let bytes = sim.rng.bytes(5_000);
    let file = file();
    sim.switch_to_key(CreateKey::new("k", vec![Capability::WRITE_FILES]));
    let mut running = upload(&mut sim, file, &bytes, UploadOptions::default());
    sim.run(&mut [&mut running]);
    assert!(running.result.unwrap().is_ok());
    assert_eq!(count(&sim, "b2_list_unfinished_large_files"), 0);
}

#[test]
fn d29_a_finish_with_a_lost_response_succeeds() {
    let mut lost = 0;
    for seed in 0..60 {
        let mut sim = sim(seed);
        sim.set_rates(Rates { cut_after: 250, ..Rates::none() });
        let bytes = sim.rng.bytes(2_000);
        let file = file();
        let mut running = upload(&mut sim, file, &bytes, UploadOptions::default());
        sim.run(&mut [&mut running]);
        assert_eq!(running.result.unwrap().unwrap().size, 2_000, "seed {seed}");
        let finished = sim.service.versions(BUCKET);
        assert_eq!(finished.iter().filter(|version| version.action == "upload").count(), 1);
        lost += usize::from(count(&sim, "b2_get_file_info") > 0);
    }
    assert!(lost > 5, "no answer was lost");
}

#[test]
fn an_unfinished_file_with_other_properties_is_not_resumed() {
    let mut sim = sim(1);
    let bytes = sim.rng.bytes(60_000);
    let mut file = file();
    let parts = interrupted(&mut sim, file.clone(), &bytes);
    assert!(parts > 0);
    file.file_info = file.file_info.with("color", "red");
    let mut running = upload(&mut sim, file.clone(), &bytes, UploadOptions::default());
    sim.run(&mut [&mut running]);
    assert_eq!(resumed(&running), 0);
    file.legal_hold = Some(LegalHold::On);
    assert!(file.check().is_ok());
}

#[test]
fn parts_with_other_bytes_are_sent_again() {
    let mut sim = sim(2);
    let bytes = sim.rng.bytes(60_000);
    let file = file();
    let parts = interrupted(&mut sim, file.clone(), &bytes);
    assert!(parts > 1);
    let mut changed = bytes.to_vec();
    changed[0] ^= 1;
    let changed = Bytes::from(changed);
    let mut running = upload(&mut sim, file, &changed, UploadOptions::default());
    sim.run(&mut [&mut running]);
    assert_eq!(resumed(&running), (parts as u64 - 1) * 1_000);
    assert_eq!(sim.service.read_file(BUCKET, NAME), Some(changed));
}
