//! Several tabs with one list: each file is uploaded by one tab, once.

use serde_json::json;

use crate::page::{TestPage, row};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn another_tab_shows_the_upload_and_takes_it_over() {
    let page = TestPage::new().await;
    let path = page.file("tabs.bin", 100_000_000);
    page.browser.throttle(8_000_000).await;
    page.pick(std::slice::from_ref(&path)).await;
    page.until_state("tabs.bin", "sending").await;

    let client = &page.browser.client;
    let first = client.window().await.unwrap();
    let second = client.new_window(true).await.unwrap().handle;
    client.switch_to_window(second.clone()).await.unwrap();
    page.open().await;
    page.until_state("tabs.bin", "elsewhere").await;
    page.browser.until(&format!("Number({}.dataset.accepted) > 0", row("tabs.bin"))).await;

    client.switch_to_window(first).await.unwrap();
    let before = page.accepted_parts();
    client.close_window().await.unwrap();
    client.switch_to_window(second).await.unwrap();
    page.until_state("tabs.bin", "left").await;
    page.pick(std::slice::from_ref(&path)).await;
    page.until_state("tabs.bin", "done").await;
    page.assert_stored("tabs.bin", &path);
    page.assert_not_sent_again(&before);
    assert_eq!(
        page.browser.evaluate("document.querySelectorAll('#upload-rows > li').length").await,
        json!(1)
    );
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn the_same_file_in_two_tabs_is_uploaded_once() {
    let page = TestPage::new().await;
    let path = page.file("twice.bin", 30_000_000);
    page.browser.throttle(8_000_000).await;
    page.pick(std::slice::from_ref(&path)).await;
    page.until_state("twice.bin", "sending").await;

    let client = &page.browser.client;
    let first = client.window().await.unwrap();
    let second = client.new_window(true).await.unwrap().handle;
    client.switch_to_window(second).await.unwrap();
    page.open().await;
    page.until_state("twice.bin", "elsewhere").await;
    page.pick(std::slice::from_ref(&path)).await;
    page.until_added("1 file is being uploaded already.").await;

    client.switch_to_window(first).await.unwrap();
    page.pick(std::slice::from_ref(&path)).await;
    page.until_added("1 file is being uploaded already.").await;
    page.browser.throttle(1_000_000_000).await;
    page.until_state("twice.bin", "done").await;
    page.pick(std::slice::from_ref(&path)).await;
    page.until_added("1 file is stored already.").await;

    let rows = "document.querySelectorAll('#upload-rows > li').length";
    assert_eq!(page.browser.evaluate(rows).await, json!(1));
    let started = page.exchanges().into_iter().filter(|e| e.operation == "b2_start_large_file");
    assert_eq!(started.count(), 1);
    page.assert_stored("twice.bin", &path);
    page.close().await;
}
