//! Row, total, title, speed and remaining time are computed from the bytes sent.

use serde_json::Value;

use crate::page::TestPage;

/// Records the texts of the page whenever they change.
const WATCH: &str = "
    window.moments = [];
    const row = () => document.querySelector('#upload-rows > li');
    new MutationObserver(() => {
        if (row() === null) return;
        const overall = document.querySelector('#overall');
        const { percent, sent, accepted, size, state } = row().dataset;
        window.moments.push({
            percent: Number(percent), sent: Number(sent), accepted: Number(accepted), size: Number(size), state,
            shown: row().querySelector('.percent').innerText,
            detail: row().querySelector('.detail').innerText,
            total: Number(overall.dataset.percent), title: document.title,
            overall: document.querySelector('#overall-detail').innerText,
        });
    }).observe(document.querySelector('#overall'), { attributes: true, attributeFilter: ['data-sent'] });";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn all_progress_shows_the_bytes_sent() {
    let page = TestPage::new().await;
    let path = page.file("slow.bin", 20_000_000);
    page.browser.run(WATCH).await;
    page.browser.throttle(2_500_000).await;
    page.pick(std::slice::from_ref(&path)).await;
    page.until_state("slow.bin", "done").await;
    page.assert_stored("slow.bin", &path);

    let moments = page.browser.evaluate("window.moments").await;
    let moments = moments.as_array().unwrap();
    let number = |moment: &Value, name: &str| moment[name].as_f64().unwrap();
    let sending: Vec<_> = moments.iter().filter(|moment| moment["state"] == "sending").collect();
    assert!(sending.len() > 20, "{sending:?}");
    for moment in &sending {
        let sent = number(moment, "sent").max(number(moment, "accepted"));
        let percent = (sent / number(moment, "size") * 100.0).floor().min(99.0);
        assert_eq!(number(moment, "percent"), percent, "{moment}");
        assert_eq!(number(moment, "total"), percent, "{moment}");
        assert!(moment["title"].as_str().unwrap().starts_with(&format!("{percent} %")), "{moment}");
        assert!(moment["shown"].as_str().unwrap().starts_with(&format!("{percent} ")), "{moment}");
    }
    // The progress increases before the first part is confirmed.
    let unconfirmed = sending.iter().filter(|moment| number(moment, "accepted") == 0.0);
    let seen: std::collections::BTreeSet<_> =
        unconfirmed.map(|moment| moment["percent"].to_string()).collect();
    assert!(seen.len() > 10, "{seen:?}");
    let timed =
        sending.iter().filter(|moment| moment["detail"].as_str().unwrap().contains(" left"));
    assert!(timed.count() > 5, "{sending:?}");
    let last = moments.last().unwrap();
    assert_eq!(last["total"], 100, "{last}");
    page.close().await;
}
