//! Listings of buckets that fail.

use std::cell::RefCell;
use std::rc::Rc;

use b2_proto::ErrorKind;
use b2_proto::sync::{Direction, Removals};
use b2_proto::time::Timestamp;
use b2_sim::Service;
use b2_tests::{FaultProfile, Server};
use bytes::Bytes;
use serde_json::Value;

use super::limits::{asked_to_remove, dropped};
use super::options;
use super::oracle::expected;
use super::world::{Tree, World};

/// What is wrong with a page.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    /// B2 refuses the call.
    Refused,
    /// One of its entries cannot be read.
    Entry,
}

/// The simulator with one page of a listing that is wrong.
#[derive(Debug)]
struct WrongPage {
    base: String,
    prefix: String,
    bucket_id: String,
    /// The number of pages before it.
    pages: u64,
    wrong: Wrong,
    /// The place of the entry.
    entry: usize,
    /// The name and the id of the entry that cannot be read.
    unreadable: Rc<RefCell<Option<(String, String)>>>,
}

impl Server for WrongPage {
    fn base_url(&self) -> &str {
        &self.base
    }

    fn handle(
        &mut self,
        now: Timestamp,
        service: &mut Service,
        request: http::Request<Bytes>,
    ) -> http::Response<Bytes> {
        let lists = request.uri().path().contains("b2_list_file_");
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let is_side = body["bucketId"] == *self.bucket_id
            && body["prefix"].as_str().unwrap_or_default() == self.prefix;
        let response = service.handle(now, request);
        if !lists || !is_side {
            return response;
        }
        let is_wrong = self.pages == 0;
        self.pages = self.pages.wrapping_sub(1);
        let mut page: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        let files = page["files"].as_array_mut().expect("a page");
        match self.wrong {
            Wrong::Refused if is_wrong => {
                let body = r#"{"status": 400, "code": "bad_request", "message": "wrong"}"#;
                let mut response = http::Response::new(Bytes::from_static(body.as_bytes()));
                *response.status_mut() = http::StatusCode::BAD_REQUEST;
                response
            }
            Wrong::Entry if is_wrong && !files.is_empty() => {
                let at = self.entry % files.len();
                let text = |key: &str| files[at][key].as_str().expect("a text").to_owned();
                let (name, id) = (text("fileName"), text("fileId"));
                let name =
                    name.strip_prefix(&self.prefix).expect("a name in the folder").to_owned();
                self.unreadable.replace(Some((name, id)));
                files[at]["contentLength"] = "many".into();
                response.map(|_| Bytes::from(page.to_string()))
            }
            _ => response,
        }
    }
}

/// Returns the tree without the entry that cannot be read.
fn without(tree: Tree, name: &str, id: &str, is_source: bool) -> Tree {
    let Tree::Bucket(mut files) = tree else { return tree };
    if let Some(versions) = files.get_mut(name) {
        versions.retain(|version| version.id != id);
        // The current version of the source is not known then.
        if is_source || versions.is_empty() {
            files.remove(name);
        }
    }
    Tree::Bucket(files)
}

/// After a page that fails, or of which an entry cannot be read, nothing is removed, and the report counts what was
/// dropped.
pub(in super::super) fn failed_listings(seed: u64) {
    let mut world = World::new(seed, FaultProfile::none());
    let mut options = options(&mut world);
    if options.removals.is_none() {
        (options.removals, options.no_traverse) = (Removals::Delete, false);
    }
    options.as_of = None;
    let rng = &mut world.sim.rng;
    let of_source = match world.direction {
        Direction::Up => false,
        Direction::Down => true,
        Direction::Copy => rng.percent(50),
    };
    let wrong = if rng.percent(40) { Wrong::Refused } else { Wrong::Entry };
    let (pages, entry) = (rng.below(2), usize::try_from(rng.below(1_000)).unwrap_or_default());
    let (bucket, prefix) = if of_source { world.source } else { world.destination };
    let bucket_id = world.sim.service.put_bucket(bucket, "allPrivate");
    let base = world.sim.service.config().base_url.clone();
    let prefix = prefix.to_owned();
    let unreadable = Rc::default();
    let server = WrongPage {
        base,
        prefix,
        bucket_id,
        pages,
        wrong,
        entry,
        unreadable: Rc::clone(&unreadable),
    };
    world.sim.server = Some(Box::new(server));
    let (source, before) = (world.source(), world.destination());
    let now = world.sim.timestamp().as_millis();
    let ended = world.sync(&options);
    match (&ended.result, unreadable.take()) {
        (Err(error), _) => assert_eq!(error.kind(), ErrorKind::BadRequest, "{error:?}"),
        (Ok(report), None) => {
            assert_eq!(report.removals_dropped, 0, "{:?}", ended.events);
            return;
        }
        (Ok(report), Some((name, id))) => {
            let (mut from, mut to) = (source, before.clone());
            match of_source {
                true => from = without(from, &name, &id, true),
                false => to = without(to, &name, &id, false),
            }
            let what = (world.direction, &options);
            let expected = expected(what, now, (&from, &to), |_| true);
            assert_eq!(report.transferred, expected.transferred.len() as u64);
            assert_eq!(report.to_remove, expected.removals);
            assert_eq!(report.removals_dropped, expected.removals);
            let reason = (expected.removals > 0).then_some(ErrorKind::IncompleteSync);
            assert_eq!(dropped(&ended), reason);
        }
    }
    assert!(!asked_to_remove(&world) && world.folder.removed.is_empty(), "something was removed");
    assert!(ended.traced.removed().is_empty());
}
