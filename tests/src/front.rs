//! Something that stands in front of the service, and answers some requests in its place.

use std::fmt::Debug;
use std::time::Duration;

use b2_proto::time::Timestamp;
use b2_sim::Service;
use b2_sim::faults::{Delivery, Fault, RequestKind};
use bytes::Bytes;

use crate::world::World;

/// Something that answers requests, and may ask the service for that.
pub trait Front: Debug {
    /// The start of its URLs.
    fn base_url(&self) -> &str;
    /// Answers a request.
    fn handle(
        &mut self,
        now: Timestamp,
        service: &mut Service,
        request: http::Request<Bytes>,
    ) -> http::Response<Bytes>;
}

impl World {
    /// What the front makes of a request, if it is for the front. The network before it is no better than
    /// any other.
    pub(crate) fn at_front(&mut self, request: &http::Request<Bytes>) -> Option<Delivery> {
        let base = self.front.as_ref()?.base_url();
        if !request.uri().to_string().starts_with(base) {
            return None;
        }
        let mut front = self.front.take()?;
        let (head, ()) = request.clone().map(drop).into_parts();
        let fault = self.faults.next(RequestKind::of(&head).expect("a call"));
        let now = self.timestamp();
        let mut handled = || Some(front.handle(now, &mut self.service, request.clone()));
        let (delay, response) = match fault {
            Fault::CutBefore | Fault::CutDuring(_) => (Duration::ZERO, None),
            Fault::CutAfter => {
                drop(handled());
                (Duration::ZERO, None)
            }
            Fault::Unavailable(_) | Fault::TooManyRequests(_) => {
                let body = r#"{"status": 503, "code": "service_unavailable", "message": "busy"}"#;
                let mut response = http::Response::new(Bytes::from_static(body.as_bytes()));
                *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
                (Duration::ZERO, Some(response))
            }
            Fault::Slow(delay) => (delay, handled()),
            _ => (Duration::ZERO, handled()),
        };
        self.front = Some(front);
        let broken = response.is_none();
        Some(Delivery { delay, response, broken, silent: false })
    }
}
