//! Generations of authorizations.

use alloc::sync::Arc;

use super::Authorization;

/// An authorization with its generation.
#[derive(Clone, Debug)]
pub struct Authorized {
    /// The generation, which grows with each authorization.
    pub generation: Generation,
    /// The authorization.
    pub authorization: Arc<Authorization>,
}

/// The number of authorizations of an account so far. With it, many machines with the same expired token cause one new
/// authorization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u64);
