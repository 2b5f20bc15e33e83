//! Everything outside the machines: simulator, network, account and clock.

use std::collections::BTreeMap;
use std::time::Duration;

use b2_proto::account::{Account, Credentials, RateLimiter, RequestSlot};
use b2_proto::api::{AuthorizeAccount, CreateKey};
use b2_proto::call::Call;
use b2_proto::machine::{Request, TaskId};
use b2_proto::retry::RetryPolicy;
use b2_proto::suspend_clock::SuspendClock;
use b2_proto::time::{Instant, Timestamp};
use b2_sim::faults::{Faults, Rates};
use b2_sim::{Config, Pages, Service};

use crate::actor::{Local, Running};
use crate::driver::Event;
use crate::invariants::Invariants;
use crate::rng::Rng;
use crate::server::Server;

/// The bucket of every simulation.
pub const BUCKET: &str = "the-bucket";

/// The wall-clock time at which every simulation starts, in milliseconds.
const EPOCH: u64 = 1_700_000_000_000;

/// The faults and the latency of network and service.
#[derive(Clone, Copy, Debug)]
pub struct FaultProfile {
    /// The rates of faults.
    pub rates: Rates,
    /// The longest latency of a request or a response, in milliseconds.
    pub latency: u64,
}

impl FaultProfile {
    /// Returns a profile without faults.
    #[must_use]
    pub fn none() -> Self {
        Self { rates: Rates::none(), latency: 20 }
    }

    /// Returns a profile with all faults that a client can detect without a SHA-1.
    #[must_use]
    pub fn heavy() -> Self {
        let corrupting = Self::corrupting();
        let rates = Rates { truncated_cleanly: 0, corrupted: 0, ..corrupting.rates };
        Self { rates, ..corrupting }
    }

    /// Returns a profile with all faults, including truncated and corrupted downloads.
    #[must_use]
    pub fn corrupting() -> Self {
        Self { rates: Rates { never_answers: 15, ..Rates::heavy() }, latency: 80 }
    }
}

/// A simulator, a network, an account and a clock.
#[derive(Debug)]
pub struct Simulation {
    /// The simulator.
    pub service: Service,
    /// The source of all random numbers.
    pub rng: Rng,
    /// The account that the machines share.
    pub account: Account,
    /// Another client of the account: those actors whose index is at least this, and the limiter of their requests.
    pub other_client: Option<(usize, RateLimiter)>,
    /// Whether to check the `Debug` output of machines for secrets while they run. It is always checked at their end.
    pub check_secrets: bool,
    /// The number of authorizations.
    pub authorizations: u32,
    /// A server that responds to some requests in the place of the simulator.
    pub server: Option<Box<dyn Server>>,
    /// Whether a browser blocks the responses to uploads for lack of a CORS rule.
    pub cors_blocked: bool,
    pub(crate) offline: bool,
    pub(crate) awaiting_online: Vec<(usize, TaskId)>,
    /// Requests that wait for their turn.
    pub(crate) queued: BTreeMap<(usize, TaskId), (Request, RequestSlot)>,
    pub(crate) clock: SuspendClock,
    pub(crate) faults: Faults,
    pub(crate) profile: FaultProfile,
    pub(crate) now: Instant,
    pub(crate) events: BTreeMap<(Instant, u64), Event>,
    pub(crate) scheduled: u64,
    pub(crate) authorizing: Option<Authorizing>,
    pub(crate) invariants: Invariants,
    credentials: Credentials,
}

/// An authorization under way, and the tasks that wait for it.
#[derive(Debug)]
pub(crate) struct Authorizing {
    pub(crate) machine: Running<Call<AuthorizeAccount>>,
    pub(crate) waiting: Vec<(usize, TaskId)>,
    pub(crate) deadline: Option<Instant>,
}

