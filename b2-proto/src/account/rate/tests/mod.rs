mod model;

use std::vec::Vec;

use model::{Model, refusal};

use super::*;

fn at(millis: u64) -> Instant {
    Instant::ORIGIN + Duration::from_millis(millis)
}

fn limited(requests_per_second: u32) -> RateLimiter {
    RateLimiter::new(NonZeroU32::new(requests_per_second))
}

/// Sends a request at once.
fn send(limiter: &mut RateLimiter, now: Instant) -> RequestSlot {
    let mut slot = limiter.reserve(now);
    assert_eq!(limiter.delay(now, &mut slot), None);
    slot
}

fn accept(limiter: &mut RateLimiter, now: Instant, requests: u64) {
    for _ in 0..requests {
        let slot = send(limiter, now);
        limiter.responded(now, &slot, &Response::new(200, ()));
    }
}

#[test]
fn without_a_refusal_nothing_waits() {
    let mut limiter = RateLimiter::default();
    for millis in 0..100 {
        accept(&mut limiter, at(millis), 100);
    }
    let slot = send(&mut limiter, at(100));
    limiter.responded(at(100), &slot, &Response::new(503, ()));
    accept(&mut limiter, at(100), 100);
    assert_eq!(limiter.requests_per_second(), None);
}

#[test]
fn a_maximum_spaces_requests_evenly_also_after_a_pause() {
    let mut limiter = limited(10);
    for begin in [0, 60_000] {
        let mut slots: Vec<_> = (0..20).map(|_| limiter.reserve(at(begin))).collect();
        let sent = (begin..begin + 3_000).map(|millis| {
            slots.retain_mut(|slot| limiter.delay(at(millis), slot).is_some());
            slots.len()
        });
        let left: Vec<_> = sent.collect();
        assert_eq!((left[0], left[80], left[100], left[1_000]), (19, 19, 18, 9));
        assert_eq!(left[1_900], 0);
    }
}

#[test]
fn a_refusal_pauses_all_requests_and_then_paces_them() {
    for (header, pause) in
        [(None, 1_000), (Some(7), 7_000), (Some(0), 1_000), (Some(3_600), 64_000)]
    {
        let mut limiter = RateLimiter::default();
        accept(&mut limiter, at(0), 200);
        let refused = send(&mut limiter, at(10));
        limiter.responded(at(20), &refused, &refusal(header));
        assert_eq!(limiter.requests_per_second(), Some(195));
        let mut slots: Vec<_> = (0..99).map(|_| limiter.reserve(at(20))).collect();
        let earliest = slots.iter_mut().map(|slot| limiter.delay(at(20), slot)).min();
        assert_eq!(earliest, Some(Some(Duration::from_millis(pause.min(1_000)))));
        let sent = |limiter: &mut RateLimiter, slots: &mut Vec<RequestSlot>, millis| {
            let before = slots.len();
            slots.retain_mut(|slot| limiter.delay(at(millis), slot).is_some());
            before - slots.len()
        };
        assert_eq!(sent(&mut limiter, &mut slots, 19 + pause), 0);
        assert_eq!(sent(&mut limiter, &mut slots, 20 + pause), 1);
        assert_eq!(sent(&mut limiter, &mut slots, 528 + pause), 98);
    }
}

#[test]
fn refusals_of_requests_under_way_are_one_event() {
    let mut limiter = RateLimiter::default();
    accept(&mut limiter, at(0), 400);
    let mut burst: Vec<_> = (0..100).map(|_| send(&mut limiter, at(100))).collect();
    let late = burst.split_off(50);
    for slot in &burst {
        limiter.responded(at(120), slot, &refusal(Some(1)));
    }
    // 450 of the 500 requests were accepted.
    assert_eq!(limiter.requests_per_second(), Some(440));
    for slot in &late {
        limiter.responded(at(20_000), slot, &refusal(Some(1)));
    }
    assert_eq!(limiter.requests_per_second(), Some(440));
    send(&mut limiter, at(20_000));
}

