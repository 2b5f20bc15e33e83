//! The turn of a request among those of the account.

use alloc::sync::Arc;
use core::time::Duration;

use b2_proto::account::RequestSlot;
use b2_proto::http::Response;

use super::account::AccountAccess;

/// The turn of one request. If it is dropped before the request is sent, another request takes its place.
pub(super) struct Turn {
    account: Arc<dyn AccountAccess>,
    /// `None` only while the turn is taken.
    slot: Option<RequestSlot>,
    sent: bool,
}

impl Turn {
    /// Takes the next turn.
    pub(super) fn take(account: Arc<dyn AccountAccess>) -> Self {
        let mut slot = None;
        account.with_rate(&mut |rate, now| slot = Some(rate.reserve(now)));
        Self { account, slot, sent: false }
    }

    /// Returns after how long to ask again, or `None` if the request is to be sent now.
    pub(super) fn delay(&mut self) -> Option<Duration> {
        let mut delay = None;
        if let Some(slot) = &mut self.slot {
            self.account.with_rate(&mut |rate, now| delay = rate.delay(now, slot));
        }
        self.sent = delay.is_none();
        delay
    }

    /// Reports the head of the response.
    pub(super) fn responded<B>(self, response: &Response<B>) {
        if let Some(slot) = &self.slot {
            self.account.with_rate(&mut |rate, now| rate.responded(now, slot, response));
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.as_ref().filter(|_| !self.sent) {
            self.account.with_rate(&mut |rate, _| rate.release(slot));
        }
    }
}
