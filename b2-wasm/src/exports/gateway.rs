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
use b2_client::{Client, Host};
use js_sys::{Function, Uint8Array};
use serde::Deserialize;
use wasm_bindgen::prelude::*;

use super::error::report;
use super::grant;
use super::job::Job;
use super::options::{self, Milliseconds, Seconds};
use crate::host::{WebHost, headers};
use crate::store::JsStore;

#[wasm_bindgen(module = "/js/platform/answer.js")]
extern "C" {
    /// A `Response`.
    fn respond(status: u16, headers: &str, body: Uint8Array) -> JsValue;
}

/// Answers visitors in the place of B2, with the application's own account.
#[wasm_bindgen]
#[derive(Clone, Debug)]
pub struct Gateway(Rc<Inner>);

#[derive(Debug)]
struct Inner {
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
    realm: Option<String>,
    base_url: Option<String>,
    origins: Option<Vec<String>>,
    small_files: Option<SmallFileRule>,
    part_size: Option<u64>,
    resumable_for: Option<Seconds>,
    #[serde(rename = "patience")]
    retry_timeout: Option<Milliseconds>,
}

/// `GatewayOptions.smallFiles`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum SmallFileRule {
    Relay(u64),
    Mint(Seconds),
    Refuse,
}

impl Options {
    fn into_config(self, secret: &[u8], realm: &str) -> GatewayConfig {
        let mut config = match self.base_url {
            Some(url) => GatewayConfig::new(url, secret),
            None => GatewayConfig::at_any_url(secret),
        };
        if let Some(small_files) = self.small_files {
            config = config.small_files(match small_files {
                SmallFileRule::Relay(limit) => SmallFiles::Relay { limit },
                SmallFileRule::Mint(Seconds(lifetime)) => {
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
    /// A gateway. Nothing is sent before it is needed. `settings` is JSON; `on_failed` is called with the data of
    /// an error when a call to B2 fails for good.
    #[wasm_bindgen(constructor)]
    pub fn new(
        key_id: String,
        key: String,
        secret: &[u8],
        previous: Option<Vec<u8>>,
        settings: &str,
        store: JsValue,
        on_failed: Function,
    ) -> Result<Gateway, JsValue> {
        let options: Options =
            options::parse("createGateway", settings).map_err(|error| report(&error))?;
        let realm = options.realm.clone().unwrap_or_else(|| "production".to_owned());
        let mut config = options.into_config(secret, &realm);
        if let Some(secret) = previous {
            config = config.previous_secret(&secret);
        }
        let gateway = gateway::Gateway::new(config).map_err(|error| report(&error))?;
        let credentials =
            Credentials { realm, application_key_id: key_id.into(), application_key: key.into() };
        let client = RefCell::default();
        Ok(Self(Rc::new(Inner { gateway, credentials, store, on_failed, client })))
    }

    /// Looks at the head of a request; `headers` are lines of `name:value`.
    #[must_use]
    pub fn arrive(&self, method: &str, url: &str, headers: &str) -> Arrival {
        let headers = headers::from_lines(headers);
        let head = RequestHead { headers, ..RequestHead::new(method.into(), url) };
        Arrival {
            inner: self.0.clone(),
            arrival: self.0.gateway.receive(head, WebHost::new().timestamp()),
        }
    }
}

impl Inner {
    /// The application's account, for one request: it waits for no other one, since a host may abort any of them.
    async fn client(&self) -> Client<WebHost> {
        if let Some(known) = &*self.client.borrow() {
            return known.isolated();
        }
        let mut builder = Client::builder(WebHost::new()).retry(self.gateway.retry());
        if self.store.is_object() {
            builder = builder.store(JsStore::new(self.store.clone()));
        }
        let client = builder.build_for(self.credentials.clone()).await;
        self.client.borrow_mut().get_or_insert(client).isolated()
    }
}

/// A request whose head has arrived.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Arrival {
    inner: Rc<Inner>,
    arrival: gateway::IncomingRequest,
}

#[wasm_bindgen]
impl Arrival {
    /// Whether the application has to say who this is.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn asks(&self) -> bool {
        self.arrival.route() == Route::Authorize
    }

    /// Whether the head alone is refused, so that no byte of the body is read.
    #[wasm_bindgen(getter, js_name = isRefused)]
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.arrival.is_refused()
    }

    /// How many bytes of the body are worth reading.
    #[wasm_bindgen(getter, js_name = bodyLimit)]
    #[must_use]
    pub fn body_limit(&self) -> f64 {
        self.arrival.body_limit() as f64
    }

    /// Who asks, as the grant says, if the request needs a token and has one.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn owner(&self) -> Option<String> {
        self.arrival.owner().map(str::to_owned)
    }

    /// The key id that the visitor shows.
    #[wasm_bindgen(getter, js_name = keyId)]
    #[must_use]
    pub fn key_id(&self) -> Option<String> {
        self.credentials().map(|(id, _)| id)
    }

    /// The credential that the visitor shows.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn credential(&self) -> Option<String> {
        self.credentials().map(|(_, credential)| credential.expose().to_owned())
    }

    /// Lets the visitor in with this grant, which is JSON. Ends with a `Response`, as the others do.
    pub fn admit(self, grant: &str) -> Result<Job, JsValue> {
        let grant = grant::parse(grant).map_err(|error| report(&error))?;
        let now = WebHost::new().timestamp();
        Ok(run(self.inner, self.arrival.authorize(now, grant)))
    }

    /// Does not let the visitor in.
    #[must_use]
    pub fn refuse(self) -> Job {
        run(self.inner, self.arrival.refuse())
    }

    /// The application could not decide.
    #[must_use]
    pub fn fail(self) -> Job {
        run(self.inner, self.arrival.fail())
    }

    /// The body is longer than it is worth.
    #[wasm_bindgen(js_name = tooLong)]
    #[must_use]
    pub fn too_long(self) -> Job {
        run(self.inner, self.arrival.too_long())
    }

    /// The body has not come in time.
    #[wasm_bindgen(js_name = tooSlow)]
    #[must_use]
    pub fn too_slow(self) -> Job {
        run(self.inner, self.arrival.too_slow())
    }

    /// There is no room for the body at the moment.
    #[must_use]
    pub fn busy(self) -> Job {
        run(self.inner, self.arrival.busy())
    }

    /// Does what is asked for.
    #[must_use]
    pub fn serve(self, body: Vec<u8>) -> Job {
        let host = WebHost::new();
        let answer = self.arrival.respond(host.timestamp(), host.seed(), &body.into());
        run(self.inner, answer)
    }
}

impl Arrival {
    fn credentials(&self) -> Option<(String, Secret)> {
        self.arrival.credentials()
    }
}

fn run(inner: Rc<Inner>, answer: Responder) -> Job {
    Job::start(async move {
        let told = |event| {
            if let GatewayEvent::Failed(error) = event {
                let _ = inner.on_failed.call1(&JsValue::NULL, &report(&error));
            }
        };
        let response = inner.client().await.run(answer, told).await?;
        let body = Uint8Array::from(&*response.body);
        Ok(respond(response.status, &headers::to_lines(&response.headers), body))
    })
}
