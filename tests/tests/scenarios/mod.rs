//! The scenarios of the simulation.

mod downloads;
mod lists;
mod mixed;
mod moves;
mod others;
mod replication;
mod resume;
mod sync;
mod uploads;

use std::time::Duration;

use b2_proto::create::{Content, NewFile, Upload, UploadOptions};
use b2_proto::machine::{BodyStyle, SourceId};
use b2_proto::model::FileVersion;
use b2_tests::{BUCKET, Local, Running, Simulation};
use bytes::Bytes;

pub(crate) use uploads::transcript;

/// A run with a seed.
pub(crate) type Scenario = fn(u64);

/// All scenarios, by name.
pub(crate) const SCENARIOS: [(&str, Scenario); 45] = [
    ("small_uploads", uploads::small),
    ("large_uploads", uploads::large),
    ("streams", uploads::streams),
    ("downloads", downloads::downloads),
    ("granted_downloads", downloads::granted),
    ("downloads_of_names_with_dot_segments", downloads::dotted),
    ("damaged_downloads", downloads::damaged),
    ("resume_from_checkpoint", resume::from_checkpoint),
    ("resume_by_search", resume::by_search),
    ("cancels", resume::cancels),
    ("uploaded_by_two", others::uploaded_by_two),
    ("cancelled_by_another", others::cancelled_by_another),
    ("given_sha1s", others::given_sha1s),
    ("changed_sources", others::changed_sources),
    ("other_content", others::other_content),
    ("moves", moves::moves),
    ("moves_of_changing_files", moves::moves_of_changing_files),
    ("pauses", uploads::pauses),
    ("interruptions", uploads::interruptions),
    ("interrupted_downloads", downloads::interrupted),
    ("listings", lists::listings),
    ("expiring_tokens", uploads::expiring_tokens),
    ("outages", uploads::outages),
    ("mixed", mixed::mixed),
    ("mixed_streams", mixed::mixed_streams),
    ("mixed_resumes", mixed::mixed_resumes),
    ("copies", mixed::copies),
    ("incremental", mixed::incremental),
    ("sync_trees", sync::trees),
    ("sync_trees_with_faults", sync::trees_with_faults),
    ("sync_interruptions", sync::interruptions),
    ("sync_shards", sync::shards),
    ("sync_changing_folders", sync::changing_folders),
    ("sync_failed_scans", sync::failed_scans),
    ("sync_refusals", sync::refusals),
    ("sync_dry_runs", sync::dry_runs),
    ("sync_renames", sync::renames),
    ("sync_failed_renames", sync::failed_renames),
    ("sync_names", sync::names),
    ("sync_everything", sync::everything),
    ("sync_checkpoints", sync::checkpoints),
    ("sync_filters", sync::filters),
    ("sync_failed_listings", sync::failed_listings),
    ("replication_set_ups", replication::set_ups),
    ("replication_changes", replication::changes),
];

/// The default retry budget: no transfer runs for longer without progress, so a transfer of n parts takes at most n
/// budgets.
const BUDGET: Duration = Duration::from_secs(600);

fn options(sim: &mut Simulation) -> UploadOptions {
    let mut options = UploadOptions::default();
    options.parallel = usize::try_from(sim.rng.between(1, 5)).unwrap_or(1);
    // Browsers cannot append a digest to a long body.
    options.body_style = match sim.rng.percent(40) {
        true => BodyStyle::Known { max_in_memory: sim.rng.between(0, 200) },
        false => BodyStyle::Streamed,
    };
    options.whole_sha1 = sim.rng.percent(20);
    options
}

fn upload(
    sim: &mut Simulation,
    name: &str,
    bytes: &Bytes,
    options: UploadOptions,
) -> Running<Upload> {
    let file = NewFile::new(name);
    let content = Content::Source { source: SourceId(0), len: bytes.len() as u64, sha1: None };
    let upload = Upload::new(sim.bucket_id(), file, content, options, sim.rng.seed());
    Running::new(upload, Local::source(bytes.clone()), options.parallel)
}

fn uploaded(upload: &Running<Upload>) -> &FileVersion {
    match &upload.result {
        Some(Ok(version)) => version,
        other => panic!("the upload did not succeed: {other:?}"),
    }
}

/// Checks that the stored content is the uploaded one.
fn assert_stored(sim: &Simulation, name: &str, bytes: &Bytes) {
    let stored = sim.service.read_file(BUCKET, name);
    let lens = (stored.as_ref().map(Bytes::len), bytes.len());
    assert!(stored.as_ref() == Some(bytes), "other bytes are stored under {name}: {lens:?}");
}
