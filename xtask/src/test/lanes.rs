//! Runs two lists of steps at the same time.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::runner::{Output, Runner};
use super::{Step, descendants};
use crate::Result;

/// Whether a step has failed, shared by runners. The first failure ends the others.
#[derive(Clone, Debug, Default)]
pub(super) struct Failure(Arc<Mutex<Option<String>>>);

impl Failure {
    /// Starts a program unless a step has failed.
    pub(super) fn unless<T>(&self, start: impl FnOnce() -> std::io::Result<T>) -> Result<T> {
        let failure = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if failure.is_some() { Err("another step has failed".into()) } else { Ok(start()?) }
    }

    /// Records a failure and returns whether it is the first.
    pub(super) fn record(&self, error: &str) -> bool {
        let mut failure = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = failure.is_none();
        failure.get_or_insert_with(|| error.to_owned());
        first
    }

    /// Returns the first failure.
    fn first(&self) -> Result<()> {
        let failure = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failure.clone().map_or(Ok(()), |error| Err(error.into()))
    }
}

/// Runs two lists of steps at once, each in its order. The output of `streamed` is printed as it comes, that of a step of
/// `captured` when the step ends.
pub(super) fn run(runner: &mut Runner, streamed: &[Step], captured: &[Step]) -> Result<()> {
    let failure = Failure::default();
    let mut lanes = [
        (runner.lane(&failure, Output::Stream), streamed),
        (runner.lane(&failure, Output::capture()?), captured),
    ];
    thread::scope(|scope| {
        for (lane, steps) in &mut lanes {
            let failure = &failure;
            // A panic is a failure too: the scope panics when both lanes have ended.
            scope.spawn(move || run_lane(lane, steps, failure));
        }
    });
    for (lane, _) in lanes {
        runner.add(lane);
    }
    failure.first()
}

fn run_lane(lane: &mut Runner, steps: &[Step], failure: &Failure) {
    let Err(error) = lane.steps(steps) else { return };
    if failure.record(&error.to_string())
        && let Err(error) = descendants::end()
    {
        println!("the other step is not ended, but runs to its end: {error}");
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::cargo::Workspace;

    fn runner(folder: &Path) -> Runner {
        Runner::new(Workspace { root: folder.to_owned(), target: folder.to_owned() })
    }

    fn shell(script: &str) -> Command {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]);
        shell
    }

    fn counted(runner: &mut Runner) -> Result<()> {
        runner.tests(shell("echo 'test result: ok. 2 passed; 0 failed'"))
    }

    fn endless(runner: &mut Runner) -> Result<()> {
        runner.tests(shell("sleep 600 & touch started; wait"))
    }

    fn fails(runner: &mut Runner) -> Result<()> {
        runner.run(&mut shell("until [ -e started ]; do sleep 0.1; done; exit 1"))
    }

    // One test, since a failure ends all programs that this process has started.
    #[test]
    fn both_lanes_are_reported_and_the_first_failure_ends_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let mut all = runner(folder.path());
        run(&mut all, &[("one", counted)], &[("two", counted), ("three", counted)]).unwrap();
        let report = all.to_string();
        let names: Vec<_> = report.lines().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(names, ["one", "two", "three", "total", "6"]);
        assert!(report.ends_with("6 passed, 0 failed"), "{report}");

        let start = Instant::now();
        let lanes: [[Step; 2]; 2] =
            [[("endless", endless), ("never", counted)], [("fails", fails), ("never", counted)]];
        for (streamed, captured) in [(0, 1), (1, 0)] {
            let folder = tempfile::tempdir().unwrap();
            let mut some = runner(folder.path());
            let error = run(&mut some, &lanes[streamed], &lanes[captured]).unwrap_err().to_string();
            assert!(error.starts_with("sh -c until"), "{error}");
            let report = some.to_string();
            assert!(report.contains("endless") && report.contains("fails"), "{report}");
            assert!(
                report.ends_with("0 passed, 0 failed") && !report.contains("never"),
                "{report}"
            );
        }
        assert!(start.elapsed() < Duration::from_secs(300), "the other lane is ended");
    }
}
