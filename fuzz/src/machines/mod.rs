//! Machines with arbitrary sequences of calls: plausible, arbitrary, late and repeated outcomes, clocks that jump, and
//! cancellation at any time.

mod outcomes;
mod start;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use b2_proto::create::{Copy, Upload};
use b2_proto::download::Download;
use b2_proto::machine::{Action, Machine, OnCancel, Step, TaskId};
use b2_proto::sync::Sync;
use b2_proto::time::Instant;

use crate::input::Choices;
use outcomes::Outcomes;

/// The maximum number of steps after one input. Uploads have at most 5 workers here.
const MAX_STEPS: usize = 200;

/// The maximum number of calls.
const MAX_CALLS: usize = 2_000;

/// Calls the methods of an upload, a copy, a download or a synchronization in any order.
pub fn machines(data: &[u8]) {
    let choices = &mut Choices::new(data);
    if choices.chance(20) {
        let (sync, outcomes): (Sync, Outcomes) = start::sync(choices);
        run(choices, sync, outcomes);
    } else if choices.chance(15) {
        let (copy, outcomes): (Copy, Outcomes) = start::copy(choices);
        run(choices, copy, outcomes);
    } else if choices.chance(60) {
        let (upload, outcomes): (Upload, Outcomes) = start::upload(choices);
        run(choices, upload, outcomes);
    } else {
        let (download, outcomes): (Download, Outcomes) = start::download(choices);
        run(choices, download, outcomes);
    }
}

/// The state of a driver.
#[derive(Debug, Default)]
struct Driver {
    now: Duration,
    /// All tasks that were started, including completed ones.
    started: BTreeMap<TaskId, Action>,
    deadline: Option<Instant>,
    done: bool,
}

fn run<M: Machine + Debug>(choices: &mut Choices<'_>, mut machine: M, mut outcomes: Outcomes) {
    let mut driver = Driver::default();
    for _ in 0..MAX_CALLS {
        drain(&mut driver, &mut machine);
        if choices.is_over() {
            break;
        }
        let now = Instant::from_origin(driver.now);
        match choices.below(20) {
            0 => driver.now = Duration::from_millis(choices.number()),
            1 => driver.now += Duration::from_millis(choices.number() % 100_000),
            2 => machine.cancel(now, choices.one(&[OnCancel::Keep, OnCancel::Discard])),
            3 => {
                let task = TaskId(choices.number());
                machine.handle(now, task, outcomes.arbitrary(choices));
            }
            4 | 5 => {
                if let Some(deadline) = driver.deadline {
                    driver.now = driver.now.max(deadline.since_origin());
                }
            }
            _ => {
                let count = driver.started.len();
                // Mostly the latest tasks, which are still running.
                let back = choices.below(6).min(count.saturating_sub(1));
                let Some((task, action)) = driver.started.iter().nth_back(back) else {
                    continue;
                };
                let input = if choices.chance(90) {
                    outcomes.plausible(choices, action)
                } else {
                    outcomes.arbitrary(choices)
                };
                machine.handle(now, *task, input);
            }
        }
    }
    assert!(!format!("{machine:?}").is_empty());
}

/// Polls until the machine waits.
fn drain<M: Machine>(driver: &mut Driver, machine: &mut M) {
    for _ in 0..MAX_STEPS {
        match machine.poll(Instant::from_origin(driver.now)) {
            Step::Start(task, action) => {
                assert!(!driver.done, "a task is started after the end");
                let again = driver.started.insert(task, action);
                assert!(again.is_none(), "a task ID is used twice");
            }
            Step::Abort(task) => {
                assert!(driver.started.contains_key(&task), "an unknown task is aborted");
            }
            Step::Emit(_) => assert!(!driver.done, "an event is emitted after the end"),
            Step::Wait(deadline) => {
                assert!(!driver.done || deadline.is_none(), "a deadline is set after the end");
                driver.deadline = deadline;
                return;
            }
            Step::Done(_) => {
                assert!(!driver.done, "the machine ends twice");
                driver.done = true;
            }
        }
    }
    panic!("the machine does not wait");
}
