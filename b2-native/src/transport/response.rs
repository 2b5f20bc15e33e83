//! Bodies of responses.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use b2_client::{HostError, ResponseBody};
use bytes::Bytes;

use super::body::Shared;
use super::classify;

/// The body of a response, which is received while it is read.
pub struct NativeResponseBody {
    response: reqwest::Response,
    host: String,
    idle_timeout: Duration,
    shared: Arc<Shared>,
}

impl NativeResponseBody {
    pub(super) fn new(
        response: reqwest::Response,
        host: String,
        idle_timeout: Duration,
        shared: Arc<Shared>,
    ) -> Self {
        Self { response, host, idle_timeout, shared }
    }
}

impl ResponseBody for NativeResponseBody {
    async fn chunk(&mut self) -> Result<Option<Bytes>, HostError> {
        match tokio::time::timeout(self.idle_timeout, self.response.chunk()).await {
            Ok(Ok(chunk)) => Ok(chunk),
            Ok(Err(error)) => Err(classify::failed(&self.host, error)),
            Err(_) => Err(classify::idle(&self.host, self.idle_timeout)),
        }
    }
}

/// Stops sending the request. A response that arrives before the whole request is sent is final.
impl Drop for NativeResponseBody {
    fn drop(&mut self) {
        self.shared.cancel();
    }
}

impl fmt::Debug for NativeResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NativeResponseBody").field("host", &self.host).finish_non_exhaustive()
    }
}
