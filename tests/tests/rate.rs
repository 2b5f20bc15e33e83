//! The limit of requests per second, in virtual time: machines of one client, or of two, against a service with a limit.
//! `SEEDS=20 cargo test -p b2-tests --test rate` sets the number of seeds.

use std::num::NonZeroU32;
use std::ops::Range;
use std::time::Duration;

use b2_proto::account::RateLimiter;
use b2_proto::api::{Download, ListFileNames};
use b2_proto::call::Call;
use b2_proto::create::{Content, NewFile, Upload, UploadOptions};
use b2_proto::download::{self, DownloadOptions};
use b2_proto::machine::{Control, Input, OnCancel, SinkId, SourceId, Step, TaskId};
use b2_proto::model::BucketId;
use b2_proto::retry::RetryPolicy;
use b2_proto::time::Instant;
use b2_sim::faults::Rates;
use b2_tests::{Actor, FaultProfile, Local, Rng, Running, Simulation};
use bytes::Bytes;

/// The limit of an account at B2.
const LIMIT: u32 = 500;

/// How many uploads and calls are under way at once.
const PARALLEL: usize = 40;

/// Uploads of small files, or calls that list names, one after the other until a time.
#[derive(Debug)]
struct Repeated {
    bucket_id: BucketId,
    until: Duration,
    rng: Rng,
    work: Work,
    /// The number of the current one.
    number: u64,
    succeeded: usize,
}

#[derive(Debug)]
enum Work {
    Upload(Box<Running<Upload>>),
    List(Box<Running<Call<ListFileNames>>>),
}

/// Task ids of the driver: those of the machine, and above these bits its number.
const TASK_BITS: u32 = 16;

impl Work {
    fn upload(bucket_id: &BucketId, rng: &mut Rng) -> Self {
        let file = NewFile::new(format!("file {}", rng.below(16)));
        let bytes = Bytes::from_static(b"a small file");
        let content = Content::Source { source: SourceId(0), len: bytes.len() as u64, sha1: None };
        let mut options = UploadOptions::default();
        options.parallel = 1;
        let upload = Upload::new(bucket_id.clone(), file, content, options, rng.seed());
        Self::Upload(Box::new(Running::new(upload, Local::source(bytes), 1)))
    }

    fn list(bucket_id: &BucketId, rng: &mut Rng) -> Self {
        let mut page = ListFileNames::new(bucket_id.clone());
        page.max_file_count = Some(1);
        let call = Call::new(page, RetryPolicy::default(), rng.seed());
        Self::List(Box::new(Running::new(call, Local::default(), 1)))
    }

    fn actor(&mut self) -> &mut dyn Actor {
        match self {
            Self::Upload(upload) => &mut **upload,
            Self::List(call) => &mut **call,
        }
    }

    fn has_succeeded(&self) -> bool {
        match self {
            Self::Upload(upload) => matches!(upload.result, Some(Ok(_))),
            Self::List(call) => matches!(call.result, Some(Ok(_))),
        }
    }
}

impl Repeated {
    /// Creates as many as are under way at once: half of them upload.
    fn all(sim: &mut Simulation, until: u64) -> Vec<Self> {
        let one = |number: usize| {
            let (bucket_id, mut rng) = (sim.bucket_id(), Rng::new(sim.rng.seed()));
            let work = match number % 2 {
                0 => Work::upload(&bucket_id, &mut rng),
                _ => Work::list(&bucket_id, &mut rng),
            };
            let until = Duration::from_secs(until);
            Self { bucket_id, until, rng, work, number: 0, succeeded: 0 }
        };
        (0..PARALLEL).map(one).collect()
    }
}

impl Actor for Repeated {
    fn poll(&mut self, now: Instant) -> Step<(), ()> {
        let task = |TaskId(task)| TaskId(self.number << TASK_BITS | task);
        match self.work.actor().poll(now) {
            Step::Start(started, action) => Step::Start(task(started), action),
            Step::Abort(aborted) => Step::Abort(task(aborted)),
            Step::Done(_) => {
                assert!(self.work.has_succeeded(), "{:?}", self.work);
                self.succeeded += 1;
                if now.since_origin() >= self.until {
                    return Step::Done(Ok(()));
                }
                self.number += 1;
                self.work = match self.work {
                    Work::Upload(_) => Work::upload(&self.bucket_id, &mut self.rng),
                    Work::List(_) => Work::list(&self.bucket_id, &mut self.rng),
                };
                self.poll(now)
            }
            other => other,
        }
    }

