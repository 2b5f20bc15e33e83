//! Responses of something other than B2.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::Download;
use crate::download::blocks::{Credential, State};
use crate::error::{Error, PREVIEW, Target};
use crate::http::Response;
use crate::machine::{Action, TaskId};
use crate::model::EncryptionSetting;
use crate::time::Instant;

/// How long to wait for the start of the body, which only adds to the error message.
const BODY_TIMEOUT: Duration = Duration::from_secs(5);

impl Download {
    /// Reads the start of the body of a response that is not of B2, for the error message.
    pub(super) fn peek(&mut self, now: Instant, block: usize, from: TaskId, head: &Response<()>) {
        let State::Requesting { credential, .. } = self.blocks[block].state else {
            return;
        };
        let task = self.calls.ids().next();
        let (head, deadline) = (head.clone(), now + BODY_TIMEOUT);
        self.blocks[block].state = State::Peeking { task, credential, head, deadline };
        self.steps.start(task, Action::Peek { from, max: PREVIEW });
    }

    /// Continues without the start of a body that has not arrived in time.
    pub(super) fn stop_peeking(&mut self, now: Instant) {
        let late =
            |state: &State| matches!(state, State::Peeking { deadline, .. } if now >= *deadline);
        while !self.steps.is_done()
            && let Some(block) = self.blocks.iter().position(|block| late(&block.state))
        {
            if let Some(task) = self.blocks[block].task() {
                self.steps.abort(task);
            }
            self.foreign(now, block, &[]);
        }
    }

    /// Takes the start of the body.
    pub(super) fn foreign(&mut self, now: Instant, block: usize, start: &[u8]) {
        let State::Peeking { credential, head, .. } = &self.blocks[block].state else {
            return;
        };
        let secrets = self.secrets(*credential);
        // A page may repeat the request. If the token is no longer known, nothing of the page is shown.
        let start = if secrets.is_some() { start } else { &[] };
        let secrets = secrets.unwrap_or_default();
        let secrets: Vec<_> = secrets.iter().map(String::as_str).collect();
        let (status, headers) = (head.status, &head.headers);
        let error = Error::foreign_response(Target::Download, status, headers, start, &secrets);
        let error = self.request.label(error);
        self.failed(now, block, error);
    }

    /// Returns the secrets that the request contained, or `None` if its token is no longer known.
    fn secrets(&self, credential: Credential) -> Option<Vec<String>> {
        let token = match credential {
            Credential::Account(generation) => self
                .authorized
                .as_ref()
                .filter(|authorized| authorized.generation == generation)
                .map(|authorized| authorized.authorization.token.clone()),
            Credential::DownloadToken(number) => {
                self.token.get().filter(|(_, own)| *own == number).map(|(token, _)| token)
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
