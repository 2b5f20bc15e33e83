//! The deterministic driver: a second, synchronous loop over the same machines.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use b2_proto::error::{Failure, FailureKind};
use b2_proto::hash::Sha1Digest;
use b2_proto::machine::{
    Action, Body, Control, Input, OnCancel, Reply, ReplyPlan, Request, Step, TaskId,
};
use b2_proto::time::Instant;
use b2_sim::faults::ExchangeKind;
use bytes::Bytes;

use crate::actor::{Actor, Local};
use crate::world::World;

/// The actor that authorizes for all others.
const AUTHORIZER: usize = usize::MAX;

/// No run takes longer: machines end by themselves.
const END_OF_TIME: Duration = Duration::from_secs(48 * 3_600);

/// What will happen.
#[derive(Debug)]
pub(crate) enum Event {
    /// A request reaches the service.
    Arrives(Sent),
    /// A machine hears of a task.
    Tell(usize, TaskId, Input),
    /// The answer to a request reaches the client.
    Answered(Sent, Option<http::Response<Bytes>>, bool),
    /// Some of a body reaches a sink.
    Lands {
        actor: usize,
        task: TaskId,
        offset: u64,
        bytes: Bytes,
        end: Option<Option<Failure>>,
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
    /// Somebody else uploads another version.
    Replace {
        name: String,
        bytes: Bytes,
    },
    /// The account's storage cap is reached.
    ReachStorageCap,
}

#[derive(Debug)]
pub(crate) struct Sent {
    actor: usize,
    task: TaskId,
    head: http::request::Parts,
    body: Bytes,
    digest: Option<Sha1Digest>,
    plan: ReplyPlan,
}

/// What the driver knows of one actor.
#[derive(Debug, Default)]
struct Slot {
    running: BTreeSet<TaskId>,
    /// Bodies that wait to be received, and whether they break at their end.
    bodies: BTreeMap<TaskId, (Bytes, bool)>,
    /// Tasks that need the network; of those that receive, how many bytes have landed.
    network: BTreeMap<TaskId, Option<u64>>,
    deadline: Option<Instant>,
    over: bool,
}

/// Something that happens to an actor from outside.
impl World {
    /// Cancels an actor of the next run, after so long.
    pub fn cancel_after(&mut self, after: Duration, actor: usize, policy: OnCancel) {
        self.schedule(after, Event::Cancel(actor, policy));
    }

    /// Tells an actor of the next run a wish, after so long.
    pub fn control_after(&mut self, after: Duration, actor: usize, control: Control) {
        self.schedule(after, Event::Control(actor, control));
    }

    /// Stops an actor of the next run dead, after so long: nobody asks it.
    pub fn kill_after(&mut self, after: Duration, actor: usize) {
        self.schedule(after, Event::Kill(actor));
    }

    /// Expires every account token, after so long.
    pub fn expire_account_tokens_after(&mut self, after: Duration) {
        self.schedule(after, Event::ExpireAccountTokens);
    }

    /// Expires every upload URL, after so long.
    pub fn expire_upload_urls_after(&mut self, after: Duration) {
        self.schedule(after, Event::ExpireUploadUrls);
    }

    /// Expires every download authorization, after so long.
    pub fn expire_download_authorizations_after(&mut self, after: Duration) {
        self.schedule(after, Event::ExpireDownloadAuthorizations);
    }

    /// The device is offline for a while, after so long.
    pub fn offline_after(&mut self, after: Duration, lasts: Duration) {
        self.schedule(after, Event::Offline);
        self.schedule(after + lasts, Event::Online);
    }

    /// The device sleeps for a while, after so long.
    pub fn sleep_after(&mut self, after: Duration, lasts: Duration) {
        self.schedule(after, Event::Sleep(lasts));
    }

    /// Uploads another version of a file past the machines, after so long.
    pub fn replace_after(&mut self, after: Duration, name: &str, bytes: Bytes) {
        self.schedule(after, Event::Replace { name: name.to_owned(), bytes });
    }

    /// The account reaches its storage cap, after so long.
    pub fn reach_storage_cap_after(&mut self, after: Duration) {
        self.schedule(after, Event::ReachStorageCap);
    }

