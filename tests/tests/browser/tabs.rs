//! One list in several tabs: each file is uploaded by one of them, and once.

use serde_json::json;

use crate::world::{World, row};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn another_tab_watches_and_takes_over() {
    let world = World::new().await;
    let path = world.file("tabs.bin", 100_000_000);
    world.browser.throttle(8_000_000).await;
    world.pick(std::slice::from_ref(&path)).await;
    world.until_state("tabs.bin", "sending").await;

    let client = &world.browser.client;
    let first = client.window().await.unwrap();
    let second = client.new_window(true).await.unwrap().handle;
    client.switch_to_window(second.clone()).await.unwrap();
    world.open().await;
    world.until_state("tabs.bin", "elsewhere").await;
    world.browser.until(&format!("Number({}.dataset.accepted) > 0", row("tabs.bin"))).await;

    client.switch_to_window(first).await.unwrap();
    let before = world.accepted_parts();
    client.close_window().await.unwrap();
    client.switch_to_window(second).await.unwrap();
    world.until_state("tabs.bin", "left").await;
    world.pick(std::slice::from_ref(&path)).await;
    world.until_state("tabs.bin", "done").await;
    world.assert_stored("tabs.bin", &path);
    world.assert_not_sent_again(&before);
    assert_eq!(
        world.browser.evaluate("document.querySelectorAll('#upload-rows > li').length").await,
        json!(1)
    );
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn the_same_file_in_two_tabs_is_uploaded_once() {
    let world = World::new().await;
    let path = world.file("twice.bin", 30_000_000);
    world.browser.throttle(8_000_000).await;
    world.pick(std::slice::from_ref(&path)).await;
    world.until_state("twice.bin", "sending").await;

    let client = &world.browser.client;
    let first = client.window().await.unwrap();
    let second = client.new_window(true).await.unwrap().handle;
    client.switch_to_window(second).await.unwrap();
    world.open().await;
    world.until_state("twice.bin", "elsewhere").await;
    world.pick(std::slice::from_ref(&path)).await;
    world.until_added("1 file is being uploaded already.").await;

    client.switch_to_window(first).await.unwrap();
    world.pick(std::slice::from_ref(&path)).await;
    world.until_added("1 file is being uploaded already.").await;
    world.browser.throttle(1_000_000_000).await;
    world.until_state("twice.bin", "done").await;
    world.pick(std::slice::from_ref(&path)).await;
    world.until_added("1 file is stored already.").await;

    let rows = "document.querySelectorAll('#upload-rows > li').length";
    assert_eq!(world.browser.evaluate(rows).await, json!(1));
    let started = world.exchanges().into_iter().filter(|e| e.operation == "b2_start_large_file");
    assert_eq!(started.count(), 1);
    world.assert_stored("twice.bin", &path);
    world.close().await;
}
