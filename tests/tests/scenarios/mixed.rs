use std::collections::BTreeSet;
use std::time::Duration;

use b2_proto::create::{
    Checkpoint, Content, Copy, CopySource, NewCopy, NewFile, Upload, UploadEvent, UploadOptions,
    WriteIntent,
};
use b2_proto::hash::Sha1Digest;
use b2_proto::machine::SourceId;
use b2_proto::model::FileInfo;
use b2_tests::{BUCKET, FaultProfile, Local, Running, Simulation};
use bytes::{Bytes, BytesMut};

use super::{BUDGET, assert_stored, options};

/// The pieces of a new file, and the bytes that they make.
struct Pieces {
    intents: Vec<WriteIntent>,
    source: Bytes,
    expected: Bytes,
}

/// Stores files at the service, and returns them with their ids.
fn remote_files(sim: &mut Simulation) -> Vec<(String, Bytes)> {
    let count = sim.rng.between(1, 4);
    let file = |number| {
        let len = if sim.rng.percent(30) { sim.rng.below(120) } else { sim.rng.below(6_000) };
        let bytes = sim.rng.bytes(len + 1);
        let now = sim.timestamp();
        let name = format!("remote {number}");
        let id = sim.service.put_file(now, BUCKET, &name, bytes.clone());
        (id.expect("the bucket exists"), bytes)
    };
    (0..count).map(file).collect()
}

/// Returns pieces that follow each other, of local ranges and of ranges of remote files.
fn pieces(sim: &mut Simulation, knows_lengths: bool) -> Pieces {
    let remote = remote_files(sim);
    let len = sim.rng.between(1, 8_000);
    let source = sim.rng.bytes(len);
    let (mut intents, mut expected) = (Vec::new(), BytesMut::new());
    for _ in 0..sim.rng.between(1, 9) {
        let range = |sim: &mut Simulation, len: u64| {
            let most = if sim.rng.percent(40) { len.min(150) } else { len };
            let taken = sim.rng.between(1, most);
            let start = sim.rng.below(len - taken + 1);
            start..start + taken
        };
        let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
        if sim.rng.percent(50) {
            let range = range(sim, len);
            expected.extend_from_slice(&source[at(range.start)..at(range.end)]);
            intents.push(WriteIntent::local(SourceId(0), range));
            continue;
        }
        let chosen = usize::try_from(sim.rng.below(remote.len() as u64)).unwrap_or_default();
        let (id, bytes) = &remote[chosen];
        let mut from = CopySource::new(id.as_str());
        if knows_lengths || sim.rng.percent(60) {
            let range = range(sim, bytes.len() as u64);
            from.offset = range.start;
            from.length = Some(range.end - range.start);
            expected.extend_from_slice(&bytes[at(range.start)..at(range.end)]);
        } else {
            expected.extend_from_slice(bytes);
        }
        intents.push(WriteIntent::remote(from));
    }
    Pieces { intents, source, expected: expected.freeze() }
}

fn create(sim: &mut Simulation, pieces: &Pieces, options: UploadOptions) -> Running<Upload> {
    let content = Content::Intents { intents: pieces.intents.clone(), sha1: None };
    let file = NewFile::new("mixed");
    let upload = Upload::new(sim.bucket_id(), file, content, options, sim.rng.seed());
    Running::new(upload, Local::source(pieces.source.clone()), options.parallel)
}

fn mixed_options(sim: &mut Simulation) -> UploadOptions {
    let mut options = options(sim);
    options.whole_sha1 = false;
    if sim.rng.percent(50) {
        options.max_part_size = Some(sim.rng.between(1_000, 3_000));
    }
    if sim.rng.percent(50) {
        options.max_buffered = sim.rng.between(1, 2_000);
    }
    options
}

fn ended_well<M>(running: &Running<M>, len: u64)
where
    M: b2_proto::machine::Machine<Output = b2_proto::model::FileVersion>,
{
    match &running.result {
        Some(Ok(version)) => assert_eq!(version.size, len),
        other => panic!("it did not succeed: {other:?}"),
    }
}

/// Files of local and remote pieces have the bytes of the pieces.
pub(super) fn mixed(seed: u64) {
    let mut sim = Simulation::new(seed, FaultProfile::heavy());
    let pieces = pieces(&mut sim, false);
    let options = mixed_options(&mut sim);
    let mut running = create(&mut sim, &pieces, options);
    sim.run(&mut [&mut running]);
    ended_well(&running, pieces.expected.len() as u64);
    assert_stored(&sim, "mixed", &pieces.expected);
    assert!(sim.elapsed() < BUDGET * 40, "{:?}", sim.elapsed());
}

/// The same from a stream of pieces, whose sources are dropped when their bytes are at B2.
pub(super) fn mixed_streams(seed: u64) {
    let mut sim = Simulation::new(seed, FaultProfile::heavy());
    let pieces = pieces(&mut sim, false);
    let options = mixed_options(&mut sim);
    let content = Content::IntentStream { sha1: None };
    let file = NewFile::new("mixed");
    let upload = Upload::new(sim.bucket_id(), file, content, options, sim.rng.seed());
    let mut local = Local::source(Bytes::new());
    // Each piece has a source of its own.
    for (number, mut intent) in (0..).zip(pieces.intents.clone()) {
        if let b2_proto::create::IntentSource::Local { source, .. } = &mut intent.source {
            *source = SourceId(number);
        }
        local.intents.push_back(intent);
    }
    local.source = pieces.source.clone();
    let mut running = Running::new(upload, local, options.parallel);
    sim.run(&mut [&mut running]);
    ended_well(&running, pieces.expected.len() as u64);
    assert_stored(&sim, "mixed", &pieces.expected);
}

