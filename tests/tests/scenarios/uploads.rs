use std::time::Duration;

use b2_proto::ErrorKind;
use b2_proto::create::{Content, NewFile, Upload, UploadEvent};
use b2_proto::machine::Control;
use b2_proto::retry::RetryPolicy;
use b2_sim::faults::Rates;
use b2_tests::{Actor, FaultProfile, Local, Running, Simulation};

use super::{BUDGET, assert_stored, options, upload, uploaded};

pub(super) fn small(seed: u64) {
    let mut sim = Simulation::new(seed, FaultProfile::heavy());
    let files: Vec<_> = (0..sim.rng.between(1, 6))
        .map(|number| {
            let len = sim.rng.between(0, 1_099);
            (format!("folder/file {number}"), sim.rng.bytes(len))
        })
        .collect();
    let mut uploads: Vec<_> = files
        .iter()
        .map(|(name, bytes)| {
            let options = options(&mut sim);
            upload(&mut sim, name, bytes, options)
        })
        .collect();
    sim.run(&mut uploads.iter_mut().map(|upload| upload as &mut dyn Actor).collect::<Vec<_>>());
    for (upload, (name, bytes)) in uploads.iter().zip(&files) {
        assert_eq!(uploaded(upload).size, bytes.len() as u64);
        assert_stored(&sim, name, bytes);
        assert_progress(upload, bytes.len() as u64);
    }
    assert!(sim.elapsed() < BUDGET * 2, "{:?}", sim.elapsed());
}

pub(super) fn large(seed: u64) {
    let mut sim = Simulation::new(seed, FaultProfile::heavy());
    let len = sim.rng.between(1_100, 20_000);
    let bytes = sim.rng.bytes(len);
    let options = options(&mut sim);
    let mut running = upload(&mut sim, "large", &bytes, options);
    sim.run(&mut [&mut running]);
    assert_eq!(uploaded(&running).size, len);
    assert_stored(&sim, "large", &bytes);
    assert_progress(&running, len);
    if options.whole_sha1 {
        let sha1 = b2_proto::hash::Sha1Digest::of(&bytes);
        assert_eq!(uploaded(&running).file_info.large_file_sha1(), Some(sha1));
    }
    assert!(sim.elapsed() < BUDGET * 22, "{:?}", sim.elapsed());
}

/// Progress never decreases, and ends with the length of the file.
fn assert_progress(upload: &Running<Upload>, len: u64) {
    let progress = upload.events.iter().filter_map(|event| match event {
        UploadEvent::Progress(progress) => Some(*progress),
        _ => None,
    });
    let mut last = None;
    for progress in progress {
        let before: u64 = last.map_or(0, |last: b2_proto::create::UploadProgress| last.accepted);
        assert!(progress.accepted >= before);
        assert!(
            progress.accepted <= progress.sent && progress.sent <= progress.hashed,
            "{progress:?}"
        );
        assert!(progress.hashed <= len, "{progress:?}");
        last = Some(progress);
    }
    if len > 0 {
        assert_eq!(last.map(|last| last.accepted), Some(len));
    }
}

pub(super) fn streams(seed: u64) {
    let mut sim = Simulation::new(seed, FaultProfile::heavy());
    let mut options = options(&mut sim);
    options.part_size = Some(1_000);
    options.max_stream_part = 1_000;
    // A stream cannot be read before it is sent.
    options.whole_sha1 = false;
    // Streams that end at the end of a part are an edge case.
    let len = match sim.rng.below(6) {
        0 => 0,
        1 => 1_000,
        2 => 1_001,
        3 => 3_000,
        _ => sim.rng.between(1, 12_000),
    };
    let bytes = sim.rng.bytes(len);
    let file = NewFile::new("stream");
    let machine = Upload::new(sim.bucket_id(), file, Content::STREAM, options, sim.rng.seed());
    let mut running = Running::new(machine, Local::stream(bytes.clone()), options.parallel);
    sim.run(&mut [&mut running]);
    assert_eq!(uploaded(&running).size, len);
    assert_stored(&sim, "stream", &bytes);
}

