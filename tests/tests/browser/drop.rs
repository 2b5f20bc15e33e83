//! Folders that are dropped: every file is added, or named as one that cannot be.

use std::path::Path;

use serde_json::json;

use crate::page::TestPage;

/// Names that a browser's handles leave out, and ordinary ones.
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

/// What became of each file: its row says that it is stored, or why it is not.
async fn assert_all_told(page: &TestPage, folder: &Path) {
    for name in NAMES {
        let path = format!("dropped/{name}");
        let of_row = format!("{}?.dataset.state", crate::page::row(&path));
        page.browser.until(&format!("['done', 'failed'].includes({of_row})")).await;
        if page.browser.evaluate(&of_row).await == json!("done") {
            page.assert_stored(&path, &folder.join(name));
        } else {
            let told = page.told(&path).await;
            assert!(told.contains("Rename it"), "{name}: {told}");
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
    // Those without a handle cannot be gone on with by themselves, and that is told.
    page.until_added("must be chosen again").await;
    assert_all_told(&page, &folder).await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn every_file_of_a_chosen_folder_is_added() {
    let page = TestPage::new().await;
    let folder = folder(&page);
    page.pick_folder(&folder).await;
    page.until_added(&format!("{} files added.", NAMES.len())).await;
    assert_all_told(&page, &folder).await;
    page.close().await;
}
