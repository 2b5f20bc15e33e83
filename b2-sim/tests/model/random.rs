//! Random sequences of calls, on the service and on a list of versions that is simple enough to be right.

use std::collections::BTreeMap;

use http::Method;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::client::{TestClient, client, text};

/// The size of each part of a large file, in bytes.
const PART: usize = 100;

#[derive(Clone, Debug)]
enum Call {
    Upload(&'static str, u8),
    Hide(&'static str),
    /// Deletes one of the versions, or cancels it if it is an unfinished large file.
    Delete(Index),
    Copy(Index, &'static str),
    Start(&'static str),
    Part(Index, u16, u8),
    Finish(Index),
    DownloadByName(&'static str),
    DownloadById(Index),
    ListNames(Page),
    /// Starts at one of the versions, if that is given.
    ListVersions(Page, Option<Index>),
}

#[derive(Clone, Debug)]
struct Page {
    prefix: &'static str,
    start: &'static str,
    folders: bool,
    count: usize,
}

fn name() -> impl Strategy<Value = &'static str> {
    select(vec!["a", "a!", "a/b", "a/b/c", "a/c", "b", "b/x"])
}

fn page() -> impl Strategy<Value = Page> {
    let prefix = select(vec!["", "a", "a/", "b/", "c"]);
    let start = select(vec!["", "a", "a/", "a/b", "a0", "b", "z"]);
    (prefix, start, any::<bool>(), 1..5_usize).prop_map(|(prefix, start, folders, count)| Page {
        prefix,
        start,
        folders,
        count,
    })
}

fn call() -> impl Strategy<Value = Call> {
    let index = any::<Index>;
    prop_oneof![
        4 => (name(), any::<u8>()).prop_map(|(name, byte)| Call::Upload(name, byte)),
        2 => name().prop_map(Call::Hide),
        2 => index().prop_map(Call::Delete),
        1 => (index(), name()).prop_map(|(from, name)| Call::Copy(from, name)),
        1 => name().prop_map(Call::Start),
        3 => (index(), 1..4_u16, any::<u8>()).prop_map(|(file, at, byte)| Call::Part(file, at, byte)),
        2 => index().prop_map(Call::Finish),
        1 => name().prop_map(Call::DownloadByName),
        1 => index().prop_map(Call::DownloadById),
        2 => page().prop_map(Call::ListNames),
        2 => (page(), proptest::option::of(index())).prop_map(|(page, at)| Call::ListVersions(page, at)),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Upload,
    Hide,
    Start,
}

#[derive(Clone, Debug)]
struct Version {
    name: &'static str,
    id: String,
    action: Action,
    bytes: Vec<u8>,
    parts: BTreeMap<u16, Vec<u8>>,
}

/// The versions of a bucket, the oldest first.
#[derive(Default)]
struct Model(Vec<Version>);

impl Model {
    fn push(&mut self, name: &'static str, id: &str, action: Action, bytes: Vec<u8>) {
        let parts = BTreeMap::new();
        self.0.push(Version { name, id: id.to_owned(), action, bytes, parts });
    }

    /// Returns the version that decides whether a name is visible.
    fn newest(&self, name: &str) -> Option<&Version> {
        self.0.iter().rev().find(|version| version.name == name && version.action != Action::Start)
    }

    fn visible(&self, name: &str) -> Option<&Version> {
        self.newest(name).filter(|version| version.action == Action::Upload)
    }

    /// Returns one of the versions for which a condition holds.
    fn pick(&self, index: &Index, holds: impl Fn(&Version) -> bool) -> Option<usize> {
        let fitting: Vec<usize> = (0..self.0.len()).filter(|at| holds(&self.0[*at])).collect();
        (!fitting.is_empty()).then(|| fitting[index.index(fitting.len())])
    }

    /// Returns all versions in the order of listings.
    fn in_order(&self) -> Vec<&Version> {
        let mut versions: Vec<&Version> = self.0.iter().rev().collect();
        versions.sort_by_key(|version| version.name);
        versions
    }
}

/// The name and the id of an entry of a listing. A folder has no id.
type Entry = (String, Option<String>);

/// Returns a page of a listing, and the entry behind it.
fn expected<'a>(
    page: &Page,
    versions: impl Iterator<Item = &'a Version>,
) -> (Vec<Entry>, Option<Entry>) {
    let mut entries: Vec<Entry> = Vec::new();
    for version in versions {
        let Some(rest) = version.name.strip_prefix(page.prefix) else {
            continue;
        };
        let entry = match rest.find('/') {
            Some(at) if page.folders => (version.name[..=page.prefix.len() + at].to_owned(), None),
            _ => (version.name.to_owned(), Some(version.id.clone())),
        };
        if *entry.0 >= *page.start && entries.last() != Some(&entry) {
            entries.push(entry);
        }
    }
    let rest = entries.split_off(page.count.min(entries.len()));
    (entries, rest.into_iter().next())
}

fn actual(answer: &Value) -> Vec<Entry> {
    let entry = |file: &Value| {
        (text(&file["fileName"]).to_owned(), file["fileId"].as_str().map(str::to_owned))
    };
    answer["files"].as_array().unwrap().iter().map(entry).collect()
}

/// A bucket and what is expected to be in it.
struct Both {
    client: TestClient,
    bucket: String,
    model: Model,
}

impl Both {
    fn list(&mut self, call: &str, page: &Page, start_id: Option<&str>) -> Value {
        let mut body = json!({
            "bucketId": self.bucket, "prefix": page.prefix, "startFileName": page.start,
            "maxFileCount": page.count,
        });
        if page.folders {
            body["delimiter"] = json!("/");
        }
        if let Some(id) = start_id {
            body["startFileId"] = json!(id);
        }
        self.client.ok(call, body)
    }

    fn run(&mut self, call: Call) -> Result<(), TestCaseError> {
        let is_upload = |version: &Version| version.action == Action::Upload;
        let is_start = |version: &Version| version.action == Action::Start;
        match call {
            Call::Upload(name, byte) => {
                let bytes = vec![byte; usize::from(byte)];
                let answer = self.client.upload(&self.bucket, name, &bytes);
                self.model.push(name, text(&answer["fileId"]), Action::Upload, bytes);
            }
            Call::Hide(name) => {
                let body = json!({ "bucketId": self.bucket, "fileName": name });
                let (status, answer) = self.client.call("b2_hide_file", body);
                let code = match self.model.newest(name).map(|version| version.action) {
                    None => "no_such_file",
                    Some(Action::Hide) => "already_hidden",
                    Some(_) => {
                        prop_assert_eq!(status, 200);
                        self.model.push(name, text(&answer["fileId"]), Action::Hide, Vec::new());
                        return Ok(());
                    }
                };
                prop_assert_eq!((status, text(&answer["code"])), (400, code));
            }
            Call::Delete(index) => {
                let Some(at) = self.model.pick(&index, |_| true) else { return Ok(()) };
                let version = self.model.0.remove(at);
                let body = json!({ "fileName": version.name, "fileId": version.id });
                let call = match version.action {
                    Action::Start => "b2_cancel_large_file",
                    _ => "b2_delete_file_version",
                };
                self.client.ok(call, body.clone());
                let (status, _) = self.client.call(call, body);
                prop_assert_eq!(status, 400, "it is gone");
            }
            Call::Copy(index, name) => {
                let Some(at) = self.model.pick(&index, is_upload) else { return Ok(()) };
                let source = self.model.0[at].clone();
                let body = json!({ "sourceFileId": source.id, "fileName": name });
                let answer = self.client.ok("b2_copy_file", body);
                self.model.push(name, text(&answer["fileId"]), Action::Upload, source.bytes);
            }
            Call::Start(name) => {
                let id = self.client.start(&self.bucket, name);
                self.model.push(name, &id, Action::Start, Vec::new());
            }
            Call::Part(index, number, byte) => {
                let Some(at) = self.model.pick(&index, is_start) else { return Ok(()) };
                let url = self.client.part_url(&self.model.0[at].id);
                let (status, answer) = self.client.upload_part(&url, number, &[byte; PART]);
                prop_assert_eq!(status, 200, "{}", answer);
                self.model.0[at].parts.insert(number, vec![byte; PART]);
            }
            Call::Finish(index) => {
                let Some(at) = self.model.pick(&index, is_start) else { return Ok(()) };
                self.finish(at)?;
            }
            Call::DownloadByName(name) => {
                let path = format!("/file/photos/{}", name.replace('!', "%21"));
                let response = self.client.fetch(Method::GET, &path, &[]);
                match self.model.visible(name) {
                    None => prop_assert_eq!(response.status(), 404),
                    Some(version) => prop_assert_eq!(response.body(), &version.bytes),
                }
            }
            Call::DownloadById(index) => {
                let Some(at) = self.model.pick(&index, is_upload) else { return Ok(()) };
                let version = &self.model.0[at];
                let path = format!("/b2api/v4/b2_download_file_by_id?fileId={}", version.id);
                let response = self.client.fetch(Method::GET, &path, &[]);
                prop_assert_eq!(response.body(), &version.bytes);
            }
            Call::ListNames(page) => {
                let answer = self.list("b2_list_file_names", &page, None);
                let all = self.model.in_order().into_iter();
                let visible = all.filter(|version| {
                    self.model.visible(version.name).is_some_and(|other| other.id == version.id)
                });
                let (files, next) = expected(&page, visible);
                prop_assert_eq!(actual(&answer), files);
                prop_assert_eq!(answer["nextFileName"].as_str(), next.as_ref().map(|it| &*it.0));
            }
            Call::ListVersions(mut page, index) => {
                let start = index.and_then(|index| self.model.pick(&index, |_| true));
                let start = start.map(|at| self.model.0[at].clone());
                if let Some(version) = &start {
                    page.start = version.name;
                }
                let id = start.as_ref().map(|version| version.id.as_str());
                let answer = self.list("b2_list_file_versions", &page, id);
                let mut all = self.model.in_order();
                if let Some(first) = all.iter().position(|version| Some(&*version.id) == id) {
                    all.drain(..first);
                }
                let (files, next) = expected(&page, all.into_iter());
                prop_assert_eq!(actual(&answer), files);
                prop_assert_eq!(answer["nextFileName"].as_str(), next.as_ref().map(|it| &*it.0));
                let next_id = next.as_ref().and_then(|it| it.1.as_deref());
                prop_assert_eq!(answer["nextFileId"].as_str(), next_id);
            }
        }
        Ok(())
    }

    /// Finishes a large file, which needs at least two parts, without a gap.
    fn finish(&mut self, at: usize) -> Result<(), TestCaseError> {
        let version = &mut self.model.0[at];
        let digest = |bytes: &Vec<u8>| b2_proto::hash::Sha1Digest::of(bytes).to_hex();
        let digests: Vec<String> = version.parts.values().map(digest).collect();
        let is_whole = version.parts.keys().copied().eq(1..=version.parts.len() as u16);
        let body = json!({ "fileId": version.id, "partSha1Array": digests });
        let (status, answer) = self.client.call("b2_finish_large_file", body);
        if digests.len() < 2 || !is_whole {
            prop_assert_eq!(status, 400, "{}", answer);
            return Ok(());
        }
        prop_assert_eq!(status, 200, "{}", answer);
        version.action = Action::Upload;
        version.bytes = std::mem::take(&mut version.parts).into_values().flatten().collect();
        Ok(())
    }
}

proptest! {
    #[test]
    fn random_calls_do_what_a_list_of_versions_says(
        calls in proptest::collection::vec(call(), 1..60)
    ) {
        let mut client = client();
        let bucket = client.bucket("photos");
        let mut both = Both { client, bucket, model: Model::default() };
        for call in calls {
            // Versions of a name have different times.
            both.client.now += 1;
            both.run(call)?;
        }
        let whole = Page { prefix: "", start: "", folders: false, count: 1_000 };
        both.run(Call::ListNames(whole.clone()))?;
        both.run(Call::ListVersions(whole, None))?;
    }
}