    fn handle(&mut self, now: Instant, TaskId(task): TaskId, input: Input) {
        if task >> TASK_BITS == self.number {
            self.work.actor().handle(now, TaskId(task & ((1 << TASK_BITS) - 1)), input);
        }
    }

    fn cancel(&mut self, now: Instant, policy: OnCancel) {
        self.work.actor().cancel(now, policy);
    }

    fn control(&mut self, now: Instant, control: Control) {
        self.work.actor().control(now, control);
    }

    fn local(&mut self) -> &mut Local {
        self.work.actor().local()
    }

    fn parallel(&self) -> usize {
        1
    }

    fn debug_output(&self) -> String {
        String::new()
    }
}

/// Returns so many seeds, or as many as `SEEDS` says.
fn seeds(number: u64) -> Range<u64> {
    let given = std::env::var("SEEDS").ok().and_then(|seeds| seeds.parse().ok());
    0..given.unwrap_or(number)
}

/// Returns a simulation of an account with a limit.
fn limited(seed: u64, rates: Rates) -> Simulation {
    let mut sim = Simulation::new(seed, FaultProfile { rates, ..FaultProfile::none() });
    sim.service.config_mut().requests_per_second = NonZeroU32::new(LIMIT);
    sim.service.config_mut().log_limit = 1_000_000;
    sim
}

fn run(sim: &mut Simulation, actors: &mut [Repeated]) {
    let mut actors: Vec<_> = actors.iter_mut().map(|actor| actor as &mut dyn Actor).collect();
    sim.run(&mut actors);
}

/// Returns how many requests were accepted and refused in these seconds.
fn count(sim: &Simulation, seconds: Range<u64>) -> (usize, usize) {
    let start = Simulation::new(0, FaultProfile::none()).timestamp();
    let within = sim.service.log().filter(|entry| {
        let at = entry.at.saturating_since(start).as_secs();
        seconds.contains(&at) && entry.status != 0
    });
    let (refused, accepted): (Vec<_>, Vec<_>) = within.partition(|entry| entry.status == 429);
    println!("{seconds:?}: {} accepted, {} refused", accepted.len(), refused.len());
    (accepted.len(), refused.len())
}

#[test]
fn small_uploads_and_calls_use_the_limit_and_are_rarely_refused() {
    for seed in seeds(2) {
        let mut sim = limited(seed, Rates::none());
        let mut actors = Repeated::all(&mut sim, 20);
        run(&mut sim, &mut actors);
        let (accepted, refused) = count(&sim, 0..20);
        assert!(accepted >= 20 * 500 * 95 / 100, "{seed}: {accepted}");
        assert!(refused * 100 < accepted, "{seed}: {refused} of {accepted}");
        // Nearly all of them did something: a refused upload needs another URL.
        let succeeded: usize = actors.iter().map(|actor| actor.succeeded).sum();
        assert!(succeeded + 3 * PARALLEL >= accepted, "{seed}: {succeeded} of {accepted}");
    }
}

#[test]
fn a_limit_that_falls_and_rises_is_followed() {
    for seed in seeds(1) {
        let mut sim = limited(seed, Rates::none());
        sim.limit_rate_after(Duration::from_secs(5), NonZeroU32::new(100));
        sim.limit_rate_after(Duration::from_secs(25), NonZeroU32::new(LIMIT));
        let mut actors = Repeated::all(&mut sim, 75);
        run(&mut sim, &mut actors);
        let (accepted, _) = count(&sim, 13..25);
        assert!(accepted >= 12 * 90, "{seed}: {accepted}");
        let (accepted, _) = count(&sim, 65..75);
        assert!(accepted >= 10 * 450, "{seed}: {accepted}");
        let (accepted, refused) = count(&sim, 0..75);
        assert!(refused * 100 < accepted, "{seed}: {refused} of {accepted}");
    }
}

#[test]
fn two_clients_of_an_account_share_the_limit() {
    for seed in seeds(1) {
        let mut sim = limited(seed, Rates::none());
        sim.other_client = Some((PARALLEL / 2, RateLimiter::default()));
        let mut actors = Repeated::all(&mut sim, 20);
        run(&mut sim, &mut actors);
        let (accepted, refused) = count(&sim, 0..20);
        assert!(accepted >= 20 * 500 * 90 / 100, "{seed}: {accepted}");
        assert!(refused * 100 < accepted, "{seed}: {refused} of {accepted}");
        let client =
            |actors: &[Repeated]| actors.iter().map(|actor| actor.succeeded).sum::<usize>();
        let (first, second) = (client(&actors[..PARALLEL / 2]), client(&actors[PARALLEL / 2..]));
        assert!(first.min(second) * 4 >= first + second, "{seed}: {first} and {second}");
    }
}

