//! Lists of thousands of uploads.

use serde_json::json;

use crate::page::{TestPage, row};

const FILES: usize = 10_000;

/// The document has the rows in sight, and the keyboard reaches the others.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn ten_thousand_files_have_few_rows() {
    let page = TestPage::new().await;
    page.browser.set_offline(true).await;
    let files: Vec<_> = (0..FILES).map(|n| (format!("many-{n:05}.bin"), 3)).collect();
    page.pick_all_made(&files).await;
    page.browser.until("document.querySelector('#overall').dataset.files === '10000'").await;
    page.browser.until("document.querySelectorAll('#upload-rows [data-file]').length > 0").await;
    let rows = "document.querySelectorAll('#upload-rows [data-file]').length";
    let shown = page.browser.evaluate(rows).await.as_u64().unwrap();
    assert!(shown < 50, "{shown} rows");

    let first = row("many-00000.bin");
    page.browser.until(&format!("{first}?.ariaPosInSet === '1'")).await;
    page.browser.run(&format!("{first}.querySelector('button').focus();")).await;
    for (key, code, position) in [("End", 35, FILES), ("ArrowUp", 38, FILES - 1), ("Home", 36, 1)] {
        for kind in ["keyDown", "keyUp"] {
            let event =
                json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
            page.browser.devtools("Input.dispatchKeyEvent", event).await;
        }
        let focused = "document.activeElement.closest('li')";
        page.browser.until(&format!("{focused}?.ariaPosInSet === '{position}'")).await;
        assert_eq!(page.browser.evaluate(&format!("{focused}.ariaSetSize")).await, "10000");
        let shown = page.browser.evaluate(rows).await.as_u64().unwrap();
        assert!(shown < 50, "{shown} rows");
    }
    page.browser.client.clone().close().await.unwrap();
}
