//! Other processes with the same file, wrong SHA-1s, and changed sources.

use std::time::Duration;

use b2_proto::ErrorKind;
use b2_proto::create::{Content, NewFile, Upload, UploadEvent, UploadOptions};
use b2_proto::hash::Sha1Digest;
use b2_proto::machine::SourceId;
use b2_tests::{Actor, BUCKET, FaultProfile, Local, Running, Simulation};
use bytes::Bytes;

use super::{assert_stored, options, upload, uploaded};

/// Leaves an unfinished large file behind.
fn interrupt(sim: &mut Simulation, bytes: &Bytes, options: UploadOptions) {
    let mut running = upload(sim, "large", bytes, options);
    let after = Duration::from_millis(sim.rng.below(1_500));
    sim.kill_after(after, 0);
    sim.run(&mut [&mut running]);
    sim.restart();
}

fn profile(seed: u64) -> FaultProfile {
    if seed.is_multiple_of(3) { FaultProfile::none() } else { FaultProfile::heavy() }
}

/// Two processes resume the same unfinished file. Both succeed, and the content is correct.
pub(super) fn uploaded_by_two(seed: u64) {
    let mut sim = Simulation::new(seed, profile(seed));
    let len = sim.rng.between(2_000, 20_000);
    let bytes = sim.rng.bytes(len);
    let mut options = options(&mut sim);
    options.whole_sha1 = false;
    interrupt(&mut sim, &bytes, options);
    let mut running: Vec<_> = (0..2).map(|_| upload(&mut sim, "large", &bytes, options)).collect();
    sim.run(&mut running.iter_mut().map(|upload| upload as &mut dyn Actor).collect::<Vec<_>>());
    for upload in &running {
        assert_eq!(uploaded(upload).size, len);
    }
    assert_stored(&sim, "large", &bytes);
}

/// An upload whose unfinished file is cancelled by another process fails with that error, or has not yet sent a part.
pub(super) fn cancelled_by_another(seed: u64) {
    let mut sim = Simulation::new(seed, profile(seed));
    let len = sim.rng.between(2_000, 20_000);
    let bytes = sim.rng.bytes(len);
    let options = options(&mut sim);
    if sim.rng.percent(50) {
        interrupt(&mut sim, &bytes, options);
    }
    let mut running = upload(&mut sim, "large", &bytes, options);
    let after = Duration::from_millis(sim.rng.below(1_500));
    sim.cancel_unfinished_after(after);
    sim.run(&mut [&mut running]);
    match &running.result {
        Some(Ok(_)) => assert_stored(&sim, "large", &bytes),
        Some(Err(error)) => {
            let kinds = [ErrorKind::FileNotPresent, ErrorKind::BadRequest];
            assert!(kinds.contains(&error.kind()), "{error}");
            assert!(error.message().contains("cancelled by another process"), "{error}");
            let discarded = |event: &UploadEvent| matches!(event, UploadEvent::Discarded { .. });
            assert!(running.events.iter().any(discarded), "it is said to be there still");
        }
        None => panic!("it did not end"),
    }
}

/// With a wrong SHA-1 nothing is stored.
pub(super) fn given_sha1s(seed: u64) {
    let mut sim = Simulation::new(seed, profile(seed));
    let len = if sim.rng.percent(30) {
        sim.rng.between(0, 1_099)
    } else {
        sim.rng.between(1_100, 20_000)
    };
    let bytes = sim.rng.bytes(len);
    let mut options = options(&mut sim);
    let stream = sim.rng.percent(40);
    if stream {
        (options.part_size, options.max_stream_part) = (Some(1_000), 1_000);
    } else if sim.rng.percent(30) {
        interrupt(&mut sim, &bytes, options);
    }
    let right = Sha1Digest::of(&bytes);
    let given = if sim.rng.percent(50) { right } else { Sha1Digest::of(b"other bytes") };
    let mut file = NewFile::new("large");
    // The SHA-1 may be in the file info.
    let sha1 = if sim.rng.percent(80) {
        Some(given)
    } else {
        file.file_info.insert("large_file_sha1", given.to_hex());
        None
    };
    let before = sim.service.read_file(BUCKET, "large").is_some();
    let (content, local) = if stream {
        (Content::Stream { sha1 }, Local::stream(bytes.clone()))
    } else {
        (Content::Source { source: SourceId(0), len, sha1 }, Local::source(bytes.clone()))
    };
    let machine = Upload::new(sim.bucket_id(), file, content, options, sim.rng.seed());
    let mut running = Running::new(machine, local, options.parallel);
    sim.run(&mut [&mut running]);
    if given == right {
        assert_eq!(uploaded(&running).size, len);
        return assert_stored(&sim, "large", &bytes);
    }
    let error = running.result.expect("it ended").expect_err("the SHA-1 is wrong");
    assert_eq!(error.kind(), ErrorKind::ChecksumMismatch, "{error}");
    for sha1 in [right, given] {
        assert!(error.message().contains(&sha1.to_hex()), "{error}");
    }
    assert_eq!(error.attempts(), 0, "it was tried again");
    assert_eq!(sim.service.read_file(BUCKET, "large").is_some(), before, "it was stored");
    let carries = |info: &std::collections::BTreeMap<String, String>| {
        info.get("large_file_sha1").is_some_and(|sha1| *sha1 == given.to_hex())
    };
    if seed.is_multiple_of(3) {
        let left = sim.service.versions(BUCKET);
        assert!(!left.iter().any(|version| carries(&version.file_info)), "{left:?}");
    }
}

/// A changed source ends the upload. Only the original content can be stored.
pub(super) fn changed_sources(seed: u64) {
    let mut sim = Simulation::new(seed, profile(seed));
    let len = sim.rng.between(0, 12_000);
    let bytes = sim.rng.bytes(len);
    let options = options(&mut sim);
    let mut running = upload(&mut sim, "large", &bytes, options);
    let after = Duration::from_millis(sim.rng.below(800));
    sim.change_source_after(after, 0);
    sim.run(&mut [&mut running]);
    match running.result.expect("it ended") {
        Ok(_) => assert_stored(&sim, "large", &bytes),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::SourceChanged, "{error}");
            assert!(error.message().contains("5 bytes, not 10"), "{error}");
            // A small file may have been stored before the change, and the response lost.
            let stored = sim.service.read_file(BUCKET, "large");
            assert!(stored.is_none_or(|stored| stored == bytes));
        }
    }
}

/// An unfinished file with the SHA-1 of other content is not resumed, since it would keep that SHA-1.
pub(super) fn other_content(seed: u64) {
    let mut sim = Simulation::new(seed, profile(seed));
    let len = sim.rng.between(2_000, 20_000);
    let old = sim.rng.bytes(len);
    let mut options = options(&mut sim);
    options.whole_sha1 = true;
    interrupt(&mut sim, &old, options);
    // Some parts are equal.
    let mut new = old.to_vec();
    let at = usize::try_from(sim.rng.below(len)).unwrap_or_default();
    new[at] ^= 1;
    let new = Bytes::from(new);
    options.whole_sha1 = sim.rng.percent(50);
    let mut running = upload(&mut sim, "large", &new, options);
    sim.run(&mut [&mut running]);
    let carried = uploaded(&running).file_info.large_file_sha1();
    assert!(carried.is_none_or(|sha1| sha1 == Sha1Digest::of(&new)), "it carries another SHA-1");
    assert_stored(&sim, "large", &new);
}
