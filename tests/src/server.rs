//! A server between the client and the simulator, such as a gateway.

use std::fmt::Debug;
use std::time::Duration;

use b2_proto::time::Timestamp;
use b2_sim::Service;
use b2_sim::faults::{Delivery, Fault, RequestKind};
use bytes::Bytes;

use crate::simulation::Simulation;

/// A server that responds to requests under its own URL, and may forward them to the simulator.
pub trait Server: Debug {
    /// Returns the prefix of its URLs.
    fn base_url(&self) -> &str;
    /// Responds to a request.
    fn handle(
        &mut self,
        now: Timestamp,
        service: &mut Service,
        request: http::Request<Bytes>,
    ) -> http::Response<Bytes>;
}

impl Simulation {
    /// Responds to a request if it is for the server, with the same faults of the network as for the simulator.
    pub(crate) fn handle_at_server(&mut self, request: &http::Request<Bytes>) -> Option<Delivery> {
        let base = self.server.as_ref()?.base_url();
        if !request.uri().to_string().starts_with(base) {
            return None;
        }
        let mut server = self.server.take()?;
        let (head, ()) = request.clone().map(drop).into_parts();
        let fault = self.faults.next(RequestKind::of(&head).expect("a call"));
        let now = self.timestamp();
        let mut handled = || Some(server.handle(now, &mut self.service, request.clone()));
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
        self.server = Some(server);
        let broken = response.is_none();
        Some(Delivery { delay, response, broken, silent: false })
    }
}
