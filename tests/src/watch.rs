//! What must never happen, whatever the schedule.

use std::collections::BTreeSet;

use b2_proto::machine::TaskId;

/// Watches the requests of all machines.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// Upload URLs in use, by who uses them.
    uploading: BTreeSet<(String, usize, TaskId)>,
    /// Parts that a machine has seen accepted: its number, large file and part number.
    accepted: BTreeSet<(usize, String, String)>,
    /// Texts that must never show.
    secrets: BTreeSet<String>,
}

impl Watch {
    pub(crate) fn secret(&mut self, text: &str) {
        self.secrets.insert(text.to_owned());
    }

    /// An upload begins.
    pub(crate) fn upload(
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

    /// An upload is over, and the machine knows.
    pub(crate) fn uploaded(
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

    /// A machine has forgotten an upload.
    pub(crate) fn aborted(&mut self, actor: usize, task: TaskId) {
        self.uploading.retain(|(_, other, of)| (*other, *of) != (actor, task));
    }

    pub(crate) fn gone(&mut self, actor: usize) {
        self.uploading.retain(|(_, other, _)| *other != actor);
    }

    pub(crate) fn shows(&self, shown: &str) {
        for secret in &self.secrets {
            assert!(!shown.contains(secret.as_str()), "a secret shows: {shown}");
        }
    }
}

fn part_of(actor: usize, head: &http::request::Parts) -> Option<(usize, String, String)> {
    let number = head.headers.get("x-bz-part-number")?.to_str().ok()?.to_owned();
    // The path names the large file, then the URL's number.
    let path = head.uri.path();
    let file = path.rsplit('/').nth(1).unwrap_or(path).to_owned();
    Some((actor, file, number))
}