impl Simulation {
    /// Creates a simulation with this seed.
    #[must_use]
    pub fn new(seed: u64, profile: FaultProfile) -> Self {
        let mut rng = Rng::new(seed);
        let config = Config {
            seed: rng.seed(),
            recommended_part_size: 1_000,
            absolute_minimum_part_size: 100,
            md5: false,
            pages: if rng.percent(50) { Pages::Short } else { Pages::Full },
            ..Config::default()
        };
        let base_url = config.base_url.clone();
        let mut service = Service::new(config);
        service.put_bucket(BUCKET, "allPrivate");
        let credentials = Credentials {
            realm: base_url,
            application_key_id: service.credentials().key_id.clone().into(),
            application_key: service.credentials().key.clone(),
        };
        let mut invariants = Invariants::default();
        invariants.add_secret(credentials.application_key.expose());
        Self {
            service,
            account: Account::new(credentials.clone()),
            other_client: None,
            check_secrets: true,
            authorizations: 0,
            server: None,
            cors_blocked: false,
            offline: false,
            awaiting_online: Vec::new(),
            queued: BTreeMap::new(),
            clock: SuspendClock::default(),
            faults: Faults::new(rng.seed(), profile.rates),
            profile,
            now: Instant::ORIGIN,
            events: BTreeMap::new(),
            scheduled: 0,
            authorizing: None,
            invariants,
            credentials,
            rng,
        }
    }

    /// Returns the id of the bucket.
    #[must_use]
    pub fn bucket_id(&mut self) -> b2_proto::model::BucketId {
        self.service.put_bucket(BUCKET, "allPrivate").into()
    }

    /// Returns the virtual time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.now.since_origin()
    }

    /// Returns the wall-clock time.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        let millis = u64::try_from(self.elapsed().as_millis()).unwrap_or(u64::MAX);
        Timestamp::from_millis(EPOCH.saturating_add(millis))
    }

    /// Restarts the process: of the account, only the stored snapshot remains.
    pub fn restart(&mut self) {
        self.events.clear();
        self.queued.clear();
        self.authorizing = None;
        self.invariants = Invariants::default();
        self.invariants.add_secret(self.credentials.application_key.expose());
        self.account = match self.account.snapshot() {
            Some(snapshot) => Account::restore(snapshot, self.now),
            None => Account::new(self.credentials.clone()),
        };
        self.account.allow_hosts(vec!["b2.test".to_owned()]);
    }

    /// Creates an application key, and uses it from now on.
    ///
    /// # Panics
    ///
    /// If the key cannot be made.
    pub fn switch_to_key(&mut self, key: CreateKey) {
        let call = Call::new(key, RetryPolicy::default(), self.rng.seed());
        let mut running = Running::new(call, Local::default(), 1);
        self.run(&mut [&mut running]);
        let made = running.result.expect("it ended").expect("the key was made");
        self.credentials.application_key_id = made.key.application_key_id;
        self.credentials.application_key = made.application_key;
        self.invariants.add_secret(self.credentials.application_key.expose());
        self.account = Account::new(self.credentials.clone());
    }

    /// Uses these credentials, at their realm, from now on.
    pub fn switch_to_credentials(&mut self, credentials: Credentials) {
        self.invariants.add_secret(credentials.application_key.expose());
        self.account = Account::new(credentials.clone());
        // The host to which a gateway refers visitors; in production it is one of Backblaze.
        self.account.allow_hosts(vec!["b2.test".to_owned()]);
        self.credentials = credentials;
    }

    /// Sets the rates of faults from now on.
    pub fn set_rates(&mut self, rates: Rates) {
        self.faults = Faults::new(self.rng.seed(), rates);
    }

    /// Turns all faults off.
    pub fn clear_faults(&mut self) {
        self.set_rates(Rates::none());
    }

    pub(crate) fn credentials(&self) -> Credentials {
        self.credentials.clone()
    }

    pub(crate) fn begin_authorization(&mut self) -> Authorizing {
        let credentials = self.credentials();
        let call = AuthorizeAccount {
            realm: credentials.realm,
            application_key_id: credentials.application_key_id,
            application_key: credentials.application_key,
        };
        let call = Call::new(call, RetryPolicy::default(), self.rng.seed());
        Authorizing {
            machine: Running::new(call, Local::default(), 1),
            waiting: Vec::new(),
            deadline: None,
        }
    }
}
