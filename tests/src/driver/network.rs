//! Transmits requests and responses between machines and service.

use std::time::Duration;

use b2_proto::account::RequestSlot;
use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::hash::Sha1Digest;
use b2_proto::machine::{Body, Input, Reply, ReplyPlan, Request, SinkId, TaskId};
use b2_sim::faults::RequestKind;
use bytes::Bytes;

use super::{AUTHORIZER, Event, Sent, Slot};
use crate::actor::{Actor, Local};
use crate::simulation::Simulation;

impl Simulation {
    pub(super) fn send(
        &mut self,
        local: &Local,
        parallel: usize,
        actor: usize,
        task: TaskId,
        request: Request,
        slot: RequestSlot,
    ) {
        let head = http::Request::try_from(&request.head).expect("a request can be sent");
        let (head, ()) = head.into_parts();
        let (body, digest) = match request.body {
            Body::Empty => (Bytes::new(), None),
            Body::Bytes(bytes) => (bytes, None),
            Body::Spans { spans, digest_at_end } => {
                let mut body = match local.spans(&spans) {
                    Ok(body) => body,
                    Err(failure) => {
                        let soon = self.latency();
                        self.schedule(soon, Event::Deliver(actor, task, Input::Failed(failure)));
                        return;
                    }
                };
                let digest = digest_at_end.then(|| Sha1Digest::of(&body));
                if let Some(digest) = digest {
                    body.extend_from_slice(&digest.to_hex_bytes());
                }
                (body.freeze(), digest)
            }
        };
        if RequestKind::of(&head) == Some(RequestKind::Upload) {
            self.invariants.upload_started(actor, task, &head, parallel);
            let (soon, some) = (self.latency(), self.rng.below(body.len() as u64 + 1));
            self.schedule(soon, Event::Deliver(actor, task, Input::Progress(some)));
        }
        self.invariants.copy_started(actor, &head, &body);
        let soon = self.latency();
        self.schedule(
            soon,
            Event::RequestArrives(Sent {
                actor,
                task,
                head,
                body,
                digest,
                plan: request.reply,
                idle_timeout: request.idle_timeout,
                slot,
            }),
        );
    }

    pub(super) fn arrives(&mut self, sent: Sent) {
        let Some(kind) = RequestKind::of(&sent.head) else {
            panic!("B2 has no such call: {}", sent.head.uri.path());
        };
        let request = http::Request::from_parts(sent.head.clone(), sent.body.clone());
        let delivery = self.handle_at_server(&request).unwrap_or_else(|| {
            let fault = self.faults.next(kind);
            self.service.handle_with_fault(self.timestamp(), request, fault)
        });
        if let Some(response) = &delivery.response {
            self.note_secrets(response.body());
        }
        if delivery.silent {
            // Hosts end requests after the idle timeout.
            let failure =
                TransportError::new(TransportErrorKind::Timeout, "no data was transferred");
            let idle = Event::RequestTimesOut(sent.actor, sent.task, failure);
            return self.schedule(sent.idle_timeout, idle);
        }
        let after = self.latency() + delivery.delay;
        self.schedule(after, Event::ResponseArrives(sent, delivery.response, delivery.broken));
    }

    /// Records issued tokens, which must never be printed.
    fn note_secrets(&mut self, body: &Bytes) {
        const KEY: &str = "\"authorizationToken\"";
        let text = String::from_utf8_lossy(body);
        for found in text.split(KEY).skip(1) {
            if let Some(token) = found.split('"').nth(1) {
                self.invariants.add_secret(token);
            }
        }
    }