pub(super) fn expiring_tokens(seed: u64) {
    let mut sim = Simulation::new(seed, FaultProfile::none());
    let mut files = Vec::new();
    let mut uploads = Vec::new();
    for number in 0..4 {
        let len = sim.rng.between(1, 8_000);
        let (name, bytes) = (format!("file {number}"), sim.rng.bytes(len));
        let options = options(&mut sim);
        uploads.push(upload(&mut sim, &name, &bytes, options));
        files.push((name, bytes));
    }
    let expiries = sim.rng.between(1, 3);
    for _ in 0..expiries {
        let after = Duration::from_millis(sim.rng.below(300));
        if sim.rng.percent(50) {
            sim.expire_account_tokens_after(after);
        } else {
            sim.expire_upload_urls_after(after);
        }
    }
    sim.run(&mut uploads.iter_mut().map(|upload| upload as &mut dyn Actor).collect::<Vec<_>>());
    for (upload, (name, bytes)) in uploads.iter().zip(&files) {
        assert_eq!(uploaded(upload).size, bytes.len() as u64);
        assert_stored(&sim, name, bytes);
    }
    // Many machines with an expired token cause one authorization.
    assert!(u64::from(sim.authorizations) <= 1 + expiries, "{}", sim.authorizations);
}

/// Pauses, resumes and changes of the parallelism do not undo confirmed progress, and the upload completes.
pub(super) fn pauses(seed: u64) {
    let mut sim = Simulation::new(seed, FaultProfile::heavy());
    let len = sim.rng.between(0, 20_000);
    let bytes = sim.rng.bytes(len);
    let mut options = options(&mut sim);
    let mut running = upload(&mut sim, "large", &bytes, options);
    let mut after = Duration::ZERO;
    for _ in 0..sim.rng.between(1, 6) {
        after += Duration::from_millis(sim.rng.below(1_500));
        let control = match sim.rng.below(4) {
            0 => Control::Pause,
            1 => Control::Resume,
            _ => Control::Parallel(usize::try_from(sim.rng.between(0, 7)).unwrap_or(1)),
        };
        sim.control_after(after, 0, control);
    }
    sim.control_after(after + Duration::from_secs(30), 0, Control::Resume);
    options.parallel = 8;
    running = running.with_parallel(options.parallel);
    sim.run(&mut [&mut running]);
    assert_eq!(uploaded(&running).size, len);
    assert_stored(&sim, "large", &bytes);
    assert_progress(&running, len);
}

/// Uploads complete although the device is offline or suspended for hours, and paused in between.
pub(super) fn interruptions(seed: u64) {
    let mut sim = Simulation::new(seed, FaultProfile::heavy());
    let len = sim.rng.between(0, 20_000);
    let bytes = sim.rng.bytes(len);
    let options = options(&mut sim);
    let mut running = upload(&mut sim, "large", &bytes, options);
    let mut after = Duration::ZERO;
    for _ in 0..sim.rng.between(1, 6) {
        after += Duration::from_millis(sim.rng.below(1_500));
        let lasts = Duration::from_secs(sim.rng.between(100, 20_000));
        match sim.rng.below(5) {
            0 | 1 => {
                sim.offline_after(after, lasts);
                after += lasts;
            }
            2 | 3 => sim.sleep_after(after, lasts),
            _ => {
                sim.control_after(after, 0, Control::Pause);
                sim.control_after(after + Duration::from_secs(2), 0, Control::Resume);
            }
        }
    }
    sim.run(&mut [&mut running]);
    assert_eq!(uploaded(&running).size, len);
    assert_stored(&sim, "large", &bytes);
    assert_progress(&running, len);
}

/// While the service is down, every machine fails within its retry budget, with the reason.
pub(super) fn outages(seed: u64) {
    let mut profile = FaultProfile::none();
    profile.rates = Rates { unavailable: 500, cut_before: 500, ..Rates::none() };
    let mut sim = Simulation::new(seed, profile);
    let len = sim.rng.between(0, 5_000);
    let bytes = sim.rng.bytes(len);
    let mut options = options(&mut sim);
    options.retry = RetryPolicy::default().budget(Duration::from_secs(120));
    let mut running = upload(&mut sim, "never", &bytes, options);
    sim.run(&mut [&mut running]);
    let Some(Err(error)) = &running.result else {
        panic!("the upload cannot succeed: {:?}", running.result);
    };
    assert!(matches!(
        error.kind(),
        ErrorKind::ServiceError | ErrorKind::ConnectionBroken | ErrorKind::Timeout
    ));
    assert!(sim.elapsed() <= BUDGET + Duration::from_secs(120), "{:?}", sim.elapsed());
}

/// Returns all requests of a run with their times.
pub(crate) fn transcript(seed: u64) -> Vec<String> {
    let mut sim = Simulation::new(seed, FaultProfile::heavy());
    let bytes = sim.rng.bytes(5_000);
    let options = options(&mut sim);
    let mut running = upload(&mut sim, "large", &bytes, options);
    sim.run(&mut [&mut running]);
    sim.service.log().map(|exchange| format!("{:?} {exchange}", exchange.at)).collect()
}
