//! The asynchronous driver with suspended and offline devices.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod device;
mod rate;
mod transfers;

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use b2_client::{AccountStore, BoxFuture, Client, Error, MemoryStore};
use b2_proto::ErrorKind;
use b2_proto::account::{Credentials, Snapshot};
use b2_proto::retry::RetryPolicy;
use device::{Device, Network};
use futures::executor::block_on;
use futures::future::join;
use futures::poll;

/// Returns a client without retries, so that every failed attempt is an error.
async fn client(device: &Device) -> Client<Device> {
    client_with(device, RetryPolicy::default().budget(Duration::ZERO)).await
}

async fn client_with(device: &Device, retry: RetryPolicy) -> Client<Device> {
    let (realm, credentials) = {
        let state = device.state();
        (state.service.config().base_url.clone(), state.service.credentials().clone())
    };
    let credentials = Credentials {
        realm,
        application_key_id: credentials.key_id.into(),
        application_key: credentials.key,
    };
    b2_client::ClientBuilder::new(device.clone())
        .retry(retry)
        .credentials(credentials)
        .authorize()
        .await
        .unwrap()
}

const HOUR: Duration = Duration::from_secs(3_600);

#[test]
fn interrupted_requests_are_sent_again_at_once_after_a_sleep() {
    block_on(async {
        let device = Device::new();
        let client = client(&device).await;
        let before = device.sent();
        device.after(Duration::ZERO, Network::Silent);
        let mut calling = pin!(client.list_buckets().into_future());
        assert!(poll!(&mut calling).is_pending());
        device.after(HOUR, Network::Up);
        assert_eq!(calling.await.unwrap().len(), 0);
        assert_eq!(device.sent(), before + 2);
    });
}

#[test]
fn a_call_that_is_not_polled_while_it_authorizes_blocks_no_other() {
    block_on(async {
        let device = Device::new();
        let client = client(&device).await;
        let credentials = client.account().unwrap().credentials;
        let client = b2_client::ClientBuilder::new(device.clone()).credentials(credentials);
        let client = client.build().await.unwrap();
        device.after(Duration::ZERO, Network::Silent);
        let mut first = pin!(client.list_buckets().into_future());
        assert!(poll!(&mut first).is_pending());
        device.after(Duration::ZERO, Network::Up);
        let mut second = pin!(client.list_buckets().into_future());
        assert!(poll!(&mut second).is_pending());
        device.after(Duration::from_secs(10), Network::Up);
        assert_eq!(second.await.unwrap().len(), 0);
    });
}

/// A store that is slow to save.
#[derive(Clone, Debug, Default)]
struct SlowStore(Arc<MemoryStore>);

impl AccountStore for SlowStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<Snapshot>, Error>> {
        self.0.load()
    }

    fn save<'a>(&'a self, account: &'a Snapshot) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async {
            let mut yielded = false;
            poll_fn(|context| {
                context.waker().wake_by_ref();
                if std::mem::replace(&mut yielded, true) { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
            self.0.save(account).await
        })
    }

    fn clear(&self) -> BoxFuture<'_, Result<(), Error>> {
        self.0.clear()
    }

    fn location(&self) -> String {
        self.0.location()
    }
}

#[test]
fn an_authorization_under_way_does_not_bring_back_an_account_that_is_cleared() {
    block_on(async {
        let device = Device::new();
        let credentials = client(&device).await.account().unwrap().credentials;
        let store = SlowStore::default();
        let client = b2_client::ClientBuilder::new(device).credentials(credentials);
        let client = client.store(store.clone()).build().await.unwrap();
        let (_, cleared) = join(client.list_buckets().into_future(), client.clear_account()).await;
        cleared.unwrap();
        assert_eq!(store.load().await.unwrap(), None);
        assert_eq!(client.account(), None);
    });
}

#[test]
fn a_timer_that_is_a_minute_late_is_not_a_sleep() {
    block_on(async {
        let device = Device::new();
        let client = client_with(&device, RetryPolicy::default()).await;
        let before = device.sent();
        device.after(Duration::ZERO, Network::Silent);
        let mut calling = pin!(client.list_buckets().into_future());
        for _ in 0..6 {
            assert!(poll!(&mut calling).is_pending());
            device.after(Duration::from_secs(88), Network::Silent);
        }
        assert_eq!(device.sent(), before + 1);
    });
}

#[test]
fn a_call_without_a_response_ends_with_the_budget() {
    // Without a budget, the only attempt may take a minute.
    for (budget, waits) in [(600, 600), (25, 25), (1, 1), (0, 60)] {
        block_on(async {
            let device = Device::new();
            let policy = RetryPolicy::default().budget(Duration::from_secs(budget));
            let client = client_with(&device, policy).await;
            let before = device.sent();
            device.after(Duration::ZERO, Network::Silent);
            let mut calling = pin!(client.list_buckets().into_future());
            // This host has no time limit.
            for _ in 0..waits {
                assert!(poll!(&mut calling).is_pending());
                device.after(Duration::from_secs(1), Network::Silent);
            }
            let error = calling.await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Timeout);
            let said = format!("no answer came for {waits} s");
            assert!(error.to_string().contains(&said), "{error}");
            assert_eq!(device.sent(), before + 1);
        });
    }
}

#[test]
fn an_offline_client_sends_nothing() {
    block_on(async {
        let device = Device::new();
        let client = client(&device).await;
        let before = device.sent();
        device.after(Duration::ZERO, Network::Offline);
        let mut calling = pin!(client.list_buckets().into_future());
        for _ in 0..10 {
            assert!(poll!(&mut calling).is_pending());
            device.after(HOUR, Network::Offline);
        }
        assert_eq!(device.sent(), before + 1);
        device.after(HOUR, Network::Up);
        assert_eq!(calling.await.unwrap().len(), 0);
        assert_eq!(device.sent(), before + 2);
    });
}
