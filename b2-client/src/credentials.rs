//! Where credentials come from that do not last: a visitor's session, a vault.

use core::fmt;

use b2_proto::account::Credentials;

use crate::error::Error;
use crate::maybe_send::{BoxFuture, MaybeSend, MaybeSync};

/// Gives the credentials for each authorization of an account.
///
/// It is asked whenever a token is needed: at first, when one has expired, when one was refused. Many calls that
/// need a token at once ask once.
pub trait CredentialProvider: fmt::Debug + MaybeSend + MaybeSync {
    /// The credentials, as of now.
    ///
    /// An error of the kind [`ErrorKind::NoCredential`](b2_proto::ErrorKind::NoCredential) says best what happened:
    /// nothing was sent.
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, Error>>;
}
