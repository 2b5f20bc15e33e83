//! What cannot be uploaded says why, and what the browser forbids does not break the page.

use std::io::Write;

use serde_json::json;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn names_that_b2_forbids_are_refused_before_anything_is_sent() {
    let world = World::new().await;
    let before = world.exchanges().len();
    world.pick_made("a\u{7f}b.txt").await;
    world.until_state("a\u{7f}b.txt", "failed").await;
    assert!(world.told("a\u{7f}b.txt").await.contains("Rename it"));
    let uploads = world.exchanges().into_iter().skip(before);
    assert_eq!(uploads.filter(|e| e.operation.contains("upload")).count(), 0);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_file_that_is_deleted_or_changed_meanwhile() {
    let world = World::new().await;
    world.browser.throttle(5_000_000).await;
    let deleted = world.file("deleted.bin", 60_000_000);
    let changed = world.file("changed.bin", 60_000_001);
    world.pick(&[deleted.clone(), changed.clone()]).await;
    world.until_state("deleted.bin", "sending").await;
    world.until_state("changed.bin", "sending").await;
    std::fs::remove_file(deleted).unwrap();
    let mut file = std::fs::OpenOptions::new().append(true).open(changed).unwrap();
    file.write_all(b"more").unwrap();
    world.browser.throttle(1_000_000_000).await;
    for name in ["deleted.bin", "changed.bin"] {
        world.until_state(name, "failed").await;
        let told = world.told(name).await;
        assert!(told.contains("changed, moved or deleted"), "{name}: {told}");
    }
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn what_the_application_refuses_is_explained() {
    let world = World::with(|options| options.max_bytes = 1_000).await;
    let path = world.file("heavy.bin", 2_000);
    world.pick(&[path]).await;
    world.until_state("heavy.bin", "failed").await;
    let told = world.told("heavy.bin").await;
    assert!(told.contains("at most 1000 bytes"), "{told}");
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_browser_that_keeps_nothing_uploads_all_the_same() {
    let world = World::new().await;
    let none = "indexedDB.open = () => { throw new DOMException('no', 'SecurityError'); };";
    world.browser.before_each_page(none).await;
    world.open().await;
    let path = world.file("private.bin", 30_000_000);
    world.pick(std::slice::from_ref(&path)).await;
    world.until_state("private.bin", "done").await;
    world.assert_stored("private.bin", &path);
    world
        .browser
        .until("document.querySelector('#conditions').innerText.includes('keeps nothing')")
        .await;
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_page_that_may_not_run_webassembly_says_so() {
    let world = World::with(|options| options.allow_wasm = false).await;
    let path = world.file("blocked.bin", 10);
    world.pick(&[path]).await;
    world.until_state("blocked.bin", "failed").await;
    let told = world.told("blocked.bin").await;
    assert!(told.contains("WebAssembly"), "{told}");
    world.browser.client.clone().close().await.unwrap();
}

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
    world
        .browser
        .until(&format!("Number({}.dataset.accepted) > 0", crate::world::row("tabs.bin")))
        .await;

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
