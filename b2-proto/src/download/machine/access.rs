//! The token of a request: the account's, or a download authorization.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use core::time::Duration;

use super::Download;
use crate::account::Authorization;
use crate::api::{self, DownloadTarget};
use crate::call::Wish;
use crate::download::blocks::{Sent, State};
use crate::download::grant::{self, GrantStep};
use crate::download::lookup::{self, LookupStep};
use crate::download::options::DownloadEvent;
use crate::error::TransportError;
use crate::machine::{Action, Authorized, Generation};
use crate::time::Instant;

/// How long the head of an answer may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);

impl Download {
    pub(super) fn authorize(&mut self, block: usize, stale: Option<Generation>) {
        let task = self.ids.next();
        self.blocks[block].state = State::Authorizing(task);
        self.outbox.start(task, Action::Auth { stale });
    }

    pub(super) fn send(&mut self, block: usize) {
        let Some(Authorized { generation, authorization }) = self.authorized.clone() else {
            return self.authorize(block, None);
        };
        if lookup::name(&self.request).is_some() {
            return self.look_up(block, &authorization);
        }
        let (token, sent) = if authorization.allowed.downloads_by_grant() {
            match self.grant.token() {
                Some((token, number)) => (token, Sent::Granted(number)),
                None => return self.ask_for_grant(block, &authorization),
            }
        } else {
            (authorization.token.clone(), Sent::Account(generation))
        };
        match self.block_request(block).request_from(&authorization.download_url, Some(&token)) {
            Ok(mut request) => {
                let (task, now) = (self.ids.next(), self.latest.last());
                let block = &mut self.blocks[block];
                block.attempts.sent(now);
                let left = block.attempts.left(now);
                request.idle_timeout = request.idle_timeout.min(left);
                block.head_until = now + left.min(HEAD_TIMEOUT);
                block.state = State::Requesting { task, sent };
                self.outbox.start(task, Action::Send(Box::new(request)));
            }
            Err(error) => self.end(Err(error)),
        }
    }

    fn ask_for_grant(&mut self, block: usize, authorization: &Authorization) {
        self.blocks[block].state = State::Asking;
        if self.grant.is_asking() {
            return;
        }
        match grant::call(&self.request, authorization, self.options.authorization_lifetime) {
            Ok(call) => self.grant.ask(call, self.options.retry, self.rng.next_u64()),
            Err(error) => self.end(Err(error)),
        }
    }

    fn look_up(&mut self, block: usize, authorization: &Authorization) {
        self.blocks[block].state = State::Asking;
        if self.lookup.is_asking() {
            return;
        }
        match lookup::call(&self.request, authorization) {
            Ok(call) => self.lookup.ask(call, self.options.retry, self.rng.next_u64()),
            Err(error) => self.end(Err(error)),
        }
    }

    /// Takes the next step of the search for a name, and goes on by id when it is found.
    pub(super) fn poll_lookup(&mut self, now: Instant) {
        let Some(name) = lookup::name(&self.request) else {
            return;
        };
        match self.lookup.poll(now, &mut self.ids, name) {
            Some(LookupStep::Found(file_id)) => {
                let name = name.to_owned();
                self.request.expected.file_name = Some(name.clone());
                self.looked_up = Some(name);
                self.request.target = DownloadTarget::ById(file_id);
                self.queue_asking();
            }
            // The next request asks for the next page.
            Some(LookupStep::Again) => self.queue_asking(),
            Some(LookupStep::Failed(error)) => {
                let error = error.with_subject(name);
                self.over = true;
                self.outbox.done(Err(error));
            }
            Some(LookupStep::Wants(Wish::Start(task, action))) => self.outbox.start(task, action),
            Some(LookupStep::Wants(Wish::Abort(task))) => self.outbox.abort(task),
            Some(LookupStep::Wants(Wish::Retrying(retrying))) => {
                self.outbox.emit(DownloadEvent::Retrying(retrying));
            }
            Some(LookupStep::Wants(Wish::Wait(_))) | None => {}
        }
    }

    /// Sends the blocks on their way that waited for what all of them need.
    fn queue_asking(&mut self) {
        let asking = self.blocks.iter_mut().filter(|block| block.state == State::Asking);
        asking.for_each(|block| block.state = State::Queued);
    }

    /// The token of a request was refused.
    pub(super) fn renew(&mut self, block: usize) {
        match self.blocks[block].state {
            State::Requesting { sent: Sent::Granted(number), .. } => {
                self.grant.refused(number);
                self.send(block);
            }
            State::Requesting { sent: Sent::Account(generation), .. } => {
                self.authorize(block, Some(generation));
            }
            _ => self.authorize(block, None),
        }
    }

    /// The next step of the call for a download authorization.
    pub(super) fn poll_grant(&mut self, now: Instant) {
        let Some(step) = self.grant.poll(now, &mut self.ids) else {
            return;
        };
        match step {
            GrantStep::Granted(bound) => {
                self.request.overrides.insist(bound);
                self.queue_asking();
            }
            GrantStep::Failed(error) => {
                self.over = true;
                self.outbox.done(Err(error));
            }
            GrantStep::Wants(Wish::Start(task, action)) => self.outbox.start(task, action),
            GrantStep::Wants(Wish::Abort(task)) => self.outbox.abort(task),
            GrantStep::Wants(Wish::Retrying(retrying)) => {
                self.outbox.emit(DownloadEvent::Retrying(retrying));
            }
            GrantStep::Wants(Wish::Wait(_)) => {}
        }
    }

    /// Gives up a request whose head has not come in time.
    pub(super) fn give_up(&mut self, now: Instant) {
        let late = self.blocks.iter().position(|block| {
            matches!(block.state, State::Requesting { .. }) && now >= block.head_until
        });
        let Some(block) = late else {
            return;
        };
        if let Some(task) = self.blocks[block].task() {
            self.outbox.abort(task);
        }
        let waited = self.blocks[block].attempts.waited(now).min(HEAD_TIMEOUT);
        let error = self.failure(&TransportError::no_answer(waited));
        self.failed(now, block, error);
    }

    /// What is still missing of a block, as a request. Before anything is known of the file, all of it is
    /// asked for without a range.
    pub(super) fn block_request(&self, block: usize) -> api::Download {
        let rest = self.blocks[block].rest();
        let mut request = self.request.clone();
        request.range = (rest.start > 0 || rest.end < u64::MAX).then_some(rest);
        request
    }
}
