//! The client's own machines behind a gateway, with faults.

use std::time::Duration;

use b2_proto::api;
use b2_proto::call::Call;
use b2_proto::create::{Checkpoint, Content, NewFile, Upload, UploadEvent, UploadOptions};
use b2_proto::download::{Download, DownloadOptions};
use b2_proto::gateway::{DECLARED_SIZE, Grant, Names, Uploads};
use b2_proto::list::{Ls, LsEntry, LsOptions, LsPage};
use b2_proto::machine::{BodyStyle, SinkId, SourceId};
use b2_proto::model::{FileInfo, FileVersion};
use b2_proto::retry::RetryPolicy;
use b2_proto::{Error, ErrorKind};
use b2_tests::{Actor, BUCKET, FaultProfile, Local, Running, Simulation};
use bytes::Bytes;

use crate::realm::{Realm, config};

/// Lifetimes of a grant, in milliseconds: one that expires during a transfer, and one that does not.
pub(crate) const SHORT: (u64, u64) = (1_000, 6_000);
const LONG: (u64, u64) = (600_000, 900_000);

/// Runs a scenario with many seeds, or with the one in `SEED`, and prints the seed that fails.
pub(crate) fn seeds(name: &str, count: u64, scenario: impl Fn(u64) + std::panic::RefUnwindSafe) {
    let given = std::env::var("SEED").ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = given.map_or(0..count, |seed| seed..seed + 1);
    for seed in seeds {
        if let Err(panic) = std::panic::catch_unwind(|| scenario(seed)) {
            eprintln!(
                "failed with seed {seed}: SEED={seed} cargo test -p b2-tests --test gateway {name}"
            );
            std::panic::resume_unwind(panic);
        }
    }
}

/// Creates a simulation with a visitor's account. Each authorization gets this grant, for `lifetime` milliseconds.
pub(crate) fn sim(
    seed: u64,
    profile: FaultProfile,
    millis: (u64, u64),
    grant: impl FnOnce(&mut Simulation, Grant) -> Grant,
) -> Simulation {
    let mut sim = Simulation::new(seed, profile);
    let lifetime = Duration::from_millis(sim.rng.between(millis.0, millis.1));
    let made = Grant::new("42", sim.bucket_id(), BUCKET, "u/42/", lifetime);
    let made = grant(&mut sim, made);
    let mut realm = Realm::new(config(), &sim.service, sim.rng.seed(), profile.rates);
    realm.grants.insert("42".to_owned(), made);
    sim.server = Some(Box::new(realm));
    sim.switch_to_credentials(Realm::visitor("42"));
    sim
}

pub(crate) fn uploads(sim: &mut Simulation) -> Uploads {
    let names = if sim.rng.percent(50) { Names::AsGiven } else { Names::Unique };
    let uploads = Uploads::new(20_000, ["image/*"]).names(names);
    if sim.rng.percent(50) { uploads.attachment() } else { uploads }
}

pub(crate) fn upload(
    sim: &mut Simulation,
    name: &str,
    bytes: &Bytes,
    declared: Option<u64>,
) -> Running<Upload> {
    let mut file = NewFile::new(name);
    file.content_type = "image/png".to_owned();
    if let Some(declared) = declared {
        file.file_info = FileInfo::new().with(DECLARED_SIZE, declared.to_string());
    }
    let mut options = UploadOptions::default();
    options.parallel = usize::try_from(sim.rng.between(1, 5)).unwrap_or(1);
    options.body_style = BodyStyle::Known { max_in_memory: 0 };
    options.whole_sha1 = sim.rng.percent(20);
    let content = Content::Source { source: SourceId(0), len: bytes.len() as u64, sha1: None };
    let upload = Upload::new(sim.bucket_id(), file, content, options, sim.rng.seed());
    Running::new(upload, Local::source(bytes.clone()), options.parallel)
}

