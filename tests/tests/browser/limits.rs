//! The limits of a grant are shown, and files beyond them are refused before they are sent.

use std::path::PathBuf;

use crate::page::{TestPage, row};

/// Picks a file, waits until it is refused, and checks that nothing of it was sent.
async fn refused(page: &TestPage, name: &str, path: PathBuf) -> String {
    let before = page.exchanges().len();
    page.pick(&[path]).await;
    page.until_state(name, "failed").await;
    let sent: Vec<_> = page.exchanges().into_iter().skip(before).map(|e| e.operation).collect();
    let asked = |operation: &&String| operation.contains("upload") || operation.contains("large");
    assert_eq!(sent.iter().filter(asked).count(), 0, "{sent:?}");
    let text = page.row_text(name).await;
    assert!(!text.split_whitespace().any(|word| word.len() > 60), "an id is shown: {text}");
    text
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_file_that_is_too_large_is_refused_before_it_is_sent() {
    let page = TestPage::with(|options| options.max_bytes = 6_000_000).await;
    page.browser.until("document.querySelector('#limits').innerText.includes('6\u{a0}MB')").await;
    for (name, len, most) in [
        ("parts.bin", 20_000_000, "at most 6\u{a0}MB are"),
        ("heavy.bin", 6_000_001, "at most 6,000,000\u{a0}bytes are"),
    ] {
        let text = refused(&page, name, page.file(name, len)).await;
        assert!(text.contains("too large") && text.contains(most), "{name}: {text}");
    }
    let total = page.total().await;
    assert!(total.contains("0 of 2 files stored") && total.contains("2 failed"), "{total}");
    // The other files are uploaded.
    let path = page.file("light.bin", 5_999_999);
    page.pick(std::slice::from_ref(&path)).await;
    page.until_state("light.bin", "done").await;
    page.assert_stored("light.bin", &path);
    let total = page.total().await;
    assert!(total.contains("1 of 3 files stored") && total.contains("2 failed"), "{total}");
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_forbidden_type_is_reported() {
    let page = TestPage::with(|options| options.types = vec!["image/png".to_owned()]).await;
    let limits = "document.querySelector('#limits').innerText.includes('image/png')";
    page.browser.until(limits).await;
    let accept = page.browser.evaluate("document.querySelector('#input-files').accept").await;
    assert_eq!(accept, "image/png");
    let text = refused(&page, "notes.txt", page.file("notes.txt", 12)).await;
    assert!(text.contains("not allowed") && text.contains("image/png"), "{text}");
    assert!(!text.contains("session"), "{text}");
    // There is no button to retry.
    let buttons = format!("{}.querySelector('[data-action=retry]') === null", row("notes.txt"));
    assert_eq!(page.browser.evaluate(&buttons).await, true);
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_queued_file_is_refused_at_once() {
    let page = TestPage::with(|options| options.max_bytes = 20_000_000).await;
    page.browser.throttle(500_000).await;
    let names = ["a.bin", "b.bin", "c.bin"];
    let mut paths: Vec<_> = names.iter().map(|name| page.file(name, 19_000_000)).collect();
    paths.push(page.file("last.bin", 20_000_001));
    page.pick(&paths).await;
    page.until_state("last.bin", "failed").await;
    let done = names.map(|name| format!("{}.dataset.state === 'done'", row(name))).join(" || ");
    assert_eq!(page.browser.evaluate(&done).await, false);
    page.browser.client.clone().close().await.unwrap();
}
