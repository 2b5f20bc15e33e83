//! The page without a mouse, and for screen readers.

use b2_native::proto::time::Timestamp;
use b2_tests::npm_tools;
use fantoccini::Locator;
use serde_json::json;

use crate::files::PIXEL;
use crate::page::{TestPage, row};

const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";

impl TestPage {
    /// Uploads a picture.
    async fn pick_picture(&self) {
        let path = self.folder.path().join("pixel.png");
        std::fs::write(&path, PIXEL).unwrap();
        self.pick(&[path]).await;
        self.until_state("pixel.png", "done").await;
    }

    /// Checks the page with axe, in light and in dark.
    async fn assert_accessible(&self, when: &str) {
        let axe = std::fs::read_to_string(npm_tools().join("axe-core/axe.min.js")).unwrap();
        self.browser.run(&axe).await;
        for scheme in ["light", "dark"] {
            let features = json!({ "features": [
                { "name": "prefers-color-scheme", "value": scheme },
                { "name": "prefers-reduced-motion", "value": "reduce" },
            ]});
            self.browser.devtools("Emulation.setEmulatedMedia", features).await;
            let violations = self
                .browser
                .eventually(
                    "(await axe.run(document)).violations.map(({ id, nodes }) =>
                        [id, ...nodes.map(({ html, failureSummary }) => `${html}: ${failureSummary}`)])",
                )
                .await;
            assert_eq!(violations, json!([]), "{when}, {scheme}");
        }
    }

    /// Sends a key to the element with the focus.
    async fn key(&self, key: &str) {
        let body = Locator::Css("body");
        let element = match self.browser.client.active_element().await {
            Ok(element) => element,
            Err(_) => self.browser.client.find(body).await.unwrap(),
        };
        element.send_keys(key).await.unwrap();
    }

    /// Presses Tab until an element that matches has the focus, which has to be visible and not covered.
    async fn tab_to(&self, selector: &str) {
        let there = format!("document.activeElement.matches({})", json!(selector));
        for _ in 0..60 {
            self.key("\u{e004}").await;
            if self.browser.evaluate(&there).await == true {
                let state = self.browser.evaluate(FOCUSED).await;
                assert_eq!(state, json!([true, true]), "{selector}: an outline, not covered");
                return;
            }
        }
        panic!("Tab does not reach {selector}");
    }
}

/// Whether the element with the focus has an outline, and whether it is in front at its position.
const FOCUSED: &str = "(() => {
    const { activeElement } = document;
    const { left, top, width, height } = activeElement.getBoundingClientRect();
    const front = document.elementFromPoint(left + width / 2, top + height / 2);
    return [getComputedStyle(activeElement).outlineStyle !== 'none', activeElement.contains(front) || front?.contains(activeElement)];
})()";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn axe_finds_nothing() {
    let page = TestPage::new().await;
    page.site.simulator().with(|service| {
        let now = Timestamp::from_millis(1_700_000_000_000);
        for name in ["ada/folder/a.txt", "ada/exists.txt", "ada/picture.png"] {
            service.put_file(now, b2_www::BUCKET, name, b"content".to_vec()).unwrap();
        }
    });
    page.assert_accessible("empty").await;
    page.reload().await;
    page.browser.throttle(1_000_000).await;
    let names = ["left.bin", "paused.bin", "sending.bin", "discarded.bin", "queued.bin"];
    page.pick(&[page.file("left.bin", 30_000_000)]).await;
    page.until_state("left.bin", "sending").await;
    page.reload().await;
    page.until_state("left.bin", "left").await;
    page.browser.throttle(1_000_000).await;
    let paths: Vec<_> = names[1..].iter().map(|name| page.file(name, 20_000_000)).collect();
    page.pick(&paths).await;
    page.until_state("sending.bin", "sending").await;
    page.press("paused.bin", "pause").await;
    page.until_state("paused.bin", "paused").await;
    page.pick_made("a\u{7f}b.txt").await;
    page.until_state("a\u{7f}b.txt", "failed").await;
    page.pick_made("done.txt").await;
    page.browser.until(&format!("{} !== null", row("done.txt"))).await;
    page.press("discarded.bin", "cancel").await;
    page.browser.until("!document.querySelector('#undo').hidden").await;
    page.assert_accessible("with uploads").await;

    page.pick_made("exists.txt").await;
    page.browser.until("document.querySelector('#exists').open").await;
    page.assert_accessible("with a question").await;
    page.key(ESCAPE).await;
    page.browser.client.clone().close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn axe_finds_nothing_in_the_dialogs_of_stored_files() {
    let page = TestPage::new().await;
    page.pick_picture().await;
    page.click("[data-stored='ada/pixel.png'] [data-action=preview]").await;
    page.browser.until("document.querySelector('#preview-image').naturalWidth === 1").await;
    page.assert_accessible("with a preview").await;
    page.key(ESCAPE).await;
    page.browser.until("!document.querySelector('#preview').open").await;
    page.click("[data-stored='ada/pixel.png'] [data-action=rename]").await;
    page.browser.until("document.activeElement.id === 'rename-name'").await;
    page.assert_accessible("with a new name").await;
    page.key(&format!("a/b{ENTER}")).await;
    page.browser.until("document.querySelector('#rename-problem').textContent !== ''").await;
    page.assert_accessible("with a name that is not allowed").await;
    page.key(ESCAPE).await;
    page.browser.until("!document.querySelector('#rename').open").await;
    page.browser.run("navigator.clipboard.writeText = () => Promise.reject(new Error());").await;
    page.click("[data-stored='ada/pixel.png'] [data-action=link]").await;
    page.browser.until("document.querySelector('dialog:has(#link-text)').open").await;
    page.assert_accessible("with a link").await;
    page.key(ESCAPE).await;
    page.click("[data-stored='ada/pixel.png'] [data-action=delete]").await;
    page.browser.until("!document.querySelector('#undo').hidden").await;
    page.assert_accessible("with a file that will be deleted").await;
    page.browser.client.clone().close().await.unwrap();
}

