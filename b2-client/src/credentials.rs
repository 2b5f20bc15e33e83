//! Credentials that do not last, such as those of a visitor's session or a vault.

use core::fmt;

use b2_proto::account::Credentials;

use crate::error::Error;
use crate::maybe_send::{BoxFuture, MaybeSend, MaybeSync};

/// Returns the credentials for each authorization of an account.
///
/// It is called when a token is needed: at first, when one has expired, and when one was refused. Calls that need a token
/// at the same time cause one call of it.
pub trait CredentialProvider: fmt::Debug + MaybeSend + MaybeSync {
    /// Returns the credentials to authorize with now.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoCredential`](b2_proto::ErrorKind::NoCredential) if there are none; the call that needs them ends with
    /// the error, and nothing is sent.
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, Error>>;
}
