//! A simulator, an application with several visitors, and a host of its gateway in this process or in Node.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use b2_native::gateway::{Application, ApplicationError, GatewayHost, Limits, Problem};
use b2_native::{ClientBuilder, NativeHost};
use b2_proto::account::Credentials;
use b2_proto::gateway::{Gateway, GatewayConfig, Grant, IncomingRequest, Names, Uploads};
use b2_sim::server::{Server, ServerOptions, Storage};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

pub(crate) const BUCKET: &str = "visitors-files";
pub(crate) const SECRET: &str = "thirty-two bytes that sign tokens";
pub(crate) const MAX_BYTES: u64 = 5_000;
pub(crate) const TYPES: [&str; 2] = ["image/*", "text/plain"];

/// A visitor with a session, and the permissions of the visitor.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    pub(crate) name: &'static str,
    prefix: &'static str,
    seconds: u64,
    /// Some of `upload`, `attachment`, `unique`, `list`, `download` and `copy`.
    may: &'static [&'static str],
}

/// The visitors: two with all permissions, a third in the folder of the first, and others with fewer permissions.
pub(crate) fn visitors() -> Vec<Visitor> {
    let visitor = |name, prefix, may| Visitor { name, prefix, seconds: 3_600, may };
    vec![
        visitor("ada", "u/ada/", &["upload", "list", "download"]),
        visitor("bob", "u/bob/", &["upload", "list", "download"]),
        visitor("eve", "u/ada/", &["upload", "list", "download"]),
        visitor("nothing", "u/ada/", &[]),
        visitor("lister", "u/ada/", &["list"]),
        visitor("loader", "u/ada/", &["download"]),
        visitor("sender", "u/ada/", &["upload"]),
        visitor("careful", "u/careful/", &["upload", "attachment", "list", "download"]),
        visitor("copier", "u/ada/", &["upload", "list", "download", "copy"]),
        visitor("copies own", "u/ada/", &["upload", "list", "copy"]),
        visitor("unique", "u/unique/", &["upload", "unique", "list"]),
        Visitor { seconds: 1, ..visitor("brief", "u/ada/", &["upload", "list", "download"]) },
    ]
}

/// Returns the credential of a visitor.
pub(crate) fn session(name: &str) -> String {
    format!("the session of {name}")
}

impl Visitor {
    fn may(&self, what: &str) -> bool {
        self.may.contains(&what)
    }

    fn grant(&self) -> Grant {
        let lifetime = Duration::from_secs(self.seconds);
        let mut grant = Grant::in_own_bucket(self.name, BUCKET, self.prefix, lifetime);
        if self.may("upload") {
            let mut uploads = Uploads::new(MAX_BYTES, TYPES);
            if self.may("attachment") {
                uploads = uploads.attachment();
            }
            if self.may("unique") {
                uploads = uploads.names(Names::Unique);
            }
            grant = grant.uploads(uploads);
        }
        if self.may("list") {
            grant = grant.list();
        }
        if self.may("download") {
            grant = grant.download();
        }
        if self.may("copy") {
            grant = grant.copy();
        }
        grant
    }

    /// Returns the grant for a host in JavaScript.
    fn json(&self) -> Value {
        let uploads = json!({
            "maxBytes": MAX_BYTES, "types": TYPES, "attachment": self.may("attachment"),
            "names": if self.may("unique") { "unique" } else { "asGiven" },
        });
        json!({
            "owner": self.name, "bucket": BUCKET, "prefix": self.prefix, "lifetime": self.seconds,
            "upload": self.may("upload").then_some(uploads), "list": self.may("list"), "download": self.may("download"),
            "copy": self.may("copy"),
        })
    }
}

/// An application with the sessions of all visitors, and two for which the check fails.
pub(crate) struct Sessions(BTreeMap<String, Grant>);

impl Sessions {
    pub(crate) fn new() -> Self {
        let known = visitors().into_iter().map(|visitor| (session(visitor.name), visitor.grant()));
        Self(known.collect())
    }
}

impl Application for Sessions {
    async fn authorize(
        &self,
        incoming: &IncomingRequest,
    ) -> Result<Option<Grant>, ApplicationError> {
        let Some((_, shown)) = incoming.credentials() else {
            return Ok(None);
        };
        match shown.expose() {
            "throws" => Err("the database at 10.0.0.7 is down".into()),
            "panics" => panic!("the database at 10.0.0.7 is down"),
            shown => Ok(self.0.get(shown).cloned()),
        }
    }

    /// Ignores problems.
    fn report(&self, _trouble: &Problem) {}
}

