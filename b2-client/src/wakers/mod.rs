//! A model test: no wake-up between a caller, a driver, its tasks and the reader of events is lost.
//!
//! Each test runs the driver as it is, with a machine and a host that are small enough for [loom] to run their threads in
//! every order, and with the memory effects that the orderings of the atomics allow. A wake-up that is lost leaves a
//! thread waiting for ever, which loom reports as a deadlock. What is modelled is the code of this crate: `Commands`,
//! `Signal`, `Events`, `Transfer` and `Io`. `FuturesUnordered` is used as it is; `AtomicWaker` is loom's.
//!
//! `cargo xtask test wakers` runs it. To see the orders of a failure:
//!
//! ```text
//! LOOM_LOG=1 LOOM_LOCATION=1 RUSTFLAGS="--cfg b2_loom" cargo test -p b2-client --lib wakers:: -- --nocapture
//! ```
//!
//! [loom]: https://docs.rs/loom

mod host;
mod probe;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;

use b2_proto::create::{UploadEvent, UploadProgress};
use b2_proto::machine::OnCancel;
use b2_proto::time::Instant;
use futures::StreamExt;
use loom::future::block_on;
use loom::thread;

use crate::driver::{HashingSink, Io, Resources, drive};
use crate::events::{self, Events};
use crate::settings::Settings;
use crate::transfer::{Controls, Transfer};
use host::{Environment, ModelHost, NoAccount, NoSink, request};
use probe::{Probe, Seen};

/// Runs a model in all orders that interrupt its threads at most so many times, and prints how many there were.
/// `LOOM_MAX_PREEMPTIONS` sets another number.
fn explore(preemptions: usize, model: impl Fn() + Send + Sync + 'static) {
    struct Schedules(AtomicUsize);
    impl Drop for Schedules {
        fn drop(&mut self) {
            println!("{} schedules", self.0.load(Ordering::Relaxed));
        }
    }
    let schedules = Arc::new(Schedules(AtomicUsize::new(0)));
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound.get_or_insert(preemptions);
    builder.check(move || {
        schedules.0.fetch_add(1, Ordering::Relaxed);
        model();
    });
}

/// Returns a transfer that runs `probe`, and what controls it.
fn transfer(
    environment: &Arc<Environment>,
    probe: Probe,
) -> (Transfer<Seen, UploadEvent>, Controls) {
    let host = ModelHost(environment.clone());
    let transfer = Transfer::new(None, |commands, on_event| {
        let mut resources = Resources { commands, ..Resources::default() };
        resources.sinks.push(Arc::new(HashingSink::new(NoSink)));
        let io = Io::new(host, Arc::new(NoAccount::default()), Settings::default(), resources);
        drive(probe, io, move |event| on_event.call(event))
    });
    let controls = transfer.controls();
    (transfer, controls)
}

