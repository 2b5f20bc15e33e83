//! The host: a page, a worker, or another JavaScript runtime. It uses only what windows, workers, Node, Deno and Cloudflare
//! Workers all have, and a [`ServerRuntime`] for the rest.

mod credential;
#[cfg(feature = "full")]
pub(crate) mod database;
mod fetch;
#[cfg(feature = "sync")]
mod folder;
mod globals;
pub(crate) mod headers;
#[cfg(feature = "sync")]
mod js_folder;
mod origins;
mod request;
#[cfg(feature = "sync")]
mod scan;
mod server;
mod shared;
mod sink;
mod source;
mod stream;
mod timer;
mod transport;
mod unanswered;
mod xhr;

use alloc::rc::Rc;
use core::future::Future;
use core::time::Duration;

use b2_client::proto::machine::BodyStyle;
use b2_client::proto::time::{Instant, Timestamp};
use b2_client::{Host, HostError, HostRequest, HostResponse};

pub use credential::{JsCredential, Thrown};
#[cfg(feature = "sync")]
pub use folder::WebFolder;
#[cfg(feature = "sync")]
pub use js_folder::JsFolder;
pub use server::ServerRuntime;
pub use sink::WebSink;
pub use source::WebSource;
pub use stream::WebReader;
pub use transport::WebResponseBody;

use shared::Shared;

/// The size up to which a page reads a body into memory to send it, in bytes.
const MAX_IN_MEMORY: u64 = 64 << 10;

/// A page, a worker, or another JavaScript runtime.
#[derive(Clone, Debug)]
pub struct WebHost(Rc<Shared>);

impl WebHost {
    /// Creates a host; outside of browsers, with what the runtime provides for requests.
    #[must_use]
    pub fn new(server: Option<ServerRuntime>) -> Self {
        let (clock, origins) = (timer::Clock::default(), origins::Origins::new());
        Self(Rc::new(Shared { server, clock, origins }))
    }
}

impl Host for WebHost {
    type Source = WebSource;
    type Reader = WebReader;
    type Sink = WebSink;
    type ResponseBody = WebResponseBody;

    /// Browsers must know a long body before they send it.
    fn body_style(&self) -> BodyStyle {
        let streams = self.0.server.as_ref().is_some_and(ServerRuntime::streams_bodies);
        if streams {
            BodyStyle::Streamed
        } else {
            BodyStyle::Known { max_in_memory: MAX_IN_MEMORY }
        }
    }

    /// A browser shows a page only the headers that CORS rules expose.
    fn hides_headers(&self) -> bool {
        self.0.server.is_none()
    }

    fn now(&self) -> Instant {
        Instant::from_origin(Duration::from_micros((self.0.clock.now() * 1_000.0) as u64))
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp::from_millis(js_sys::Date::now().max(0.0) as u64)
    }

    fn seed(&self) -> u64 {
        globals::random()
    }

    /// The caller checks the deadline again, so the timer may end early.
    fn sleep_until(&self, deadline: Instant) -> impl Future<Output = ()> {
        timer::Timer::until_event(deadline.saturating_since(self.now()))
    }

    async fn online(&self) {
        while globals::is_offline() {
            timer::Timer::until_event(Duration::MAX).await;
        }
    }

    fn send(
        &self,
        request: HostRequest<WebSource>,
    ) -> impl Future<Output = Result<HostResponse<WebResponseBody>, HostError>> {
        transport::send(self.0.clone(), request)
    }
}
