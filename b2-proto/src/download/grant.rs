//! The token that a download is sent with: the account's own, or a download authorization for its name.

use alloc::boxed::Box;
use core::time::Duration;

use crate::account::Authorization;
use crate::api::{self, DownloadTarget, GetDownloadAuthorization, Overrides};
use crate::call::{Call, Nested, TaskIds, Wish};
use crate::error::{Error, ErrorKind};
use crate::machine::{Input, TaskId};
use crate::retry::RetryPolicy;
use crate::secret::Secret;
use crate::time::Instant;

/// One download authorization for all requests of a download.
#[derive(Debug, Default)]
pub(super) struct Grant {
    call: Option<Box<Call<GetDownloadAuthorization>>>,
    deadline: Option<Instant>,
    token: Option<Secret>,
    /// How many tokens there have been: a refusal of an earlier one says nothing about this one.
    number: u32,
}

pub(super) enum GrantStep {
    Wants(Wish),
    /// There is a token now. With it, these headers must be asked for, besides those of the call.
    Granted(Overrides),
    Failed(Error),
}

impl Grant {
    /// The token, and which one it is.
    pub(super) fn token(&self) -> Option<(Secret, u32)> {
        Some((self.token.clone()?, self.number))
    }

    /// The token was refused.
    pub(super) fn refused(&mut self, number: u32) {
        if number == self.number {
            self.token = None;
        }
    }

    pub(super) fn is_asking(&self) -> bool {
        self.call.is_some()
    }

    pub(super) fn ask(&mut self, call: GetDownloadAuthorization, policy: RetryPolicy, seed: u64) {
        self.call = Some(Box::new(Call::new(call, policy, seed)));
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline.filter(|_| self.is_asking())
    }

    /// What the call wants; `None` if nothing is to be done.
    pub(super) fn poll(&mut self, now: Instant, ids: &mut TaskIds) -> Option<GrantStep> {
        let call = self.call.as_mut()?;
        match call.poll(now, ids) {
            Some(Wish::Wait(deadline)) => {
                self.deadline = deadline;
                None
            }
            Some(wish) => Some(GrantStep::Wants(wish)),
            None => {
                let result = call.result();
                self.call = None;
                Some(match result {
                    Ok(granted) => {
                        self.token = Some(granted.authorization_token);
                        self.number += 1;
                        GrantStep::Granted(granted.overrides)
                    }
                    Err(error) => GrantStep::Failed(error),
                })
            }
        }
    }

    /// What became of a task. That of somebody else is ignored.
    pub(super) fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        if let Some(call) = &mut self.call {
            call.handle(now, task, input);
        }
    }
}

/// The call for a download authorization of exactly what `download` asks for.
pub(super) fn call(
    download: &api::Download,
    authorization: &Authorization,
    lifetime: Duration,
) -> Result<GetDownloadAuthorization, Error> {
    let DownloadTarget::ByName { bucket, name } = &download.target else {
        let message = "this account may download by name only; give the name instead of the id";
        return Err(Error::new(ErrorKind::Unauthorized, message));
    };
    let known = download.expected.bucket_id.as_ref();
    let bucket_id = known.or_else(|| authorization.allowed.bucket_id(bucket)).cloned();
    let bucket_id = bucket_id.ok_or_else(|| {
        let message = "a download authorization needs the id of the bucket, which is not known";
        Error::new(ErrorKind::NonExistentBucket, message)
    })?;
    let mut call = GetDownloadAuthorization::new(bucket_id, name, lifetime);
    call.overrides = download.overrides.clone();
    Ok(call)
}
