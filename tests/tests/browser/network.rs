//! Bad networks, busy servers and expired tokens are survived.

use std::time::Duration;

use b2_sim::faults::Rates;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn offline_and_back() {
    let world = World::new().await;
    let path = world.file("offline.bin", 100_000_000);
    world.browser.throttle(20_000_000).await;
    world.pick(std::slice::from_ref(&path)).await;
    world.until_parts(1).await;
    world.browser.set_offline(true).await;
    let before = world.accepted_parts().len();
    assert!(before < 20, "{before} parts went before the network did");
    world.until_state("offline.bin", "offline").await;
    world.browser.set_offline(false).await;
    world.until_state("offline.bin", "done").await;
    world.assert_stored("offline.bin", &path);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn every_kind_of_token_expires_half_way() {
    let world = World::with(|options| options.grant_lifetime = Duration::from_millis(1_500)).await;
    let path = world.file("tokens.bin", 150_000_000);
    world.browser.throttle(25_000_000).await;
    world.pick(std::slice::from_ref(&path)).await;
    for expired in 1..4 {
        world.until_parts(4 * expired).await;
        world.site.simulator().with(|service| {
            service.expire_account_tokens();
            service.expire_upload_urls();
        });
    }
    world.until_state("tokens.bin", "done").await;
    world.assert_stored("tokens.bin", &path);
    let refused = world.exchanges().into_iter().filter(|e| e.status == 401).count();
    assert!(refused > 0, "nothing has expired");
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_storm_of_busy_servers_and_cut_connections() {
    let world = World::new().await;
    world.site.simulator().set_faults(Some((5, Rates::heavy())));
    let mut files = vec![("storm.bin".to_owned(), world.file("storm.bin", 100_000_000))];
    for number in 0..6 {
        let name = format!("small-{number}.bin");
        files.push((name.clone(), world.file(&name, 300_000 + number)));
    }
    let paths: Vec<_> = files.iter().map(|(_, path)| path.clone()).collect();
    world.pick(&paths).await;
    for (name, _) in &files {
        world.until_state(name, "done").await;
    }
    world.site.simulator().set_faults(None);
    for (name, path) in &files {
        world.assert_stored(name, path);
    }
    let failed = world.exchanges().into_iter().filter(|e| e.status != 200).count();
    assert!(failed > 5, "{failed}");
    world.close().await;
}

/// B2 does not say whether a busy server's answer has CORS headers. Without, a page sees nothing.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn busy_servers_whose_answers_a_page_cannot_read() {
    let world = World::with(|options| options.simulator.config.cors_on_errors = false).await;
    world.site.simulator().set_faults(Some((9, Rates::unavailable(200))));
    let path = world.file("mute.bin", 60_000_000);
    world.pick(std::slice::from_ref(&path)).await;
    world.until_state("mute.bin", "done").await;
    world.assert_stored("mute.bin", &path);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_gateway_that_restarts_is_waited_for() {
    let mut world = World::new().await;
    let kept = world.file("kept.bin", 60_000_000);
    let fresh = world.file("fresh.bin", 20_000_000);
    let small = world.file("small.bin", 1_000);
    world.browser.throttle(20_000_000).await;
    world.pick(std::slice::from_ref(&kept)).await;
    world.until_parts(1).await;
    let count = format!(
        "window.failures = 0;
         const fetching = window.fetch;
         window.fetch = (url, init) => fetching(url, init).catch((error) => {{
             window.failures += String(url).startsWith({}) ? 1 : 0;
             throw error;
         }});",
        serde_json::json!(world.site.gateway_url())
    );
    world.browser.run(&count).await;

    world.site.stop_gateway();
    world.pick(&[fresh.clone(), small.clone()]).await;
    // A missing rule would have been reported after the third.
    world.browser.until("window.failures > 8").await;
    for name in ["fresh.bin", "small.bin"] {
        let told = world.told(name).await;
        assert!(told.contains("trying again"), "{name}: {told}");
    }
    world.site.start_gateway().await.unwrap();
    for (name, path) in [("kept.bin", &kept), ("fresh.bin", &fresh), ("small.bin", &small)] {
        world.until_state(name, "done").await;
        world.assert_stored(name, path);
    }
    world.close().await;
}

/// Nobody has answered this page yet, so nothing tells that the host would let it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_gateway_that_is_down_when_the_page_opens_is_waited_for() {
    let mut world = World::new().await;
    world.site.stop_gateway();
    world.reload().await;
    let path = world.file("early.bin", 10_000);
    world.pick(std::slice::from_ref(&path)).await;
    world.until_state("early.bin", "waiting").await;
    world.site.start_gateway().await.unwrap();
    world.until_state("early.bin", "done").await;
    world.assert_stored("early.bin", &path);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_bucket_without_rules_is_called_that() {
    let world = World::new().await;
    world.forbid_pages().await;
    let path = world.file("ruled.bin", 20_000_000);
    world.pick(&[path]).await;
    world.until_state("ruled.bin", "failed").await;
    let told = world.told("ruled.bin").await;
    assert!(told.contains("CORS rules"), "{told}");
    world.close().await;
}

/// What the page's own policy forbids is no broken connection, and will not be otherwise in a minute.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_page_whose_policy_forbids_the_host_says_so() {
    let world = World::new().await;
    let policy = format!(
        "const policy = document.createElement('meta');
         policy.httpEquiv = 'Content-Security-Policy';
         policy.content = \"connect-src 'self' {}\";
         document.head.append(policy);",
        world.site.gateway_url()
    );
    world.browser.run(&policy).await;
    world.pick(&[world.file("parts.bin", 20_000_000)]).await;
    world.until_state("parts.bin", "failed").await;
    let told = world.told("parts.bin").await;
    assert!(told.contains("connect-src"), "{told}");
    world.browser.client.clone().close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn a_page_server_that_is_busy_is_asked_again() {
    let world = World::new().await;
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
    world.browser.before_each_page(busy).await;
    world.open().await;
    let told = world.browser.evaluate("[...window.complaints].join(' | ')").await;
    let told = told.as_str().unwrap();
    assert!(
        told.contains("cannot answer at the moment") && told.contains("cannot be reached"),
        "{told}"
    );
    world.browser.until("document.querySelector('#trouble').hidden").await;
    world.close().await;
}
