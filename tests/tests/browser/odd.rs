//! Unusual files, responses, clocks and browsers.

use b2_www::BUCKET;
use serde_json::json;

use crate::page::TestPage;

impl TestPage {
    /// Selects files that the page creates, with these names and sizes.
    pub(crate) async fn pick_all_made(&self, files: &[(String, usize)]) {
        let script = format!(
            "const files = new DataTransfer();
             for (const [name, size] of {}) {{
                 files.items.add(new File([new Uint8Array(size)], name, {{ lastModified: 1 }}));
             }}
             const input = document.querySelector('#input-files');
             input.files = files.files;
             input.dispatchEvent(new Event('change'));",
            json!(files)
        );
        self.browser.run(&script).await;
    }

    /// Replaces responses of the gateway with `answer(url, init)` while `window.odd` is set.
    async fn answer_for_gateway(&self, answer: &str) {
        let script = format!(
            "const fetching = window.fetch;
             window.odd = true;
             window.oddly = 0;
             window.fetch = async (url, init) => {{
                 if (window.odd && String(url).startsWith({})) {{
                     window.oddly += 1;
                     return ({answer})(url, init);
                 }}
                 return fetching(url, init);
             }};",
            json!(self.site.gateway_url())
        );
        self.browser.run(&script).await;
    }

