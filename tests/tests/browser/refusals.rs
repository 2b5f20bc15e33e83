//! Files that cannot be uploaded, and browsers that forbid storage or WebAssembly.

use std::io::Write;

use crate::page::TestPage;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn invalid_names_are_refused_before_they_are_sent() {
    let page = TestPage::new().await;
    let before = page.exchanges().len();
    page.pick_made("a\u{7f}b.txt").await;
    page.until_state("a\u{7f}b.txt", "failed").await;
    assert!(page.row_text("a\u{7f}b.txt").await.contains("Rename it"));
    let uploads = page.exchanges().into_iter().skip(before);
    assert_eq!(uploads.filter(|e| e.operation.contains("upload")).count(), 0);
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_deleted_or_changed_file_is_reported() {
    let page = TestPage::new().await;
    page.browser.throttle(5_000_000).await;
    let deleted = page.file("deleted.bin", 60_000_000);
    let changed = page.file("changed.bin", 60_000_001);
    page.pick(&[deleted.clone(), changed.clone()]).await;
    page.until_state("deleted.bin", "sending").await;
    page.until_state("changed.bin", "sending").await;
    std::fs::remove_file(deleted).unwrap();
    let mut file = std::fs::OpenOptions::new().append(true).open(changed).unwrap();
    file.write_all(b"more").unwrap();
    page.browser.throttle(1_000_000_000).await;
    for name in ["deleted.bin", "changed.bin"] {
        page.until_state(name, "failed").await;
        let text = page.row_text(name).await;
        assert!(text.contains("changed, moved or deleted"), "{name}: {text}");
    }
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_browser_without_storage_uploads() {
    let page = TestPage::new().await;
    let none = "indexedDB.open = () => { throw new DOMException('no', 'SecurityError'); };";
    page.browser.before_each_page(none).await;
    page.open().await;
    let path = page.file("private.bin", 30_000_000);
    page.pick(std::slice::from_ref(&path)).await;
    page.until_state("private.bin", "done").await;
    page.assert_stored("private.bin", &path);
    page.browser
        .until("document.querySelector('#conditions').innerText.includes('keeps nothing')")
        .await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn forbidden_webassembly_is_reported() {
    let page = TestPage::with(|options| options.allow_wasm = false).await;
    let path = page.file("blocked.bin", 10);
    page.pick(&[path]).await;
    page.until_state("blocked.bin", "failed").await;
    let text = page.row_text("blocked.bin").await;
    assert!(text.contains("WebAssembly"), "{text}");
    page.browser.client.clone().close().await.unwrap();
}
