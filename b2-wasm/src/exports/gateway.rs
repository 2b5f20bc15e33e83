//! A gateway, which answers the visitors of a web application.

use alloc::borrow::ToOwned;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use b2_client::proto::account::Credentials;
use b2_client::proto::gateway::{self, GatewayConfig, GatewayEvent, Responder, Route, SmallFiles};
use b2_client::proto::http::RequestHead;
use b2_client::proto::retry::RetryPolicy;
use b2_client::proto::secret::Secret;
use b2_client::{Client, Host as _};
use js_sys::{Function, Uint8Array};
use serde::Deserialize;
use wasm_bindgen::prelude::*;
use web_sys::{Response, ResponseInit};

use super::error::report;
use super::grant;
use super::host::Host;
use super::job::Job;
use super::options::{self, Milliseconds, Seconds};
use crate::host::{WebHost, headers};
use crate::store::JsonStore;

/// Answers visitors in the place of B2, with the application's own account.
#[wasm_bindgen]
#[derive(Clone, Debug)]
pub struct Gateway(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    host: WebHost,
    gateway: gateway::Gateway,
    credentials: Credentials,
    store: JsValue,
    on_failed: Function,
    client: RefCell<Option<Client<WebHost>>>,
}

/// The options of `createGateway` that are neither secrets nor functions.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Options {
    key_id: String,
    realm: Option<String>,
    base_url: Option<String>,
    #[serde(default)]
    trust_forwarded: bool,
    origins: Option<Vec<String>>,
    small_files: Option<SmallFileRule>,
    part_size: Option<u64>,
    resumable_for: Option<Seconds>,
    retry_timeout: Option<Milliseconds>,
}

/// `GatewayOptions.smallFiles`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum SmallFileRule {
    Relay(u64),
    IssueKey(Seconds),
    Refuse,
}

impl Options {
    /// The first secret signs.
    fn into_config(self, secrets: &[Vec<u8>], realm: &str) -> GatewayConfig {
        let (secret, others) = secrets
            .split_first()
            .map_or((&[][..], &[][..]), |(secret, others)| (&**secret, others));
        let mut config = match self.base_url {
            Some(url) => GatewayConfig::new(url, secret),
            None => GatewayConfig::at_any_url(secret),
        };
        for secret in others {
            config = config.previous_secret(secret);
        }
        if self.trust_forwarded {
            config = config.trust_forwarded();
        }
        if let Some(small_files) = self.small_files {
            config = config.small_files(match small_files {
                SmallFileRule::Relay(limit) => SmallFiles::Relay { limit },
                SmallFileRule::IssueKey(Seconds(lifetime)) => {
                    SmallFiles::IssueKey { realm: realm.to_owned(), lifetime }
                }
                SmallFileRule::Refuse => SmallFiles::Refuse,
            });
        }
        if let Some(bytes) = self.part_size {
            config = config.part_size(bytes);
        }
        if let Some(Seconds(lifetime)) = self.resumable_for {
            config = config.file_id_lifetime(lifetime);
        }
        if let Some(Milliseconds(budget)) = self.retry_timeout {
            config = config.retry(RetryPolicy::default().budget(budget).cap(budget / 4));
        }
        config.origins(self.origins.unwrap_or_default())
    }
}

#[wasm_bindgen]
impl Gateway {
    /// A gateway. Nothing is sent before it is needed. The first of `secrets` signs. `settings` is JSON; `on_failed` is
    /// called with the data of an error when a call to B2 fails for good.
    #[wasm_bindgen(constructor)]
    pub fn new(
        host: &Host,
        key: String,
        secrets: Vec<Uint8Array>,
        settings: &str,
        store: JsValue,
        on_failed: Function,
    ) -> Result<Gateway, JsValue> {
        let options: Options =
            options::parse("createGateway", settings).map_err(|error| report(error.data()))?;
        let key_id = options.key_id.clone();
        let realm = options.realm.clone().unwrap_or_else(|| "production".to_owned());
        let secrets: Vec<_> = secrets.into_iter().map(|secret| secret.to_vec()).collect();
        let config = options.into_config(&secrets, &realm);
        let gateway = gateway::Gateway::new(config).map_err(|error| report(&error))?;
        let credentials =
            Credentials { realm, application_key_id: key_id.into(), application_key: key.into() };
        let (host, client) = (host.inner.clone(), RefCell::default());
        Ok(Self(Rc::new(Inner { host, gateway, credentials, store, on_failed, client })))
    }

    /// Reads the head of a request.
    #[must_use]
    pub fn receive(&self, request: &web_sys::Request) -> IncomingRequest {
        let headers = headers::from_fetch(&request.headers());
        let method = request.method().as_str().into();
        let head = RequestHead { headers, ..RequestHead::new(method, request.url()) };
        let request = self.0.gateway.receive(head, self.0.host.timestamp());
        IncomingRequest { inner: self.0.clone(), request }
    }
}

