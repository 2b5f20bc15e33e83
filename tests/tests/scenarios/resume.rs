use std::collections::BTreeSet;
use std::time::Duration;

use b2_proto::ErrorKind;
use b2_proto::create::{Checkpoint, UploadEvent};
use b2_proto::machine::OnCancel;
use b2_proto::model::FileId;
use b2_tests::{BUCKET, FaultProfile, World};

use super::{assert_stored, options, upload, uploaded};

/// A large upload that is stopped dead after a while, and the last checkpoint it told.
fn interrupted(world: &mut World, bytes: &bytes::Bytes) -> Option<String> {
    let options = options(world);
    let mut running = upload(world, "large", bytes, options);
    let after = Duration::from_millis(world.rng.below(4_000));
    world.kill_after(after, 0);
    world.run(&mut [&mut running]);
    running.events.iter().rev().find_map(|event| match event {
        UploadEvent::Checkpoint(checkpoint) => Some(checkpoint.to_json()),
        _ => None,
    })
}

fn parts_sent(world: &World) -> Vec<(String, u16)> {
    let sent = world.service.log().filter(|exchange| exchange.operation == "b2_upload_part");
    let accepted = sent.filter(|exchange| exchange.status == 200);
    let part = |exchange: &b2_sim::LogEntry| {
        (exchange.file_id.clone().unwrap_or_default(), exchange.part_number.unwrap_or_default())
    };
    accepted.map(part).collect()
}

pub(super) fn from_checkpoint(seed: u64) {
    let mut world = World::new(seed, FaultProfile::heavy());
    let len = world.rng.between(2_000, 20_000);
    let bytes = world.rng.bytes(len);
    let Some(checkpoint) = interrupted(&mut world, &bytes) else {
        return;
    };
    let checkpoint = Checkpoint::from_json(&checkpoint).expect("it was a checkpoint");
    let finished: BTreeSet<_> = checkpoint.parts.iter().map(|(number, _)| *number).collect();
    world.restart();
    world.service.clear_log();
    let mut options = options(&mut world);
    options.whole_sha1 = false;
    let mut running = upload(&mut world, "large", &bytes, options);
    running.machine = running.machine.resume_from(checkpoint.clone());
    world.run(&mut [&mut running]);
    assert_eq!(uploaded(&running).size, len);
    assert_eq!(uploaded(&running).file_id, checkpoint.file_id, "it was not gone on with");
    assert_stored(&world, "large", &bytes);
    for (_, number) in parts_sent(&world) {
        assert!(
            !finished.contains(&u32::from(number)),
            "part {number} was sent although it was there"
        );
    }
}

pub(super) fn by_search(seed: u64) {
    let mut world = World::new(seed, FaultProfile::heavy());
    let len = world.rng.between(2_000, 20_000);
    let bytes = world.rng.bytes(len);
    let _ = interrupted(&mut world, &bytes);
    world.restart();
    let unfinished = world.service.versions(BUCKET);
    let parts: usize = unfinished
        .iter()
        .filter(|version| version.action == "start")
        .map(|version| version.parts.len())
        .sum();
    let finished = unfinished.iter().any(|version| version.action == "upload");
    world.service.clear_log();
    let mut options = options(&mut world);
    options.whole_sha1 = false;
    let mut running = upload(&mut world, "large", &bytes, options);
    world.run(&mut [&mut running]);
    assert_stored(&world, "large", &bytes);
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
    let mut world = World::new(seed, profile);
    let len = world.rng.between(0, 12_000);
    let bytes = world.rng.bytes(len);
    let options = options(&mut world);
    let mut running = upload(&mut world, "large", &bytes, options);
    let policy = if world.rng.percent(50) { OnCancel::Keep } else { OnCancel::Discard };
    let after = Duration::from_millis(world.rng.below(600));
    world.cancel_after(after, 0, policy);
    world.run(&mut [&mut running]);
    match &running.result {
        Some(Ok(_)) => assert_stored(&world, "large", &bytes),
        Some(Err(error)) => assert_eq!(error.kind(), ErrorKind::Cancelled),
        None => panic!("it did not end"),
    }
    let begun = running.machine.file_id().cloned();
    let left = world.service.versions(BUCKET);
    let left = left
        .iter()
        .find(|version| Some(version.file_id.as_str()) == begun.as_ref().map(FileId::as_str));
    if policy == OnCancel::Discard && seed.is_multiple_of(2) {
        assert!(
            left.is_none_or(|version| version.action == "upload"),
            "an unfinished large file is left"
        );
    }
    // Nothing stays locked: the same upload can be done now.
    world.clear_faults();
    let mut again = upload(&mut world, "large", &bytes, options);
    world.run(&mut [&mut again]);
    assert_stored(&world, "large", &bytes);
}
