//! Machines under a driver that does anything: outcomes that fit, outcomes that do not, late ones, repeated ones,
//! a clock that jumps, and cancelling at any time.

mod answers;
mod start;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use b2_proto::create::Upload;
use b2_proto::download::Download;
use b2_proto::machine::{Action, Machine, OnCancel, Step, TaskId};
use b2_proto::time::Instant;

use crate::input::Choices;
use answers::Answers;

/// How many steps a machine may take for one input: an upload has at most 5 lanes here.
const STEPS: usize = 200;

/// How many outcomes a machine is given.
const ROUNDS: usize = 2_000;

/// Any order of calls on an upload or a download.
pub fn machines(data: &[u8]) {
    let choices = &mut Choices::new(data);
    if choices.chance(50) {
        let (upload, answers): (Upload, Answers) = start::upload(choices);
        run(choices, upload, answers);
    } else {
        let (download, answers): (Download, Answers) = start::download(choices);
        run(choices, download, answers);
    }
}

/// What a driver knows.
#[derive(Debug, Default)]
struct Driver {
    now: Duration,
    /// Everything that was started, whether it still runs or not.
    started: BTreeMap<TaskId, Action>,
    deadline: Option<Instant>,
    over: bool,
}

fn run<M: Machine + Debug>(choices: &mut Choices<'_>, mut machine: M, mut answers: Answers) {
    let mut driver = Driver::default();
    for _ in 0..ROUNDS {
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
                machine.handle(now, task, answers.anything(choices));
            }
            4 | 5 => {
                if let Some(deadline) = driver.deadline {
                    driver.now = driver.now.max(deadline.since_origin());
                }
            }
            _ => {
                let count = driver.started.len();
                // The latest are those that still run, as a rule.
                let back = choices.below(6).min(count.saturating_sub(1));
                let Some((task, action)) = driver.started.iter().nth_back(back) else {
                    continue;
                };
                let input = if choices.chance(90) {
                    answers.fitting(choices, action)
                } else {
                    answers.anything(choices)
                };
                machine.handle(now, *task, input);
            }
        }
    }
    assert!(!format!("{machine:?}").is_empty());
}

/// Polls until there is nothing more to do.
fn drain<M: Machine>(driver: &mut Driver, machine: &mut M) {
    for _ in 0..STEPS {
        match machine.poll(Instant::from_origin(driver.now)) {
            Step::Start(task, action) => {
                assert!(!driver.over, "it starts something after its end");
                let again = driver.started.insert(task, action);
                assert!(again.is_none(), "an id is used twice");
            }
            Step::Abort(task) => {
                assert!(driver.started.contains_key(&task), "it stops what it did not start");
            }
            Step::Emit(_) => assert!(!driver.over, "it says something after its end"),
            Step::Wait(deadline) => {
                assert!(!driver.over || deadline.is_none(), "it waits after its end");
                driver.deadline = deadline;
                return;
            }
            Step::Done(_) => {
                assert!(!driver.over, "it ends twice");
                driver.over = true;
            }
        }
    }
    panic!("it does not wait");
}
