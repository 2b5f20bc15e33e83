//! The memory of large uploads.

use std::time::Duration;

use serde_json::json;

use crate::page::{TestPage, row};

/// How much more memory the page may use during an upload than before, in bytes.
const MOST: u64 = 96_000_000;

/// The heap is measured without a garbage collection before, and with the buffers of what was read of the file.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_gigabyte_needs_little_memory() {
    let page = TestPage::new().await;
    let path = page.file("giga.bin", 1_000_000_000);
    let before = [page.heap().await, page.browser.renderer_memory()];
    page.pick(std::slice::from_ref(&path)).await;
    let done = format!("{}?.dataset.state === 'done'", row("giga.bin"));
    let mut most = [0, 0];
    while page.browser.evaluate(&done).await != json!(true) {
        most[0] = most[0].max(page.heap().await);
        most[1] = most[1].max(page.browser.renderer_memory());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let more = [most[0].saturating_sub(before[0]), most[1].saturating_sub(before[1])];
    println!("bytes more during the upload: heap and buffers {}, renderer {}", more[0], more[1]);
    assert!(more.iter().all(|more| *more < MOST), "{more:?}");
    page.assert_stored("giga.bin", &path);
    page.close().await;
}

impl TestPage {
    /// Returns the size of the JavaScript heap, of the memory of the module, and of all buffers, in bytes.
    async fn heap(&self) -> u64 {
        let usage = self.browser.devtools("Runtime.getHeapUsage", json!({})).await;
        ["usedSize", "embedderHeapUsedSize", "backingStorageSize"]
            .iter()
            .map(|part| usage[part].as_f64().unwrap() as u64)
            .sum()
    }
}
