//! The client's machines that copy, behind a gateway, with faults.

use b2_proto::create::{Content, Copy, CopySource, NewCopy, NewFile, Upload, WriteIntent};
use b2_proto::gateway::Names;
use b2_proto::machine::{BodyStyle, Machine, SourceId};
use b2_proto::model::FileVersion;
use b2_proto::sync::{NewSync, Side, Sync};
use b2_tests::{BUCKET, FaultProfile, Local, Running, Simulation};
use bytes::{Bytes, BytesMut};

use crate::transfers::{SHORT, assert_stored, seeds, sim, upload, uploads};

/// Returns a simulation with a visitor that may copy, and a file that it has uploaded.
fn with_file(seed: u64) -> (Simulation, FileVersion, Bytes) {
    let mut sim = sim(seed, FaultProfile::heavy(), SHORT, |sim, grant| {
        let uploads = uploads(sim);
        let grant = grant.uploads(uploads).copy();
        if sim.rng.percent(50) { grant.download() } else { grant }
    });
    let len = sim.rng.between(200, 8_000);
    let bytes = sim.rng.bytes(len);
    let mut running = upload(&mut sim, "u/42/source", &bytes, None);
    sim.run(&mut [&mut running]);
    let version = created(&running, len).clone();
    (sim, version, bytes)
}

fn created<M>(running: &Running<M>, len: u64) -> &FileVersion
where
    M: Machine<Output = FileVersion>,
{
    match &running.result {
        Some(Ok(version)) if version.size == len => version,
        other => panic!("it did not succeed: {other:?}"),
    }
}

/// Returns options for parts that are copied and not downloaded.
fn options(sim: &mut Simulation) -> b2_proto::create::UploadOptions {
    let mut options = b2_proto::create::UploadOptions::default();
    options.body_style = BodyStyle::Known { max_in_memory: 0 };
    options.parallel = usize::try_from(sim.rng.between(1, 4)).unwrap_or(1);
    if sim.rng.percent(50) {
        options.max_part_size = Some(sim.rng.between(1_000, 4_000));
    }
    options
}

#[test]
fn copies_through_storms() {
    seeds("copies_through_storms", 200, |seed| {
        let (mut sim, source, bytes) = with_file(seed);
        let options = options(&mut sim);
        let copy = NewCopy::new(CopySource::new(source.file_id.as_str()), "u/42/folder/copy");
        let machine = Copy::new(sim.bucket_id(), copy, options, sim.rng.seed());
        let mut running = Running::new(machine, Local::default(), options.parallel);
        sim.run(&mut [&mut running]);
        let version = created(&running, bytes.len() as u64);
        assert_eq!(version.content_type.as_deref(), Some("image/png"));
        assert_stored(&sim, version, "u/42/folder/copy", &bytes);
    });
}

/// Files of local bytes and of ranges that are long enough to be copied.
#[test]
fn files_of_pieces_through_storms() {
    seeds("files_of_pieces_through_storms", 200, |seed| {
        let (mut sim, source, bytes) = with_file(seed);
        let len = bytes.len() as u64;
        let (mut intents, mut expected) = (Vec::new(), BytesMut::new());
        for _ in 0..sim.rng.between(1, 4) {
            let taken = sim.rng.between(100, len);
            let start = sim.rng.below(len - taken + 1);
            let range = start..start + taken;
            let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
            expected.extend_from_slice(&bytes[at(range.start)..at(range.end)]);
            intents.push(if sim.rng.percent(60) {
                let mut remote = CopySource::new(source.file_id.as_str());
                (remote.offset, remote.length) = (start, Some(taken));
                WriteIntent::remote(remote)
            } else {
                WriteIntent::local(SourceId(0), range)
            });
        }
        let expected = expected.freeze();
        let mut file = NewFile::new("u/42/pieces");
        file.content_type = "image/gif".to_owned();
        let options = options(&mut sim);
        let content = Content::Intents { intents, sha1: None };
        let machine = Upload::new(sim.bucket_id(), file, content, options, sim.rng.seed());
        let mut running = Running::new(machine, Local::source(bytes), options.parallel);
        sim.run(&mut [&mut running]);
        let Some(Ok(version)) = &running.result else {
            let too_large = expected.len() > 20_000;
            assert!(too_large, "it did not succeed: {:?}", running.result);
            return;
        };
        assert_eq!(version.content_type.as_deref(), Some("image/gif"));
        assert_stored(&sim, version, "u/42/pieces", &expected);
    });
}

