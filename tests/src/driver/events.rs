//! Handling of events.

use std::time::Duration;

use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::machine::{Input, TaskId};

use super::{AUTHORIZER, Event, Slot};
use crate::actor::Actor;
use crate::simulation::Simulation;

impl Simulation {
    pub(super) fn handle_event(
        &mut self,
        event: Event,
        actors: &mut [&mut dyn Actor],
        slots: &mut [Slot],
    ) {
        match event {
            Event::RequestArrives(sent) => {
                // An aborted request may or may not arrive at the service.
                let alive =
                    sent.actor == AUTHORIZER || slots[sent.actor].running.contains(&sent.task);
                if alive || self.rng.percent(50) {
                    self.arrives(sent);
                }
            }
            Event::ResponseArrives(sent, response, broken) => {
                self.answered(sent, response, broken, actors, slots);
            }
            Event::RequestTimesOut(actor, task, failure) => {
                if actor != AUTHORIZER && slots[actor].running.contains(&task) {
                    self.invariants.upload_aborted(actor, task);
                }
                self.deliver(actor, task, Input::Failed(failure), actors, slots);
            }
            Event::Deliver(actor, task, input) => self.deliver(actor, task, input, actors, slots),
            Event::BodyReceived { actor, task, sink, offset, bytes, end, so_far } => {
                if !slots[actor].running.contains(&task) {
                    return;
                }
                if let Err(failure) = actors[actor].local().write(sink, offset, &bytes) {
                    return self.deliver(actor, task, Input::Failed(failure), actors, slots);
                }
                slots[actor].network.insert(task, Some(so_far));
                let offline = || TransportError::new(TransportErrorKind::Offline, "");
                let end = if self.offline { Some(Some(offline())) } else { end };
                let input = match end {
                    Some(broken) => Input::Received { bytes: so_far, broken },
                    None => Input::Progress(so_far),
                };
                self.deliver(actor, task, input, actors, slots);
            }
            Event::Cancel(actor, policy) => {
                if !slots[actor].over {
                    actors[actor].cancel(self.time(), policy);
                }
            }
            Event::Control(actor, control) => actors[actor].control(self.time(), control),
            Event::Kill(actor) => {
                self.retain_awaiting(|(awaiting, _)| awaiting != actor);
                self.unqueue(|(queued, _)| queued == actor);
                slots[actor] = Slot { over: true, ..Slot::default() };
                actors[actor].local().close();
                self.invariants.actor_stopped(actor);
            }
            Event::Offline => self.offline = true,
            Event::Online => {
                self.offline = false;
                self.clock.online(self.now);
                for (actor, task) in std::mem::take(&mut self.awaiting_online) {
                    self.deliver(actor, task, Input::Online, actors, slots);
                }
            }
            Event::Sleep(lasts) => self.sleep(lasts, actors, slots),
            Event::ExpireAccountTokens => self.service.expire_account_tokens(),
            Event::ExpireUploadUrls => self.service.expire_upload_urls(),
            Event::ExpireDownloadAuthorizations => self.service.expire_download_authorizations(),
            Event::Replace { name, bytes } => {
                let now = self.timestamp();
                self.service.put_file(now, crate::simulation::BUCKET, &name, bytes);
            }
            Event::CancelUnfinished => self.service.cancel_unfinished(crate::simulation::BUCKET),
            Event::ChangeSource(actor) => {
                actors[actor].local().changed = Some(|| {
                    TransportError::new(TransportErrorKind::SourceChanged, "5 bytes, not 10")
                });
            }
            Event::ChangeFolder(actor, change) => {
                if let Some(folder) = &mut actors[actor].local().folder {
                    folder.change(change);
                }
            }
            Event::Due(actor, task) => self.due(actor, task, actors, slots),
            Event::LimitRate(rate) => self.service.config_mut().requests_per_second = rate,
            Event::ReachStorageCap => self.service.config_mut().caps.storage = Some(0),
        }
    }

    pub(super) fn retain_awaiting(&mut self, but: impl Fn((usize, TaskId)) -> bool) {
        self.awaiting_online.retain(|awaiting| but(*awaiting));
        if self.awaiting_online.is_empty() {
            self.clock.online(self.now);
        }
    }

    /// Suspends the device: time passes, and all connections break.
    fn sleep(&mut self, lasts: Duration, actors: &mut [&mut dyn Actor], slots: &mut [Slot]) {
        self.clock.wait(self.now, None);
        self.now = self.now + lasts;
        if self.clock.suspended_for(self.now).is_none() {
            return;
        }
        for actor in 0..slots.len() {
            for (task, landed) in std::mem::take(&mut slots[actor].network) {
                let asleep = TransportError::new(TransportErrorKind::Asleep, "");
                let input = match landed {
                    Some(bytes) => Input::Received { bytes, broken: Some(asleep) },
                    None => Input::Failed(asleep),
                };
                self.invariants.upload_aborted(actor, task);
                self.deliver(actor, task, input, actors, slots);
            }
        }
    }

    pub(super) fn deliver(
        &mut self,
        actor: usize,
        task: TaskId,
        input: Input,
        actors: &mut [&mut dyn Actor],
        slots: &mut [Slot],
    ) {
        if actor == AUTHORIZER {
            let time = self.time();
            if let Some(authorizing) = &mut self.authorizing {
                authorizing.machine.handle(time, task, input);
            }
            return;
        }
        if slots[actor].running.contains(&task) {
            if !matches!(input, Input::Progress(_) | Input::Delayed(_)) {
                slots[actor].running.remove(&task);
                slots[actor].network.remove(&task);
            }
            actors[actor].handle(self.time(), task, input);
        }
    }
}
