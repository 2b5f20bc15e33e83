//! A service with a limit, and clients that send as many requests as they may.

use std::collections::{BTreeMap, VecDeque};

use super::*;
use crate::retry::Rng;

/// A service that accepts some number of requests within any second, and clients with workers.
pub(super) struct Model {
    limit: usize,
    retry_after: Option<u64>,
    latency: u64,
    rng: Rng,
    clients: Vec<RateLimiter>,
    now: Instant,
    events: BTreeMap<(Instant, u64), Event>,
    scheduled: u64,
    recent: VecDeque<Instant>,
    /// The times of accepted and of refused requests, of each client.
    pub(super) accepted: Vec<Vec<Duration>>,
    pub(super) refused: Vec<Vec<Duration>>,
}

enum Event {
    /// A worker of this client has something to send.
    Ready(usize),
    Due(usize, RequestSlot),
    Arrives(usize, RequestSlot),
    Answered(usize, RequestSlot, Response<()>),
}

impl Model {
    pub(super) fn new(seed: u64, limit: usize) -> Self {
        Self {
            limit,
            retry_after: Some(1),
            latency: 20_000,
            rng: Rng::new(seed),
            clients: Vec::new(),
            now: Instant::ORIGIN,
            events: BTreeMap::new(),
            scheduled: 0,
            recent: VecDeque::new(),
            accepted: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// Sets the `Retry-After` of refusals, in seconds.
    pub(super) fn retry_after(self, seconds: Option<u64>) -> Self {
        Self { retry_after: seconds, ..self }
    }

    /// Sets the longest time of one way, in microseconds.
    pub(super) fn latency(self, micros: u64) -> Self {
        Self { latency: micros, ..self }
    }

    /// Adds a client with so many workers, which begin at this time.
    pub(super) fn client(mut self, limiter: RateLimiter, workers: usize, at: Duration) -> Self {
        for _ in 0..workers {
            self.schedule(at, Event::Ready(self.clients.len()));
        }
        self.clients.push(limiter);
        self.accepted.push(Vec::new());
        self.refused.push(Vec::new());
        self
    }

    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Runs until this time.
    pub(super) fn run_until(&mut self, seconds: u64) {
        let end = Instant::ORIGIN + Duration::from_secs(seconds);
        while let Some(entry) = self.events.first_entry()
            && entry.key().0 < end
        {
            self.now = entry.key().0;
            let event = entry.remove();
            self.step(event);
        }
    }

    /// Returns how many of these requests there were from one second on to another.
    pub(super) fn count(times: &[Duration], seconds: core::ops::Range<u64>) -> usize {
        times.iter().filter(|at| seconds.contains(&at.as_secs())).count()
    }

    fn schedule(&mut self, after: Duration, event: Event) {
        self.scheduled += 1;
        self.events.insert((self.now + after, self.scheduled), event);
    }

    fn way(&mut self) -> Duration {
        Duration::from_micros(self.rng.next_u64() % (self.latency + 1))
    }

    fn step(&mut self, event: Event) {
        match event {
            Event::Ready(client) => {
                let slot = self.clients[client].reserve(self.now);
                self.send(client, slot);
            }
            Event::Due(client, slot) => self.send(client, slot),
            Event::Arrives(client, slot) => {
                let response = self.answer(client);
                let way = self.way();
                self.schedule(way, Event::Answered(client, slot, response));
            }
            Event::Answered(client, slot, response) => {
                self.clients[client].responded(self.now, &slot, &response);
                // What the retry policy of a machine does.
                let jitter = Duration::from_millis(self.rng.next_u64() % 1_000);
                let pause = Duration::from_secs(self.retry_after.unwrap_or_default()) + jitter;
                let pause = if response.is_success() { Duration::ZERO } else { pause };
                self.schedule(pause, Event::Ready(client));
            }
        }
    }

    fn send(&mut self, client: usize, mut slot: RequestSlot) {
        match self.clients[client].delay(self.now, &mut slot) {
            Some(delay) => self.schedule(delay, Event::Due(client, slot)),
            None => {
                let way = self.way();
                self.schedule(way, Event::Arrives(client, slot));
            }
        }
    }

    fn answer(&mut self, client: usize) -> Response<()> {
        let at = self.now.since_origin();
        let is_over = |sent: &Instant| self.now.saturating_since(*sent) >= Duration::from_secs(1);
        while self.recent.front().is_some_and(is_over) {
            self.recent.pop_front();
        }
        if self.recent.len() < self.limit {
            self.recent.push_back(self.now);
            self.accepted[client].push(at);
            return Response::new(200, ());
        }
        self.refused[client].push(at);
        refusal(self.retry_after)
    }
}

/// Returns a response with status 429.
pub(super) fn refusal(retry_after: Option<u64>) -> Response<()> {
    let mut response = Response::new(429, ());
    if let Some(seconds) = retry_after {
        response.headers.push("retry-after", &seconds.to_string()).unwrap();
    }
    response
}
