//! The deterministic driver: a second, synchronous loop over the same machines.

mod events;
mod folder;
mod network;
mod plan;
mod rate;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::time::Duration;

use b2_proto::account::RequestSlot;
use b2_proto::error::TransportError;
use b2_proto::hash::Sha1Digest;
use b2_proto::machine::{Action, Control, Input, OnCancel, ReplyPlan, SinkId, Step, TaskId};
use b2_proto::time::Instant;
use bytes::Bytes;

use crate::actor::{Actor, Local};
use crate::folder::FolderChange;
use crate::simulation::Simulation;

/// The index of the actor that authorizes for all others.
const AUTHORIZER: usize = usize::MAX;

/// The longest run. Machines must end before it.
const MAX_ELAPSED: Duration = Duration::from_secs(48 * 3_600);

/// A scheduled event.
#[derive(Debug)]
pub(crate) enum Event {
    /// A request arrives at the service.
    RequestArrives(Sent),
    /// An input for a task is delivered to a machine.
    Deliver(usize, TaskId, Input),
    /// The response to a request arrives at the client.
    ResponseArrives(Sent, Option<http::Response<Bytes>>, bool),
    /// The turn of a request may have come.
    Due(usize, TaskId),
    /// A request without a response times out.
    RequestTimesOut(usize, TaskId, TransportError),
    /// A piece of a body arrives in a sink.
    BodyReceived {
        actor: usize,
        task: TaskId,
        sink: SinkId,
        offset: u64,
        bytes: Bytes,
        end: Option<Option<TransportError>>,
        so_far: u64,
    },
    Cancel(usize, OnCancel),
    Control(usize, Control),
    Kill(usize),
    ExpireAccountTokens,
    ExpireUploadUrls,
    Offline,
    Online,
    Sleep(Duration),
    ExpireDownloadAuthorizations,
    /// Another client uploads a new version.
    Replace {
        name: String,
        bytes: Bytes,
    },
    /// The account's storage cap is reached.
    ReachStorageCap,
    /// Another process cancels every unfinished large file.
    CancelUnfinished,
    /// The source of an actor changes.
    ChangeSource(usize),
    /// Another process changes the local folder of an actor.
    ChangeFolder(usize, FolderChange),
    /// The account gets another limit of requests per second.
    LimitRate(Option<NonZeroU32>),
}

#[derive(Debug)]
pub(crate) struct Sent {
    actor: usize,
    task: TaskId,
    head: http::request::Parts,
    body: Bytes,
    digest: Option<Sha1Digest>,
    plan: ReplyPlan,
    idle_timeout: Duration,
    slot: RequestSlot,
}

/// The driver's state of an actor.
#[derive(Debug, Default)]
struct Slot {
    running: BTreeSet<TaskId>,
    /// Bodies that wait to be received, and whether the connection breaks at their end.
    bodies: BTreeMap<TaskId, (Bytes, bool)>,
    /// Tasks that use the network; for those that receive a body, the number of bytes so far.
    network: BTreeMap<TaskId, Option<u64>>,
    /// The last scan, and the last spill or return of one.
    scan: Option<TaskId>,
    spill: Option<TaskId>,
    deadline: Option<Instant>,
    over: bool,
}

