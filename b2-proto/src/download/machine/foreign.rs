//! Answers of something other than B2.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::Download;
use crate::download::blocks::{Sent, State};
use crate::error::{Error, PREVIEW, Target};
use crate::http::Response;
use crate::machine::{Action, TaskId};
use crate::model::EncryptionSetting;
use crate::time::Instant;

/// How long to wait for the first words of a page. The message is complete without them.
const WAIT: Duration = Duration::from_secs(5);

impl Download {
    /// Reads the start of the body that belongs to a head which is not B2's, for the message.
    pub(super) fn peek(&mut self, now: Instant, block: usize, from: TaskId, head: &Response<()>) {
        let State::Requesting { sent, .. } = self.blocks[block].state else {
            return;
        };
        let task = self.ids.next();
        let (head, until) = (head.clone(), now + WAIT);
        self.blocks[block].state = State::Peeking { task, sent, head, until };
        self.outbox.start(task, Action::Peek { from, max: PREVIEW });
    }

    /// Goes on without the words that have not come in time.
    pub(super) fn stop_peeking(&mut self, now: Instant) {
        let late = |state: &State| matches!(state, State::Peeking { until, .. } if now >= *until);
        while !self.over
            && let Some(block) = self.blocks.iter().position(|block| late(&block.state))
        {
            if let Some(task) = self.blocks[block].task() {
                self.outbox.abort(task);
            }
            self.foreign(now, block, &[]);
        }
    }

    /// What is there of the page is known.
    pub(super) fn foreign(&mut self, now: Instant, block: usize, start: &[u8]) {
        let State::Peeking { sent, head, .. } = &self.blocks[block].state else {
            return;
        };
        let secrets = self.secrets(*sent);
        // A page may repeat the request. If the token is not known any more, nothing of the page is shown.
        let start = if secrets.is_some() { start } else { &[] };
        let secrets = secrets.unwrap_or_default();
        let secrets: Vec<_> = secrets.iter().map(String::as_str).collect();
        let (status, headers) = (head.status, &head.headers);
        let error = Error::foreign_response(Target::Download, status, headers, start, &secrets);
        let error = self.request.label(error);
        self.failed(now, block, error);
    }

    /// What a request held that must not show; `None` if its token is forgotten.
    fn secrets(&self, sent: Sent) -> Option<Vec<String>> {
        let token = match sent {
            Sent::Account(generation) => self
                .authorized
                .as_ref()
                .filter(|authorized| authorized.generation == generation)
                .map(|authorized| authorized.authorization.token.clone()),
            Sent::Granted(number) => {
                self.grant.token().filter(|(_, own)| *own == number).map(|(token, _)| token)
            }
        };
        let mut secrets = alloc::vec![token?.expose().into()];
        if let Some(EncryptionSetting::SseC(key)) = &self.request.encryption {
            secrets.extend(key.to_base64());
            secrets.extend(key.md5().map(String::from));
        }
        Some(secrets)
    }
}
