use std::collections::BTreeSet;
use std::time::Duration;

use b2_proto::ErrorKind;
use b2_proto::create::{Checkpoint, UploadEvent};
use b2_proto::machine::OnCancel;
use b2_proto::model::FileId;
use b2_tests::{BUCKET, FaultProfile, Simulation};

use super::{assert_stored, options, upload, uploaded};

/// Kills a large upload after some time, and returns its last checkpoint.
fn interrupted(sim: &mut Simulation, bytes: &bytes::Bytes) -> Option<String> {
    let options = options(sim);
    let mut running = upload(sim, "large", bytes, options);
    let after = Duration::from_millis(sim.rng.below(4_000));
    sim.kill_after(after, 0);
    sim.run(&mut [&mut running]);
    running.events.iter().rev().find_map(|event| match event {
        UploadEvent::Checkpoint(checkpoint) => Some(checkpoint.to_json()),
        _ => None,
    })
}

fn parts_sent(sim: &Simulation) -> Vec<(String, u16)> {
    let sent = sim.service.log().filter(|exchange| exchange.operation == "b2_upload_part");
    let accepted = sent.filter(|exchange| exchange.status == 200);
    let part = |exchange: &b2_sim::LogEntry| {
        (exchange.file_id.clone().unwrap_or_default(), exchange.part_number.unwrap_or_default())
    };
    accepted.map(part).collect()
}

pub(super) fn from_checkpoint(seed: u64) {
    let mut sim = Simulation::new(seed, FaultProfile::heavy());
    let len = sim.rng.between(2_000, 20_000);
    let bytes = sim.rng.bytes(len);
    let Some(checkpoint) = interrupted(&mut sim, &bytes) else {
        return;
    };
    let checkpoint = Checkpoint::from_json(&checkpoint).expect("it was a checkpoint");
    let finished: BTreeSet<_> = checkpoint.parts.iter().map(|(number, _)| *number).collect();
    sim.restart();
    sim.service.clear_log();
    let mut options = options(&mut sim);
    options.whole_sha1 = false;
    let mut running = upload(&mut sim, "large", &bytes, options);
    running.machine = running.machine.resume_from(checkpoint.clone());
    sim.run(&mut [&mut running]);
    assert_eq!(uploaded(&running).size, len);
    assert_eq!(uploaded(&running).file_id, checkpoint.file_id, "it was not gone on with");
    assert_stored(&sim, "large", &bytes);
    for (_, number) in parts_sent(&sim) {
        assert!(
            !finished.contains(&u32::from(number)),
            "part {number} was sent although it was there"
        );
    }
}

pub(super) fn by_search(seed: u64) {
    let mut sim = Simulation::new(seed, FaultProfile::heavy());
    let len = sim.rng.between(2_000, 20_000);
    let bytes = sim.rng.bytes(len);
    let _ = interrupted(&mut sim, &bytes);
    sim.restart();
    let unfinished = sim.service.versions(BUCKET);
    let parts: usize = unfinished
        .iter()
        .filter(|version| version.action == "start")
        .map(|version| version.parts.len())
        .sum();
    let finished = unfinished.iter().any(|version| version.action == "upload");
    sim.service.clear_log();
    let mut options = options(&mut sim);
    options.whole_sha1 = false;
    let mut running = upload(&mut sim, "large", &bytes, options);
    sim.run(&mut [&mut running]);
    assert_stored(&sim, "large", &bytes);
    let resumed = running.events.iter().find_map(|event| match event {
        UploadEvent::Started { resumed, .. } => Some(*resumed),
        _ => None,
    });
    if parts > 0 && !finished {
        assert!(resumed.is_some_and(|resumed| resumed > 0), "{parts} parts were not found");
    }
}

pub(super) fn cancels(seed: u64) {
    let profile = if seed.is_multiple_of(2) { FaultProfile::none() } else { FaultProfile::heavy() };
    let mut sim = Simulation::new(seed, profile);
    let len = sim.rng.between(0, 12_000);
    let bytes = sim.rng.bytes(len);
    let options = options(&mut sim);
    let mut running = upload(&mut sim, "large", &bytes, options);
    let policy = if sim.rng.percent(50) { OnCancel::Keep } else { OnCancel::Discard };
    let after = Duration::from_millis(sim.rng.below(600));
    sim.cancel_after(after, 0, policy);
    sim.run(&mut [&mut running]);
    match &running.result {
        Some(Ok(_)) => assert_stored(&sim, "large", &bytes),
        Some(Err(error)) => assert_eq!(error.kind(), ErrorKind::Cancelled),
        None => panic!("it did not end"),
    }
    let begun = running.machine.file_id().cloned();
    let left = sim.service.versions(BUCKET);
    let left = left
        .iter()
        .find(|version| Some(version.file_id.as_str()) == begun.as_ref().map(FileId::as_str));
    if policy == OnCancel::Discard && seed.is_multiple_of(2) {
        assert!(
            left.is_none_or(|version| version.action == "upload"),
            "an unfinished large file is left"
        );
    }
    // The upload succeeds afterwards.
    sim.clear_faults();
    let mut again = upload(&mut sim, "large", &bytes, options);
    sim.run(&mut [&mut again]);
    assert_stored(&sim, "large", &bytes);
}
