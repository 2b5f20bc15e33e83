//! Moves of files, with faults and the death of the process.

use std::time::Duration;

use b2_proto::ErrorKind;
use b2_proto::create::{CopySource, MoveFile, MovedSource, NewFile, NewMove};
use b2_tests::{BUCKET, FaultProfile, Local, Running, Simulation};
use bytes::Bytes;

use super::options;

const FROM: &str = "from";
const TO: &str = "to";

/// Returns whether the version is stored and not hidden by anything but a hide marker.
fn has_source(sim: &Simulation, file_id: &str) -> bool {
    sim.service.versions(BUCKET).iter().any(|version| version.file_id == file_id)
}

fn has_copy(sim: &Simulation, bytes: &Bytes) -> bool {
    sim.service.read_file(BUCKET, TO).as_ref() == Some(bytes)
}

fn move_file(sim: &mut Simulation, file_id: &str, moved_source: MovedSource) -> Running<MoveFile> {
    let mut options = options(sim);
    options.whole_sha1 = false;
    if sim.rng.percent(50) {
        // The copy is a large file.
        options.max_part_size = Some(1_000);
    }
    let mut new_move = NewMove::new(CopySource::new(file_id), NewFile::new(TO));
    new_move.moved_source = moved_source;
    let machine = MoveFile::new(sim.bucket_id(), new_move, options, sim.rng.seed());
    Running::new(machine, Local::default(), options.parallel)
}

/// A move that dies again and again leaves the source or the copy at any time, and ends with the copy alone.
pub(super) fn moves(seed: u64) {
    let mut sim = Simulation::new(seed, FaultProfile::heavy());
    let len = if sim.rng.percent(40) { sim.rng.below(900) } else { sim.rng.between(1_000, 12_000) };
    let bytes = sim.rng.bytes(len);
    let now = sim.timestamp();
    if sim.rng.percent(30) {
        // Another file has the name.
        sim.service.put_file(now, BUCKET, TO, Bytes::from_static(b"other bytes"));
    }
    let id = sim.service.put_file(now, BUCKET, FROM, bytes.clone()).expect("the bucket exists");
    let hides = sim.rng.percent(40);
    let moved_source =
        if hides { MovedSource::Hide } else { MovedSource::Delete { bypass_governance: false } };
    for _ in 0..sim.rng.below(4) {
        let mut running = move_file(&mut sim, &id, moved_source);
        let after = Duration::from_millis(sim.rng.below(2_500));
        sim.kill_after(after, 0);
        sim.run(&mut [&mut running]);
        assert!(has_source(&sim, &id) || has_copy(&sim, &bytes), "both are gone");
        if !has_source(&sim, &id) {
            return assert!(!hides, "the version was deleted, not hidden");
        }
        sim.restart();
    }
    let copies = |sim: &Simulation| {
        sim.service.versions(BUCKET).iter().filter(|version| version.file_name == TO).count()
    };
    let (had_copy, before) = (has_copy(&sim, &bytes), copies(&sim));
    let mut running = move_file(&mut sim, &id, moved_source);
    sim.run(&mut [&mut running]);
    match &running.result {
        Some(Ok(version)) => assert_eq!((version.file_name.as_str(), version.size), (TO, len)),
        other => panic!("the move did not succeed: {other:?}"),
    }
    assert!(has_copy(&sim, &bytes), "the copy has other bytes");
    assert_eq!(has_source(&sim, &id), hides);
    assert_eq!(sim.service.read_file(BUCKET, FROM), None, "the name still shows");
    if had_copy {
        assert_eq!(copies(&sim), before, "it was copied again");
    }
}

/// A move whose source is deleted or replaced on the way ends with an error, or with the copy.
pub(super) fn moves_of_changing_files(seed: u64) {
    let mut sim = Simulation::new(seed, FaultProfile::heavy());
    let len = sim.rng.between(1, 8_000);
    let bytes = sim.rng.bytes(len);
    let now = sim.timestamp();
    let id = sim.service.put_file(now, BUCKET, FROM, bytes.clone()).expect("the bucket exists");
    let mut running = move_file(&mut sim, &id, MovedSource::Hide);
    let newer = sim.rng.bytes(10);
    let after = Duration::from_millis(sim.rng.below(2_500));
    sim.replace_after(after, FROM, newer.clone());
    sim.run(&mut [&mut running]);
    assert!(has_source(&sim, &id), "a version was deleted");
    match running.result.expect("it ended") {
        Ok(_) => assert!(has_copy(&sim, &bytes)),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
            assert_eq!(sim.service.read_file(BUCKET, FROM), Some(newer), "it was hidden");
        }
    }
}
