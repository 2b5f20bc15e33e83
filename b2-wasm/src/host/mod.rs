//! The host: whatever runs JavaScript. It asks nothing of it but what windows, workers, Node, Deno and
//! Cloudflare Workers all have.

mod credential;
mod failure;
pub(crate) mod headers;
mod platform;
mod sink;
mod source;
mod transport;

use core::future::Future;
use core::time::Duration;

use b2_client::proto::machine::BodyStyle;
use b2_client::proto::time::{Instant, Timestamp};
use b2_client::{Host, HostError, HostRequest, HostResponse};

pub use credential::{JsCredential, Thrown};
pub use sink::WebSink;
pub use source::{WebReader, WebSource};
pub use transport::WebIncoming;

/// A page, a worker, or another place where JavaScript runs.
#[derive(Clone, Debug, Default)]
pub struct WebHost(());

impl WebHost {
    /// The host.
    #[must_use]
    pub fn new() -> Self {
        Self(())
    }
}

impl Host for WebHost {
    type Source = WebSource;
    type Reader = WebReader;
    type Sink = WebSink;
    type ResponseBody = WebIncoming;

    /// Browsers cannot send a body that they do not know yet; where there is a server, it depends.
    fn body_style(&self) -> BodyStyle {
        if transport::streams_bodies() { BodyStyle::Streamed } else { BodyStyle::Known }
    }

    fn hides_headers(&self) -> bool {
        transport::hides_headers()
    }

    fn now(&self) -> Instant {
        Instant::from_origin(Duration::from_micros((platform::now() * 1_000.0) as u64))
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp::from_millis(js_sys::Date::now().max(0.0) as u64)
    }

    fn seed(&self) -> u64 {
        platform::seed()
    }

    fn sleep_until(&self, deadline: Instant) -> impl Future<Output = ()> {
        platform::sleep(deadline.saturating_since(self.now()))
    }

    fn online(&self) -> impl Future<Output = ()> {
        platform::online()
    }

    fn send(
        &self,
        request: HostRequest<WebSource>,
    ) -> impl Future<Output = Result<HostResponse<WebIncoming>, HostError>> {
        transport::send(request)
    }
}
