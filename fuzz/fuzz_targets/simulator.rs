//! See [`b2_fuzz::simulator`]. Without a fuzzer, it runs with the files in its arguments.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| b2_fuzz::simulator(data));

#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    b2_fuzz::replay(b2_fuzz::simulator)
}
