//! What the page shows: stored bytes after a reload, bytes that are sent again, names, sizes of targets, right-to-left layout.

use serde_json::{Value, json};

use crate::page::{TestPage, row};

impl TestPage {
    /// Sets the size of the window.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Returns the numbers in the row of a file.
    async fn number(&self, name: &str, attribute: &str) -> u64 {
        let value = self.browser.evaluate(&format!("{}.dataset.{attribute}", row(name))).await;
        value.as_str().unwrap().parse().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn what_is_stored_is_shown_after_a_reload() {
    const PART: u64 = 5_000_000;
    let page = TestPage::new().await;
    let path = page.file("stored.bin", 100_000_000);
    page.browser.throttle(30_000_000).await;
    page.pick(std::slice::from_ref(&path)).await;
    page.until_parts(5).await;
    page.reload().await;
    page.until_state("stored.bin", "left").await;
    // Requests that were in flight have ended, so B2 has no more parts than these.
    let expected = page.accepted_parts().len() as u64 * PART;
    assert!(expected >= 5 * PART, "{expected}");
    page.browser.until(&format!("{}.dataset.accepted === '{expected}'", row("stored.bin"))).await;
    let text = page.row_text("stored.bin").await;
    let shown = format!("{}\u{a0}MB of 100\u{a0}MB stored", expected / 1_000_000);
    assert!(text.contains(&shown), "{text}");
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_pause_says_what_is_sent_again() {
    let page = TestPage::new().await;
    let path = page.file("again.bin", 100_000_000);
    page.browser.throttle(5_000_000).await;
    page.pick(std::slice::from_ref(&path)).await;
    // Something is in flight that B2 has not confirmed.
    let in_flight = format!(
        "Number({0}?.dataset.sent) > Number({0}?.dataset.accepted) + 3e6",
        row("again.bin")
    );
    page.browser.until(&in_flight).await;
    page.press("again.bin", "pause").await;
    page.until_state("again.bin", "paused").await;
    page.browser
        .until(&format!("{}.innerText.includes('will be sent again')", row("again.bin")))
        .await;
    let (accepted, text) =
        (page.number("again.bin", "accepted").await, page.row_text("again.bin").await);
    if accepted > 0 {
        assert!(
            text.contains(&format!("{}\u{a0}MB of 100\u{a0}MB stored", accepted / 1_000_000)),
            "{text}"
        );
    }
    page.browser.throttle(1_000_000_000).await;
    page.press("again.bin", "resume").await;
    page.until_state("again.bin", "done").await;
    page.assert_stored("again.bin", &path);
    page.close().await;
}

/// Every name has an element of its own that isolates its direction, and no name has an invisible character.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn names_cannot_show_another_extension() {
    let page = TestPage::new().await;
    let names = [
        "photo\u{202e}gpj.exe",
        "a\u{2066}b\u{2069}.txt",
        "zero\u{200b}width\u{feff}.txt",
        "\u{5e9}\u{5dc}\u{5d5}\u{5dd}.pdf",
    ];
    for name in names {
        page.pick_made(name).await;
        page.until_state(name, "done").await;
    }
    page.browser.until("document.querySelectorAll('#entries > li').length === 4").await;
    let marks = "/[\\u200b\\ufeff\\u202a-\\u202e\\u2066-\\u2069]/u";
    let everywhere = format!(
        "{marks}.test(document.body.innerText) || {marks}.test(document.querySelector('#announcements').textContent)
         || [...document.querySelectorAll('[aria-label], [title]')].some((element) =>
            {marks}.test(element.title) || {marks}.test(element.getAttribute('aria-label') ?? ''))"
    );
    page.browser.until("document.querySelector('#announcements').textContent !== ''").await;
    assert_eq!(page.browser.evaluate(&everywhere).await, false);
    let isolated =
        "[...document.querySelectorAll('.name')].every((name) => name.localName === 'bdi')";
    assert_eq!(page.browser.evaluate(isolated).await, true);
    assert!(page.row_text(names[0]).await.contains("photo\\u{202e}gpj.exe"));
    page.close().await;
}

/// Returns by how many pixels the page is wider than the window.
pub(crate) const WIDER: &str =
    "document.scrollingElement.scrollWidth - document.documentElement.clientWidth";

/// Returns the elements with a function that are smaller than a finger needs.
pub(crate) const SMALL: &str = "
    [...document.querySelectorAll('button, a[href], select, label, input, summary')]
        .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.matches('.skip, label input'))
        .map((element) => [element, element.getBoundingClientRect()])
        .filter(([, { width, height }]) => width < 44 || height < 44)
        .map(([element, { width, height }]) => `${element.id || element.className || element.outerHTML} ${width}x${height}`)";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn everything_fits_and_can_be_hit_with_a_finger() {
    let page = TestPage::new().await;
    page.site.simulator().with(|service| {
        let now = b2_native::proto::time::Timestamp::from_millis(1_700_000_000_000);
        for name in
            ["ada/x/a.txt", "ada/\u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{5e2}\u{5d5}\u{5dc}\u{5dd}.pdf"]
        {
            service.put_file(now, b2_www::BUCKET, name, b"a".to_vec()).unwrap();
        }
    });
    page.reload().await;
    page.browser.throttle(1_000_000).await;
    let long = format!("{}.bin", "long".repeat(40));
    page.pick(&[page.file(&long, 20_000_000), page.file("short.bin", 10)]).await;
    page.until_state("short.bin", "done").await;
    page.until_state(&long, "sending").await;
    page.press(&long, "pause").await;
    page.until_state(&long, "paused").await;
    for (width, direction) in
        [(1280, "ltr"), (360, "ltr"), (1280, "rtl"), (360, "rtl"), (320, "rtl")]
    {
        page.resize(width, 800).await;
        page.browser.run(&format!("document.documentElement.dir = '{direction}';")).await;
        assert_eq!(page.browser.evaluate(WIDER).await, 0, "at {width} pixels, {direction}");
        let small = page.browser.evaluate(SMALL).await;
        assert_eq!(small, Value::Array(Vec::new()), "at {width} pixels, {direction}");
    }
    page.browser.client.clone().close().await.unwrap();
}

