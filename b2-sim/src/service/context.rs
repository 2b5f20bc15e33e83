//! The context and the result of an API call.

use std::sync::Arc;

use b2_proto::time::Timestamp;
use serde_json::Value;

use crate::state::Key;
use crate::wire::{ApiVersion, Params, Refusal};

/// The context of an API call: its time, version and parameters, and the key that authorizes it.
pub(super) struct CallContext<'a> {
    pub(super) now: Timestamp,
    pub(super) version: ApiVersion,
    pub(super) key: Arc<Key>,
    pub(super) params: &'a Params,
}

/// The JSON of a response, or why the call is refused.
pub(super) type CallResult = Result<Value, Refusal>;