/// Makes the file picker choose a file of the page's own storage.
const CHOOSE: &str = "
    const folder = await navigator.storage.getDirectory();
    const handle = await folder.getFileHandle('keys.bin', { create: true });
    const file = await handle.createWritable();
    await file.write(new Uint8Array(30_000_000));
    await file.close();
    window.showOpenFilePicker = async () => [handle];
    return true;";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn everything_is_done_with_the_keyboard_alone() {
    let page = TestPage::new().await;
    page.site.simulator().with(|service| {
        let now = Timestamp::from_millis(1_700_000_000_000);
        service.put_file(now, b2_www::BUCKET, "ada/folder/a.txt", b"content".to_vec()).unwrap();
    });
    page.reload().await;
    page.browser.run_async(CHOOSE).await;
    page.browser.throttle(2_000_000).await;
    // The first stop skips to the stored files.
    page.tab_to(".skip").await;
    page.tab_to("#choose-files").await;
    page.key(ENTER).await;
    page.until_state("keys.bin", "sending").await;
    page.tab_to("#pause-all").await;
    page.tab_to("[data-action=pause]").await;
    page.key(" ").await;
    page.until_state("keys.bin", "paused").await;
    page.browser.until("document.activeElement.dataset.action === 'resume'").await;
    page.tab_to("[data-action=cancel]").await;
    page.key(ENTER).await;
    page.browser.until("document.activeElement.dataset.action === 'undo'").await;
    page.key(ENTER).await;
    page.browser.until("document.activeElement.dataset.action === 'resume'").await;
    page.browser.throttle(1_000_000_000).await;
    page.key(ENTER).await;
    page.until_state("keys.bin", "done").await;
    page.browser.until("document.activeElement.dataset.action === 'remove'").await;
    page.key(ENTER).await;
    // The row is gone, and the focus is where one can go on.
    page.browser.until("document.activeElement.id === 'choose-files'").await;

    // The same file again: its name exists.
    page.key(ENTER).await;
    page.browser.until("document.querySelector('#exists').open").await;
    page.tab_to("#exists [value=skip]").await;
    page.key(ENTER).await;
    page.until_added("1 file skipped.").await;
    page.browser.until("document.activeElement.id === 'choose-files'").await;

    // Stored files.
    page.tab_to("#order").await;
    page.key("\u{e015}").await;
    page.browser.until("document.querySelector('#order').value === 'newest'").await;
    page.browser.until("document.querySelector('#entries').ariaBusy === 'false'").await;
    page.tab_to("[data-folder] a").await;
    page.key(ENTER).await;
    page.browser
        .until("document.querySelector('[data-stored=\"ada/folder/a.txt\"]') !== null")
        .await;
    page.browser
        .run("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
        .await;
    page.tab_to("[data-stored] [data-action=link]").await;
    page.key(ENTER).await;
    page.browser.until("window.copied !== undefined").await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn stored_files_are_changed_with_the_keyboard_alone() {
    let page = TestPage::new().await;
    page.pick_picture().await;
    page.reload().await;
    page.browser.until("document.querySelector('[data-stored]') !== null").await;
    page.tab_to("[data-stored] [data-action=preview]").await;
    page.key(ENTER).await;
    page.browser.until("document.querySelector('#preview-image').naturalWidth === 1").await;
    page.key(ESCAPE).await;
    page.browser.until("document.activeElement.dataset.action === 'preview'").await;

    page.tab_to("[data-stored] [data-action=rename]").await;
    page.key(ENTER).await;
    page.browser.until("document.activeElement.id === 'rename-name'").await;
    page.key(ESCAPE).await;
    page.browser.until("document.activeElement.dataset.action === 'rename'").await;
    page.key(ENTER).await;
    page.browser.until("document.activeElement.id === 'rename-name'").await;
    page.key(&format!("dot{ENTER}")).await;
    let renamed = "document.activeElement.closest('li')?.dataset.stored === 'ada/dot.png'";
    page.browser.until(renamed).await;

    page.tab_to("[data-stored] [data-action=delete]").await;
    page.key(ENTER).await;
    page.browser.until("document.activeElement.dataset.action === 'undo'").await;
    page.key(ENTER).await;
    page.browser.until("document.activeElement.dataset.action === 'delete'").await;
    assert_eq!(page.stored_names(), ["ada/dot.png"]);
    page.key(ENTER).await;
    page.browser.until("document.querySelector('[data-stored]') === null").await;
    assert!(page.stored_names().is_empty(), "{:?}", page.stored_names());
    page.close().await;
}