/// A synchronization of two folders under the prefix. Without a time in their file info, its copies have other metadata than
/// their sources.
#[test]
fn folders_are_synchronized_through_storms() {
    seeds("folders_are_synchronized_through_storms", 100, |seed| {
        let mut sim = sim(seed, FaultProfile::heavy(), SHORT, |sim, grant| {
            let uploads = uploads(sim).names(Names::AsGiven);
            grant.uploads(uploads).list().copy()
        });
        let files: Vec<_> = (0..sim.rng.between(1, 4))
            .map(|number| {
                let len = sim.rng.between(1, 8_000);
                (format!("folder/{number}"), sim.rng.bytes(len))
            })
            .collect();
        for (name, bytes) in &files {
            let mut running = upload(&mut sim, &format!("u/42/from/{name}"), bytes, None);
            sim.run(&mut [&mut running]);
            created(&running, bytes.len() as u64);
        }
        let bucket_id = sim.bucket_id();
        let side =
            |prefix: &str| Side::Bucket { bucket_id: bucket_id.clone(), prefix: prefix.into() };
        let mut job = NewSync::new(side("u/42/from/"), side("u/42/to/"), sim.timestamp());
        job.options.upload.body_style = BodyStyle::Known { max_in_memory: 0 };
        for transferred in [files.len() as u64, 0] {
            let machine = Sync::new(job.clone(), sim.rng.seed());
            let mut running = Running::new(machine, Local::default(), job.options.parallel);
            sim.run(&mut [&mut running]);
            let Some(Ok(report)) = running.result else {
                panic!("it did not succeed: {:?}", running.result);
            };
            assert_eq!((report.copied, report.failed), (transferred, 0));
        }
        for (name, bytes) in files {
            let copy = sim.service.read_file(BUCKET, &format!("u/42/to/{name}"));
            assert_eq!(copy, Some(bytes), "{name}");
        }
    });
}

/// A gateway has other file ids than B2, so ranges that are too small to be copied cannot be downloaded. This is said before
/// anything is started.
#[test]
fn pieces_that_would_be_downloaded_are_refused_before_anything_is_sent() {
    let (mut sim, source, bytes) = with_file(1);
    let mut remote = CopySource::new(source.file_id.as_str());
    (remote.offset, remote.length) = (5, Some(10));
    let len = bytes.len() as u64;
    let intents = vec![WriteIntent::remote(remote), WriteIntent::local(SourceId(0), 0..len)];
    let mut file = NewFile::new("u/42/pieces");
    file.content_type = "image/gif".to_owned();
    sim.service.clear_log();
    let content = Content::Intents { intents, sha1: None };
    let options = b2_proto::create::UploadOptions::default();
    let machine = Upload::new(sim.bucket_id(), file, content, options, 1);
    let mut running = Running::new(machine, Local::source(bytes), options.parallel);
    sim.run(&mut [&mut running]);
    let Some(Err(error)) = running.result else {
        panic!("it cannot succeed: {:?}", running.result);
    };
    assert_eq!(error.kind(), b2_proto::ErrorKind::Unauthorized, "{error}");
    assert!(error.message().contains("at least 100 bytes"), "{error}");
    assert!(error.subject() == Some(source.file_id.as_str()), "{error}");
    let started = sim.service.log().filter(|exchange| {
        matches!(&*exchange.operation, "b2_start_large_file" | "b2_get_upload_url")
    });
    assert_eq!(started.count(), 0);
}