    /// Delivers a body in up to three pieces.
    pub(super) fn receive(
        &mut self,
        actor: usize,
        task: TaskId,
        (sink, offset): (SinkId, u64),
        (max, ends): (u64, bool),
        body: &Bytes,
        breaks: bool,
    ) {
        let whole = body.len() as u64;
        let taken = whole.min(max);
        // Bytes beyond the limit are not read, so an interruption there has no effect.
        let broken = (breaks && whole <= max)
            .then(|| TransportError::new(TransportErrorKind::Broken, "the connection was reset"));
        let too_long =
            || TransportError::new(TransportErrorKind::TooLong, "more than it announced");
        let broken = broken.or_else(|| (ends && whole > max).then(too_long));
        let mut start = 0;
        for piece in (0..3).rev() {
            let end = if piece == 0 { taken } else { self.rng.between(start, taken) };
            let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
            let event = Event::BodyReceived {
                actor,
                task,
                sink,
                offset: offset + start,
                bytes: body.slice(at(start)..at(end)),
                end: (piece == 0).then(|| broken.clone()),
                so_far: end,
            };
            let after = Duration::from_millis(self.profile.latency * (3 - piece));
            self.schedule(after, event);
            start = end;
        }
    }

    fn cors_blocked(&self, head: &http::request::Parts) -> bool {
        self.cors_blocked && RequestKind::of(head) == Some(RequestKind::Upload)
    }

    pub(super) fn answered(
        &mut self,
        sent: Sent,
        response: Option<http::Response<Bytes>>,
        broken: bool,
        actors: &mut [&mut dyn Actor],
        slots: &mut [Slot],
    ) {
        let Sent { actor, task, head, body, digest, plan, slot, .. } = sent;
        let heard = !self.offline && !self.cors_blocked(&head);
        let accepted = heard && !broken && response.as_ref().is_some_and(is_success_of_service);
        if actor != AUTHORIZER && slots[actor].running.contains(&task) {
            self.invariants.upload_finished(actor, task, &head, accepted);
            self.invariants.copy_finished(actor, &head, &body, accepted);
        }
        // What a machine does not wait for any more is not read.
        let awaited = actor == AUTHORIZER || slots[actor].running.contains(&task);
        if let Some(response) = response.as_ref().filter(|_| heard && !broken && awaited) {
            let head = b2_proto::http::Response::from(response.clone()).map(drop);
            let now = self.now;
            self.limiter(actor).responded(now, &slot, &head);
        }
        let input = match response {
            _ if self.offline => {
                Input::Failed(TransportError::new(TransportErrorKind::Offline, ""))
            }
            _ if self.cors_blocked(&head) => {
                Input::Failed(TransportError::new(TransportErrorKind::Cors, "no rule allows this"))
            }
            Some(response)
                if matches!(plan, ReplyPlan::Stream { .. })
                    && response.status().is_success()
                    && head.method != http::Method::HEAD =>
            {
                let (parts, body) = response.into_parts();
                if slots[actor].running.contains(&task) {
                    slots[actor].bodies.insert(task, (body, broken));
                }
                Input::Head(http::Response::from_parts(parts, ()).into())
            }
            Some(response) if !broken => {
                let mut reply = Reply::new(response.into());
                reply.sent = digest;
                if let ReplyPlan::Buffer { buffer, max, .. } = plan
                    && reply.response.is_success()
                {
                    reply.buffered = reply.response.body.len() as u64;
                    let body = std::mem::take(&mut reply.response.body);
                    if reply.buffered > max {
                        let error = TransportError::new(TransportErrorKind::TooLong, "more bytes");
                        return self.deliver(actor, task, Input::Failed(error), actors, slots);
                    }
                    if slots.get(actor).is_some_and(|slot| slot.running.contains(&task)) {
                        actors[actor].local().buffers.insert(buffer, body);
                    }
                }
                Input::Reply(reply)
            }
            _ => {
                let kind = if self.rng.percent(50) {
                    TransportErrorKind::Broken
                } else {
                    TransportErrorKind::Timeout
                };
                Input::Failed(TransportError::new(kind, "no answer"))
            }
        };
        self.deliver(actor, task, input, actors, slots);
    }
}

/// Returns whether a response is a success of the service, and not a page of a proxy.
fn is_success_of_service(answer: &http::Response<Bytes>) -> bool {
    let html = answer.headers().get("content-type").is_some_and(|value| value == "text/html");
    answer.status() == 200 && !html
}
