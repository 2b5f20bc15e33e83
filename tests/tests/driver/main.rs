//! The asynchronous driver, over a host that does what the test says: a device that sleeps, or is offline.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod device;
mod transfers;

use std::pin::pin;
use std::time::Duration;

use b2_client::Client;
use b2_proto::account::Credentials;
use b2_proto::retry::RetryPolicy;
use device::{Device, Network};
use futures::executor::block_on;
use futures::poll;

/// An account that repeats nothing, so that whatever costs an attempt fails.
async fn client(device: &Device) -> Client<Device> {
    let (realm, credentials) = {
        let state = device.state();
        (state.service.config().base_url.clone(), state.service.credentials().clone())
    };
    let credentials = Credentials {
        realm,
        application_key_id: credentials.key_id.into(),
        application_key: credentials.key,
    };
    let never = RetryPolicy::default().budget(Duration::ZERO);
    Client::builder(device.clone()).retry(never).authorize(credentials).await.unwrap()
}

const HOUR: Duration = Duration::from_secs(3_600);

#[test]
fn what_was_under_way_during_a_sleep_is_sent_again_at_once() {
    block_on(async {
        let device = Device::new();
        let client = client(&device).await;
        let before = device.sent();
        device.after(Duration::ZERO, Network::Silent);
        let mut calling = pin!(client.list_buckets());
        assert!(poll!(&mut calling).is_pending());
        device.after(HOUR, Network::Up);
        assert_eq!(calling.await.unwrap().len(), 0);
        assert_eq!(device.sent(), before + 2);
    });
}

#[test]
fn a_timer_that_is_a_minute_late_is_no_sleep() {
    block_on(async {
        let device = Device::new();
        let client = client(&device).await;
        let before = device.sent();
        device.after(Duration::ZERO, Network::Silent);
        let mut calling = pin!(client.list_buckets());
        for _ in 0..10 {
            assert!(poll!(&mut calling).is_pending());
            device.after(Duration::from_secs(88), Network::Silent);
        }
        assert_eq!(device.sent(), before + 1);
    });
}

#[test]
fn offline_it_waits_and_sends_nothing() {
    block_on(async {
        let device = Device::new();
        let client = client(&device).await;
        let before = device.sent();
        device.after(Duration::ZERO, Network::Offline);
        let mut calling = pin!(client.list_buckets());
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