#[test]
fn a_refusal_halves_the_rate_at_most() {
    let mut limiter = RateLimiter::default();
    accept(&mut limiter, at(0), 1_000);
    let mut rates = Vec::new();
    let mut now = at(0);
    for _ in 0..14 {
        let mut slot = limiter.reserve(now);
        while let Some(delay) = limiter.delay(now, &mut slot) {
            now = now + delay;
        }
        limiter.responded(now, &slot, &refusal(None));
        rates.push(limiter.requests_per_second().unwrap());
    }
    assert_eq!(rates, [979, 489, 244, 122, 61, 30, 15, 7, 3, 1, 0, 0, 0, 0]);
    // 1 + 2 + 4 + 8 + 16 + 32 seconds, and 64 seconds for each one later.
    assert!(now.since_origin() >= Duration::from_secs(63 + 64 * 7), "{now:?}");
    assert!(now.since_origin() < Duration::from_secs(63 + 64 * 7 + 40), "{now:?}");
}

#[test]
fn slots_of_cancelled_requests_are_used_by_others() {
    let mut limiter = limited(10);
    let mut slots: Vec<_> = (0..10_000).map(|_| limiter.reserve(at(0))).collect();
    assert_eq!(limiter.delay(at(0), &mut slots[0]), None);
    let mut last = slots.pop().unwrap();
    slots[1..].iter().for_each(|slot| limiter.release(slot));
    assert!(limiter.delay(at(0), &mut last).is_some());
    let mut next = limiter.reserve(at(0));
    assert_eq!(limiter.delay(at(0), &mut next), Some(Duration::from_millis(100)));
    // Those whose time has passed are not.
    let mut later: Vec<_> = (0..3).map(|_| limiter.reserve(at(100_000))).collect();
    let delays: Vec<_> = later.iter_mut().map(|slot| limiter.delay(at(100_000), slot)).collect();
    assert_eq!(delays[0], None);
    assert!(delays[1].is_some() && delays[2].is_some());
}

#[test]
fn requests_that_slept_are_spaced_as_well() {
    let mut limiter = limited(10);
    let mut slots: Vec<_> = (0..100).map(|_| limiter.reserve(at(0))).collect();
    let day = at(86_400_000);
    let sent = slots.iter_mut().filter_map(|slot| limiter.delay(day, slot).is_none().then_some(()));
    assert_eq!(sent.count(), 1);
}

#[test]
fn another_account_has_another_limit() {
    let mut limiter = limited(100);
    accept(&mut limiter, at(0), 1);
    let slot = send(&mut limiter, at(500));
    limiter.responded(at(500), &slot, &refusal(Some(60)));
    assert_eq!(limiter.requests_per_second(), Some(20));
    limiter.forget(at(600));
    assert_eq!(limiter.requests_per_second(), Some(100));
    send(&mut limiter, at(600));
}

#[test]
fn the_limit_is_used_and_rarely_exceeded() {
    for seed in 0..20 {
        let retry_after = Some(1).filter(|_| seed % 2 == 0);
        let model = Model::new(seed, 500).retry_after(retry_after);
        let mut model = model.client(RateLimiter::default(), 64, Duration::ZERO);
        model.run_until(20);
        let (accepted, refused) = (model.accepted[0].len(), model.refused[0].len());
        assert!(accepted >= 9_500, "{seed}: {accepted}");
        assert!(refused * 100 < accepted, "{seed}: {refused} of {accepted}");
    }
}

/// The rate is raised from time to time, and requests take unequal times.
#[test]
fn the_limit_is_used_in_the_long_run() {
    for (seed, latency, percent) in [(0, 5_000, 95), (1, 20_000, 95), (2, 100_000, 92)] {
        let model = Model::new(seed, 500).latency(latency);
        let mut model = model.client(RateLimiter::default(), 100, Duration::ZERO);
        model.run_until(420);
        let accepted = Model::count(&model.accepted[0], 20..420);
        let refused = Model::count(&model.refused[0], 20..420);
        assert!(accepted * 100 >= 400 * 500 * percent, "{latency}: {accepted}");
        assert!(refused * 1_000 < accepted, "{latency}: {refused} of {accepted}");
    }
}

