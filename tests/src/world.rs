//! Everything outside of the machines.

use std::collections::BTreeMap;
use std::time::Duration;

use b2_proto::account::{Account, Credentials};
use b2_proto::api::{AuthorizeAccount, CreateKey};
use b2_proto::call::Call;
use b2_proto::machine::TaskId;
use b2_proto::retry::RetryPolicy;
use b2_proto::suspend_clock::SuspendClock;
use b2_proto::time::{Instant, Timestamp};
use b2_sim::faults::{Faults, Rates};
use b2_sim::{Config, Pages, Service};

use crate::actor::{Local, Running};
use crate::chance::Chance;
use crate::driver::Event;
use crate::front::Front;
use crate::watch::Watch;

/// The bucket that every world has.
pub const BUCKET: &str = "the-bucket";

/// The wall-clock time at which every world begins.
const EPOCH: u64 = 1_700_000_000_000;

/// How bad the network and the service are.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// What goes wrong, and how often.
    pub rates: Rates,
    /// The longest way of a request, or of an answer, in milliseconds.
    pub latency: u64,
}

impl Weather {
    /// Nothing goes wrong.
    #[must_use]
    pub fn calm() -> Self {
        Self { rates: Rates::none(), latency: 20 }
    }

    /// Everything goes wrong that can be noticed: an answer that is cut and looks complete cannot be,
    /// where B2 keeps no SHA-1.
    #[must_use]
    pub fn storm() -> Self {
        let flood = Self::flood();
        let rates = Rates { truncated_cleanly: 0, corrupted: 0, ..flood.rates };
        Self { rates, ..flood }
    }

    /// The same, and the bytes themselves are damaged.
    #[must_use]
    pub fn flood() -> Self {
        Self { rates: Rates { never_answers: 15, ..Rates::heavy() }, latency: 80 }
    }
}

/// A B2 service, a network, an account and a clock.
#[derive(Debug)]
pub struct World {
    /// The service.
    pub service: Service,
    /// Makes every choice.
    pub chance: Chance,
    /// What the machines share.
    pub account: Account,
    /// Whether to look for secrets in what the machines show on the way; at their end it is done in any case.
    pub watchful: bool,
    /// How often an account was authorized.
    pub authorizations: u32,
    /// What answers some requests in the service's place.
    pub front: Option<Box<dyn Front>>,
    /// Whether a browser withholds the answers to uploads, since no CORS rule allows them.
    pub withheld: bool,
    pub(crate) offline: bool,
    pub(crate) awaiting_online: Vec<(usize, TaskId)>,
    pub(crate) clock: SuspendClock,
    pub(crate) faults: Faults,
    pub(crate) weather: Weather,
    pub(crate) now: Instant,
    pub(crate) agenda: BTreeMap<(Instant, u64), Event>,
    pub(crate) scheduled: u64,
    pub(crate) authorizing: Option<Authorizing>,
    pub(crate) watch: Watch,
    credentials: Credentials,
}

/// An authorization under way, and who waits for it.
#[derive(Debug)]
pub(crate) struct Authorizing {
    pub(crate) machine: Running<Call<AuthorizeAccount>>,
    pub(crate) waiting: Vec<(usize, TaskId)>,
    pub(crate) deadline: Option<Instant>,
}

impl World {
    /// The world of this seed.
    #[must_use]
    pub fn new(seed: u64, weather: Weather) -> Self {
        let mut chance = Chance::new(seed);
        let config = Config {
            seed: chance.seed(),
            recommended_part_size: 1_000,
            absolute_minimum_part_size: 100,
            md5: false,
            pages: if chance.percent(50) { Pages::Short } else { Pages::Full },
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
        let mut watch = Watch::default();
        watch.secret(credentials.application_key.expose());
        Self {
            service,
            account: Account::new(credentials.clone()),
            watchful: true,
            authorizations: 0,
            front: None,
            withheld: false,
            offline: false,
            awaiting_online: Vec::new(),
            clock: SuspendClock::default(),
            faults: Faults::new(chance.seed(), weather.rates),
            weather,
            now: Instant::ORIGIN,
            agenda: BTreeMap::new(),
            scheduled: 0,
            authorizing: None,
            watch,
            credentials,
            chance,
        }
    }

    /// The id of the bucket.
    #[must_use]
    pub fn bucket_id(&mut self) -> b2_proto::model::BucketId {
        self.service.put_bucket(BUCKET, "allPrivate").into()
    }

    /// The virtual time that has passed.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.now.since_origin()
    }

    /// The wall-clock time.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        let millis = u64::try_from(self.elapsed().as_millis()).unwrap_or(u64::MAX);
        Timestamp::from_millis(EPOCH.saturating_add(millis))
    }

    /// The process dies and another one starts: only what a store keeps of the account is left.
    pub fn restart(&mut self) {
        self.agenda.clear();
        self.authorizing = None;
        self.watch = Watch::default();
        self.watch.secret(self.credentials.application_key.expose());
        self.account = match self.account.snapshot() {
            Some(snapshot) => Account::restore(snapshot, self.now),
            None => Account::new(self.credentials.clone()),
        };
        self.account.allow_hosts(vec!["b2.test".to_owned()]);
    }

    /// Makes an application key, and goes on with that.
    ///
    /// # Panics
    ///
    /// If the key cannot be made.
    pub fn become_key(&mut self, key: CreateKey) {
        let call = Call::new(key, RetryPolicy::default(), self.chance.seed());
        let mut running = Running::new(call, Local::default(), 1);
        self.run(&mut [&mut running]);
        let made = running.result.expect("it ended").expect("the key was made");
        self.credentials.application_key_id = made.key.application_key_id;
        self.credentials.application_key = made.application_key;
        self.watch.secret(self.credentials.application_key.expose());
        self.account = Account::new(self.credentials.clone());
    }

    /// Goes on with these credentials, at their realm.
    pub fn become_visitor(&mut self, credentials: Credentials) {
        self.watch.secret(credentials.application_key.expose());
        self.account = Account::new(credentials.clone());
        // What a gateway sends visitors on to: in production that is a host of Backblaze.
        self.account.allow_hosts(vec!["b2.test".to_owned()]);
        self.credentials = credentials;
    }

    /// From now on this goes wrong.
    pub fn set_rates(&mut self, rates: Rates) {
        self.faults = Faults::new(self.chance.seed(), rates);
    }

    /// From now on nothing goes wrong.
    pub fn clear_up(&mut self) {
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
        let call = Call::new(call, RetryPolicy::default(), self.chance.seed());
        Authorizing {
            machine: Running::new(call, Local::default(), 1),
            waiting: Vec::new(),
            deadline: None,
        }
    }
}
