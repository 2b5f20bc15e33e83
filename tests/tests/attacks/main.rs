//! Attacks on a gateway over HTTP, with and without a valid token.
//!
//! Each class changes one thing in requests that are valid. All changed requests must be refused, and must not change
//! anything at B2. At the end the valid requests must still succeed. `--nocapture` prints the counts.

mod contents;
mod copies;
mod crowd;
mod doubles;
mod grants;
mod numbers;
mod raw;
mod shapes;
mod site;
mod smuggling;
mod suite;
mod switches;
mod tokens;
mod wire;

use std::sync::{Mutex, MutexGuard, PoisonError};

use b2_native::gateway::Limits;
use b2_sim::server::Storage;

use site::{SECRET, Site, runtime};
use suite::Suite;

/// Runs one test at a time, since they measure the resources of the process.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes all attacks on a host, and returns their number.
fn attack(site: Site, other: &Suite, host: &str) -> usize {
    let mut suite = Suite::new(site);
    tokens::tokens(&mut suite, other);
    tokens::credentials(&mut suite);
    tokens::at_b2(&mut suite);
    grants::capabilities(&mut suite);
    grants::ids(&mut suite, other);
    grants::listings(&mut suite);
    grants::other_calls(&mut suite);
    grants::downloads(&mut suite);
    contents::names(&mut suite);
    contents::types(&mut suite);
    contents::info(&mut suite);
    contents::bindings(&mut suite);
    contents::bytes(&mut suite);
    copies::copies(&mut suite, other);
    shapes::bodies(&mut suite);
    shapes::methods(&mut suite);
    shapes::paths(&mut suite);
    shapes::origins(&mut suite);
    doubles::names(&mut suite);
    doubles::headers(&mut suite);
    doubles::json(&mut suite);
    numbers::numbers(&mut suite);
    numbers::listings(&mut suite);
    switches::signatures(&mut suite);
    switches::owners(&mut suite);
    switches::other_origins(&mut suite);
    switches::methods(&mut suite);
    raw::malformed(&mut suite);
    smuggling::smuggling(&mut suite);
    crowd::many_connections(&mut suite);
    suite.finish(host)
}

/// Starts a gateway that differs in its secret only.
async fn other() -> Site {
    Site::here(Storage::Discard, Limits::default(), "another secret of thirty-two bytes").await
}

#[test]
fn no_attack_on_a_host_in_rust_is_accepted() {
    let _alone = alone();
    let runtime = runtime();
    let other = Suite::new(runtime.block_on(other()));
    let site = runtime.block_on(Site::here(Storage::Discard, Limits::default(), SECRET));
    assert!(attack(site, &other, "Rust") >= 1_500);
}

#[test]
#[ignore = "it needs Node, and the npm package, which `cargo xtask package` builds"]
fn no_attack_on_a_host_in_node_is_accepted() {
    let _alone = alone();
    let runtime = runtime();
    let site = runtime.block_on(Site::in_node());
    let other = Suite::new(runtime.block_on(other()));
    assert!(attack(site, &other, "Node") >= 1_500);
}