#[test]
fn a_limit_that_changes_is_followed() {
    for seed in 0..8 {
        let mut model = Model::new(seed, 500).client(RateLimiter::default(), 64, Duration::ZERO);
        model.run_until(20);
        model.set_limit(100);
        model.run_until(60);
        let accepted = Model::count(&model.accepted[0], 27..60);
        assert!(accepted >= 90 * 33, "{seed}: {accepted}");
        let refused = Model::count(&model.refused[0], 20..60);
        assert!(refused < 200, "{seed}: {refused}");
        model.set_limit(500);
        model.run_until(180);
        let accepted = Model::count(&model.accepted[0], 140..180);
        assert!(accepted >= 465 * 40, "{seed}: {accepted}");
        let refused = Model::count(&model.refused[0], 60..180);
        assert!(refused < 200, "{seed}: {refused}");
    }
}

#[test]
fn two_clients_share_a_limit() {
    for seed in 0..4 {
        let model = Model::new(seed, 500).client(RateLimiter::default(), 32, Duration::ZERO);
        let late = Duration::from_secs(30);
        let mut model = model.client(RateLimiter::default(), 32, late);
        model.run_until(450);
        let sent = |client: usize| Model::count(&model.accepted[client], 150..450);
        let (first, second) = (sent(0), sent(1));
        assert!(first + second >= 300 * 440, "{seed}: {first} + {second}");
        assert!(first.min(second) * 5 >= first + second, "{seed}: {first} + {second}");
        let refused: usize = model.refused.iter().map(Vec::len).sum();
        assert!(refused * 500 < first + second, "{seed}: {refused}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// No second has more requests than the maximum and the burst, and workers do not wait without reason.
    #[test]
    fn a_maximum_holds(seed: u64, maximum in 1..400_u32, workers in 1..40_usize, latency in 0..50_000_u64) {
        let model = Model::new(seed, usize::MAX).latency(latency);
        let mut model = model.client(limited(maximum), workers, Duration::ZERO);
        model.run_until(10);
        let most = usize::try_from(maximum).unwrap();
        let times = &model.accepted[0];
        // Requests arrive at most one latency later than they are sent.
        let window = Duration::from_secs(1).saturating_sub(Duration::from_micros(latency));
        for (index, from) in times.iter().enumerate() {
            let within = times[index..].iter().take_while(|at| **at < *from + window).count();
            proptest::prop_assert!(within <= most + 1 + most / 50, "{within} of {most}");
        }
        let possible = workers * 10_000_000 / (2 * usize::try_from(latency).unwrap() + 1);
        proptest::prop_assert!(times.len() >= (10 * most).min(possible) * 19 / 20 - workers.min(10 * most / 2), "{}", times.len());
    }

    /// Whatever happens, a rate remains, and each request is sent some time.
    #[test]
    fn any_order_of_calls_is_legal(steps in proptest::collection::vec((0..5_u8, 0..5_000_u64), 0..300)) {
        let mut limiter = limited(1_000);
        let (mut now, mut waiting, mut sent) = (0_u64, Vec::new(), Vec::new());
        for (step, number) in steps {
            match step {
                0 => now = (now + number).saturating_sub(200),
                1 => waiting.push(limiter.reserve(at(now))),
                2 => if let Some(mut slot) = waiting.pop() {
                    match limiter.delay(at(now), &mut slot) {
                        Some(delay) => {
                            proptest::prop_assert!(!delay.is_zero() && delay <= MAX_DELAY);
                            waiting.insert(0, slot);
                        }
                        None => sent.push(slot),
                    }
                },
                3 => waiting.pop().iter().for_each(|slot| limiter.release(slot)),
                _ => if let Some(slot) = sent.pop() {
                    let response = if number % 2 == 0 { refusal(Some(number % 9)) } else { Response::new(200, ()) };
                    limiter.responded(at(now), &slot, &response);
                },
            }
        }
        let mut now = at(now);
        for mut slot in waiting {
            let begin = now;
            while let Some(delay) = limiter.delay(now, &mut slot) {
                now = now + delay;
                proptest::prop_assert!(now.saturating_since(begin) < Duration::from_secs(4_000));
            }
        }
    }
}