/// Polls a transfer once, for a task that does not poll it again.
fn poll_once(transfer: &mut Transfer<Seen, UploadEvent>) -> bool {
    Pin::new(transfer).poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

fn run(transfer: Transfer<Seen, UploadEvent>) -> Seen {
    block_on(transfer).expect("a probe does not fail")
}

/// Sends a command, and says whether a machine has seen it.
type Case = (fn(&Controls), fn(&Seen) -> bool);

const COMMANDS: [Case; 4] = [
    (|controls| controls.cancel(OnCancel::Keep), |seen| seen.cancelled),
    (Controls::pause, |seen| seen.paused == Some(true)),
    (Controls::resume, |seen| seen.paused == Some(false)),
    (|controls| controls.set_parallel(3), |seen| seen.parallel == Some(3)),
];

#[test]
fn a_command_is_seen_whenever_it_is_sent() {
    for (send, complete) in COMMANDS {
        explore(3, move || {
            let (transfer, controls) = transfer(&Environment::new(0), Probe::until(complete));
            let caller = thread::spawn(move || send(&controls));
            run(transfer);
            caller.join().unwrap();
        });
    }
}

#[test]
fn a_command_before_the_first_poll_is_seen() {
    for (send, complete) in COMMANDS {
        explore(3, move || {
            let (transfer, controls) = transfer(&Environment::new(0), Probe::until(complete));
            send(&controls);
            run(transfer);
        });
    }
}

#[test]
fn a_command_wakes_the_task_that_polled_last() {
    explore(3, || {
        let probe = Probe::until(|seen| seen.cancelled);
        let (mut transfer, controls) = transfer(&Environment::new(0), probe);
        let caller = thread::spawn(move || controls.cancel(OnCancel::Keep));
        if !poll_once(&mut transfer) {
            run(transfer);
        }
        caller.join().unwrap();
    });
}

#[test]
fn of_commands_from_two_threads_the_latest_of_each_kind_is_seen() {
    explore(2, || {
        let probe = Probe::until(|seen| seen.paused == Some(false) && seen.parallel == Some(2));
        let (transfer, controls) = transfer(&Environment::new(0), probe);
        let other = controls.clone();
        let callers = [
            thread::spawn(move || {
                controls.pause();
                controls.resume();
            }),
            thread::spawn(move || other.set_parallel(2)),
        ];
        run(transfer);
        for caller in callers {
            caller.join().unwrap();
        }
    });
}

#[test]
fn a_command_a_finished_task_and_the_deadline_are_all_seen() {
    explore(2, || {
        let environment = Environment::new(0);
        let deadline = Instant::ORIGIN + Duration::from_secs(1);
        let complete = |seen: &Seen| seen.replied && seen.deadline && seen.cancelled;
        let probe = Probe::until(complete).start(request(false)).deadline(deadline);
        let (transfer, controls) = transfer(&environment, probe);
        environment.send_body();
        let caller = thread::spawn(move || controls.cancel(OnCancel::Keep));
        let timer = thread::spawn(move || environment.advance_to(deadline));
        run(transfer);
        caller.join().unwrap();
        timer.join().unwrap();
    });
}

#[test]
fn progress_is_seen_while_the_request_goes_on() {
    explore(3, || {
        let probe = Probe::until(|seen| seen.progress == 2).start(request(false));
        let (transfer, _) = transfer(&Environment::without_answer(2), probe);
        run(transfer);
    });
}

#[test]
fn an_event_is_read_while_the_transfer_goes_on() {
    explore(3, || {
        let (sender, mut events) = events::channel();
        let reader = thread::spawn(move || block_on(events.next()).is_some());
        sender.send(UploadEvent::Progress(UploadProgress::default()));
        assert!(reader.join().unwrap());
        drop(sender);
    });
}

/// The number of bytes in the last report of progress, once the stream has ended.
fn last_progress(events: Events<UploadEvent>) -> Option<u64> {
    block_on(events.fold(None, async |_, event| match event {
        UploadEvent::Progress(progress) => Some(progress.sent),
        other => panic!("{other:?} was not sent"),
    }))
}

#[test]
fn the_last_progress_comes_before_the_outcome_and_the_end_of_the_events() {
    explore(2, || {
        let environment = Environment::new(2);
        let probe = Probe::until(|seen| seen.replied).start(request(false));
        let (mut transfer, _) = transfer(&environment, probe);
        let events = transfer.take_events().expect("they were not taken before");
        let reader = thread::spawn(move || last_progress(events));
        environment.send_body();
        assert_eq!(run(transfer).progress, 2);
        assert_eq!(reader.join().unwrap(), Some(2));
    });
}

#[test]
fn events_that_replace_unread_ones_reach_the_reader() {
    explore(3, || {
        let (sender, events) = events::channel();
        let reader = thread::spawn(move || last_progress(events));
        for sent in 1..=3 {
            let progress = UploadProgress { sent, ..UploadProgress::default() };
            sender.send(UploadEvent::Progress(progress));
        }
        drop(sender);
        assert_eq!(reader.join().unwrap(), Some(3));
    });
}

#[test]
fn dropping_a_transfer_ends_its_events_and_leaves_nothing_to_wait_for() {
    explore(3, || {
        let environment = Environment::new(1);
        let probe = Probe::until(|_| false).start(request(false));
        let (mut transfer, controls) = transfer(&environment, probe);
        let events = transfer.take_events().expect("they were not taken before");
        let reader = thread::spawn(move || last_progress(events));
        let caller = thread::spawn(move || controls.pause());
        assert!(!poll_once(&mut transfer));
        drop(transfer);
        reader.join().unwrap();
        caller.join().unwrap();
    });
}

#[test]
fn a_download_fails_when_the_device_slept() {
    explore(2, || {
        let environment = Environment::new(0);
        // The body does not end by itself.
        let probe = Probe::until(|seen| seen.ended).start(request(true));
        let (transfer, _) = transfer(&environment, probe);
        let wake_up = Instant::ORIGIN + Duration::from_secs(8 * 3_600);
        let device = environment.clone();
        let timer = thread::spawn(move || {
            device.until_sleeping();
            device.suspend_until(wake_up);
        });
        environment.run(transfer).unwrap();
        timer.join().unwrap();
    });
}