/// The lock ends with the last upload, also if timers of the page do not run.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn the_screen_is_kept_on_until_all_uploads_are_done() {
    let page = TestPage::new().await;
    let watched = "
        window.locks = [];
        navigator.wakeLock.request = async () => {
            const lock = new EventTarget();
            lock.release = async () => { lock.released = true; lock.dispatchEvent(new Event('release')); };
            window.locks.push(lock);
            return lock;
        };
        window.setInterval = () => 0;";
    page.browser.before_each_page(watched).await;
    page.reload().await;
    page.browser.throttle(5_000_000).await;
    page.pick(&[page.file("first.bin", 1_000_000), page.file("second.bin", 12_000_000)]).await;
    page.until_state("second.bin", "sending").await;
    page.click("#input-awake").await;
    page.browser.until("window.locks.length === 1").await;
    page.until_state("first.bin", "done").await;
    assert_eq!(page.browser.evaluate("window.locks[0].released === true").await, false);
    page.browser.throttle(1_000_000_000).await;
    page.until_state("second.bin", "done").await;
    page.browser.until("window.locks.every((lock) => lock.released)").await;
    page.close().await;
}

/// The sum of all uploads is in sight wherever the page is scrolled to.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn the_sum_stays_in_sight() {
    let page = TestPage::new().await;
    page.resize(800, 600).await;
    let files: Vec<_> = (0..40).map(|n| (format!("many-{n}.bin"), 3)).collect();
    page.pick_all_made(&files).await;
    page.browser.until("document.querySelectorAll('#entries > li').length === 40").await;
    let in_sight = "(() => {
        const sum = document.querySelector('#overall-detail');
        const { top, bottom, left } = sum.getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight && sum.contains(document.elementFromPoint(left + 5, (top + bottom) / 2));
    })()";
    for share in [0.3, 0.6, 1.0] {
        page.browser
            .run(&format!("scrollTo(0, {share} * document.scrollingElement.scrollHeight);"))
            .await;
        page.browser.until(in_sight).await;
    }
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn active_uploads_come_first() {
    let page = TestPage::new().await;
    page.browser.throttle(2_000_000).await;
    let sizes = [10, 10, 30_000_000, 30_000_000, 30_000_000, 30_000_000];
    let files = sizes.iter().zip(1..).map(|(size, n)| page.file(&format!("{n}.bin"), *size));
    page.pick(&files.collect::<Vec<_>>()).await;
    let order = "[...document.querySelectorAll('#upload-rows > li')].map(({ dataset }) => dataset.file.slice(4, 5)).join('')";
    page.browser.until(&format!("{order} === '345612'")).await;
    // A row with the focus does not move.
    page.browser
        .run("document.querySelector('[data-file=\"ada/3.bin\"] [data-action=pause]').focus();")
        .await;
    page.press("3.bin", "pause").await;
    page.until_state("6.bin", "sending").await;
    assert_eq!(page.browser.evaluate(order).await, "345612");
    page.browser.run("document.activeElement.blur();").await;
    page.browser
        .devtools("Input.dispatchMouseEvent", json!({ "type": "mouseMoved", "x": 1, "y": 1 }))
        .await;
    page.browser.until(&format!("{order} === '456312'")).await;
    page.browser.client.clone().close().await.unwrap();
}
