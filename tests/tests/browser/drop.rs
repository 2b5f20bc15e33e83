//! Dropped folders: every file is added, or reported if it cannot be.

use std::path::Path;

use serde_json::json;

use crate::page::TestPage;

/// Ordinary names, and names that file handles of browsers omit.
const NAMES: [&str; 14] = [
    "plain.txt",
    "sub/deeper/plain.txt",
    "what?.txt",
    "say \"this\".txt",
    "a<b>.txt",
    " leading.txt",
    "trailing .txt",
    "tab\there.txt",
    "left\u{202a}to right.txt",
    "pipe|star*.txt",
    "back\\slash.txt",
    ".hidden",
    "colon:.txt",
    "sub?/in a folder of such a name.txt",
];

fn folder(page: &TestPage) -> std::path::PathBuf {
    let folder = page.folder.path().join("dropped");
    for (number, name) in NAMES.iter().enumerate() {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, format!("number {number}")).unwrap();
    }
    folder
}

/// Checks that the row of each file shows that it is stored, or why it is not.
async fn assert_all_reported(page: &TestPage, folder: &Path) {
    for name in NAMES {
        let path = format!("dropped/{name}");
        let of_row = format!("{}?.dataset.state", crate::page::row(&path));
        page.browser.until(&format!("['done', 'failed'].includes({of_row})")).await;
        if page.browser.evaluate(&of_row).await == json!("done") {
            page.assert_stored(&path, &folder.join(name));
        } else {
            let text = page.row_text(&path).await;
            assert!(text.contains("Rename it"), "{name}: {text}");
        }
    }
    let total = page.total().await;
    assert!(total.contains(&format!("{} file", NAMES.len())), "{total}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn every_file_of_a_dropped_folder_is_added() {
    let page = TestPage::new().await;
    let folder = folder(&page);
    page.drop_files(&[&folder]).await;
    page.until_added(&format!("{} files added.", NAMES.len())).await;
    // Files without a handle cannot be resumed automatically, which the page shows.
    page.until_added("must be chosen again").await;
    assert_all_reported(&page, &folder).await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn every_file_of_a_chosen_folder_is_added() {
    let page = TestPage::new().await;
    let folder = folder(&page);
    page.pick_folder(&folder).await;
    page.until_added(&format!("{} files added.", NAMES.len())).await;
    assert_all_reported(&page, &folder).await;
    page.close().await;
}
