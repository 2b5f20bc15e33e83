//! Network failures, busy servers and expired tokens.

use std::time::Duration;

use b2_sim::faults::Rates;

use crate::page::TestPage;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn uploads_continue_after_being_offline() {
    let page = TestPage::new().await;
    let path = page.file("offline.bin", 100_000_000);
    page.browser.throttle(20_000_000).await;
    page.pick(std::slice::from_ref(&path)).await;
    page.until_parts(1).await;
    page.browser.set_offline(true).await;
    let before = page.accepted_parts().len();
    assert!(before < 20, "{before} parts went before the network did");
    page.until_state("offline.bin", "offline").await;
    page.browser.set_offline(false).await;
    page.until_state("offline.bin", "done").await;
    page.assert_stored("offline.bin", &path);
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn expired_tokens_are_renewed() {
    let page =
        TestPage::with(|options| options.grant_lifetime = Duration::from_millis(1_500)).await;
    let path = page.file("tokens.bin", 150_000_000);
    page.browser.throttle(25_000_000).await;
    page.pick(std::slice::from_ref(&path)).await;
    for expired in 1..4 {
        page.until_parts(4 * expired).await;
        page.site.simulator().with(|service| {
            service.expire_account_tokens();
            service.expire_upload_urls();
        });
    }
    page.until_state("tokens.bin", "done").await;
    page.assert_stored("tokens.bin", &path);
    let refused = page.exchanges().into_iter().filter(|e| e.status == 401).count();
    assert!(refused > 0, "nothing has expired");
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn uploads_complete_despite_busy_servers_and_closed_connections() {
    let page = TestPage::new().await;
    page.site.simulator().set_faults(Some((5, Rates::heavy())));
    let mut files = vec![("storm.bin".to_owned(), page.file("storm.bin", 100_000_000))];
    for number in 0..6 {
        let name = format!("small-{number}.bin");
        files.push((name.clone(), page.file(&name, 300_000 + number)));
    }
    let paths: Vec<_> = files.iter().map(|(_, path)| path.clone()).collect();
    page.pick(&paths).await;
    for (name, _) in &files {
        page.until_state(name, "done").await;
    }
    page.site.simulator().set_faults(None);
    for (name, path) in &files {
        page.assert_stored(name, path);
    }
    let failed = page.exchanges().into_iter().filter(|e| e.status != 200).count();
    assert!(failed > 5, "{failed}");
    page.close().await;
}

/// B2 does not document whether a 503 has CORS headers. Without them, a page cannot read it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn unreadable_responses_of_busy_servers_are_retried() {
    let page = TestPage::with(|options| options.simulator.config.cors_on_errors = false).await;
    page.site.simulator().set_faults(Some((9, Rates::unavailable(200))));
    let path = page.file("mute.bin", 60_000_000);
    page.pick(std::slice::from_ref(&path)).await;
    page.until_state("mute.bin", "done").await;
    page.assert_stored("mute.bin", &path);
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_restarting_gateway_is_retried() {
    let mut page = TestPage::new().await;
    let kept = page.file("kept.bin", 60_000_000);
    let fresh = page.file("fresh.bin", 20_000_000);
    let small = page.file("small.bin", 1_000);
    page.browser.throttle(20_000_000).await;
    page.pick(std::slice::from_ref(&kept)).await;
    page.until_parts(1).await;
    let count = format!(
        "window.failures = 0;
         const fetching = window.fetch;
         window.fetch = (url, init) => fetching(url, init).catch((error) => {{
             window.failures += String(url).startsWith({}) ? 1 : 0;
             throw error;
         }});",
        serde_json::json!(page.site.gateway_url())
    );
    page.browser.run(&count).await;

    page.site.stop_gateway();
    page.pick(&[fresh.clone(), small.clone()]).await;
    // A missing CORS rule would be reported after the third attempt.
    page.browser.until("window.failures > 8").await;
    for name in ["fresh.bin", "small.bin"] {
        page.until_row(name, "trying again").await;
    }
    page.site.start_gateway().await.unwrap();
    for (name, path) in [("kept.bin", &kept), ("fresh.bin", &fresh), ("small.bin", &small)] {
        page.until_state(name, "done").await;
        page.assert_stored(name, path);
    }
    page.close().await;
}

/// The page has read no response of the gateway yet, so the failure looks like a missing CORS rule.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_gateway_that_is_down_when_the_page_opens_is_retried() {
    let mut page = TestPage::new().await;
    page.site.stop_gateway();
    page.reload().await;
    let path = page.file("early.bin", 10_000);
    page.pick(std::slice::from_ref(&path)).await;
    page.until_state("early.bin", "waiting").await;
    page.site.start_gateway().await.unwrap();
    page.until_state("early.bin", "done").await;
    page.assert_stored("early.bin", &path);
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn missing_cors_rules_are_reported() {
    let page = TestPage::new().await;
    page.remove_cors_rules().await;
    let path = page.file("ruled.bin", 20_000_000);
    page.pick(&[path]).await;
    page.until_state("ruled.bin", "failed").await;
    let text = page.row_text("ruled.bin").await;
    assert!(text.contains("CORS rules"), "{text}");
    page.close().await;
}

/// A request that the content security policy of the page forbids is not repeated.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_forbidding_content_security_policy_is_reported() {
    let page = TestPage::new().await;
    let policy = format!(
        "const policy = document.createElement('meta');
         policy.httpEquiv = 'Content-Security-Policy';
         policy.content = \"connect-src 'self' {}\";
         document.head.append(policy);",
        page.site.gateway_url()
    );
    page.browser.run(&policy).await;
    page.pick(&[page.file("parts.bin", 20_000_000)]).await;
    page.until_state("parts.bin", "failed").await;
    let text = page.row_text("parts.bin").await;
    assert!(text.contains("connect-src"), "{text}");
    page.browser.client.clone().close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_busy_page_server_is_retried() {
    let page = TestPage::new().await;
    let busy = "
        let left = 2;
        const fetching = window.fetch;
        window.fetch = async (url, init) => {
            if (url === 'config.json' && left > 0) {
                left -= 1;
                if (left === 0) throw new TypeError('Failed to fetch');
                return new Response('<h1>busy</h1>', { status: 503 });
            }
            return fetching(url, init);
        };
        window.complaints = new Set();
        new MutationObserver(() => window.complaints.add(document.querySelector('#trouble')?.textContent))
            .observe(document, { subtree: true, childList: true, characterData: true });";
    page.browser.before_each_page(busy).await;
    page.open().await;
    let text = page.browser.evaluate("[...window.complaints].join(' | ')").await;
    let text = text.as_str().unwrap();
    assert!(
        text.contains("cannot answer at the moment") && text.contains("cannot be reached"),
        "{text}"
    );
    page.browser.until("document.querySelector('#trouble').hidden").await;
    page.close().await;
}
