//! Requests over loopback to servers with one behavior each.

#![allow(clippy::unwrap_used, reason = "a test may panic, in its helpers as well")]
#![allow(clippy::single_range_in_vec_init, reason = "a body of one range is one")]

mod bodies;
mod failures;
mod server;

use std::time::Duration;

use b2_client::{Host, HostError, HostRequest, HostResponse, Progress, RequestBody, ResponseBody};
use b2_native::{NativeHost, NativeResponseBody, NativeSource};
use b2_proto::http::RequestHead;
use futures::channel::mpsc;

type Reports = mpsc::UnboundedReceiver<u64>;

fn host() -> NativeHost {
    NativeHost::builder().proxy(false).user_agent_suffix("tests/1").build().unwrap()
}

fn outgoing(
    method: &str,
    url: &str,
    body: RequestBody<NativeSource>,
) -> (HostRequest<NativeSource>, Reports) {
    let (reports, receiver) = mpsc::unbounded();
    let mut head = RequestHead::new(method.into(), url);
    head.headers.push("authorization", "TOKEN").unwrap();
    head.headers.push("x-bz-info-b", "two").unwrap();
    let progress = Progress::new(move |moved| drop(reports.unbounded_send(moved)));
    (HostRequest { head, body, idle_timeout: Duration::from_secs(20), progress }, receiver)
}

async fn send(
    method: &str,
    url: &str,
    body: RequestBody<NativeSource>,
) -> Result<HostResponse<NativeResponseBody>, HostError> {
    host().send(outgoing(method, url, body).0).await
}

async fn collect(incoming: &mut NativeResponseBody) -> Result<Vec<u8>, HostError> {
    let mut all = Vec::new();
    while let Some(chunk) = incoming.chunk().await? {
        all.extend_from_slice(&chunk);
    }
    Ok(all)
}
