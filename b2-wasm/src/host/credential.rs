//! The credential of a visitor, which the page provides for each authorization.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use b2_client::proto::ErrorKind;
use b2_client::proto::account::Credentials;
use b2_client::{BoxFuture, CredentialProvider, Error};
use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

use crate::task::settled;

/// A function that returns a credential, or a promise of one.
pub struct JsCredential {
    realm: String,
    key_id: String,
    give: Function,
}

impl JsCredential {
    /// Credentials for this realm, under this key id.
    #[must_use]
    pub fn new(realm: String, key_id: String, give: Function) -> Self {
        Self { realm, key_id, give }
    }
}

impl CredentialProvider for JsCredential {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, Error>> {
        Box::pin(async {
            let given = match self.give.call0(&JsValue::UNDEFINED) {
                Ok(given) => settled(&Promise::resolve(&given)).await,
                Err(thrown) => Err(thrown),
            };
            let text = |given: JsValue| given.as_string().ok_or_else(|| "it is no string".into());
            let credential = given.and_then(text).map_err(|thrown| {
                let message = "no credential was given for the realm; is the session over?";
                let error = b2_client::proto::Error::new(ErrorKind::NoCredential, message);
                Error::with_cause(error, Thrown(thrown))
            })?;
            Ok(Credentials {
                realm: self.realm.clone(),
                application_key_id: self.key_id.clone().into(),
                application_key: credential.into(),
            })
        })
    }
}

impl fmt::Debug for JsCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JsCredential")
    }
}

/// An exception of JavaScript, to be passed back to JavaScript. It may hold secrets, so it has no text.
pub struct Thrown(pub(crate) JsValue);

impl fmt::Debug for Thrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Thrown")
    }
}

impl fmt::Display for Thrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an exception")
    }
}

impl core::error::Error for Thrown {}
