//! What cannot be uploaded says why, and what the browser forbids does not break the page.

use std::io::Write;

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