/// After a refusal nothing is sent for the time of its `Retry-After`, in seconds or as a date.
#[test]
fn no_request_is_sent_before_the_time_of_retry_after() {
    for seed in seeds(20) {
        let rates = Rates { too_many_requests: 5, longest_retry_after: 5, ..Rates::none() };
        let mut sim = limited(seed, rates);
        sim.service.config_mut().requests_per_second = None;
        let mut actors = Repeated::all(&mut sim, 3);
        run(&mut sim, &mut actors);
        let log: Vec<_> = sim.service.log().collect();
        let mut refusals = log.iter().enumerate().filter(|(_, entry)| entry.status == 429);
        let Some((index, first)) = refusals.next() else {
            continue;
        };
        // Those under way, and then none for the second that a refusal costs at least.
        let later = log[index..].iter().filter(|entry| {
            let after = entry.at.saturating_since(first.at);
            after > Duration::from_millis(60) && after < Duration::from_millis(990)
        });
        assert_eq!(later.count(), 0, "{seed}");
    }
}

/// Waiting does not use up the retry budget, and a cancelled machine ends at once.
#[test]
fn waiting_is_no_attempt_and_can_be_cancelled() {
    let mut sim = limited(7, Rates::none());
    sim.account.limit_rate(NonZeroU32::new(1));
    let policy = RetryPolicy::default().budget(Duration::from_secs(2));
    let mut calls: Vec<_> = (0..12)
        .map(|_| {
            let page = ListFileNames::new(sim.bucket_id());
            Running::new(Call::new(page, policy, sim.rng.seed()), Local::default(), 1)
        })
        .collect();
    sim.cancel_after(Duration::from_secs(3), 11, OnCancel::Keep);
    let mut actors: Vec<_> = calls.iter_mut().map(|call| call as &mut dyn Actor).collect();
    sim.run(&mut actors);
    let cancelled = calls.pop().and_then(|call| call.result).expect("it ended");
    assert_eq!(cancelled.unwrap_err().kind(), b2_proto::ErrorKind::Cancelled);
    for call in calls {
        call.result.expect("it ended").expect("it succeeded");
    }
    // One authorization and eleven calls, one a second.
    assert_eq!(sim.service.log().count(), 12);
    assert!(sim.elapsed() >= Duration::from_secs(11), "{:?}", sim.elapsed());
    assert!(sim.elapsed() < Duration::from_secs(12), "{:?}", sim.elapsed());
}

/// The parts of an upload and the ranges of a download wait as well, longer than their retry budget.
#[test]
fn transfers_wait_without_using_up_their_retry_budget() {
    let mut sim = limited(3, Rates::none());
    sim.account.limit_rate(NonZeroU32::new(1));
    let retry = RetryPolicy::default().budget(Duration::from_secs(2));
    let bytes = sim.rng.bytes(8_000);
    let mut options = UploadOptions::default();
    (options.retry, options.parallel) = (retry, 6);
    let content = Content::Source { source: SourceId(0), len: bytes.len() as u64, sha1: None };
    let (bucket_id, file, seed) = (sim.bucket_id(), NewFile::new("large"), sim.rng.seed());
    let upload = Upload::new(bucket_id, file, content, options, seed);
    let mut upload = Running::new(upload, Local::source(bytes.clone()), 6);
    sim.run(&mut [&mut upload]);
    let uploaded = upload.result.expect("it ended").expect("it succeeded");

    let mut options = DownloadOptions::default();
    (options.retry, options.parallel, options.block_size) = (retry, 6, 1_000);
    options.random_access = true;
    let request = Download::by_id(uploaded.file_id);
    let machine = download::Download::new(request, SinkId(0), options, sim.rng.seed());
    let mut download = Running::new(machine, Local::default(), 6);
    sim.run(&mut [&mut download]);
    download.result.expect("it ended").expect("it succeeded");
    assert!(download.local.sink == bytes);
    let requests = sim.service.log().count();
    assert!(requests > 20, "{requests}");
    assert!(sim.service.log().all(|entry| entry.status < 300));
    let seconds = usize::try_from(sim.elapsed().as_secs()).expect("few");
    assert!((requests - 1..=requests).contains(&seconds), "{requests} in {seconds}");
}
