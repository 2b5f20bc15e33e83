//! The asynchronous driver with suspended and offline devices.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod device;
mod transfers;

use std::pin::pin;
use std::time::Duration;

use b2_client::Client;
use b2_proto::ErrorKind;
use b2_proto::account::Credentials;
use b2_proto::retry::RetryPolicy;
use device::{Device, Network};
use futures::executor::block_on;
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
