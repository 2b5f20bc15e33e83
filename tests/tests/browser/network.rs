//! Bad networks, busy servers and expired tokens are survived.

use std::time::Duration;

use b2_sim::faults::Rates;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn offline_and_back() {
    let world = World::new().await;
    let path = world.file("offline.bin", 100_000_000);
    world.browser.throttle(20_000_000).await;
    world.pick(std::slice::from_ref(&path)).await;
    world.until_parts(1).await;
    world.browser.set_offline(true).await;
    let before = world.accepted_parts().len();
    assert!(before < 20, "{before} parts went before the network did");
    world.until_state("offline.bin", "offline").await;
    world.browser.set_offline(false).await;
    world.until_state("offline.bin", "done").await;
    world.assert_stored("offline.bin", &path);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn every_kind_of_token_expires_half_way() {
    let world = World::with(|options| options.grant_lifetime = Duration::from_millis(1_500)).await;
    let path = world.file("tokens.bin", 150_000_000);
    world.browser.throttle(25_000_000).await;
    world.pick(std::slice::from_ref(&path)).await;
    for expired in 1..4 {
        world.until_parts(4 * expired).await;
        world.site.simulator().with(|service| {
            service.expire_account_tokens();
            service.expire_upload_urls();
        });
    }
    world.until_state("tokens.bin", "done").await;
    world.assert_stored("tokens.bin", &path);
    let refused = world.exchanges().into_iter().filter(|e| e.status == 401).count();
    assert!(refused > 0, "nothing has expired");
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_storm_of_busy_servers_and_cut_connections() {
    let world = World::new().await;
    world.site.simulator().set_faults(Some((5, Rates::storm())));
    let mut files = vec![("storm.bin".to_owned(), world.file("storm.bin", 100_000_000))];
    for number in 0..6 {
        let name = format!("small-{number}.bin");
        files.push((name.clone(), world.file(&name, 300_000 + number)));
    }
    let paths: Vec<_> = files.iter().map(|(_, path)| path.clone()).collect();
    world.pick(&paths).await;
    for (name, _) in &files {
        world.until_state(name, "done").await;
    }
    world.site.simulator().set_faults(None);
    for (name, path) in &files {
        world.assert_stored(name, path);
    }
    let failed = world.exchanges().into_iter().filter(|e| e.status != 200).count();
    assert!(failed > 5, "{failed}");
    world.close().await;
}

/// B2 does not say whether a busy server's answer has CORS headers. Without, a page sees nothing.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn busy_servers_whose_answers_a_page_cannot_read() {
    let world = World::with(|options| options.simulator.config.cors_on_errors = false).await;
    world.site.simulator().set_faults(Some((9, Rates::unavailable(200))));
    let path = world.file("mute.bin", 60_000_000);
    world.pick(std::slice::from_ref(&path)).await;
    world.until_state("mute.bin", "done").await;
    world.assert_stored("mute.bin", &path);
    world.close().await;
}
