//! The account and its buckets, as handles.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::time::Duration;

use b2_client::proto::account::Credentials;
use b2_client::proto::api::CancelLargeFile;
use b2_client::proto::json::{AsJson, Json};
use b2_client::proto::retry::RetryPolicy;
use b2_client::{ClientBuilder, Error};
use futures::TryFutureExt;
use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::job::Job;
use crate::host::{JsCredential, WebHost};

/// An account at B2.
#[wasm_bindgen]
#[derive(Clone, Debug)]
pub struct Client {
    pub(super) inner: b2_client::Client<WebHost>,
}

/// A bucket.
#[wasm_bindgen]
#[derive(Clone, Debug)]
pub struct Bucket {
    pub(super) inner: b2_client::Bucket<WebHost>,
}

#[wasm_bindgen]
impl Client {
    /// Authorizes an account; keeps it in `store`, if there is one. Ends with a [`Client`].
    ///
    /// `key` is a string, or a function that gives one for each authorization, or a promise of one.
    ///
    /// `patience` is how many milliseconds calls and transfers go on without progress. `hosts` are those that requests
    /// may go to besides the realm's, with spaces between.
    #[must_use]
    pub fn authorize(
        realm: String,
        key_id: String,
        key: JsValue,
        store: JsValue,
        patience: Option<f64>,
        hosts: &str,
    ) -> Job {
        let builder = builder(store, patience, hosts);
        let authorized = match key.dyn_into::<Function>() {
            Ok(give) => builder.authorize_with(JsCredential::new(realm, key_id, give)),
            Err(key) => {
                let application_key = key.as_string().unwrap_or_default().into();
                let application_key_id = key_id.into();
                builder.authorize(Credentials { realm, application_key_id, application_key })
            }
        };
        Job::start(authorized.map_ok(|inner| Self { inner }.into()))
    }

    /// The account that `store` keeps. Nothing is sent before it is needed. Ends with a [`Client`].
    #[cfg(feature = "full")]
    #[must_use]
    pub fn stored(store: JsValue, patience: Option<f64>, hosts: &str) -> Job {
        let builder = builder(store, patience, hosts);
        Job::start(async move { builder.build().await.map(|inner| Self { inner }.into()) })
    }

    /// The bucket with this name. Ends with a [`Bucket`].
    pub fn bucket(&self, name: String) -> Job {
        let client = self.inner.clone();
        Job::start(async move { find(&client, &name).await.map(|inner| Bucket { inner }.into()) })
    }

    /// What the realm accepts of new files. Ends with JSON, or with `undefined` where it does not say.
    #[wasm_bindgen(js_name = uploadLimits)]
    pub fn upload_limits(&self) -> Job {
        let client = self.inner.clone();
        Job::start(async move {
            let authorization = client.authorization().await?;
            let limits = authorization.allowed.uploads.as_ref();
            Ok(limits.map_or(JsValue::UNDEFINED, |limits| json(&limits.as_json())))
        })
    }

    /// Deletes an unfinished large file with its parts. Ends with `undefined`.
    #[wasm_bindgen(js_name = cancelLargeFile)]
    pub fn cancel_large_file(&self, file_id: String) -> Job {
        let call = CancelLargeFile { file_id: file_id.into() };
        Job::start(self.inner.call(call).map_ok(nothing))
    }
}

#[wasm_bindgen]
impl Bucket {
    /// The id.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn id(&self) -> String {
        self.inner.id().as_str().to_owned()
    }
}

#[cfg(feature = "full")]
async fn find(
    client: &b2_client::Client<WebHost>,
    name: &str,
) -> Result<b2_client::Bucket<WebHost>, Error> {
    client.get_bucket_by_name(name).await
}

/// A page's credential is for the bucket that it uploads to, so nobody has to be asked; and what a bucket
/// consists of need not be understood.
#[cfg(not(feature = "full"))]
async fn find(
    client: &b2_client::Client<WebHost>,
    name: &str,
) -> Result<b2_client::Bucket<WebHost>, Error> {
    use b2_client::proto::{self, ErrorKind};
    client.known_bucket(name).await?.ok_or_else(|| {
        let message =
            format!("the credential is not restricted to the bucket '{name}'; a page's must be");
        proto::Error::new(ErrorKind::RestrictedBucket, message).with_subject(name).into()
    })
}

fn builder(store: JsValue, patience: Option<f64>, hosts: &str) -> ClientBuilder<WebHost> {
    let mut builder = b2_client::Client::builder(WebHost::new());
    builder = builder.allow_hosts(hosts.split_whitespace());
    if let Some(millis) = patience {
        let budget = Duration::from_millis(millis.max(0.0) as u64);
        builder = builder.retry(RetryPolicy::default().budget(budget));
    }
    #[cfg(feature = "full")]
    if store.is_object() {
        builder = builder.store(crate::store::JsStore::new(store));
    }
    #[cfg(not(feature = "full"))]
    drop(store);
    builder
}

pub(super) fn nothing<T>(_: T) -> JsValue {
    JsValue::UNDEFINED
}

/// The end of a job that ends with JSON.
pub(super) fn json(json: &Json<'_>) -> JsValue {
    text(json).into()
}

/// JSON as it crosses.
pub(super) fn text(json: &Json<'_>) -> String {
    // What is printed can always be said.
    json.to_text().unwrap_or_default()
}
