//! Requests and their tokens: of the account, or of a download authorization.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use core::ops::ControlFlow;
use core::time::Duration;

use super::Download;
use crate::account::Authorization;
use crate::api::{self, DownloadTarget};
use crate::download::blocks::{Credential, State};
use crate::download::name_lookup::{find, listing_call, name_to_look_up};
use crate::download::options::{DownloadEvent, Downloaded};
use crate::download::token::authorization_call;
use crate::error::TransportError;
use crate::machine::{Action, Authorized, Generation, Machine, Step};
use crate::time::Instant;

/// How long the head of a response may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);

impl Download {
    pub(super) fn authorize(&mut self, block: usize, stale: Option<Generation>) {
        let task = self.calls.ids().next();
        self.blocks[block].state = State::Authorizing(task);
        self.steps.start(task, Action::Auth { stale });
    }

    pub(super) fn send(&mut self, block: usize) {
        let Some(Authorized { generation, authorization }) = self.authorized.clone() else {
            return self.authorize(block, None);
        };
        if name_to_look_up(&self.request).is_some() {
            return self.look_up(block, &authorization);
        }
        let (token, credential) = if authorization.allowed.downloads_by_grant() {
            match self.token.get() {
                Some((token, number)) => (token, Credential::DownloadToken(number)),
                None => return self.get_token(block, &authorization),
            }
        } else {
            (authorization.token.clone(), Credential::Account(generation))
        };
        match self.block_request(block).request_from(&authorization.download_url, Some(&token)) {
            Ok(mut request) => {
                let (task, now) = (self.calls.ids().next(), self.monotonic.now());
                let block = &mut self.blocks[block];
                block.retry.sent(now);
                let left = block.retry.left(now);
                request.idle_timeout = request.idle_timeout.min(left);
                block.head_deadline = now + left.min(HEAD_TIMEOUT);
                block.state = State::Requesting { task, credential };
                self.steps.start(task, Action::Send(Box::new(request)));
            }
            Err(error) => self.end(Err(error)),
        }
    }

    fn get_token(&mut self, block: usize, authorization: &Authorization) {
        self.blocks[block].state = State::Waiting;
        if self.token_call.is_some() {
            return;
        }
        let lifetime = self.options.authorization_lifetime;
        match authorization_call(&self.request, authorization, lifetime) {
            Ok(call) => self.token_call = Some(Box::new(self.calls.call(call))),
            Err(error) => self.end(Err(error)),
        }
    }

    fn look_up(&mut self, block: usize, authorization: &Authorization) {
        self.blocks[block].state = State::Waiting;
        if self.lookup_call.is_some() {
            return;
        }
        match listing_call(&self.request, authorization) {
            Ok(call) => {
                self.looked_up_pages += 1;
                self.lookup_call = Some(Box::new(self.calls.call(call)));
            }
            Err(error) => self.end(Err(error)),
        }
    }

    /// Polls the call for a download authorization.
    pub(super) fn poll_token(
        &mut self,
        now: Instant,
    ) -> ControlFlow<Step<Downloaded, DownloadEvent>> {
        let Some(call) = &mut self.token_call else {
            return ControlFlow::Break(Step::Wait(None));
        };
        let result = call.poll(now).result()?;
        self.token_call = None;
        match result {
            Ok(granted) => {
                self.token.set(granted.authorization_token);
                self.request.overrides.insist(granted.overrides);
                self.queue_waiting();
            }
            Err(error) => self.steps.done(Err(error)),
        }
        ControlFlow::Continue(())
    }

    /// Polls the search for a name. When the name is found, the download continues by id.
    pub(super) fn poll_lookup(
        &mut self,
        now: Instant,
    ) -> ControlFlow<Step<Downloaded, DownloadEvent>> {
        let Some(call) = &mut self.lookup_call else {
            return ControlFlow::Break(Step::Wait(None));
        };
        let result = call.poll(now).result()?;
        self.lookup_call = None;
        if let Some(name) = name_to_look_up(&self.request).map(str::to_owned) {
            match result.and_then(|page| find(page, &name, self.looked_up_pages)) {
                Ok(Some(file_id)) => {
                    self.request.expected.file_name = Some(name.clone());
                    self.looked_up = Some(name);
                    self.request.target = DownloadTarget::ById(file_id);
                    self.queue_waiting();
                }
                // The next request asks for the next page.
                Ok(None) => self.queue_waiting(),
                Err(error) => self.steps.done(Err(error.with_subject(name))),
            }
        }
        ControlFlow::Continue(())
    }

    /// Queues the blocks that waited for what all of them need.
    fn queue_waiting(&mut self) {
        let waiting = self.blocks.iter_mut().filter(|block| block.state == State::Waiting);
        waiting.for_each(|block| block.state = State::Queued);
    }

    /// Gets another token for a request whose token was refused.
    pub(super) fn renew(&mut self, block: usize) {
        match self.blocks[block].state {
            State::Requesting { credential: Credential::DownloadToken(number), .. } => {
                self.token.refused(number);
                self.send(block);
            }
            State::Requesting { credential: Credential::Account(generation), .. } => {
                self.authorize(block, Some(generation));
            }
            _ => self.authorize(block, None),
        }
    }

    /// Abandons a request without the head of a response in time.
    pub(super) fn abandon_late(&mut self, now: Instant) {
        let late = self.blocks.iter().position(|block| {
            matches!(block.state, State::Requesting { .. }) && now >= block.head_deadline
        });
        let Some(block) = late.filter(|_| !self.steps.is_done()) else {
            return;
        };
        if let Some(task) = self.blocks[block].task() {
            self.steps.abort(task);
        }
        let waited = self.blocks[block].retry.waited(now).min(HEAD_TIMEOUT);
        let error = self.failure(&TransportError::no_answer(waited));
        self.failed(now, block, error);
    }

    /// Returns the request for what is still missing of a block. Before the size of the file is known, all of it is
    /// requested without a range.
    pub(super) fn block_request(&self, block: usize) -> api::Download {
        let rest = self.blocks[block].rest();
        let mut request = self.request.clone();
        request.range = (rest.start > 0 || rest.end < u64::MAX).then_some(rest);
        request
    }
}
