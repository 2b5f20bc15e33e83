use std::time::Duration;

use b2_proto::ErrorKind;
use b2_proto::api::{self, CreateKey};
use b2_proto::download::{Download, DownloadOptions, Verification};
use b2_proto::hash::Sha1Digest;
use b2_proto::machine::SinkId;
use b2_proto::model::{Capability, FileVersion};
use b2_sim::LogEntry;
use b2_tests::{BUCKET, FaultProfile, Local, Running, Simulation};
use bytes::Bytes;

use super::{BUDGET, options, upload, uploaded};

/// Uploads a small or large file, with a SHA-1 of the whole file or without.
fn put(sim: &mut Simulation) -> (FileVersion, Bytes) {
    put_named(sim, "a file")
}

fn put_named(sim: &mut Simulation, name: &str) -> (FileVersion, Bytes) {
    let len = match sim.rng.below(4) {
        0 => sim.rng.between(0, 3),
        1 => sim.rng.between(4, 1_000),
        _ => sim.rng.between(1_100, 15_000),
    };
    let bytes = sim.rng.bytes(len);
    let options = options(sim);
    let mut running = upload(sim, name, &bytes, options);
    sim.run(&mut [&mut running]);
    (uploaded(&running).clone(), bytes)
}

fn download(
    sim: &mut Simulation,
    version: &FileVersion,
    by_name: bool,
) -> (Running<Download>, DownloadOptions, api::Download) {
    let request = if sim.rng.percent(50) && !by_name {
        api::Download::by_id(version.file_id.clone())
    } else {
        api::Download::by_name(BUCKET, &*version.file_name)
    };
    let mut options = DownloadOptions::default();
    options.parallel = usize::try_from(sim.rng.between(1, 5)).unwrap_or(1);
    options.block_size = sim.rng.between(1, 4_000).max(version.size / 20);
    options.random_access = sim.rng.percent(70);
    options.verify = sim.rng.percent(80);
    options.read_back_late = sim.rng.percent(20);
    let mut request = request;
    if version.size > 0 && sim.rng.percent(30) {
        let start = sim.rng.below(version.size);
        request.range = Some(start..sim.rng.between(start + 1, version.size));
    }
    let machine = Download::new(request.clone(), SinkId(0), options, sim.rng.seed());
    (Running::new(machine, Local::default(), options.parallel), options, request)
}

pub(super) fn downloads(seed: u64) {
    let mut sim = Simulation::new(seed, FaultProfile::heavy());
    let (version, bytes) = put(&mut sim);
    let (mut running, options, request) = download(&mut sim, &version, false);
    sim.run(&mut [&mut running]);
    arrived(&sim, &running, options, &request, &version, &bytes);
}

/// The device is offline and suspended during the download.
pub(super) fn interrupted(seed: u64) {
    let mut sim = Simulation::new(seed, FaultProfile::heavy());
    let (version, bytes) = put(&mut sim);
    let (mut running, options, request) = download(&mut sim, &version, false);
    for _ in 0..sim.rng.between(1, 5) {
        let after = Duration::from_millis(sim.rng.below(2_000));
        let lasts = Duration::from_secs(sim.rng.between(100, 10_000));
        if sim.rng.percent(50) {
            sim.offline_after(after, lasts);
        } else {
            sim.sleep_after(after, lasts);
        }
    }
    sim.run(&mut [&mut running]);
    assert!(running.result.as_ref().is_some_and(Result::is_ok), "{:?}", running.result);
    let wanted = request.range.clone().unwrap_or(0..bytes.len() as u64);
    let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
    assert!(running.local.sink == bytes[at(wanted.start)..at(wanted.end)], "{options:?}");
}

/// A file whose name a URL cannot have is found in a listing and downloaded by its id.
pub(super) fn dotted(seed: u64) {
    let mut sim = Simulation::new(seed, FaultProfile::heavy());
    let name = ["a/../b", "./a", "..", "a/."][usize::try_from(seed % 4).unwrap_or_default()];
    let (version, bytes) = put_named(&mut sim, name);
    for other in ["b", "a", "..a", "a/.b"] {
        let now = sim.timestamp();
        sim.service.put_file(now, BUCKET, other, "another file");
    }
    let (mut running, options, request) = download(&mut sim, &version, true);
    let bucket_id = sim.bucket_id();
    let machine = Download::new(request.clone(), SinkId(0), options, sim.rng.seed());
    running.machine = machine.in_bucket(bucket_id.clone());
    sim.run(&mut [&mut running]);
    arrived(&sim, &running, options, &request, &version, &bytes);
    let by_name = |exchange: &&LogEntry| exchange.operation == "b2_download_file_by_name";
    assert_eq!(sim.service.log().filter(by_name).count(), 0, "a URL was asked for '{name}'");

    let missing = api::Download::by_name(BUCKET, "a/../missing");
    let machine = Download::new(missing, SinkId(0), options, sim.rng.seed());
    let mut running =
        Running::new(machine.in_bucket(bucket_id), Local::default(), options.parallel);
    sim.run(&mut [&mut running]);
    let error = running.result.expect("it ended").expect_err("there is no such file");
    assert_eq!((error.kind(), error.subject()), (ErrorKind::FileNotPresent, Some("a/../missing")));
}

