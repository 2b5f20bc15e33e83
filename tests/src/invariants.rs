//! Invariants that are checked on every run.

use std::collections::BTreeSet;

use b2_proto::machine::TaskId;

/// Checks the requests of all machines, and that secrets are never printed.
#[derive(Debug, Default)]
pub(crate) struct Invariants {
    /// Upload URLs in use, with actor and task.
    uploading: BTreeSet<(String, usize, TaskId)>,
    /// Accepted parts: actor, large file and part number.
    accepted: BTreeSet<(usize, String, String)>,
    /// Texts that must never be printed.
    secrets: BTreeSet<String>,
}

impl Invariants {
    /// Adds a text that must never be printed.
    pub(crate) fn add_secret(&mut self, text: &str) {
        self.secrets.insert(text.to_owned());
    }

    /// Records the start of an upload, and checks that its URL is free and its part was not accepted before.
    pub(crate) fn upload_started(
        &mut self,
        actor: usize,
        task: TaskId,
        head: &http::request::Parts,
        parallel: usize,
    ) {
        let url = head.uri.to_string();
        let used = self.uploading.iter().find(|(other, ..)| *other == url);
        assert!(used.is_none(), "an upload URL is used twice at once: {used:?}");
        self.uploading.insert((url, actor, task));
        let under_way = self.uploading.iter().filter(|(_, other, _)| *other == actor).count();
        assert!(under_way <= parallel, "{under_way} uploads at once, {parallel} allowed");
        let part = part_of(actor, head);
        assert!(
            part.is_none_or(|part| !self.accepted.contains(&part)),
            "a part is sent again although it was accepted"
        );
    }

    /// Records that a machine learns the end of an upload.
    pub(crate) fn upload_finished(
        &mut self,
        actor: usize,
        task: TaskId,
        head: &http::request::Parts,
        accepted: bool,
    ) {
        self.uploading.retain(|(_, other, of)| (*other, *of) != (actor, task));
        if accepted && let Some(part) = part_of(actor, head) {
            self.accepted.insert(part);
        }
    }

    /// Checks that a part that is about to be copied was not copied before, as far as its machine knows.
    pub(crate) fn copy_started(&self, actor: usize, head: &http::request::Parts, body: &[u8]) {
        let copied = copied_part(actor, head, body);
        assert!(
            copied.is_none_or(|part| !self.accepted.contains(&part)),
            "a part is copied again although it was copied"
        );
    }

    /// Records that a machine learns that a part is copied.
    pub(crate) fn copy_finished(
        &mut self,
        actor: usize,
        head: &http::request::Parts,
        body: &[u8],
        accepted: bool,
    ) {
        self.accepted.extend(copied_part(actor, head, body).filter(|_| accepted));
    }

    /// Records that a machine has aborted an upload.
    pub(crate) fn upload_aborted(&mut self, actor: usize, task: TaskId) {
        self.uploading.retain(|(_, other, of)| (*other, *of) != (actor, task));
    }

    /// Records that an actor has ended.
    pub(crate) fn actor_stopped(&mut self, actor: usize) {
        self.uploading.retain(|(_, other, _)| *other != actor);
    }

    /// Checks that a printed text has no secret.
    pub(crate) fn check_no_secret(&self, printed: &str) {
        for secret in &self.secrets {
            assert!(!printed.contains(secret.as_str()), "a secret was printed: {printed}");
        }
    }
}

fn part_of(actor: usize, head: &http::request::Parts) -> Option<(usize, String, String)> {
    let number = head.headers.get("x-bz-part-number")?.to_str().ok()?.to_owned();
    // The path ends with the large file and the number of the URL.
    let path = head.uri.path();
    let file = path.rsplit('/').nth(1).unwrap_or(path).to_owned();
    Some((actor, file, number))
}

/// Returns the part that a `b2_copy_part` is about.
fn copied_part(
    actor: usize,
    head: &http::request::Parts,
    body: &[u8],
) -> Option<(usize, String, String)> {
    if !head.uri.path().ends_with("/b2_copy_part") {
        return None;
    }
    let call: serde_json::Value = serde_json::from_slice(body).ok()?;
    let file = call["largeFileId"].as_str()?.to_owned();
    Some((actor, file, call["partNumber"].to_string()))
}