fn last_checkpoint(events: &[UploadEvent]) -> Option<Checkpoint> {
    events.iter().rev().find_map(|event| match event {
        UploadEvent::Checkpoint(checkpoint) => {
            Some(Checkpoint::from_json(&checkpoint.to_json()).expect("it was a checkpoint"))
        }
        _ => None,
    })
}

/// A run that was killed is resumed, from a checkpoint or by a search, and no part that the checkpoint names is copied
/// again.
pub(super) fn mixed_resumes(seed: u64) {
    let mut sim = Simulation::new(seed, FaultProfile::heavy());
    let pieces = pieces(&mut sim, false);
    let options = mixed_options(&mut sim);
    let mut running = create(&mut sim, &pieces, options);
    let after = Duration::from_millis(sim.rng.below(4_000));
    sim.kill_after(after, 0);
    sim.run(&mut [&mut running]);
    let checkpoint = last_checkpoint(&running.events);
    sim.restart();
    sim.service.clear_log();
    let mut again = create(&mut sim, &pieces, options);
    let from_checkpoint = sim.rng.percent(50);
    if let Some(checkpoint) = checkpoint.clone().filter(|_| from_checkpoint) {
        again.machine = again.machine.resume_from(checkpoint);
    }
    sim.run(&mut [&mut again]);
    ended_well(&again, pieces.expected.len() as u64);
    assert_stored(&sim, "mixed", &pieces.expected);
    let Some(checkpoint) = checkpoint else {
        return;
    };
    let copied: BTreeSet<u16> = sim
        .service
        .log()
        .filter(|entry| entry.operation == "b2_copy_part" && entry.status == 200)
        .filter(|entry| entry.file_id.as_deref() == Some(checkpoint.file_id.as_str()))
        .filter_map(|entry| entry.part_number)
        .collect();
    for (number, _) in &checkpoint.parts {
        let number = u16::try_from(*number).unwrap_or_default();
        assert!(!copied.contains(&number), "part {number} was copied although it was there");
    }
}

/// Copies of any size have the bytes and the metadata of the source.
pub(super) fn copies(seed: u64) {
    let mut sim = Simulation::new(seed, FaultProfile::heavy());
    let len = sim.rng.between(1, 12_000);
    let bytes = sim.rng.bytes(len);
    let now = sim.timestamp();
    let id = sim.service.put_file(now, BUCKET, "source", bytes.clone());
    let id = id.expect("the bucket exists");
    sim.service.put_file_info(&id, "color", "red");
    let mut options = mixed_options(&mut sim);
    options.max_part_size = Some(sim.rng.between(1_000, 20_000));
    let mut source = CopySource::new(id.as_str());
    let mut expected = bytes.clone();
    if sim.rng.percent(40) {
        source.offset = sim.rng.below(len);
        let at = usize::try_from(source.offset).unwrap_or_default();
        expected = bytes.slice(at..);
    }
    let copy = NewCopy::new(source, "copy");
    let machine = Copy::new(sim.bucket_id(), copy, options, sim.rng.seed());
    let mut running = Running::new(machine, Local::default(), options.parallel);
    sim.run(&mut [&mut running]);
    ended_well(&running, expected.len() as u64);
    assert_stored(&sim, "copy", &expected);
    let Some(Ok(version)) = &running.result else { return };
    assert_eq!(version.file_info.get("color"), Some("red"));
    assert!(version.file_info.get(FileInfo::SSE_C_KEY_ID).is_none());
    // The SHA-1 of a whole source stays known, also when it is copied in parts.
    if expected.len() == bytes.len() {
        assert_eq!(version.sha1(), Some(Sha1Digest::of(&bytes)));
    }
}

/// An incremental upload sends what was appended, and nothing of what is there.
pub(super) fn incremental(seed: u64) {
    let mut sim = Simulation::new(seed, FaultProfile::heavy());
    let len = sim.rng.between(1, 8_000);
    let before = sim.rng.bytes(len);
    let now = sim.timestamp();
    sim.service.put_file(now, BUCKET, "log", before.clone());
    let mut content = BytesMut::from(&before[..]);
    let changed = sim.rng.percent(30);
    if changed {
        content[0] ^= 1;
    }
    let appended = if sim.rng.percent(30) { 0 } else { sim.rng.below(3_000) };
    content.extend_from_slice(&sim.rng.bytes(appended));
    let content = content.freeze();
    let mut options = mixed_options(&mut sim);
    options.incremental = true;
    options.whole_sha1 = sim.rng.percent(20);
    let (source, total) = (SourceId(0), content.len() as u64);
    let from = Content::Source { source, len: total, sha1: None };
    let file = NewFile::new("log");
    let machine = Upload::new(sim.bucket_id(), file, from, options, sim.rng.seed());
    let mut running = Running::new(machine, Local::source(content.clone()), options.parallel);
    sim.run(&mut [&mut running]);
    ended_well(&running, total);
    assert_stored(&sim, "log", &content);
    let Some(Ok(version)) = &running.result else { return };
    assert_eq!(
        version.sha1(),
        Some(Sha1Digest::of(&content)),
        "the next one cannot be incremental"
    );
    let uploads = |operation: &str| sim.service.log().any(|entry| entry.operation == operation);
    if !changed && len >= 100 {
        assert!(uploads("b2_copy_part") || uploads("b2_copy_file"), "nothing was copied");
        assert!(!uploads("b2_upload_file"), "everything was sent");
    }
}