/// An account with `shareFiles` and without `readFiles`, as a gateway grants it: downloads use download authorizations for
/// the name, which expire in between, and never the account's token.
pub(super) fn granted(seed: u64) {
    let mut sim = Simulation::new(seed, FaultProfile::heavy());
    let (version, bytes) = put(&mut sim);
    let mut key = CreateKey::new("page", [Capability::SHARE_FILES, Capability::LIST_FILES]);
    let in_the_machine = sim.rng.percent(50);
    if !in_the_machine {
        key.bucket_ids = Some(vec![sim.bucket_id()]);
    }
    sim.clear_faults();
    sim.switch_to_key(key);
    sim.set_rates(FaultProfile::heavy().rates);
    sim.service.clear_log();
    let (mut running, mut options, request) = download(&mut sim, &version, true);
    options.authorization_lifetime = Duration::from_secs(sim.rng.between(1, 20));
    let machine = Download::new(request.clone(), SinkId(0), options, sim.rng.seed());
    let bucket_id = sim.bucket_id();
    running.machine = if in_the_machine { machine.in_bucket(bucket_id) } else { machine };
    sim.run(&mut [&mut running]);
    arrived(&sim, &running, options, &request, &version, &bytes);
    let refused = sim.service.log().filter(|exchange| {
        exchange.operation == "b2_download_file_by_name"
            && exchange.code.as_deref() == Some("unauthorized")
    });
    assert_eq!(refused.count(), 0, "the account's token was tried");
}

fn arrived(
    sim: &Simulation,
    running: &Running<Download>,
    options: DownloadOptions,
    request: &api::Download,
    version: &FileVersion,
    bytes: &Bytes,
) {
    let downloaded = match &running.result {
        Some(Ok(downloaded)) => downloaded,
        other => panic!("the download did not succeed: {other:?}"),
    };
    let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
    let wanted = match &request.range {
        Some(range) => bytes.slice(at(range.start)..at(range.end)),
        None => bytes.clone(),
    };
    assert!(running.local.sink == wanted, "other bytes have arrived");
    assert_eq!(downloaded.bytes, wanted.len() as u64);
    let known = version.sha1().is_some() && wanted.len() == bytes.len();
    let expected = match (known, options.verify) {
        (true, true) => Verification::Verified(Sha1Digest::of(bytes)),
        (false, true) => Verification::NotVerifiable,
        (_, false) => Verification::Skipped,
    };
    assert_eq!(downloaded.verification, expected);
    let blocks = bytes.len() as u64 / options.block_size + 2;
    assert!(sim.elapsed() < BUDGET * u32::try_from(blocks + 20).unwrap_or(u32::MAX));
}

/// If downloads are corrupted, or truncated so that they look complete, a download of a file with a SHA-1 never succeeds
/// with wrong bytes.
pub(super) fn damaged(seed: u64) {
    let mut sim = Simulation::new(seed, FaultProfile::corrupting());
    let (version, bytes) = put(&mut sim);
    let (mut running, options, request) = download(&mut sim, &version, false);
    sim.run(&mut [&mut running]);
    match &running.result {
        Some(Ok(downloaded)) => {
            if let Verification::Verified(sha1) = downloaded.verification {
                assert_eq!(sha1, Sha1Digest::of(&bytes));
                assert!(running.local.sink == bytes, "other bytes have arrived");
            } else {
                assert!(!options.verify || request.range.is_some() || version.sha1().is_none());
            }
        }
        Some(Err(error)) => {
            // A truncated response that looks complete makes the file look shorter.
            let kinds =
                [ErrorKind::ChecksumMismatch, ErrorKind::InvalidRange, ErrorKind::FileChanged];
            assert!(kinds.contains(&error.kind()), "{error:?}");
        }
        None => panic!("it did not end"),
    }
}
