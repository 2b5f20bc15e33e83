//! Names that exist: one question for many files, and what each answer does.

use b2_native::proto::time::Timestamp;
use b2_www::{BUCKET, PREFIX};
use serde_json::json;

use crate::page::TestPage;

impl TestPage {
    /// Stores files under the visitor's prefix.
    fn store(&self, names: &[&str]) {
        let now = Timestamp::from_millis(1_700_000_000_000);
        self.site.simulator().with(|service| {
            for name in names {
                service
                    .put_file(now, BUCKET, &format!("{PREFIX}{name}"), b"before".to_vec())
                    .unwrap();
            }
        });
    }

    /// Waits for the question, and answers it.
    async fn answer(&self, answer: &str) {
        self.browser.until("document.querySelector('#exists').open").await;
        self.click(&format!("#exists [value={answer}]")).await;
    }

    /// Returns the names of all versions at B2, in order.
    fn versions(&self) -> Vec<String> {
        let versions = self.site.simulator().with(|service| service.versions(BUCKET));
        let mut names: Vec<_> = versions
            .into_iter()
            .map(|version| version.file_name.strip_prefix(PREFIX).unwrap().to_owned())
            .collect();
        names.sort();
        names
    }

    async fn pick_names(&self, names: &[&str]) {
        let files: Vec<_> = names.iter().map(|name| ((*name).to_owned(), 9)).collect();
        self.pick_all_made(&files).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn one_answer_is_for_all_files_whose_names_exist() {
    let page = TestPage::new().await;
    page.store(&["a.txt", "b.txt", "c.txt", "folder/a.txt"]);
    page.pick_names(&["a.txt", "b.txt", "c.txt", "folder.txt", "new.txt"]).await;
    // The others do not wait for the answer.
    page.until_state("new.txt", "done").await;
    page.until_state("folder.txt", "done").await;
    page.browser.until("document.querySelector('#exists').open").await;
    let asked = "document.querySelector('#exists').innerText";
    let text = page.browser.evaluate(asked).await.as_str().unwrap().to_owned();
    assert!(text.contains("a.txt") && text.contains("6\u{a0}bytes"), "{text}");
    assert!(text.contains("for 2 other files"), "{text}");
    page.answer("version").await;
    page.until_added("5 files added.").await;
    for name in ["a.txt", "b.txt", "c.txt"] {
        page.until_state(name, "done").await;
    }
    let twice = ["a.txt", "b.txt", "c.txt"];
    assert!(twice.iter().all(|name| page.versions().iter().filter(|one| one == name).count() == 2));
    assert_eq!(page.browser.evaluate("document.querySelector('#exists').open").await, false);
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn each_file_gets_its_own_answer() {
    let page = TestPage::new().await;
    page.store(&["a.tar.gz", "a.tar (2).gz", "b.txt", ".hidden", "skipped.txt"]);
    page.pick_names(&["a.tar.gz", "b.txt", ".hidden", "skipped.txt"]).await;
    page.browser.until("document.querySelector('#exists').open").await;
    page.click("#input-exists-all").await;
    for (name, answer) in [
        ("a.tar.gz", "rename"),
        ("b.txt", "version"),
        (".hidden", "rename"),
        ("skipped.txt", "skip"),
    ] {
        let asked =
            format!("document.querySelector('#exists-name').textContent === {}", json!(name));
        page.browser.until(&asked).await;
        page.answer(answer).await;
    }
    page.until_added("3 files added. 1 file skipped.").await;
    for name in ["a.tar (3).gz", "b.txt", ".hidden (2)"] {
        page.until_state(name, "done").await;
    }
    let expected = [
        ".hidden",
        ".hidden (2)",
        "a.tar (2).gz",
        "a.tar (3).gz",
        "a.tar.gz",
        "b.txt",
        "b.txt",
        "skipped.txt",
    ];
    assert_eq!(page.versions(), expected);
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn without_an_answer_nothing_is_replaced() {
    let page = TestPage::new().await;
    page.store(&["a.txt", "b.txt"]);
    page.pick_names(&["a.txt", "b.txt"]).await;
    page.browser.until("document.querySelector('#exists').open").await;
    page.browser.client.active_element().await.unwrap().send_keys("\u{e00c}").await.unwrap();
    page.until_added("2 files skipped.").await;
    assert_eq!(page.versions(), ["a.txt", "b.txt"]);
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_renamed_upload_goes_on_after_a_reload() {
    let page = TestPage::new().await;
    page.store(&["big.bin"]);
    let path = page.file("big.bin", 60_000_000);
    page.browser.throttle(10_000_000).await;
    page.pick(std::slice::from_ref(&path)).await;
    page.answer("rename").await;
    page.until_parts(2).await;
    page.reload().await;
    let before = page.accepted_parts();
    page.until_state("big (2).bin", "left").await;
    page.browser.throttle(1_000_000_000).await;
    page.pick(std::slice::from_ref(&path)).await;
    page.until_state("big (2).bin", "done").await;
    page.assert_stored("big (2).bin", &path);
    page.assert_not_sent_again(&before);
    assert_eq!(page.versions(), ["big (2).bin", "big.bin"]);
    page.close().await;
}

/// In a folder with many files, the names are found in few requests.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn names_in_a_large_folder_are_found() {
    let page = TestPage::new().await;
    let stored: Vec<_> = (0..2_500).map(|n| format!("stored-{n:04}.txt")).collect();
    page.store(&stored.iter().map(String::as_str).collect::<Vec<_>>());
    let lists = |page: &TestPage| {
        page.exchanges().into_iter().filter(|e| e.operation == "b2_list_file_names").count()
    };
    let before = lists(&page);
    let mut names: Vec<_> = (0..200).map(|n| format!("stored-new-{n}.txt")).collect();
    names.push("stored-2499.txt".to_owned());
    page.pick_names(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    page.browser
        .until("document.querySelector('#exists-name').textContent === 'stored-2499.txt'")
        .await;
    let asked = lists(&page) - before;
    assert!(asked <= 4, "{asked} listings");
    page.answer("skip").await;
    page.until_added("200 files added. 1 file skipped.").await;
    page.close().await;
}
