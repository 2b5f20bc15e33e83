//! What the benchmarks in Chromium share: the site, and a browser whose scripts may take long.

#[expect(dead_code, reason = "the tests need more of it")]
#[path = "../../tests/browser/chromium.rs"]
mod chromium;

use std::time::Duration;

use b2_sim::server::Storage;
use b2_tests::{npm_package, page_folder};
use b2_www::{Site, SiteOptions};
use fantoccini::wd::TimeoutConfiguration;

pub(crate) use chromium::Browser;

/// Starts both.
pub(crate) async fn start(storage: Storage) -> (Site, Browser) {
    let mut options = SiteOptions::new(page_folder(), npm_package());
    options.simulator.storage = storage;
    let site = Site::start(options).await.unwrap();
    let browser = Browser::start(&[]).await;
    let timeouts = TimeoutConfiguration::new(Some(Duration::from_secs(300)), None, None);
    browser.client.update_timeouts(timeouts).await.unwrap();
    (site, browser)
}
