//! The server over loopback, with a minimal HTTP client.

#![cfg(feature = "server")]

mod client;
mod connections;
mod control;
mod storage;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};

use crate::client::{Account, TestResult};

#[tokio::test]
async fn a_simulator_can_be_used_in_process_and_served() -> TestResult<()> {
    let simulator = b2_sim::Simulator::new();
    assert_eq!(simulator.realm(), "http://b2.test");
    let server = simulator.serve().await?;
    assert_eq!(simulator.realm(), server.realm());
    let mut account = Account::open(&server).await?;
    simulator.with(|service| service.put_bucket("photos", "allPublic"));
    simulator.with(|service| {
        service.put_file(b2_proto::time::Timestamp::from_millis(1), "photos", "f", "hello")
    });
    assert_eq!(account.get(Method::GET, "/file/photos/f", None).await?.body(), "hello");
    let request = Request::get("/file/photos/f").body(Full::<Bytes>::default())?;
    let response = simulator.respond(request).await?;
    assert_eq!(response.into_body().collect().await?.to_bytes(), "hello");
    assert_eq!(simulator.requests().len(), 3);
    Ok(())
}
