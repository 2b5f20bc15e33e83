//! Calls that JavaScript is told the answer of, as it is.

use b2_client::proto::api::Endpoint;
use b2_client::proto::json::Json;
use futures::TryFutureExt;

use super::client::{Bucket, Client, json};
use super::job::Job;

impl Client {
    /// A call whose answer is told as JSON.
    pub(super) fn ask<E: Endpoint + 'static>(
        &self,
        call: E,
        tree: fn(&E::Response) -> Json<'_>,
    ) -> Job {
        Job::start(self.inner.call(call).map_ok(move |answer| json(&tree(&answer))))
    }
}

impl Bucket {
    /// The account that it belongs to.
    pub(super) fn client(&self) -> Client {
        Client { inner: self.inner.client().clone() }
    }
}
