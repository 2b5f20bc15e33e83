//! Deleting and renaming stored files, where the grant allows it.

use b2_native::proto::time::Timestamp;
use b2_www::BUCKET;
use fantoccini::Locator;

use crate::page::TestPage;

impl TestPage {
    /// Stores a file, and shows it.
    async fn show(&self, names: &[&str]) {
        let now = Timestamp::from_millis(1_700_000_000_000);
        self.site.simulator().with(|service| {
            for name in names {
                service.put_file(now, BUCKET, name, name.as_bytes().to_vec()).unwrap();
            }
        });
        self.reload().await;
        self.browser.until("document.querySelector('[data-stored]') !== null").await;
    }

    async fn press_stored(&self, name: &str, action: &str) {
        self.click(&format!("[data-stored='{name}'] [data-action={action}]")).await;
    }

    async fn until_gone(&self, name: &str) {
        self.browser
            .until(&format!("document.querySelector(\"[data-stored='{name}']\") === null"))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_stored_file_is_deleted_after_some_seconds() {
    let page = TestPage::new().await;
    page.show(&["ada/a.txt", "ada/a.txt", "ada/a.txt.old", "ada/b.txt"]).await;
    page.press_stored("ada/a.txt", "delete").await;
    page.browser.until("document.querySelector('#undo').innerText.includes('1 file is')").await;
    page.press_stored("ada/a.txt", "undo").await;
    page.browser.until("document.querySelector('#undo').hidden").await;
    page.browser.until("document.querySelectorAll('.discarded').length === 0").await;
    page.press_stored("ada/b.txt", "delete").await;
    // Nothing is deleted if the page is left before.
    page.reload().await;
    page.browser.until("document.querySelectorAll('[data-stored]').length === 3").await;
    assert_eq!(page.site.simulator().with(|service| service.versions(BUCKET)).len(), 4);

    page.press_stored("ada/a.txt", "delete").await;
    page.until_gone("ada/a.txt").await;
    let left = page.stored_names();
    assert_eq!(left.len(), 2, "both versions are deleted, and no other file: {left:?}");
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_stored_file_is_renamed() {
    let page = TestPage::new().await;
    page.show(&["ada/first.txt", "ada/first.txt", "ada/taken.txt"]).await;
    page.press_stored("ada/first.txt", "rename").await;
    page.browser.until("document.activeElement.id === 'rename-name'").await;
    // The name without its extension is selected.
    let input = page.browser.client.find(Locator::Css("#rename-name")).await.unwrap();
    input.send_keys("taken\u{e007}").await.unwrap();
    page.browser
        .until("document.querySelector('#rename-problem').textContent.includes('exists')")
        .await;
    for (name, problem) in [("", "empty"), ("a/b", "slash")] {
        input.clear().await.unwrap();
        input.send_keys(&format!("{name}\u{e007}")).await.unwrap();
        let shown =
            format!("document.querySelector('#rename-problem').textContent.includes('{problem}')");
        page.browser.until(&shown).await;
    }
    input.clear().await.unwrap();
    input.send_keys("second.txt\u{e007}").await.unwrap();
    page.browser.until("document.querySelector(\"[data-stored='ada/second.txt']\") !== null").await;
    page.until_gone("ada/first.txt").await;
    page.browser
        .until("document.activeElement.closest('li').dataset.stored === 'ada/second.txt'")
        .await;
    let read = |name: &str| page.site.simulator().with(|service| service.read_file(BUCKET, name));
    assert_eq!(read("ada/second.txt").as_deref(), Some(b"ada/first.txt".as_slice()));
    assert_eq!(read("ada/first.txt"), None);
    assert_eq!(read("ada/taken.txt").as_deref(), Some(b"ada/taken.txt".as_slice()));
    page.reload().await;
    page.browser.until("document.querySelectorAll('[data-stored]').length === 2").await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn an_upload_of_this_visit_is_renamed_and_deleted() {
    let page = TestPage::new().await;
    let path = page.file("large.bin", 12_000_000);
    page.pick(std::slice::from_ref(&path)).await;
    page.until_state("large.bin", "done").await;
    page.press_stored("ada/large.bin", "rename").await;
    page.browser.until("document.activeElement.id === 'rename-name'").await;
    let input = page.browser.client.find(Locator::Css("#rename-name")).await.unwrap();
    input.send_keys("other\u{e007}").await.unwrap();
    page.browser.until("document.querySelector(\"[data-stored='ada/other.bin']\") !== null").await;
    page.assert_stored("other.bin", &path);
    page.press_stored("ada/other.bin", "delete").await;
    page.until_gone("ada/other.bin").await;
    assert!(page.stored_names().is_empty(), "{:?}", page.stored_names());
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn without_a_grant_nothing_can_be_deleted() {
    let page = TestPage::with(|options| options.manage = false).await;
    page.show(&["ada/a.txt"]).await;
    let buttons = "[...document.querySelectorAll('[data-stored] button')]
        .filter((button) => button.checkVisibility()).map((button) => button.dataset.action)";
    assert_eq!(page.browser.evaluate(buttons).await, serde_json::json!(["download", "link"]));
    page.close().await;
}
