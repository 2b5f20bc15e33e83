use std::time::Duration;

use b2_proto::ErrorKind;
use b2_proto::api::{self, CreateKey};
use b2_proto::download::{Download, DownloadOptions, Verification};
use b2_proto::hash::Sha1Digest;
use b2_proto::machine::SinkId;
use b2_proto::model::{Capability, FileVersion};
use b2_sim::LogEntry;
use b2_tests::{BUCKET, FaultProfile, Local, Running, World};
use bytes::Bytes;

use super::{BUDGET, options, upload, uploaded};

/// Uploads a small or large file, with a SHA-1 of the whole file or without.
fn put(world: &mut World) -> (FileVersion, Bytes) {
    put_named(world, "a file")
}

fn put_named(world: &mut World, name: &str) -> (FileVersion, Bytes) {
    let len = match world.rng.below(4) {
        0 => world.rng.between(0, 3),
        1 => world.rng.between(4, 1_000),
        _ => world.rng.between(1_100, 15_000),
    };
    let bytes = world.rng.bytes(len);
    let options = options(world);
    let mut running = upload(world, name, &bytes, options);
    world.run(&mut [&mut running]);
    (uploaded(&running).clone(), bytes)
}

fn download(
    world: &mut World,
    version: &FileVersion,
    by_name: bool,
) -> (Running<Download>, DownloadOptions, api::Download) {
    let request = if world.rng.percent(50) && !by_name {
        api::Download::by_id(version.file_id.clone())
    } else {
        api::Download::by_name(BUCKET, &*version.file_name)
    };
    let mut options = DownloadOptions::default();
    options.parallel = usize::try_from(world.rng.between(1, 5)).unwrap_or(1);
    options.block_size = world.rng.between(1, 4_000).max(version.size / 20);
    options.random_access = world.rng.percent(70);
    options.verify = world.rng.percent(80);
    options.read_back_late = world.rng.percent(20);
    let mut request = request;
    if version.size > 0 && world.rng.percent(30) {
        let start = world.rng.below(version.size);
        request.range = Some(start..world.rng.between(start + 1, version.size));
    }
    let machine = Download::new(request.clone(), SinkId(0), options, world.rng.seed());
    (Running::new(machine, Local::default(), options.parallel), options, request)
}

pub(super) fn downloads(seed: u64) {
    let mut world = World::new(seed, FaultProfile::heavy());
    let (version, bytes) = put(&mut world);
    let (mut running, options, request) = download(&mut world, &version, false);
    world.run(&mut [&mut running]);
    arrived(&world, &running, options, &request, &version, &bytes);
}

/// The device is offline and suspended during the download.
pub(super) fn interrupted(seed: u64) {
    let mut world = World::new(seed, FaultProfile::heavy());
    let (version, bytes) = put(&mut world);
    let (mut running, options, request) = download(&mut world, &version, false);
    for _ in 0..world.rng.between(1, 5) {
        let after = Duration::from_millis(world.rng.below(2_000));
        let lasts = Duration::from_secs(world.rng.between(100, 10_000));
        if world.rng.percent(50) {
            world.offline_after(after, lasts);
        } else {
            world.sleep_after(after, lasts);
        }
    }
    world.run(&mut [&mut running]);
    assert!(running.result.as_ref().is_some_and(Result::is_ok), "{:?}", running.result);
    let wanted = request.range.clone().unwrap_or(0..bytes.len() as u64);
    let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
    assert!(running.local.sink == bytes[at(wanted.start)..at(wanted.end)], "{options:?}");
}

/// A file whose name a URL cannot have is found in a listing and downloaded by its id.
pub(super) fn dotted(seed: u64) {
    let mut world = World::new(seed, FaultProfile::heavy());
    let name = ["a/../b", "./a", "..", "a/."][usize::try_from(seed % 4).unwrap_or_default()];
    let (version, bytes) = put_named(&mut world, name);
    for other in ["b", "a", "..a", "a/.b"] {
        let now = world.timestamp();
        world.service.put_file(now, BUCKET, other, "another file");
    }
    let (mut running, options, request) = download(&mut world, &version, true);
    let bucket_id = world.bucket_id();
    let machine = Download::new(request.clone(), SinkId(0), options, world.rng.seed());
    running.machine = machine.in_bucket(bucket_id.clone());
    world.run(&mut [&mut running]);
    arrived(&world, &running, options, &request, &version, &bytes);
    let by_name = |exchange: &&LogEntry| exchange.operation == "b2_download_file_by_name";
    assert_eq!(world.service.log().filter(by_name).count(), 0, "a URL was asked for '{name}'");

    let missing = api::Download::by_name(BUCKET, "a/../missing");
    let machine = Download::new(missing, SinkId(0), options, world.rng.seed());
    let mut running =
        Running::new(machine.in_bucket(bucket_id), Local::default(), options.parallel);
    world.run(&mut [&mut running]);
    let error = running.result.expect("it ended").expect_err("there is no such file");
    assert_eq!((error.kind(), error.subject()), (ErrorKind::FileNotPresent, Some("a/../missing")));
}

/// An account with `shareFiles` and without `readFiles`, as a gateway grants it: downloads use download authorizations for
/// the name, which expire in between, and never the account's token.
pub(super) fn granted(seed: u64) {
    let mut world = World::new(seed, FaultProfile::heavy());
    let (version, bytes) = put(&mut world);
    let mut key = CreateKey::new("page", [Capability::SHARE_FILES, Capability::LIST_FILES]);
    let in_the_machine = world.rng.percent(50);
    if !in_the_machine {
        key.bucket_ids = Some(vec![world.bucket_id()]);
    }
    world.clear_faults();
    world.switch_to_key(key);
    world.set_rates(FaultProfile::heavy().rates);
    world.service.clear_log();
    let (mut running, mut options, request) = download(&mut world, &version, true);
    options.authorization_lifetime = Duration::from_secs(world.rng.between(1, 20));
    let machine = Download::new(request.clone(), SinkId(0), options, world.rng.seed());
    let bucket_id = world.bucket_id();
    running.machine = if in_the_machine { machine.in_bucket(bucket_id) } else { machine };
    world.run(&mut [&mut running]);
    arrived(&world, &running, options, &request, &version, &bytes);
    let refused = world.service.log().filter(|exchange| {
        exchange.operation == "b2_download_file_by_name"
            && exchange.code.as_deref() == Some("unauthorized")
    });
    assert_eq!(refused.count(), 0, "the account's token was tried");
}

fn arrived(
    world: &World,
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
    assert!(world.elapsed() < BUDGET * u32::try_from(blocks + 20).unwrap_or(u32::MAX));
}

/// If downloads are corrupted, or truncated so that they look complete, a download of a file with a SHA-1 never succeeds
/// with wrong bytes.
pub(super) fn damaged(seed: u64) {
    let mut world = World::new(seed, FaultProfile::corrupting());
    let (version, bytes) = put(&mut world);
    let (mut running, options, request) = download(&mut world, &version, false);
    world.run(&mut [&mut running]);
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
