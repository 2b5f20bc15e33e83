//! The account and its buckets, as handles.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use b2_client::proto::account::Credentials;
use b2_client::proto::api::CancelLargeFile;
use b2_client::proto::retry::RetryPolicy;
use b2_client::{ClientBuilder, Error};
use futures::TryFutureExt;
use js_sys::Function;
use serde::Deserialize;
use wasm_bindgen::prelude::*;

use super::error::report;
use super::host::Host;
use super::job::{Job, nothing};
use super::options::{self, Milliseconds};
use super::shapes::{UploadLimits, json};
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

/// The options of a client, besides its key and its store. JavaScript refuses others.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientOptions {
    realm: Option<String>,
    key_id: Option<String>,
    retry_timeout: Option<Milliseconds>,
    requests_per_second: Option<u32>,
    #[serde(default)]
    allow_hosts: Vec<String>,
}

#[wasm_bindgen]
impl Client {
    /// Authorizes an account and saves it in `store`, if there is one, and the names of buckets in `cache`, if there is
    /// one. Resolves to a [`Client`].
    ///
    /// The modules of upload pages have neither.
    ///
    /// `options` is JSON. `key` is a string, or a function that returns one for each authorization, or a promise of one.
    ///
    /// # Errors
    ///
    /// The data of an error, if an option cannot be read.
    pub fn authorize(
        host: &Host,
        options: &str,
        key: JsValue,
        store: JsValue,
        cache: JsValue,
    ) -> Result<Job, JsValue> {
        let (builder, options) = builder(host, options, store, cache)?;
        let realm = options.realm.unwrap_or_else(|| "production".to_owned());
        let key_id = options.key_id.unwrap_or_default();
        let authorized = match key.dyn_into::<Function>() {
            Ok(give) => {
                builder.credential_provider(JsCredential::new(realm, key_id, give)).authorize()
            }
            Err(key) => {
                let application_key = key.as_string().unwrap_or_default().into();
                let application_key_id = key_id.into();
                builder
                    .credentials(Credentials { realm, application_key_id, application_key })
                    .authorize()
            }
        };
        Ok(Job::start(authorized.map_ok(|inner| Self { inner }.into())))
    }

    /// Opens the account that `store` holds. Sends nothing before it is needed. Resolves to a [`Client`].
    ///
    /// # Errors
    ///
    /// The data of an error, if an option cannot be read.
    #[cfg(feature = "full")]
    pub fn stored(
        host: &Host,
        options: &str,
        store: JsValue,
        cache: JsValue,
    ) -> Result<Job, JsValue> {
        let (builder, _) = builder(host, options, store, cache)?;
        Ok(Job::start(async move { builder.build().await.map(|inner| Self { inner }.into()) }))
    }

    /// Finds the bucket with this name. Resolves to a [`Bucket`].
    pub fn bucket(&self, name: String) -> Job {
        let client = self.inner.clone();
        Job::start(async move { find(&client, &name).await.map(|inner| Bucket { inner }.into()) })
    }

    /// Resolves to JSON of what the realm accepts of new files, or to `undefined` if it does not say.
    #[wasm_bindgen(js_name = uploadLimits)]
    pub fn upload_limits(&self) -> Job {
        let client = self.inner.clone();
        Job::start(async move {
            let authorization = client.authorization().await?;
            let limits = authorization.allowed.uploads.as_ref();
            Ok(limits.map_or(JsValue::UNDEFINED, |limits| json(&UploadLimits::from(limits)).into()))
        })
    }

    /// Deletes an unfinished large file with its parts. Resolves to `undefined`.
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
    client.bucket(name).await
}

/// A page's credential names the bucket that it uploads to, so no call is needed, nor the code that reads buckets.
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

fn builder(
    host: &Host,
    options: &str,
    store: JsValue,
    cache: JsValue,
) -> Result<(ClientBuilder<WebHost>, ClientOptions), JsValue> {
    let options: ClientOptions =
        options::parse("the options", options).map_err(|error| report(error.data()))?;
    let mut builder = b2_client::ClientBuilder::new(host.inner.clone());
    builder = builder.allow_hosts(&options.allow_hosts);
    if let Some(Milliseconds(budget)) = options.retry_timeout {
        builder = builder.retry(RetryPolicy::default().budget(budget));
    }
    if let Some(requests) = options.requests_per_second {
        builder = builder.requests_per_second(requests);
    }
    #[cfg(feature = "full")]
    {
        builder = super::stores::set(builder, store, cache);
    }
    #[cfg(not(feature = "full"))]
    drop((store, cache));
    Ok((builder, options))
}
