//! The limit of requests per second.

use std::num::NonZeroU32;
use std::pin::pin;
use std::time::Duration;

use b2_client::{Client, ClientBuilder};
use b2_proto::ErrorKind;
use b2_proto::account::Credentials;
use b2_proto::retry::RetryPolicy;
use futures::executor::block_on;
use futures::{FutureExt, poll};

use crate::device::{Device, Network};

fn builder(device: &Device) -> ClientBuilder<Device> {
    let (realm, credentials) = {
        let state = device.state();
        (state.service.config().base_url.clone(), state.service.credentials().clone())
    };
    ClientBuilder::new(device.clone()).credentials(Credentials {
        realm,
        application_key_id: credentials.key_id.into(),
        application_key: credentials.key,
    })
}

/// Returns a client that may send two requests in a second, and has sent one.
async fn limited(device: &Device) -> Client<Device> {
    let retry = RetryPolicy::default().budget(Duration::from_secs(2));
    builder(device).retry(retry).requests_per_second(2).authorize().await.unwrap()
}

fn pass(device: &Device, millis: u64) {
    device.after(Duration::from_millis(millis), Network::Up);
}

#[test]
fn requests_wait_for_their_turn_and_that_is_no_attempt() {
    block_on(async {
        let device = Device::new();
        let client = limited(&device).await;
        let call = || client.list_buckets().into_future().boxed();
        let mut calls: Vec<_> = (0..10).map(|_| call()).collect();
        for sent in 1..=10 {
            for call in &mut calls {
                assert!(poll!(call).is_pending());
            }
            assert_eq!(device.sent(), sent);
            pass(&device, 499);
            for call in &mut calls {
                assert!(poll!(call).is_pending());
            }
            assert_eq!(device.sent(), sent);
            pass(&device, 1);
            // Longer than the budget for those at the end.
            calls.remove(0).await.unwrap();
        }
    });
}

#[test]
fn a_dropped_call_leaves_its_turn_to_the_next() {
    block_on(async {
        let device = Device::new();
        let client = limited(&device).await;
        let call = || client.list_buckets().into_future().boxed();
        let mut dropped: Vec<_> = (0..100).map(|_| call()).collect();
        for call in &mut dropped {
            assert!(poll!(call).is_pending());
        }
        drop(dropped);
        let mut next = call();
        assert!(poll!(&mut next).is_pending());
        pass(&device, 500);
        next.await.unwrap();
        assert_eq!(device.sent(), 2);
    });
}

#[test]
fn after_a_refusal_no_request_of_the_client_is_sent_for_a_while() {
    block_on(async {
        let device = Device::new();
        let client = builder(&device).authorize().await.unwrap();
        let set = |limit| {
            device.state().service.config_mut().requests_per_second = NonZeroU32::new(limit);
        };
        set(1);
        client.list_buckets().await.unwrap();
        let mut refused = pin!(client.list_buckets().into_future());
        assert!(poll!(&mut refused).is_pending());
        set(0);
        let sent = device.sent();
        let isolated = client.isolated();
        let mut other = pin!(isolated.list_buckets().into_future());
        pass(&device, 999);
        assert!(poll!(&mut other).is_pending());
        assert_eq!(device.sent(), sent);
        pass(&device, 1);
        other.await.unwrap();
        pass(&device, 1_000);
        refused.await.unwrap();
        assert_eq!(device.sent(), sent + 2);
    });
}

#[test]
fn no_requests_at_all_are_refused_before_any_is_sent() {
    block_on(async {
        let device = Device::new();
        let builder = || builder(&device).requests_per_second(0);
        for result in [builder().authorize().await, builder().build().await] {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidInput);
        }
        assert_eq!(device.sent(), 0);
    });
}

/// The limit is one of the client, not of the account that it is authorized for.
#[test]
fn the_limit_holds_for_the_next_account_as_well() {
    block_on(async {
        let device = Device::new();
        let client = limited(&device).await;
        let credentials = client.account().unwrap().credentials;
        client.clear_account().await.unwrap();
        let mut authorized = pin!(client.authorize_account(credentials));
        assert!(poll!(&mut authorized).is_pending());
        pass(&device, 500);
        authorized.await.unwrap();
    });
}
