//! What happens to the actors from outside, and when.

use std::time::Duration;

use b2_proto::machine::{Control, OnCancel};
use bytes::Bytes;

use super::Event;
use crate::world::World;

impl World {
    /// Cancels an actor of the next run, after so long.
    pub fn cancel_after(&mut self, after: Duration, actor: usize, policy: OnCancel) {
        self.schedule(after, Event::Cancel(actor, policy));
    }

    /// Tells an actor of the next run a wish, after so long.
    pub fn control_after(&mut self, after: Duration, actor: usize, control: Control) {
        self.schedule(after, Event::Control(actor, control));
    }

    /// Stops an actor of the next run dead, after so long: nobody asks it.
    pub fn kill_after(&mut self, after: Duration, actor: usize) {
        self.schedule(after, Event::Kill(actor));
    }

    /// Expires every account token, after so long.
    pub fn expire_account_tokens_after(&mut self, after: Duration) {
        self.schedule(after, Event::ExpireAccountTokens);
    }

    /// Expires every upload URL, after so long.
    pub fn expire_upload_urls_after(&mut self, after: Duration) {
        self.schedule(after, Event::ExpireUploadUrls);
    }

    /// Expires every download authorization, after so long.
    pub fn expire_download_authorizations_after(&mut self, after: Duration) {
        self.schedule(after, Event::ExpireDownloadAuthorizations);
    }

    /// The device is offline for a while, after so long.
    pub fn offline_after(&mut self, after: Duration, lasts: Duration) {
        self.schedule(after, Event::Offline);
        self.schedule(after + lasts, Event::Online);
    }

    /// The device sleeps for a while, after so long.
    pub fn sleep_after(&mut self, after: Duration, lasts: Duration) {
        self.schedule(after, Event::Sleep(lasts));
    }

    /// Uploads another version of a file past the machines, after so long.
    pub fn replace_after(&mut self, after: Duration, name: &str, bytes: Bytes) {
        self.schedule(after, Event::Replace { name: name.to_owned(), bytes });
    }

    /// Another process cancels every unfinished large file, after so long.
    pub fn cancel_unfinished_after(&mut self, after: Duration) {
        self.schedule(after, Event::CancelUnfinished);
    }

    /// The source of an actor of the next run has other bytes than it had, after so long.
    pub fn change_source_after(&mut self, after: Duration, actor: usize) {
        self.schedule(after, Event::ChangeSource(actor));
    }

    /// The account reaches its storage cap, after so long.
    pub fn reach_storage_cap_after(&mut self, after: Duration) {
        self.schedule(after, Event::ReachStorageCap);
    }
}
