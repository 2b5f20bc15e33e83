//! Uploads that are resumed after a reload.

use b2_www::BUCKET;

use crate::page::TestPage;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn finished_parts_are_not_sent_again_after_a_reload() {
    let page = TestPage::new().await;
    let path = page.file("reload.bin", 300_000_000);
    page.browser.throttle(60_000_000).await;
    page.pick(std::slice::from_ref(&path)).await;
    page.until_parts(12).await;
    page.reload().await;
    let before = page.accepted_parts();

    // After the reload, the upload is listed without a file, and the same file is selected again.
    page.browser.throttle(1_000_000_000).await;
    page.until_state("reload.bin", "left").await;
    page.pick(std::slice::from_ref(&path)).await;
    page.until_state("reload.bin", "done").await;
    page.assert_stored("reload.bin", &path);

    page.assert_not_sent_again(&before);
    let started = page.exchanges().into_iter().filter(|e| e.operation == "b2_start_large_file");
    assert_eq!(started.count(), 1);
    let versions = page.site.simulator().with(|service| service.versions(BUCKET));
    assert_eq!(versions.len(), 1, "{versions:?}");
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn another_file_of_the_same_name_and_size_is_a_new_upload() {
    let page = TestPage::new().await;
    let path = page.file("twin.bin", 100_000_000);
    page.browser.throttle(20_000_000).await;
    page.pick(std::slice::from_ref(&path)).await;
    page.until_parts(4).await;
    page.reload().await;
    page.browser.throttle(1_000_000_000).await;
    page.until_state("twin.bin", "left").await;

    let mut bytes = std::fs::read(&path).unwrap();
    bytes.iter_mut().for_each(|byte| *byte ^= 1);
    std::fs::write(&path, bytes).unwrap();
    page.pick(std::slice::from_ref(&path)).await;
    // The file is a new upload; the other one still waits for its file.
    page.browser.until("document.querySelector('#overall').dataset.done === '1'").await;
    page.until_state("twin.bin", "left").await;
    page.assert_stored("twin.bin", &path);
    page.close().await;
}