fn uploaded(running: &Running<Upload>) -> &FileVersion {
    match &running.result {
        Some(Ok(version)) => version,
        other => panic!("the upload did not succeed: {other:?}"),
    }
}

/// Asserts that the uploaded content is stored under the name that the gateway chose.
pub(crate) fn assert_stored(sim: &Simulation, version: &FileVersion, given: &str, bytes: &Bytes) {
    let name = version.file_name.as_str();
    let last = given.strip_prefix("u/42/").expect("under the prefix");
    assert!(name.starts_with("u/42/") && name.ends_with(last), "{name}");
    assert!(sim.service.read_file(BUCKET, name).as_ref() == Some(bytes), "other bytes: {name}");
}

#[test]
fn uploads_through_storms() {
    let comebacks = std::sync::atomic::AtomicU32::new(0);
    seeds("uploads_through_storms", 500, |seed| {
        let mut sim = sim(seed, FaultProfile::heavy(), SHORT, |sim, grant| {
            let uploads = uploads(sim);
            grant.uploads(uploads)
        });
        let files: Vec<_> = (0..sim.rng.between(1, 4))
            .map(|number| {
                let len = sim.rng.between(0, 8_000);
                (format!("u/42/folder/file {number}"), sim.rng.bytes(len))
            })
            .collect();
        let mut uploads: Vec<_> = files
            .iter()
            .map(|(name, bytes)| {
                let declared = sim.rng.percent(30).then_some(bytes.len() as u64);
                upload(&mut sim, name, bytes, declared)
            })
            .collect();
        sim.run(&mut uploads.iter_mut().map(|upload| upload as &mut dyn Actor).collect::<Vec<_>>());
        for (upload, (name, bytes)) in uploads.iter().zip(&files) {
            let version = uploaded(upload);
            assert_eq!(version.size, bytes.len() as u64);
            assert_stored(&sim, version, name, bytes);
        }
        comebacks.fetch_add(sim.authorizations - 1, std::sync::atomic::Ordering::Relaxed);
    });
    let comebacks = comebacks.into_inner();
    assert!(comebacks > 100 || std::env::var("SEED").is_ok(), "{comebacks} grants have ended");
}

#[test]
fn resumed_uploads() {
    seeds("resumed_uploads", 300, |seed| {
        let mut sim = sim(seed, FaultProfile::heavy(), SHORT, |sim, grant| {
            let uploads = uploads(sim);
            grant.uploads(uploads)
        });
        let len = sim.rng.between(2_000, 12_000);
        let bytes = sim.rng.bytes(len);
        let mut running = upload(&mut sim, "u/42/large", &bytes, None);
        let after = Duration::from_millis(sim.rng.below(4_000));
        sim.kill_after(after, 0);
        sim.run(&mut [&mut running]);
        let checkpoint = running.events.iter().rev().find_map(|event| match event {
            UploadEvent::Checkpoint(checkpoint) => Some(checkpoint.to_json()),
            _ => None,
        });
        let parts = |sim: &Simulation| {
            let versions = sim.service.versions(BUCKET);
            let started = versions.iter().filter(|version| version.action == "start");
            started.map(|version| version.parts.len()).max().unwrap_or_default()
        };
        let before = parts(&sim);
        let finished = sim.service.versions(BUCKET).iter().any(|file| file.action == "upload");
        sim.restart();
        let mut running = upload(&mut sim, "u/42/large", &bytes, None);
        running.machine = match checkpoint.filter(|_| sim.rng.percent(50)) {
            Some(json) => running.machine.resume_from(Checkpoint::from_json(&json).expect("one")),
            None => running.machine,
        };
        // The SHA-1 of the whole file must match to resume it.
        sim.run(&mut [&mut running]);
        assert_stored(&sim, uploaded(&running), "u/42/large", &bytes);
        let resumed = running.events.iter().find_map(|event| match event {
            UploadEvent::Started { resumed, .. } => Some(*resumed),
            _ => None,
        });
        if before > 0 && !finished {
            assert!(resumed.is_some_and(|resumed| resumed > 0), "{before} parts were not found");
        }
    });
}

