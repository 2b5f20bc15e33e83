//! Files from the clipboard, and pictures of files in the list.

use serde_json::json;

use crate::page::TestPage;

impl TestPage {
    /// Pastes what `fill` puts into `data`.
    async fn paste(&self, fill: &str) {
        let script = format!(
            "const data = new DataTransfer();
             {fill}
             document.body.dispatchEvent(new ClipboardEvent('paste', {{ clipboardData: data, bubbles: true, cancelable: true }}));"
        );
        self.browser.run(&script).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn pasted_files_are_uploaded() {
    let page = TestPage::new().await;
    page.paste("data.setData('text/plain', 'no file');").await;
    page.paste("data.items.add(new File(['one'], 'one.txt')); data.items.add(new File(['two'], 'two.txt'));").await;
    page.until_added("2 files added.").await;
    for name in ["one.txt", "two.txt"] {
        page.until_state(name, "done").await;
    }
    // Each copied picture has the same name.
    page.paste("data.items.add(new File(['picture'], 'image.png', { type: 'image/png' }));").await;
    page.until_added("1 file added.").await;
    page.browser.until("document.querySelector('#overall').dataset.done === '3'").await;
    let names = page.stored_names();
    let picture = names.iter().find(|name| name.ends_with(".png")).unwrap();
    let shape: String =
        picture.chars().map(|char| if char.is_ascii_digit() { '0' } else { char }).collect();
    assert_eq!(shape, "ada/image 0000-00-00 00.00.00.png");
    // A picture that is a file keeps its name.
    page.paste(
        "data.items.add(new File(['file'], 'image.png', { type: 'image/png', lastModified: 1 }));",
    )
    .await;
    page.until_state("image.png", "done").await;
    page.close().await;
}

/// Adds pictures of 300 x 200 pixels, and one that cannot be decoded.
const PICTURES: &str = "
    const canvas = new OffscreenCanvas(300, 200);
    const context = canvas.getContext('2d');
    const files = new DataTransfer();
    for (let i = 0; i < 40; i += 1) {
        context.fillStyle = `hsl(${i * 9} 80% 50%)`;
        context.fillRect(0, 0, 300, 200);
        const blob = await canvas.convertToBlob({ type: 'image/png' });
        files.items.add(new File([blob], `picture-${String(i).padStart(2, '0')}.png`, { type: 'image/png', lastModified: 1 }));
    }
    files.items.add(new File(['nothing'], 'broken.png', { type: 'image/png', lastModified: 1 }));
    files.items.add(new File(['<svg/>'], 'drawing.svg', { type: 'image/svg+xml', lastModified: 1 }));
    const create = window.createImageBitmap;
    window.running = window.most = window.decoded = 0;
    window.createImageBitmap = async (...given) => {
        window.decoded += 1;
        window.most = Math.max(window.most, window.running += 1);
        try { return await create(...given); } finally { window.running -= 1; }
    };
    const input = document.querySelector('#input-files');
    input.files = files.files;
    input.dispatchEvent(new Event('change'));";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn pictures_in_sight_are_shown() {
    let page = TestPage::new().await;
    page.resize(1000, 700).await;
    page.browser.run_async(PICTURES).await;
    page.browser.until("document.querySelector('#overall').dataset.done === '42'").await;
    let shown = "document.querySelectorAll('.picture[data-shown]').length";
    let first = "[data-file='ada/picture-00.png'] .picture";
    let last = "[data-file='ada/picture-39.png'] .picture";
    let pixels = |selector: &str| format!("document.querySelector(\"{selector}\").width");
    let settled = format!("{shown} > 2 && window.running === 0 && {} === 80", pixels(first));
    page.browser.until(&settled).await;
    let in_sight = page.browser.evaluate(shown).await.as_u64().unwrap();
    assert!(in_sight < 25, "{in_sight} of 40 are shown, and few fit into a window of 700 pixels");
    // Rows that were active came first, and are sorted when they are done.
    page.browser.until(&format!("{} === 0", pixels(last))).await;
    let color = "[...document.querySelector(\"[data-file='ada/picture-00.png'] .picture\")
        .getContext('2d').getImageData(40, 40, 1, 1).data]";
    assert_eq!(page.browser.evaluate(color).await, json!([230, 25, 25, 255]));

    page.browser.run(&format!("document.querySelector(\"{last}\").scrollIntoView();")).await;
    page.browser.until(&format!("{} === 80", pixels(last))).await;
    // What left sight is freed.
    page.browser.until(&format!("{} === 0", pixels(first))).await;
    assert!(page.browser.evaluate("window.most").await.as_u64().unwrap() <= 2);
    let broken = "document.querySelector(\"[data-file='ada/broken.png'] .picture\")";
    page.browser.run(&format!("{broken}.scrollIntoView();")).await;
    assert_eq!(page.browser.evaluate(&format!("'shown' in {broken}.dataset")).await, false);
    let drawing = "document.querySelector(\"[data-file='ada/drawing.svg'] .picture\").hidden";
    assert_eq!(page.browser.evaluate(drawing).await, true);
    page.close().await;
}
