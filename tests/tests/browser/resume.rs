//! An upload outlives its page.

use b2_www::BUCKET;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_reload_half_way_sends_no_finished_part_again() {
    let world = World::new().await;
    let path = world.file("reload.bin", 300_000_000);
    world.browser.throttle(60_000_000).await;
    world.pick(std::slice::from_ref(&path)).await;
    world.until_parts(12).await;
    world.reload().await;
    let before = world.accepted_parts();

    // The browser has forgotten the file, but not the upload: the same file is picked again.
    world.browser.throttle(1_000_000_000).await;
    world.until_state("reload.bin", "left").await;
    world.pick(std::slice::from_ref(&path)).await;
    world.until_state("reload.bin", "done").await;
    world.assert_stored("reload.bin", &path);

    world.assert_not_sent_again(&before);
    let started = world.exchanges().into_iter().filter(|e| e.operation == "b2_start_large_file");
    assert_eq!(started.count(), 1);
    let versions = world.site.simulator().with(|service| service.versions(BUCKET));
    assert_eq!(versions.len(), 1, "{versions:?}");
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn another_file_of_the_same_name_and_size_is_not_mixed_in() {
    let world = World::new().await;
    let path = world.file("twin.bin", 100_000_000);
    world.browser.throttle(20_000_000).await;
    world.pick(std::slice::from_ref(&path)).await;
    world.until_parts(4).await;
    world.reload().await;
    world.browser.throttle(1_000_000_000).await;
    world.until_state("twin.bin", "left").await;

    let mut bytes = std::fs::read(&path).unwrap();
    bytes.iter_mut().for_each(|byte| *byte ^= 1);
    std::fs::write(&path, bytes).unwrap();
    world.pick(std::slice::from_ref(&path)).await;
    // It is an upload of its own; the other one still waits for its file.
    world.browser.until("document.querySelector('#overall').dataset.done === '1'").await;
    world.until_state("twin.bin", "left").await;
    world.assert_stored("twin.bin", &path);
    world.close().await;
}
