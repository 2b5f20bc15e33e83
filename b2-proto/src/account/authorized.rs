//! Which authorization of an account is the newest.

use alloc::sync::Arc;

use super::Authorization;

/// An authorization, and which one of this account it is.
#[derive(Clone, Debug)]
pub struct Authorized {
    /// Grows with each authorization.
    pub generation: Generation,
    /// What the key may do, and where.
    pub authorization: Arc<Authorization>,
}

/// Counts the authorizations of an account, so that many machines that meet an expired token cause one
/// new authorization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u64);
