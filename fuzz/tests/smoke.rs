//! Runs each target with some thousands of pseudorandom inputs, without a fuzzer.

const INPUTS: u64 = 4_000;

/// Returns pseudorandom bytes.
fn input(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let len = next() % 1_500;
    (0..len).map(|_| (next() >> 32) as u8).collect()
}

fn smoke(target: fn(&[u8])) {
    target(&[]);
    for seed in 0..INPUTS {
        target(&input(seed));
    }
}

#[test]
fn error_bodies() {
    smoke(b2_fuzz::error_bodies);
}

#[test]
fn download_headers() {
    smoke(b2_fuzz::download_headers);
}

#[test]
fn listings() {
    smoke(b2_fuzz::listings);
}

#[test]
fn machines() {
    smoke(b2_fuzz::machines);
}

#[test]
fn gateway() {
    smoke(b2_fuzz::gateway);
}

#[test]
fn json() {
    smoke(b2_fuzz::json);
}

#[test]
fn simulator() {
    smoke(b2_fuzz::simulator);
}