    /// Runs the actors until all have ended.
    ///
    /// # Panics
    ///
    /// If one never ends, or something happens that must never happen.
    pub fn run(&mut self, actors: &mut [&mut dyn Actor]) {
        let mut slots: Vec<Slot> = actors.iter().map(|_| Slot::default()).collect();
        loop {
            for actor in 0..actors.len() {
                self.poll(actors[actor], actor, &mut slots[actor]);
            }
            self.poll_authorizer(actors, &slots);
            // Whoever waited for the authorization goes on now.
            if slots.iter().all(|slot| slot.over) {
                break;
            }
            let next = self.agenda.keys().next().map(|(at, _)| *at);
            let authorizer = self.authorizing.as_ref().and_then(|authorizing| authorizing.deadline);
            let deadlines = slots.iter().filter(|slot| !slot.over).filter_map(|slot| slot.deadline);
            let deadline = deadlines.chain(authorizer).min();
            // Nothing else than the machines' deadlines makes this driver look at the clock.
            let deadline = deadline.filter(|_| self.awaiting_online.is_empty());
            let deadline = deadline.map(|deadline| deadline + self.lost());
            let at = next.into_iter().chain(deadline).min();
            let at = at.unwrap_or_else(|| panic!("nothing will ever happen again: {actors:?}"));
            self.now = self.now.max(at);
            assert!(self.elapsed() < END_OF_TIME, "it does not end: {actors:?}");
            if let Some(entry) = self.agenda.first_entry()
                && entry.key().0 <= self.now
            {
                let event = entry.remove();
                self.happen(event, actors, &mut slots);
            }
        }
        self.settle(actors.len());
        assert_eq!(self.service.violations(), [], "the client misbehaved");
    }

    /// Nobody listens any more; what is on its way may still reach the service.
    fn settle(&mut self, actors: usize) {
        (0..actors).for_each(|actor| self.watch.gone(actor));
        for event in std::mem::take(&mut self.agenda).into_values() {
            if let Event::Arrives(sent) = event
                && self.chance.percent(50)
            {
                self.arrives(sent);
            }
        }
        self.agenda.clear();
        self.authorizing = None;
        self.offline = false;
        self.stop_awaiting(|_| false);
    }

    fn schedule(&mut self, after: Duration, event: Event) {
        self.scheduled += 1;
        self.agenda.insert((self.now + after, self.scheduled), event);
    }

    /// The machines' time.
    fn time(&self) -> Instant {
        self.vigil.time(self.now)
    }

    /// By how much it is behind.
    fn lost(&self) -> Duration {
        self.now.saturating_since(self.time())
    }

