//! The turns of requests among those of their client.

use b2_proto::account::{RateLimiter, RequestSlot};
use b2_proto::machine::{Input, Request, TaskId};

use super::{AUTHORIZER, Event, Slot};
use crate::actor::{Actor, Local};
use crate::simulation::Simulation;

impl Simulation {
    /// Returns the limiter of the client to which an actor belongs.
    pub(super) fn limiter(&mut self, actor: usize) -> &mut RateLimiter {
        match &mut self.other_client {
            Some((first, limiter)) if actor >= *first && actor != AUTHORIZER => limiter,
            _ => self.account.rate_mut(),
        }
    }

    /// Sends a request when its turn comes. Returns the report of its delay.
    pub(super) fn queue(
        &mut self,
        local: &Local,
        parallel: usize,
        actor: usize,
        slot: &mut Slot,
        task: TaskId,
        request: Request,
    ) -> Option<Input> {
        let now = self.now;
        let mut turn = self.limiter(actor).reserve(now);
        if let Some(delay) = self.wait_for(actor, task, &mut turn) {
            self.queued.insert((actor, task), (request, turn));
            return Some(delay);
        }
        slot.network.insert(task, None);
        self.send(local, parallel, actor, task, request, turn);
        None
    }

    /// Schedules the next look at a turn that has not come.
    fn wait_for(&mut self, actor: usize, task: TaskId, turn: &mut RequestSlot) -> Option<Input> {
        let now = self.now;
        let delay = self.limiter(actor).delay(now, turn)?;
        self.schedule(delay, Event::Due(actor, task));
        Some(Input::Delayed(delay))
    }

    /// Sends a request if its turn has come.
    pub(super) fn due(
        &mut self,
        actor: usize,
        task: TaskId,
        actors: &mut [&mut dyn Actor],
        slots: &mut [Slot],
    ) {
        let Some((request, mut turn)) = self.queued.remove(&(actor, task)) else {
            return;
        };
        if let Some(delay) = self.wait_for(actor, task, &mut turn) {
            self.queued.insert((actor, task), (request, turn));
            return self.deliver(actor, task, delay, actors, slots);
        }
        if actor == AUTHORIZER {
            return self.send(&Local::default(), 1, actor, task, request, turn);
        }
        slots[actor].network.insert(task, None);
        let parallel = actors[actor].parallel();
        self.send(actors[actor].local(), parallel, actor, task, request, turn);
    }

    /// Frees the turns of requests that will not be sent.
    pub(super) fn unqueue(&mut self, is_such: impl Fn((usize, TaskId)) -> bool) {
        let such: Vec<_> = self.queued.keys().copied().filter(|key| is_such(*key)).collect();
        for key in such {
            if let Some((_, turn)) = self.queued.remove(&key) {
                self.limiter(key.0).release(&turn);
            }
        }
    }
}
