//! The download authorization that an account without the right to read needs.

use core::time::Duration;

use crate::account::Authorization;
use crate::api::{self, DownloadTarget, GetDownloadAuthorization};
use crate::error::{Error, ErrorKind};
use crate::secret::Secret;

/// The token of the download authorization that all requests of a download share.
#[derive(Debug, Default)]
pub(super) struct DownloadToken {
    token: Option<Secret>,
    /// How many tokens there have been, since a refusal may be of an earlier one.
    number: u32,
}

impl DownloadToken {
    /// Returns the token and its number.
    pub(super) fn get(&self) -> Option<(Secret, u32)> {
        Some((self.token.clone()?, self.number))
    }

    pub(super) fn set(&mut self, token: Secret) {
        self.token = Some(token);
        self.number += 1;
    }

    /// Forgets the token with this number, which was refused.
    pub(super) fn refused(&mut self, number: u32) {
        if number == self.number {
            self.token = None;
        }
    }
}

/// Returns the call for a download authorization of exactly what `download` asks for.
pub(super) fn authorization_call(
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