impl Simulation {
    /// Runs the actors until all have ended.
    ///
    /// # Panics
    ///
    /// If an actor does not end, or an invariant is violated.
    pub fn run(&mut self, actors: &mut [&mut dyn Actor]) {
        let mut slots: Vec<Slot> = actors.iter().map(|_| Slot::default()).collect();
        loop {
            for actor in 0..actors.len() {
                self.poll(actors[actor], actor, &mut slots[actor]);
            }
            self.poll_authorizer(&slots);
            // Tasks that waited for the authorization continue.
            if slots.iter().all(|slot| slot.over) {
                break;
            }
            let next = self.events.keys().next().map(|(at, _)| *at);
            let authorizer = self.authorizing.as_ref().and_then(|authorizing| authorizing.deadline);
            let deadlines = slots.iter().filter(|slot| !slot.over).filter_map(|slot| slot.deadline);
            let deadline = deadlines.chain(authorizer).min();
            // While the device is offline, this driver does not wake up for deadlines.
            let deadline = deadline.filter(|_| self.awaiting_online.is_empty());
            let deadline = deadline.map(|deadline| deadline + self.lost());
            let at = next.into_iter().chain(deadline).min();
            let at = at.unwrap_or_else(|| panic!("no event is left: {actors:?}"));
            self.now = self.now.max(at);
            assert!(self.elapsed() < MAX_ELAPSED, "the run does not end: {actors:?}");
            if let Some(entry) = self.events.first_entry()
                && entry.key().0 <= self.now
            {
                let event = entry.remove();
                self.handle_event(event, actors, &mut slots);
            }
        }
        self.finish_run(actors.len());
        assert_eq!(self.service.violations(), [], "the client violated a rule of B2");
    }

    /// Ends the run: requests that were sent may still arrive at the service.
    fn finish_run(&mut self, actors: usize) {
        (0..actors).for_each(|actor| self.invariants.actor_stopped(actor));
        for event in std::mem::take(&mut self.events).into_values() {
            if let Event::RequestArrives(sent) = event
                && self.rng.percent(50)
            {
                self.arrives(sent);
            }
        }
        self.events.clear();
        self.unqueue(|_| true);
        self.authorizing = None;
        self.offline = false;
        self.retain_awaiting(|_| false);
    }

    fn schedule(&mut self, after: Duration, event: Event) {
        self.scheduled += 1;
        self.events.insert((self.now + after, self.scheduled), event);
    }

    /// Returns the machines' time, which stands still while the device is suspended.
    fn time(&self) -> Instant {
        self.clock.time(self.now)
    }

    /// Returns by how much the machines' time is behind.
    fn lost(&self) -> Duration {
        self.now.saturating_since(self.time())
    }

    fn latency(&mut self) -> Duration {
        let latency = self.profile.latency;
        Duration::from_millis(self.rng.below(latency + 1))
    }

    fn poll(&mut self, actor: &mut dyn Actor, index: usize, slot: &mut Slot) {
        while !slot.over {
            match actor.poll(self.time()) {
                Step::Start(task, action) => {
                    let parallel = actor.parallel();
                    if let Some(input) =
                        self.start(actor.local(), parallel, index, slot, task, action)
                    {
                        actor.handle(self.time(), task, input);
                    }
                    let most = 4 * parallel + 4;
                    assert!(slot.running.len() <= most, "{} tasks at once", slot.running.len());
                }
                Step::Abort(task) => {
                    slot.running.remove(&task);
                    self.retain_awaiting(|awaiting| awaiting != (index, task));
                    self.unqueue(|queued| queued == (index, task));
                    slot.network.remove(&task);
                    slot.bodies.remove(&task);
                    self.invariants.upload_aborted(index, task);
                }
                Step::Emit(()) => {
                    if self.rng.percent(10) && self.check_secrets {
                        self.invariants.check_no_secret(&actor.debug_output());
                    }
                }
                Step::Wait(deadline) => {
                    slot.deadline = deadline;
                    break;
                }
                Step::Done(_) => {
                    slot.over = true;
                    actor.local().close();
                    self.retain_awaiting(|(actor, _)| actor != index);
                    self.unqueue(|(actor, _)| actor == index);
                    slot.running.clear();
                    self.invariants.actor_stopped(index);
                    self.invariants.check_no_secret(&actor.debug_output());
                }
            }
        }
        // Inputs for unknown tasks must be ignored.
        if self.rng.percent(2) {
            actor.handle(self.time(), TaskId(u64::MAX), Input::Progress(1));
            actor.handle(Instant::ORIGIN, TaskId(0), Input::Url(None));
        }
    }

