//! Runs the simulated service.
fn main() {}