    fn soon(&mut self) -> Duration {
        let latency = self.weather.latency;
        Duration::from_millis(self.chance.below(latency + 1))
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
                    let most = 3 * parallel + 4;
                    assert!(slot.running.len() <= most, "{} tasks at once", slot.running.len());
                }
                Step::Abort(task) => {
                    slot.running.remove(&task);
                    self.stop_awaiting(|awaiting| awaiting != (index, task));
                    slot.network.remove(&task);
                    slot.bodies.remove(&task);
                    self.watch.aborted(index, task);
                }
                Step::Emit(()) => {
                    if self.chance.percent(10) && self.watchful {
                        self.watch.shows(&actor.shown());
                    }
                }
                Step::Wait(deadline) => {
                    slot.deadline = deadline;
                    break;
                }
                Step::Done(_) => {
                    slot.over = true;
                    self.stop_awaiting(|(actor, _)| actor != index);
                    slot.running.clear();
                    self.watch.gone(index);
                    self.watch.shows(&actor.shown());
                }
            }
        }
        // What nobody has started must change nothing.
        if self.chance.percent(2) {
            actor.handle(self.time(), TaskId(u64::MAX), Input::Progress(1));
            actor.handle(Instant::ORIGIN, TaskId(0), Input::Url(None));
        }
    }

    fn poll_authorizer(&mut self, actors: &mut [&mut dyn Actor], slots: &[Slot]) {
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
                    Event::Tell(index, task, Input::Auth(authorized.clone())),
                );
            }
        }
        let _ = actors;
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
                slot.network.insert(task, None);
                self.send(local, parallel, actor, task, *request);
            }
            Action::Receive { from, sink: _, offset, max, digest: _ } => {
                slot.running.insert(task);
                slot.network.insert(task, Some(0));
                let (body, breaks) = slot.bodies.remove(&from).unwrap_or_default();
                self.receive(actor, task, offset, max, &body, breaks);
            }
            Action::Digest(spans) => {
                slot.running.insert(task);
                let digest = Input::Digest(Sha1Digest::of(&local.spans(&spans)));
                let soon = self.soon();
                self.schedule(soon, Event::Tell(actor, task, digest));
            }
            Action::DigestSink { sink: _, len } => {
                slot.running.insert(task);
                let digest = Input::Digest(local.digest(len));
                let soon = self.soon();
                self.schedule(soon, Event::Tell(actor, task, digest));
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
                self.vigil.offline(self.now);
            }
            Action::TakeUrl(key) => return Some(Input::Url(self.account.take_url(self.now, &key))),
            Action::KeepUrl(key, url) => self.account.keep_url(self.now, key, url),
            Action::Fill { buffer, max } => {
                slot.running.insert(task);
                let (bytes, end) = local.fill(max);
                let filled = Input::Filled { len: bytes.len() as u64, end };
                let taken = local.buffers.insert(buffer, bytes);
                assert!(taken.is_none(), "a buffer is filled before it was released");
                assert!(local.buffers.len() <= parallel + 1, "too many buffers");
                let soon = self.soon();
                self.schedule(soon, Event::Tell(actor, task, filled));
            }
            Action::Release(buffer) => {
                local.buffers.remove(&buffer);
            }
        }
        None
    }

    fn send(
        &mut self,
        local: &Local,
        parallel: usize,
        actor: usize,
        task: TaskId,
        request: Request,
    ) {
        let (head, body) = request.http.into_parts();
        let (body, digest) = match body {
            Body::Empty => (Bytes::new(), None),
            Body::Bytes(bytes) => (bytes, None),
            Body::Spans { spans, digest_at_end } => {
                let mut body = local.spans(&spans);
                let digest = digest_at_end.then(|| Sha1Digest::of(&body));
                if let Some(digest) = digest {
                    body.extend_from_slice(&digest.to_hex_bytes());
                }
                (body.freeze(), digest)
            }
        };
        if ExchangeKind::of(&head) == Some(ExchangeKind::Upload) {
            self.watch.upload(actor, task, &head, parallel);
            let (soon, some) = (self.soon(), self.chance.below(body.len() as u64 + 1));
            self.schedule(soon, Event::Tell(actor, task, Input::Progress(some)));
        }
        let soon = self.soon();
        self.schedule(
            soon,
            Event::Arrives(Sent { actor, task, head, body, digest, plan: request.reply }),
        );
    }

    fn arrives(&mut self, sent: Sent) {
        let Some(kind) = ExchangeKind::of(&sent.head) else {
            panic!("B2 has no such call: {}", sent.head.uri.path());
        };
        let request = http::Request::from_parts(sent.head.clone(), sent.body.clone());
        let delivery = self.at_front(&request).unwrap_or_else(|| {
            let fault = self.faults.next(kind);
            self.service.handle_with(self.timestamp(), request, fault)
        });
        if let Some(response) = &delivery.response {
            self.note_secrets(response.body());
        }
        let after = self.soon() + delivery.delay;
        self.schedule(after, Event::Answered(sent, delivery.response, delivery.broken));
    }

    /// Tokens that were handed out must never show.
    fn note_secrets(&mut self, body: &Bytes) {
        const KEY: &str = "\"authorizationToken\"";
        let text = String::from_utf8_lossy(body);
        for found in text.split(KEY).skip(1) {
            if let Some(token) = found.split('"').nth(1) {
                self.watch.secret(token);
            }
        }
    }

    /// The body arrives in up to three pieces.
    fn receive(
        &mut self,
        actor: usize,
        task: TaskId,
        offset: u64,
        max: u64,
        body: &Bytes,
        breaks: bool,
    ) {
        let whole = body.len() as u64;
        let taken = whole.min(max);
        // What lies beyond the limit is never read, so it does not matter that it breaks.
        let broken = (breaks && whole <= max)
            .then(|| Failure::new(FailureKind::Broken, "the connection was reset"));
        let mut start = 0;
        for piece in (0..3).rev() {
            let end = if piece == 0 { taken } else { self.chance.between(start, taken) };
            let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
            let event = Event::Lands {
                actor,
                task,
                offset: offset + start,
                bytes: body.slice(at(start)..at(end)),
                end: (piece == 0).then(|| broken.clone()),
                so_far: end,
            };
            let after = Duration::from_millis(self.weather.latency * (3 - piece));
            self.schedule(after, event);
            start = end;
        }
    }

    fn happen(&mut self, event: Event, actors: &mut [&mut dyn Actor], slots: &mut [Slot]) {
        match event {
            Event::Arrives(sent) => {
                // An aborted request may have reached the service, or not.
                let alive =
                    sent.actor == AUTHORIZER || slots[sent.actor].running.contains(&sent.task);
                if alive || self.chance.percent(50) {
                    self.arrives(sent);
                }
            }
            Event::Answered(sent, response, broken) => {
                self.answered(sent, response, broken, actors, slots);
            }
            Event::Tell(actor, task, input) => self.tell(actor, task, input, actors, slots),
            Event::Lands { actor, task, offset, bytes, end, so_far } => {
                if !slots[actor].running.contains(&task) {
                    return;
                }
                actors[actor].local().write(offset, &bytes);
                slots[actor].network.insert(task, Some(so_far));
                let offline = || Failure::new(FailureKind::Offline, "");
                let end = if self.offline { Some(Some(offline())) } else { end };
                let input = match end {
                    Some(broken) => Input::Received { bytes: so_far, broken },
                    None => Input::Progress(so_far),
                };
                self.tell(actor, task, input, actors, slots);
            }
            Event::Cancel(actor, policy) => {
                if !slots[actor].over {
                    actors[actor].cancel(self.time(), policy);
                }
            }
            Event::Control(actor, control) => actors[actor].control(self.time(), control),
            Event::Kill(actor) => {
                self.stop_awaiting(|(awaiting, _)| awaiting != actor);
                slots[actor] = Slot { over: true, ..Slot::default() };
                self.watch.gone(actor);
            }
            Event::Offline => self.offline = true,
            Event::Online => {
                self.offline = false;
                self.vigil.online(self.now);
                for (actor, task) in std::mem::take(&mut self.awaiting_online) {
                    self.tell(actor, task, Input::Online, actors, slots);
                }
            }
            Event::Sleep(lasts) => self.sleep(lasts, actors, slots),
            Event::ExpireAccountTokens => self.service.expire_account_tokens(),
            Event::ExpireUploadUrls => self.service.expire_upload_urls(),
            Event::ExpireDownloadAuthorizations => self.service.expire_download_authorizations(),
            Event::Replace { name, bytes } => {
                let now = self.timestamp();
                self.service.put_file(now, crate::world::BUCKET, &name, bytes);
            }
            Event::ReachStorageCap => self.service.config_mut().caps.storage = true,
        }
    }

    fn withheld(&self, head: &http::request::Parts) -> bool {
        self.withheld && ExchangeKind::of(head) == Some(ExchangeKind::Upload)
    }

    fn stop_awaiting(&mut self, but: impl Fn((usize, TaskId)) -> bool) {
        self.awaiting_online.retain(|awaiting| but(*awaiting));
        if self.awaiting_online.is_empty() {
            self.vigil.online(self.now);
        }
    }

    /// Time passes, and no connection survives it.
    fn sleep(&mut self, lasts: Duration, actors: &mut [&mut dyn Actor], slots: &mut [Slot]) {
        self.vigil.wait(self.now, None);
        self.now = self.now + lasts;
        if !self.vigil.overslept(self.now) {
            return;
        }
        for actor in 0..slots.len() {
            for (task, landed) in std::mem::take(&mut slots[actor].network) {
                let asleep = Failure::new(FailureKind::Asleep, "");
                let input = match landed {
                    Some(bytes) => Input::Received { bytes, broken: Some(asleep) },
                    None => Input::Failed(asleep),
                };
                self.watch.aborted(actor, task);
                self.tell(actor, task, input, actors, slots);
            }
        }
    }

    fn answered(
        &mut self,
        sent: Sent,
        response: Option<http::Response<Bytes>>,
        broken: bool,
        actors: &mut [&mut dyn Actor],
        slots: &mut [Slot],
    ) {
        let Sent { actor, task, head, digest, plan, .. } = sent;
        let heard = !self.offline && !self.withheld(&head);
        let accepted =
            heard && !broken && response.as_ref().is_some_and(|answer| answer.status() == 200);
        if actor != AUTHORIZER && slots[actor].running.contains(&task) {
            self.watch.uploaded(actor, task, &head, accepted);
        }
        let input = match response {
            _ if self.offline => Input::Failed(Failure::new(FailureKind::Offline, "")),
            _ if self.withheld(&head) => {
                Input::Failed(Failure::new(FailureKind::Cors, "no rule allows this"))
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
                Input::Head(http::Response::from_parts(parts, ()))
            }
            Some(response) if !broken => Input::Reply(Reply { response, sent: digest }),
            _ => {
                let kind = if self.chance.percent(50) {
                    FailureKind::Broken
                } else {
                    FailureKind::Timeout
                };
                Input::Failed(Failure::new(kind, "no answer"))
            }
        };
        self.tell(actor, task, input, actors, slots);
    }

    fn tell(
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
            if !matches!(input, Input::Progress(_)) {
                slots[actor].running.remove(&task);
                slots[actor].network.remove(&task);
            }
            actors[actor].handle(self.time(), task, input);
        }
    }
}