    pub(crate) fn stored_names(&self) -> Vec<String> {
        let versions = self.site.simulator().with(|service| service.versions(BUCKET));
        versions.into_iter().map(|version| version.file_name.to_string()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn three_hundred_files_are_uploaded() {
    let page = TestPage::new().await;
    let files: Vec<_> = (0..300).map(|n| (format!("many-{n:03}.bin"), n % 7)).collect();
    page.pick_all_made(&files).await;
    page.until_added("300 files added.").await;
    page.browser.until("document.querySelector('#overall').dataset.done === '300'").await;
    let total = page.total().await;
    assert!(total.starts_with("300 files"), "{total}");
    let mut names = page.stored_names();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 300);
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn duplicate_files_are_uploaded_once() {
    let page = TestPage::new().await;
    let once = page.file("once.bin", 100_000);
    for (folder, len) in [("left", 1_000), ("right", 2_000)] {
        page.file(&format!("{folder}/same.bin"), len);
    }
    let root = page.folder.path();
    let (left, right) = (root.join("left"), root.join("right"));
    page.drop_files(&[&once, &left, &right]).await;
    page.until_added("3 files added.").await;
    for name in ["once.bin", "left/same.bin", "right/same.bin"] {
        page.until_state(name, "done").await;
        page.assert_stored(name, &root.join(name));
    }
    assert_eq!(page.stored_names().len(), 3, "{:?}", page.stored_names());
    page.drop_files(&[&once]).await;
    page.until_added("1 file is stored already.").await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn odd_names_are_stored_unchanged_and_shown_escaped() {
    let page = TestPage::new().await;
    let good = [
        "\u{1f600}\u{200d}\u{1f525}.png",
        "a%2Fb.txt",
        "trailing dots...",
        "photo\u{202e}gnp.exe",
        "e\u{301}.txt",
        "\u{e9}.txt",
        "100%.txt",
        "#hash&amp;.txt",
    ];
    let files: Vec<_> = good.iter().map(|name| ((*name).to_owned(), 3)).collect();
    page.pick_all_made(&files).await;
    for name in good {
        page.until_state(name, "done").await;
    }
    let mut stored = page.stored_names();
    stored.sort();
    let mut expected: Vec<_> =
        good.iter().map(|name| format!("{}{name}", b2_www::PREFIX)).collect();
    expected.sort();
    assert_eq!(stored, expected);
    // A mark for right-to-left text would show another extension.
    let text = page.row_text("photo\u{202e}gnp.exe").await;
    assert!(text.contains("photo\\u{202e}gnp.exe"), "{text}");
    page.pick_all_made(&[("..".to_owned(), 1)]).await;
    page.until_state("..", "failed").await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn two_tabs_upload_the_same_file_once() {
    let page = TestPage::new().await;
    page.browser.throttle(2_000_000).await;
    let client = &page.browser.client;
    let first = client.window().await.unwrap();
    let second = client.new_window(true).await.unwrap().handle;
    // One message makes both tabs select the file.
    let both = "new BroadcastChannel('now').onmessage = () => {
        const files = new DataTransfer();
        files.items.add(new File([new Uint8Array(3_000_000)], 'both.bin', { lastModified: 1 }));
        const input = document.querySelector('#input-files');
        input.files = files.files;
        input.dispatchEvent(new Event('change'));
    };";
    page.browser.run(both).await;
    client.switch_to_window(second.clone()).await.unwrap();
    page.open().await;
    page.browser.run(both).await;
    client.switch_to_window(first.clone()).await.unwrap();
    // A channel does not receive its own messages.
    page.browser.run("document.body.append(document.createElement('iframe'));").await;
    page
        .browser
        .run("new (document.querySelector('iframe').contentWindow.BroadcastChannel)('now').postMessage(1);")
        .await;
    for window in [first, second] {
        client.switch_to_window(window).await.unwrap();
        page.until_state("both.bin", "done").await;
    }
    assert_eq!(page.stored_names().len(), 1, "{:?}", page.stored_names());
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn invalid_responses_of_the_gateway_are_retried() {
    let page = TestPage::new().await;
    let answers = [
        (
            "busy.bin",
            "() => new Response('{\"status\":429,\"code\":\"too_many_requests\",\"message\":\"slow\"}', { status: 429 })",
            "busy",
        ),
        (
            "broken.bin",
            "() => new Response('{\"status\":500,\"code\":\"internal_error\",\"message\":\"x\"}', { status: 500 })",
            "busy",
        ),
        (
            "login.bin",
            "() => new Response('<html><title>Sign in</title>', { headers: { 'content-type': 'text/html' } })",
            "something else",
        ),
    ];
    for (name, answer, why) in answers {
        page.answer_for_gateway(answer).await;
        // A large file is started at the gateway.
        let path = page.file(name, 20_000_000);
        page.pick(std::slice::from_ref(&path)).await;
        page.until_state(name, "waiting").await;
        page.browser.until("window.oddly > 2").await;
        page.until_row(name, "trying again").await;
        let text = page.row_text(name).await;
        assert!(text.contains(why) && text.contains("trying again"), "{name}: {text}");
        let total = page.total().await;
        assert!(!total.contains("left"), "{total}");
        page.browser.run("window.odd = false;").await;
        page.until_state(name, "done").await;
        page.assert_stored(name, &path);
    }
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn an_expired_session_is_reported() {
    let lifetime = std::time::Duration::from_millis(1_500);
    let page = TestPage::with(|options| options.grant_lifetime = lifetime).await;
    let path = page.file("session.bin", 60_000_000);
    page.browser.throttle(20_000_000).await;
    let over = "
        const fetching = window.fetch;
        window.over = false;
        window.fetch = async (url, init) => url === 'config.json' && window.over
            ? new Response('', { status: 401 })
            : fetching(url, init);";
    page.browser.run(over).await;
    page.pick(std::slice::from_ref(&path)).await;
    page.until_parts(2).await;
    // The rest takes longer than the grant lasts.
    page.browser.run("window.over = true;").await;
    page.until_state("session.bin", "failed").await;
    let text = page.row_text("session.bin").await;
    assert!(text.contains("session has ended"), "{text}");
    let before = page.accepted_parts();
    page.browser.run("window.over = false;").await;
    page.press("session.bin", "retry").await;
    page.until_state("session.bin", "done").await;
    page.assert_stored("session.bin", &path);
    page.assert_not_sent_again(&before);
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_wrong_clock_does_not_matter() {
    let page = TestPage::new().await;
    for days in [-40, 40] {
        let skew = format!(
            "{{
                 const now = Date.now.bind(Date);
                 Date.now = () => now() + {days} * 86_400_000;
             }}"
        );
        page.browser.before_each_page(&skew).await;
        page.open().await;
        let name = format!("skewed{days}.bin");
        let path = page.file(&name, 12_000_000);
        page.pick(std::slice::from_ref(&path)).await;
        page.until_state(&name, "done").await;
        page.assert_stored(&name, &path);
    }
    page.close().await;
}

/// A browser that blocks storage also has no locks and channels. With broken storage, requests get no response.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_browser_without_working_storage_uploads() {
    for (name, script) in [
        (
            "blocked.bin",
            "const denied = () => { throw new DOMException('denied', 'SecurityError'); };
             indexedDB.open = denied;
             navigator.locks.request = async () => denied();
             navigator.locks.query = async () => denied();
             window.BroadcastChannel = function () { denied(); };",
        ),
        ("hanging.bin", "indexedDB.open = () => ({});"),
    ] {
        let page = TestPage::new().await;
        page.browser.before_each_page(script).await;
        page.open().await;
        let path = page.file(name, 12_000_000);
        page.pick(std::slice::from_ref(&path)).await;
        page.until_state(name, "done").await;
        page.assert_stored(name, &path);
        page.browser
            .until("document.querySelector('#conditions').innerText.includes('keeps nothing')")
            .await;
        page.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_file_that_changes_in_the_queue_is_reported() {
    let page = TestPage::new().await;
    page.browser.throttle(2_000_000).await;
    let first = ["a.bin", "b.bin", "c.bin"].map(|name| page.file(name, 1_500_000));
    let (gone, grown) = (page.file("gone.bin", 1_000), page.file("grown.bin", 1_000));
    let mut paths = first.to_vec();
    paths.extend([gone.clone(), grown.clone()]);
    page.pick(&paths).await;
    page.until_state("grown.bin", "queued").await;
    std::fs::remove_file(gone).unwrap();
    std::fs::write(grown, [7; 2_000]).unwrap();
    for name in ["gone.bin", "grown.bin"] {
        page.until_state(name, "failed").await;
        let text = page.row_text(name).await;
        assert!(text.contains("not there any more") || text.contains("changed"), "{name}: {text}");
    }
    page.close().await;
}
