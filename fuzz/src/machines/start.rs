//! Uploads, downloads, copies and synchronizations with any options.

use b2_proto::api;
use b2_proto::create::{
    Content, Copy, CopySource, NewCopy, NewFile, Upload, UploadOptions, WriteIntent,
};
use b2_proto::download::{Download, DownloadOptions};
use b2_proto::machine::{BodyStyle, OnCancel, SinkId, SourceId};
use b2_proto::retry::RetryPolicy;
use b2_proto::sync::{CompareBy, NewSync, Removals, Side, Sync};
use b2_proto::time::Timestamp;
use std::time::Duration;

use super::outcomes::Outcomes;
use crate::input::Choices;

pub(super) fn sync(choices: &mut Choices<'_>) -> (Sync, Outcomes) {
    let bucket =
        |id: &str, prefix: &str| Side::Bucket { bucket_id: id.into(), prefix: prefix.into() };
    let source = if choices.chance(60) { Side::Local } else { bucket("b", "a/") };
    let destination = if choices.chance(40) { Side::Local } else { bucket("c", "") };
    let mut job = NewSync::new(source, destination, Timestamp::from_millis(choices.number()));
    let options = &mut job.options;
    options.compare =
        choices.one(&[CompareBy::ModTime, CompareBy::Sha1, CompareBy::None, CompareBy::Always]);
    options.removals =
        choices.one(&[Removals::None, Removals::Delete, Removals::Delete, Removals::KeepNewest(1)]);
    options.track_renames = choices.chance(30);
    options.incremental = choices.chance(20);
    options.no_traverse = choices.chance(10);
    if !options.reads_destination() {
        options.removals = Removals::None;
        (options.track_renames, options.incremental, options.no_traverse) = (false, false, false);
    }
    options.dry_run = choices.chance(10);
    options.parallel = choices.below(5);
    options.max_held_removals = choices.below(4);
    options.checkpoint_every = choices.number();
    options.upload.retry = policy(choices);
    options.upload.parallel = choices.below(4);
    options.download.retry = policy(choices);
    options.download.block_size = choices.one(&[10, 0, 32 << 20]);
    (Sync::new(job, choices.number()), Outcomes::new("a/b", choices.one(&[0, 10, 35])))
}

fn policy(choices: &mut Choices<'_>) -> RetryPolicy {
    let seconds = choices.one(&[0, 1, 60, 600]);
    RetryPolicy::default().budget(Duration::from_secs(seconds))
}

pub(super) fn upload(choices: &mut Choices<'_>) -> (Upload, Outcomes) {
    let name = choices.one(&["a", "a/b c", "", "\u{7f}"]);
    let file = NewFile::new(name);
    let len = choices.one(&[0, 1, 9, 10, 11, 35, 100, u64::MAX]);
    let content = match choices.below(10) {
        0..=4 => Content::Source { source: SourceId(0), len, sha1: None },
        5 | 6 => Content::STREAM,
        7 => Content::IntentStream { sha1: None },
        _ => Content::Intents { intents: intents(choices), sha1: None },
    };
    let mut options = UploadOptions::default();
    options.parallel = choices.below(6);
    options.part_size = choices.one(&[None, Some(10), Some(1), Some(u64::MAX)]);
    options.max_stream_part = choices.one(&[10, 100, 0]);
    options.resume = choices.chance(50);
    options.whole_sha1 = choices.chance(30);
    options.on_failure = choices.one(&[OnCancel::Keep, OnCancel::Discard]);
    options.incremental = choices.chance(20);
    options.max_part_size = choices.one(&[None, None, Some(20), Some(1), Some(u64::MAX)]);
    options.min_part_size = choices.one(&[None, None, Some(5), Some(0), Some(u64::MAX)]);
    options.max_buffered = choices.one(&[100, 1, 0, u64::MAX]);
    options.retry = policy(choices);
    options.body_style =
        choices.one(&[BodyStyle::Streamed, BodyStyle::Known { max_in_memory: 64 }]);
    let seed = choices.number();
    let outcomes = Outcomes::new(name, len);
    (Upload::new("b", file, content, options, seed), outcomes)
}

fn remote(choices: &mut Choices<'_>) -> CopySource {
    let mut source = CopySource::new("f");
    source.offset = choices.one(&[0, 0, 3, u64::MAX]);
    source.length = choices.one(&[None, Some(0), Some(4), Some(30), Some(u64::MAX)]);
    source
}

fn intents(choices: &mut Choices<'_>) -> Vec<WriteIntent> {
    let intent = |choices: &mut Choices<'_>| {
        let len = choices.one(&[0, 1, 9, 30, u64::MAX]);
        let intent = match choices.chance(50) {
            true => WriteIntent::local(SourceId(0), choices.one(&[0, 5])..len),
            false => WriteIntent::remote(remote(choices)),
        };
        match choices.chance(30) {
            true => intent.at(choices.one(&[0, 3, 10, u64::MAX])),
            false => intent,
        }
    };
    (0..choices.below(6)).map(|_| intent(choices)).collect()
}

pub(super) fn copy(choices: &mut Choices<'_>) -> (Copy, Outcomes) {
    let copy = NewCopy::new(remote(choices), choices.one(&["a", ""]));
    let mut options = UploadOptions::default();
    options.parallel = choices.below(6);
    options.max_part_size = choices.one(&[None, Some(20), Some(1)]);
    options.retry = policy(choices);
    (Copy::new("b", copy, options, choices.number()), Outcomes::new("a", 35))
}

pub(super) fn download(choices: &mut Choices<'_>) -> (Download, Outcomes) {
    let mut request = api::Download::by_id("f".into());
    let len = choices.one(&[0, 1, 9, 10, 11, 35, 100, u64::MAX]);
    request.range = choices
        .one(&[None, Some((0, 10)), Some((5, 30)), Some((0, u64::MAX))])
        .map(|(start, end)| start..end);
    request.headers_may_be_hidden = choices.chance(50);
    let mut options = DownloadOptions::default();
    options.parallel = choices.below(6);
    options.block_size = choices.one(&[10, 1, 0, 32 << 20, u64::MAX]);
    options.random_access = choices.chance(70);
    options.verify = choices.chance(80);
    options.retry = policy(choices);
    let seed = choices.number();
    (Download::new(request, SinkId(0), options, seed), Outcomes::new("a", len))
}
