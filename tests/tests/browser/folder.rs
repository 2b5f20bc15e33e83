//! Stored files: listing, previews, downloads and links.

use b2_native::proto::hash::Sha1Digest;
use b2_native::proto::time::Timestamp;
use fantoccini::Locator;
use serde_json::json;

use crate::files::PIXEL;
use crate::page::TestPage;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn folders_previews_links_and_downloads_work() {
    let page = TestPage::new().await;
    page.site.simulator().with(|service| {
        for name in ["ada/2024/summer/a.txt", "ada/2024/b.txt", "bob/secret.txt"] {
            let now = Timestamp::from_millis(1_700_000_000_000);
            service.put_file(now, b2_www::BUCKET, name, name.as_bytes().to_vec()).unwrap();
        }
    });
    page.click("#refresh").await;
    page.browser.until("document.querySelector('[data-folder=\"ada/2024/\"]') !== null").await;
    // Only files in the folder of the visitor are shown.
    assert_eq!(page.browser.evaluate("document.querySelectorAll('#entries > li').length").await, 1);
    page.click("[data-folder='ada/2024/'] a").await;
    page.browser
        .until("document.querySelector('[data-folder=\"ada/2024/summer/\"]') !== null")
        .await;
    page.browser.until("document.querySelector('[data-stored=\"ada/2024/b.txt\"]') !== null").await;
    page.browser.client.back().await.unwrap();
    page.browser.until("document.querySelector('[data-folder=\"ada/2024/\"]') !== null").await;

    let path = page.folder.path().join("pixel.png");
    std::fs::write(&path, PIXEL).unwrap();
    let big = page.file("big.bin", 12_345_678);
    page.pick(&[path, big.clone()]).await;
    page.until_state("pixel.png", "done").await;
    page.until_state("big.bin", "done").await;

    page.click("[data-stored='ada/pixel.png'] [data-action=preview]").await;
    page.browser.until("document.querySelector('#preview-image').naturalWidth === 1").await;
    page.click("#preview-close").await;

    // A headless browser has no clipboard.
    page.browser
        .run("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
        .await;
    page.click("[data-stored='ada/big.bin'] [data-action=link]").await;
    page.browser.until("window.copied !== undefined").await;
    let size = page
        .browser
        .eventually("(await (await fetch(window.copied)).arrayBuffer()).byteLength")
        .await;
    assert_eq!(size, json!(12_345_678));

    // A file of the page's own storage replaces the one that the visitor would select.
    let choose = "const folder = await navigator.storage.getDirectory();
        window.saved = await folder.getFileHandle('saved', { create: true });
        window.showSaveFilePicker = async () => window.saved;
        return true;";
    page.browser.run_async(choose).await;
    page.click("[data-stored='ada/big.bin'] [data-action=download]").await;
    page
        .browser
        .until("document.querySelector(\"[data-stored='ada/big.bin'] .detail\").innerText === 'Downloaded'")
        .await;
    let saved = page.browser.eventually(
        "Array.from(
            new Uint8Array(await crypto.subtle.digest('SHA-1', await (await window.saved.getFile()).arrayBuffer())),
            (byte) => byte.toString(16).padStart(2, '0'),
        ).join('')",
    );
    let expected = Sha1Digest::of(&std::fs::read(big).unwrap()).to_hex();
    assert_eq!(saved.await, json!(expected));
    // The download was verified: the SHA-1 of a large file is in its info.
    let versions = page.site.simulator().with(|service| service.versions(b2_www::BUCKET));
    let stored = versions.iter().find(|version| version.file_name == "ada/big.bin").unwrap();
    assert_eq!(stored.file_info.get("large_file_sha1"), Some(&expected));
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn the_page_can_be_used_with_the_keyboard() {
    let page = TestPage::new().await;
    let path = page.file("keys.bin", 60_000_000);
    page.browser.throttle(5_000_000).await;
    page.pick(std::slice::from_ref(&path)).await;
    page.until_state("keys.bin", "sending").await;
    let body = page.browser.client.find(Locator::Css("body")).await.unwrap();
    let focused = "document.activeElement?.dataset.action";
    for _ in 0..30 {
        if page.browser.evaluate(focused).await == "pause" {
            break;
        }
        let at = page.browser.client.active_element().await.unwrap_or_else(|_| body.clone());
        at.send_keys("\u{e004}").await.unwrap();
    }
    assert_eq!(page.browser.evaluate(focused).await, "pause");
    // Enter presses the button, and the button that resumes the upload has the focus.
    page.browser.client.active_element().await.unwrap().send_keys("\u{e007}").await.unwrap();
    page.until_state("keys.bin", "paused").await;
    assert_eq!(page.browser.evaluate(focused).await, "resume");
    page.browser.throttle(1_000_000_000).await;
    page.browser.client.active_element().await.unwrap().send_keys(" ").await.unwrap();
    page.until_state("keys.bin", "done").await;

    let nameless =
        "[...document.querySelectorAll('button, a, input, select')].filter((element) => !(
        element.getAttribute('aria-label') || element.innerText || element.labels?.length)).length";
    assert_eq!(page.browser.evaluate(nameless).await, 0);
    page.close().await;
}