/// A file that is too large, or has another size than declared, is never finished.
#[test]
fn what_does_not_fit_is_never_stored() {
    seeds("what_does_not_fit_is_never_stored", 200, |seed| {
        let mut sim = sim(seed, FaultProfile::heavy(), SHORT, |_, grant| {
            grant.uploads(Uploads::new(3_000, ["image/*"]))
        });
        use ErrorKind::{BadRequest, MaxFileSizeExceeded};
        let (len, declared, kind) = match sim.rng.below(3) {
            0 => (sim.rng.between(3_001, 9_000), None, MaxFileSizeExceeded),
            1 => (2_000, Some(sim.rng.between(0, 1_999)), BadRequest),
            _ => (2_000, Some(sim.rng.between(2_001, 3_000)), BadRequest),
        };
        let bytes = sim.rng.bytes(len);
        let mut running = upload(&mut sim, "u/42/large", &bytes, declared);
        sim.run(&mut [&mut running]);
        let Some(Err(error)) = &running.result else {
            panic!("it cannot succeed: {:?}", running.result);
        };
        assert_eq!(error.kind(), kind, "{error:?}");
        let versions = sim.service.versions(BUCKET);
        assert!(versions.iter().all(|version| version.action != "upload"));
    });
}

/// The client sends no request that its authorization does not permit.
#[test]
fn a_client_knows_its_grant() {
    let mut sim = sim(0, FaultProfile::none(), LONG, |_, grant| {
        grant.uploads(Uploads::new(3_000, ["image/*"]))
    });
    let bytes = Bytes::from_static(b"x");
    for (name, kind) in [("u/41/a", ErrorKind::Unauthorized), ("u/42/../a", ErrorKind::BadRequest)]
    {
        let mut running = upload(&mut sim, name, &bytes, None);
        sim.run(&mut [&mut running]);
        assert_eq!(
            running.result.map(|result| result.map_err(|error| error.kind())).unwrap().err(),
            Some(kind)
        );
    }
    assert_eq!(sim.service.versions(BUCKET), []);
}

/// The client applies the announced limits before it sends or reads anything.
#[test]
fn what_a_grant_does_not_accept_is_refused_before_anything_is_sent() {
    let limited = || {
        sim(0, FaultProfile::none(), LONG, |_, grant| {
            grant.uploads(Uploads::new(3_000, ["image/*"]))
        })
    };
    for (len, content_type, kind) in [
        (3_001, "image/png", ErrorKind::MaxFileSizeExceeded),
        (900_000, "image/png", ErrorKind::MaxFileSizeExceeded),
        (10, "text/html", ErrorKind::ContentTypeNotAllowed),
        (10, "b2/x-auto", ErrorKind::ContentTypeNotAllowed),
        (2_000, "image/png, text/html", ErrorKind::ContentTypeNotAllowed),
    ] {
        let mut sim = limited();
        let mut file = NewFile::new("u/42/a");
        file.content_type = content_type.to_owned();
        let content = Content::Source { source: SourceId(0), len, sha1: None };
        let machine = Upload::new(sim.bucket_id(), file, content, UploadOptions::default(), 1);
        // Reading a byte of it would fail.
        let mut running = Running::new(machine, Local::default(), 1);
        sim.run(&mut [&mut running]);
        let error = running.result.expect("it ended").expect_err("it is refused");
        assert_eq!(error.kind(), kind, "{len} {content_type}: {error}");
        let asked = sim.service.log().map(|exchange| exchange.operation.clone());
        let asked: Vec<_> = asked.filter(|name| name != "b2_authorize_account").collect();
        assert!(asked.is_empty(), "{asked:?}");
    }
    let mut sim = limited();
    let bytes = sim.rng.bytes(3_000);
    let mut running = upload(&mut sim, "u/42/fits", &bytes, None);
    sim.run(&mut [&mut running]);
    assert_stored(&sim, uploaded(&running), "u/42/fits", &bytes);
}