/// A simulator and one gateway host.
pub(crate) struct Site {
    pub(crate) simulator: Server,
    pub(crate) bucket_id: String,
    /// The key of the application and its ID.
    pub(crate) own: Credentials,
    pub(crate) host: SocketAddr,
    pub(crate) gateway: Option<Arc<GatewayHost<Sessions>>>,
    _hosting: Hosting,
}

enum Hosting {
    Here(JoinHandle<()>),
    Program(Child),
}

impl Drop for Hosting {
    fn drop(&mut self) {
        match self {
            Self::Here(serving) => serving.abort(),
            Self::Program(child) => {
                let _ = child.kill();
                let _ = child.wait();
            }
        }
    }
}

/// Starts a simulator with a bucket and a key for the application.
async fn simulator(storage: Storage) -> (Server, String, Credentials) {
    let mut options = ServerOptions { storage, ..ServerOptions::default() };
    options.config.recommended_part_size = 1_000;
    options.config.absolute_minimum_part_size = 100;
    let server = Server::bind(("127.0.0.1", 0), options).await.expect("it starts");
    let bucket = server.with(|service| service.put_bucket(BUCKET, "allPrivate"));
    let own = Credentials {
        realm: server.realm().to_owned(),
        application_key_id: server.credentials().key_id.clone().into(),
        application_key: server.credentials().key.clone(),
    };
    let client = ClientBuilder::new(NativeHost::new().expect("it starts"))
        .credentials(own.clone())
        .authorize();
    let mut key = b2_proto::api::CreateKey::new(
        "gateway",
        ["writeFiles", "listFiles", "readFiles", "shareFiles"].map(Into::into),
    );
    key.bucket_ids = Some(vec![bucket.clone().into()]);
    let key = client.await.expect("it answers").create_key(key).await.expect("it answers");
    let own = Credentials {
        application_key_id: key.key.application_key_id,
        application_key: key.application_key,
        ..own
    };
    (server, bucket, own)
}

impl Site {
    /// Starts a host in this process.
    pub(crate) async fn here(storage: Storage, limits: Limits, secret: &str) -> Self {
        let (simulator, bucket_id, own) = simulator(storage).await;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("it listens");
        let host = listener.local_addr().expect("it listens");
        let config = GatewayConfig::new(format!("http://{host}"), secret.as_bytes());
        let gateway = Gateway::new(config.origins(["https://app.example"])).expect("it is right");
        let client =
            ClientBuilder::new(NativeHost::new().expect("it starts")).retry(gateway.retry());
        let client = client.credentials(own.clone()).build().await.expect("it has a key");
        let gateway = Arc::new(GatewayHost::new(client, gateway, Sessions::new()).limits(limits));
        let serving = tokio::spawn(Arc::clone(&gateway).serve(listener));
        let gateway = Some(gateway);
        Self { simulator, bucket_id, own, host, gateway, _hosting: Hosting::Here(serving) }
    }

    /// Starts a host in Node, from the npm package that `cargo xtask package` built.
    pub(crate) async fn in_node() -> Self {
        let package = package().expect("the npm package was built: `cargo xtask package`");
        let (simulator, bucket_id, own) = simulator(Storage::Discard).await;
        // A free port.
        let free = TcpListener::bind(("127.0.0.1", 0)).await.and_then(|free| free.local_addr());
        let host = free.expect("it listens");
        let grants: BTreeMap<_, _> =
            visitors().iter().map(|visitor| (session(visitor.name), visitor.json())).collect();
        let options = json!({
            "package": package, "port": host.port(), "grants": grants,
            "gateway": {
                "realm": own.realm, "keyId": own.application_key_id, "key": own.application_key.expose(),
                "secret": SECRET, "origins": ["https://app.example"],
            },
        });
        let script = b2_tests::workspace_root().join("tests/tests/attacks/host.mjs");
        let mut node = Command::new("node");
        node.arg(script).arg(options.to_string()).stdout(Stdio::null()).stderr(Stdio::null());
        let hosting = Hosting::Program(node.spawn().expect("node starts"));
        for _ in 0..1_000 {
            if std::net::TcpStream::connect(host).is_ok() {
                let gateway = None;
                return Self { simulator, bucket_id, own, host, gateway, _hosting: hosting };
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the host in Node does not start");
    }

    /// Returns the state of the service without tokens: files, parts, keys and buckets.
    pub(crate) fn state(&self) -> Vec<u8> {
        self.simulator.with(|service| service.save()).expect("no bytes are kept")
    }
}

/// Returns the folder of the npm package, if it was built.
fn package() -> Option<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let root = b2_tests::workspace_root().join("target");
    let package = target.unwrap_or(root).join("npm/js/entry/gateway.node.js");
    package.canonicalize().ok()
}

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("it starts")
}