impl Inner {
    /// The application's account, for one request. It does not wait for another request, since a host may abort any of
    /// them.
    async fn client(&self) -> Result<Client<WebHost>, b2_client::Error> {
        if let Some(known) = &*self.client.borrow() {
            return Ok(known.isolated());
        }
        let mut builder =
            b2_client::ClientBuilder::new(self.host.clone()).retry(self.gateway.retry());
        if self.store.is_object() {
            builder = builder.store(JsonStore::in_object(self.store.clone()));
        }
        let client = builder.credentials(self.credentials.clone()).build().await?;
        Ok(self.client.borrow_mut().get_or_insert(client).isolated())
    }
}

/// A request whose head was received.
#[wasm_bindgen]
#[derive(Debug)]
pub struct IncomingRequest {
    inner: Rc<Inner>,
    request: gateway::IncomingRequest,
}

#[wasm_bindgen]
impl IncomingRequest {
    /// Whether the application must authorize the visitor.
    #[wasm_bindgen(getter, js_name = isAuthorization)]
    #[must_use]
    pub fn is_authorization(&self) -> bool {
        self.request.route() == Route::Authorize
    }

    /// Whether the head alone is refused, so that the body is not needed.
    #[wasm_bindgen(getter, js_name = isRefused)]
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.request.is_refused()
    }

    /// The number of bytes of the body that are read at most.
    #[wasm_bindgen(getter, js_name = bodyLimit)]
    #[must_use]
    pub fn body_limit(&self) -> f64 {
        self.request.body_limit() as f64
    }

    /// The owner of the grant, if the request needs a token and has one.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn owner(&self) -> Option<String> {
        self.request.owner().map(str::to_owned)
    }

    /// The visitor's key id.
    #[wasm_bindgen(getter, js_name = keyId)]
    #[must_use]
    pub fn key_id(&self) -> Option<String> {
        self.credentials().map(|(id, _)| id)
    }

    /// The visitor's credential.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn credential(&self) -> Option<String> {
        self.credentials().map(|(_, credential)| credential.expose().to_owned())
    }

    /// Authorizes the visitor with a grant, which is JSON. Resolves to a `Response`, like the methods below.
    pub fn authorize(self, grant: &str) -> Result<Job, JsValue> {
        let grant = grant::parse(grant).map_err(|error| report(error.data()))?;
        let now = self.inner.host.timestamp();
        Ok(run(self.inner, self.request.authorize(now, grant)))
    }

    /// Refuses to authorize the visitor.
    #[must_use]
    pub fn refuse(self) -> Job {
        run(self.inner, self.request.refuse())
    }

    /// Reports that the application failed.
    #[must_use]
    pub fn fail(self) -> Job {
        run(self.inner, self.request.fail())
    }

    /// Refuses a body that is too long.
    #[wasm_bindgen(js_name = tooLong)]
    #[must_use]
    pub fn too_long(self) -> Job {
        run(self.inner, self.request.too_long())
    }

    /// Refuses a body that was too slow.
    #[wasm_bindgen(js_name = tooSlow)]
    #[must_use]
    pub fn too_slow(self) -> Job {
        run(self.inner, self.request.too_slow())
    }

    /// Refuses a body for which there is no memory at the moment.
    #[must_use]
    pub fn busy(self) -> Job {
        run(self.inner, self.request.busy())
    }

    /// Responds to the request with this body.
    #[must_use]
    pub fn respond(self, body: Vec<u8>) -> Job {
        let host = &self.inner.host;
        let answer = self.request.respond(host.timestamp(), host.seed(), &body.into());
        run(self.inner, answer)
    }
}

impl IncomingRequest {
    fn credentials(&self) -> Option<(String, Secret)> {
        self.request.credentials()
    }
}

fn run(inner: Rc<Inner>, answer: Responder) -> Job {
    Job::start(async move {
        let on_event = |event| {
            if let GatewayEvent::Failed(error) = event {
                let _ = inner.on_failed.call1(&JsValue::NULL, &report(&error));
            }
        };
        let response = inner.client().await?.run(answer, on_event).await?;
        let init = ResponseInit::new();
        init.set_status(response.status);
        init.set_headers(&headers::to_array(&response.headers));
        let body = Uint8Array::from(&*response.body);
        // Some responses must not have a body, not even an empty one.
        let body = (body.length() > 0).then_some(&body);
        let response = Response::new_with_opt_js_u8_array_and_init(body, &init);
        // The gateway's status codes and headers are valid.
        Ok(response.unwrap_throw().into())
    })
}