/// The size of a stream is not known in advance; the upload fails once it is too large.
#[test]
fn a_stream_that_grows_over_the_limits_never_becomes_a_file() {
    let mut sim = sim(0, FaultProfile::none(), LONG, |_, grant| {
        grant.uploads(Uploads::new(3_000, ["image/*"]))
    });
    for len in [3_001, 20_000] {
        let bytes = sim.rng.bytes(len);
        let mut file = NewFile::new("u/42/stream");
        file.content_type = "image/png".to_owned();
        let mut options = UploadOptions::default();
        options.part_size = Some(1_000);
        options.body_style = BodyStyle::Known { max_in_memory: 0 };
        let machine =
            Upload::new(sim.bucket_id(), file, Content::Stream { sha1: None }, options, 1);
        let mut running = Running::new(machine, Local::stream(bytes), options.parallel);
        sim.run(&mut [&mut running]);
        let error = running.result.expect("it ended").expect_err("it is refused");
        assert_eq!(error.kind(), ErrorKind::MaxFileSizeExceeded, "{len}: {error}");
    }
    let versions = sim.service.versions(BUCKET);
    assert!(versions.iter().all(|version| version.action != "upload"), "{versions:?}");
}

fn call<E: api::Endpoint>(sim: &mut Simulation, endpoint: E) -> Result<E::Response, Error> {
    let call = Call::new(endpoint, RetryPolicy::default(), sim.rng.seed());
    let mut running = Running::new(call, Local::default(), 1);
    sim.run(&mut [&mut running]);
    running.result.expect("it ended")
}

#[test]
fn listings_and_downloads_through_storms() {
    seeds("listings_and_downloads_through_storms", 200, |seed| {
        let mut sim = sim(seed, FaultProfile::heavy(), LONG, |_, grant| grant.list().download());
        let len = sim.rng.between(1, 3_000);
        let bytes = sim.rng.bytes(len);
        let now = sim.timestamp();
        let mut names = vec!["u/42/a b/\u{e9}".to_owned()];
        for number in 0..sim.rng.between(0, 9) {
            names.push(format!("u/42/{number}"));
        }
        names.sort();
        for name in names.iter().map(String::as_str).chain(["u/41/x", "u/43/x", "x"]) {
            sim.service.put_file(now, BUCKET, name, bytes.clone());
        }
        let page_size = u32::try_from(sim.rng.between(1, 9)).unwrap_or(1);
        let options = LsOptions::new("u/42/").recursive(true).page_size(page_size);
        let (mut ls, mut listed) = (Ls::new(sim.bucket_id(), options), Vec::new());
        while let Some(page) = ls.next_page() {
            let LsPage::Names(page) = page else { panic!("it lists names") };
            let page = call(&mut sim, page).expect("a page");
            listed
                .extend(ls.took_names(page).iter().map(|entry: &LsEntry| entry.name().to_owned()));
            assert_eq!(ls.problems(), []);
        }
        assert_eq!(listed, names);

        // Downloads by name, directly from B2, with a download authorization.
        let request = api::Download::by_name(BUCKET, names[0].as_str());
        let mut options = DownloadOptions::default();
        options.random_access = sim.rng.percent(50);
        options.block_size = sim.rng.between(300, 3_000);
        options.authorization_lifetime = Duration::from_secs(sim.rng.between(5, 5_000));
        let machine = Download::new(request, SinkId(0), options, sim.rng.seed());
        let mut running = Running::new(machine, Local::default(), 4);
        sim.run(&mut [&mut running]);
        assert!(matches!(running.result, Some(Ok(_))), "{:?}", running.result);
        assert!(running.local.sink == bytes);
        let download_url = &sim.account.last_authorization().expect("one").download_url;
        assert_eq!(download_url, "http://b2.test", "downloads do not pass through the gateway");
    });
}
