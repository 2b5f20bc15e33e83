//! Calls whose responses JavaScript is given.

use alloc::string::String;

use b2_client::proto::api::Endpoint;
use futures::TryFutureExt;

use super::client::{Bucket, Client};
use super::job::Job;

impl Client {
    /// Runs a call. Resolves to JSON of its response.
    pub(super) fn call<E: Endpoint + 'static>(
        &self,
        call: E,
        json: fn(&E::Response) -> String,
    ) -> Job {
        Job::start(self.inner.call(call).map_ok(move |response| json(&response).into()))
    }
}

impl Bucket {
    /// The account that it belongs to.
    pub(super) fn client(&self) -> Client {
        Client { inner: self.inner.client().clone() }
    }
}
