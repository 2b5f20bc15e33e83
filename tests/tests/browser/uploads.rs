//! Uploads of files.

use b2_www::BUCKET;
use serde_json::json;

use crate::page::{TestPage, row};

/// The part size of the gateway, in bytes.
const PART: usize = 5_000_000;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn several_small_files_are_uploaded() {
    let page = TestPage::new().await;
    let files = [
        ("empty.txt", 0),
        ("one.bin", 1),
        ("with spaces & marks?.txt", 12_345),
        ("résumé–1.pdf", 100_000),
        ("文件.bin", 2_000_000),
        ("<b>bold.txt", 77),
        ("almost-large.bin", 4_999_999),
    ];
    let paths = files.map(|(name, len)| page.file(name, len));
    page.pick(&paths).await;
    for ((name, _), path) in files.iter().zip(&paths) {
        page.until_state(name, "done").await;
        page.assert_stored(name, path);
    }
    // A name with markup is shown as text.
    assert_eq!(page.browser.evaluate("document.querySelectorAll('b').length").await, json!(0));
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_large_file_is_uploaded_in_parts_with_progress() {
    let page = TestPage::new().await;
    let path = page.file("large.bin", 300_000_000);
    record_progress(&page).await;
    page.pick(std::slice::from_ref(&path)).await;
    page.until_state("large.bin", "done").await;
    page.assert_stored("large.bin", &path);

    let parts = page.accepted_parts();
    assert!(parts.len() >= 18, "{parts:?}");
    let shown = page.browser.evaluate("window.progress").await;
    let shown: Vec<_> = shown.as_array().unwrap().clone();
    assert!(shown.len() > 10, "{shown:?}");
    for pair in shown.windows(2) {
        assert!(pair[0]["percent"].as_f64() <= pair[1]["percent"].as_f64(), "{pair:?}");
        assert!(pair[0]["accepted"].as_f64() <= pair[1]["accepted"].as_f64(), "{pair:?}");
    }
    for moment in &shown {
        assert!(
            moment["percent"] != 100 || moment["state"] == "done",
            "{moment:?} before B2 has answered"
        );
    }
    page.close().await;
}

/// Records the progress bars whenever they change.
async fn record_progress(page: &TestPage) {
    let script = "
        window.progress = [];
        new MutationObserver((changes) => {
            for (const { target } of changes) {
                const { percent, state, accepted, size } = target.dataset;
                window.progress.push({ percent: Number(percent), state, accepted: Number(accepted), size: Number(size) });
            }
        }).observe(document.querySelector('#upload-rows'), {
            subtree: true, attributes: true, attributeFilter: ['data-percent', 'data-accepted', 'data-state'],
        });";
    page.browser.client.execute(script, Vec::new()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn an_upload_is_paused_and_resumed() {
    let page = TestPage::new().await;
    let path = page.file("pause.bin", 100_000_000);
    page.browser.throttle(20_000_000).await;
    page.pick(std::slice::from_ref(&path)).await;
    page.until_parts(1).await;
    page.press("pause.bin", "pause").await;
    page.until_state("pause.bin", "paused").await;
    // A part without a response is sent again, the others are not.
    let accepted = page.browser.evaluate(&format!("{}.dataset.accepted", row("pause.bin"))).await;
    let known = accepted.as_str().unwrap().parse::<usize>().unwrap() / PART;
    let before: Vec<_> = page.accepted_parts().into_iter().take(known).collect();
    page.browser.throttle(200_000_000).await;
    page.press("pause.bin", "resume").await;
    page.until_state("pause.bin", "done").await;
    page.assert_stored("pause.bin", &path);
    page.assert_not_sent_again(&before);
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_cancelled_upload_leaves_nothing() {
    let page = TestPage::new().await;
    let path = page.file("cancel.bin", 100_000_000);
    page.browser.throttle(5_000_000).await;
    page.pick(std::slice::from_ref(&path)).await;
    page.until_server(|seen| seen.iter().any(|e| e.operation == "b2_start_large_file")).await;
    page.press("cancel.bin", "cancel").await;
    // The time in which it can be undone.
    page.until_server(|seen| {
        seen.iter().any(|e| e.operation == "b2_cancel_large_file" && e.status == 200)
    })
    .await;
    let versions = page.site.simulator().with(|service| service.versions(BUCKET));
    assert!(versions.is_empty(), "{versions:?}");
    page.close().await;
}

fn discarded(page: &TestPage) -> usize {
    page.exchanges().into_iter().filter(|e| e.operation == "b2_cancel_large_file").count()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_cancelled_upload_is_kept_for_some_seconds() {
    let page = TestPage::new().await;
    let path = page.file("undo.bin", 60_000_000);
    page.browser.throttle(6_000_000).await;
    page.pick(std::slice::from_ref(&path)).await;
    page.until_parts(2).await;
    // The icon differs from that which removes a row from the list.
    let icon = format!("{}.querySelector('.end use').getAttribute('href')", row("undo.bin"));
    assert_eq!(page.browser.evaluate(&icon).await, "#icon-bin");

    // What can be undone has the focus.
    page.press("undo.bin", "cancel").await;
    page.browser.until("document.activeElement.dataset.action === 'undo'").await;
    page.browser.until("document.querySelector('#undo').innerText.includes('1 upload is')").await;
    page.until_state("undo.bin", "paused").await;
    assert!(page.row_text("undo.bin").await.contains("will be discarded"));
    page.press("undo.bin", "undo").await;
    page.browser.until("document.querySelector('#undo').hidden").await;
    page.until_parts(3).await;

    // The page is left before the time is over.
    page.press("undo.bin", "cancel").await;
    page.until_state("undo.bin", "paused").await;
    let before = page.accepted_parts();
    page.reload().await;
    page.until_state("undo.bin", "left").await;
    page.browser.throttle(1_000_000_000).await;
    page.pick(std::slice::from_ref(&path)).await;
    page.until_state("undo.bin", "done").await;
    page.assert_stored("undo.bin", &path);
    page.assert_not_sent_again(&before);
    assert_eq!(discarded(&page), 0);
    assert_eq!(page.browser.evaluate(&icon).await, "#icon-close");
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn discarding_several_uploads_is_undone_at_once() {
    let page = TestPage::new().await;
    page.browser.throttle(3_000_000).await;
    let paths = ["one.bin", "two.bin"].map(|name| page.file(name, 60_000_000));
    page.pick(&paths).await;
    page.until_parts(2).await;
    page.reload().await;
    page.until_state("two.bin", "left").await;
    page.click("#forget-left").await;
    page.browser.until("document.activeElement.id === 'undo-button'").await;
    page.browser.until("document.querySelectorAll('.discarded').length === 2").await;
    page.click("#undo-button").await;
    page.browser.until("document.querySelectorAll('.discarded').length === 0").await;
    page.until_state("one.bin", "left").await;
    assert_eq!(discarded(&page), 0);

    page.click("#forget-left").await;
    page.until_server(|seen| {
        seen.iter().filter(|e| e.operation == "b2_cancel_large_file" && e.status == 200).count()
            == 2
    })
    .await;
    page.browser.until("document.querySelectorAll('#upload-rows > li').length === 0").await;
    assert!(page.site.simulator().with(|service| service.versions(BUCKET)).is_empty());
    page.close().await;
}
