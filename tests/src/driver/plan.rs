//! Schedules events for the next run.

use std::num::NonZeroU32;
use std::time::Duration;

use b2_proto::machine::{Control, OnCancel};
use bytes::Bytes;

use super::Event;
use crate::folder::FolderChange;
use crate::simulation::Simulation;

impl Simulation {
    /// Cancels an actor of the next run after this time.
    pub fn cancel_after(&mut self, after: Duration, actor: usize, policy: OnCancel) {
        self.schedule(after, Event::Cancel(actor, policy));
    }

    /// Sends a command to an actor of the next run after this time.
    pub fn control_after(&mut self, after: Duration, actor: usize, control: Control) {
        self.schedule(after, Event::Control(actor, control));
    }

    /// Kills an actor of the next run after this time, without cancelling it.
    pub fn kill_after(&mut self, after: Duration, actor: usize) {
        self.schedule(after, Event::Kill(actor));
    }

    /// Expires every account token after this time.
    pub fn expire_account_tokens_after(&mut self, after: Duration) {
        self.schedule(after, Event::ExpireAccountTokens);
    }

    /// Expires every upload URL after this time.
    pub fn expire_upload_urls_after(&mut self, after: Duration) {
        self.schedule(after, Event::ExpireUploadUrls);
    }

    /// Expires every download authorization after this time.
    pub fn expire_download_authorizations_after(&mut self, after: Duration) {
        self.schedule(after, Event::ExpireDownloadAuthorizations);
    }

    /// Disconnects the device for a while after this time.
    pub fn offline_after(&mut self, after: Duration, lasts: Duration) {
        self.schedule(after, Event::Offline);
        self.schedule(after + lasts, Event::Online);
    }

    /// Suspends the device for a while after this time.
    pub fn sleep_after(&mut self, after: Duration, lasts: Duration) {
        self.schedule(after, Event::Sleep(lasts));
    }

    /// Uploads another version of a file as another client after this time.
    pub fn replace_after(&mut self, after: Duration, name: &str, bytes: Bytes) {
        self.schedule(after, Event::Replace { name: name.to_owned(), bytes });
    }

    /// Cancels every unfinished large file as another process after this time.
    pub fn cancel_unfinished_after(&mut self, after: Duration) {
        self.schedule(after, Event::CancelUnfinished);
    }

    /// Changes the source of an actor of the next run after this time.
    pub fn change_source_after(&mut self, after: Duration, actor: usize) {
        self.schedule(after, Event::ChangeSource(actor));
    }

    /// Changes the local folder of an actor of the next run as another process after this time.
    pub fn change_folder_after(&mut self, after: Duration, actor: usize, change: FolderChange) {
        self.schedule(after, Event::ChangeFolder(actor, change));
    }

    /// Gives the account another limit of requests per second after this time.
    pub fn limit_rate_after(&mut self, after: Duration, requests_per_second: Option<NonZeroU32>) {
        self.schedule(after, Event::LimitRate(requests_per_second));
    }

    /// Lets the account reach its storage cap after this time.
    pub fn reach_storage_cap_after(&mut self, after: Duration) {
        self.schedule(after, Event::ReachStorageCap);
    }
}