    fn poll_authorizer(&mut self, slots: &[Slot]) {
        let Some(mut authorizing) = self.authorizing.take() else {
            return;
        };
        let mut slot = Slot::default();
        self.poll(&mut authorizing.machine, AUTHORIZER, &mut slot);
        authorizing.deadline = slot.deadline;
        let Some(result) = authorizing.machine.result.take() else {
            self.authorizing = Some(authorizing);
            return;
        };
        self.authorizations += 1;
        let credentials = self.credentials();
        let authorized = result
            .and_then(|authorization| self.account.authorize(self.now, credentials, authorization));
        for (index, task) in authorizing.waiting {
            if slots[index].running.contains(&task) {
                self.schedule(
                    Duration::ZERO,
                    Event::Deliver(index, task, Input::Auth(authorized.clone())),
                );
            }
        }
    }

    fn start(
        &mut self,
        local: &mut Local,
        parallel: usize,
        actor: usize,
        slot: &mut Slot,
        task: TaskId,
        action: Action,
    ) -> Option<Input> {
        match action {
            Action::Send(request) => {
                slot.running.insert(task);
                return self.queue(local, parallel, actor, slot, task, *request);
            }
            Action::Receive { from, sink, offset, max, ends, digest: _ } => {
                slot.running.insert(task);
                slot.network.insert(task, Some(0));
                let (body, breaks) = slot.bodies.remove(&from).unwrap_or_default();
                self.receive(actor, task, (sink, offset), (max, ends), &body, breaks);
            }
            Action::Peek { from, max } => {
                slot.running.insert(task);
                slot.network.insert(task, None);
                let (mut body, _) = slot.bodies.remove(&from).unwrap_or_default();
                body.truncate(max);
                // The text may take a while to arrive.
                let wait =
                    if self.rng.percent(10) { Duration::from_secs(60) } else { self.latency() };
                self.schedule(wait, Event::Deliver(actor, task, Input::Peeked(body)));
            }
            Action::Digest(spans) => {
                slot.running.insert(task);
                let digest = match local.spans(&spans) {
                    Err(failure) => Input::Failed(failure),
                    Ok(bytes) => Input::Digest(Sha1Digest::of(&bytes)),
                };
                let soon = self.latency();
                self.schedule(soon, Event::Deliver(actor, task, digest));
            }
            Action::DigestSink { sink, len } => {
                slot.running.insert(task);
                let digest = Input::Digest(local.digest(sink, len));
                let soon = self.latency();
                self.schedule(soon, Event::Deliver(actor, task, digest));
            }
            Action::Auth { stale } => {
                if let Some(authorized) = self.account.authorization(self.now, stale) {
                    return Some(Input::Auth(Ok(authorized)));
                }
                slot.running.insert(task);
                let mut authorizing =
                    self.authorizing.take().unwrap_or_else(|| self.begin_authorization());
                authorizing.waiting.push((actor, task));
                self.authorizing = Some(authorizing);
            }
            Action::AwaitOnline => {
                if !self.offline {
                    return Some(Input::Online);
                }
                slot.running.insert(task);
                self.awaiting_online.push((actor, task));
                self.clock.offline(self.now);
            }
            Action::TakeUrl(key) => return Some(Input::Url(self.account.take_url(self.now, &key))),
            Action::KeepUrl(key, url) => self.account.keep_url(self.now, key, url),
            Action::Fill { buffer, max, digest } => {
                slot.running.insert(task);
                let (bytes, end) = local.fill(max);
                let sha1 = (digest && end).then(|| local.digest_of_stream());
                let filled = Input::Filled { len: bytes.len() as u64, end, sha1 };
                let taken = local.buffers.insert(buffer, bytes);
                assert!(taken.is_none(), "a buffer is filled before it was released");
                assert!(local.buffers.len() <= parallel + 1, "too many buffers");
                let soon = self.latency();
                self.schedule(soon, Event::Deliver(actor, task, filled));
            }
            Action::NextIntent => {
                slot.running.insert(task);
                let next = Input::Intent(local.intents.pop_front());
                let soon = self.latency();
                self.schedule(soon, Event::Deliver(actor, task, next));
            }
            Action::ReleaseSource(source) => local.release_source(source),
            Action::Release(buffer) => {
                local.buffers.remove(&buffer);
            }
            action => self.start_in_folder(local, actor, slot, task, action),
        }
        None
    }
}
