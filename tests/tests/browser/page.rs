//! The upload page in a browser, with its servers and a folder of files to upload.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use b2_native::proto::account::Credentials;
use b2_native::{ClientBuilder, NativeHost};
use b2_sim::LogEntry;
use b2_tests::{npm_package, page_folder};
use b2_www::{BUCKET, PREFIX, Site, SiteOptions};
use fantoccini::Locator;
use fantoccini::error::{CmdError, ErrorStatus};
use serde_json::json;
use tempfile::TempDir;

use crate::chromium::{Browser, TIMEOUT};

/// The upload page in a browser, with its servers and a temporary folder.
pub(crate) struct TestPage {
    pub(crate) site: Site,
    pub(crate) browser: Browser,
    pub(crate) folder: TempDir,
    exchanges: Arc<Mutex<Vec<LogEntry>>>,
}

impl TestPage {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// Opens the page with changed options of the site.
    pub(crate) async fn with(change: impl FnOnce(&mut SiteOptions)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let exchanges = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&exchanges);
        let mut options = SiteOptions::new(page_folder(), npm_package());
        options.simulator.on_request =
            Some(Arc::new(move |exchange| seen.lock().unwrap().push(exchange.clone())));
        change(&mut options);
        let site = Site::start(options).await.unwrap();
        let browser = Browser::start(&[]).await;
        let page = Self { site, browser, folder, exchanges };
        page.open().await;
        page
    }

    /// Opens the page in the current tab.
    pub(crate) async fn open(&self) {
        self.browser.client.goto(self.site.page_url()).await.unwrap();
        self.ready().await;
    }

    pub(crate) async fn reload(&self) {
        self.browser.client.refresh().await.unwrap();
        self.ready().await;
    }

    pub(crate) async fn ready(&self) {
        self.browser.until("'ready' in document.documentElement.dataset").await;
    }

    /// Selects files in the file input.
    pub(crate) async fn pick(&self, paths: &[PathBuf]) {
        let paths: Vec<_> = paths.iter().map(|path| path.to_str().unwrap()).collect();
        let input = self.browser.client.find(Locator::Css("#input-files")).await.unwrap();
        input.send_keys(&paths.join("\n")).await.unwrap();
    }

    /// Selects a short file of any name, which the file system need not allow.
    pub(crate) async fn pick_made(&self, name: &str) {
        let script = format!(
            "const input = document.querySelector('#input-files');
             const files = new DataTransfer();
             files.items.add(new File(['0123456789'], {}));
             input.files = files.files;
             input.dispatchEvent(new Event('change'));",
            json!(name)
        );
        self.browser.run(&script).await;
    }

    /// Selects a folder in the folder input.
    pub(crate) async fn pick_folder(&self, folder: &Path) {
        let input = self.browser.client.find(Locator::Css("#input-folder")).await.unwrap();
        input.send_keys(folder.to_str().unwrap()).await.unwrap();
    }

    /// Drops files and folders on the page.
    pub(crate) async fn drop_files(&self, paths: &[&Path]) {
        let files: Vec<_> = paths.iter().map(|path| path.to_str().unwrap()).collect();
        for kind in ["dragEnter", "dragOver", "drop"] {
            let event = json!({
                "type": kind, "x": 200, "y": 200,
                "data": { "items": [], "files": files, "dragOperationsMask": 1 },
            });
            self.browser.devtools("Input.dispatchDragEvent", event).await;
        }
    }

    /// Waits until the message about added files contains a sentence.
    pub(crate) async fn until_added(&self, sentence: &str) {
        let added = "document.querySelector('#added').innerText";
        self.browser.until(&format!("{added}.includes({})", json!(sentence))).await;
    }

    /// Returns the text about all uploads.
    pub(crate) async fn total(&self) -> String {
        let text =
            self.browser.evaluate("document.querySelector('#overall-detail').innerText").await;
        text.as_str().unwrap().to_owned()
    }

    /// Clicks an element when it is there, and nothing is above it. Rows move while uploads begin and end.
    pub(crate) async fn click(&self, selector: &str) {
        let end = Instant::now() + TIMEOUT;
        loop {
            let element =
                self.browser.client.wait().for_element(Locator::Css(selector)).await.unwrap();
            match element.click().await {
                Err(error) if is_passing(&error) && Instant::now() < end => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                clicked => return clicked.unwrap(),
            }
        }
    }

    /// Waits until the row of a file shows a state.
    pub(crate) async fn until_state(&self, name: &str, state: &str) {
        self.browser.until(&format!("{}?.dataset.state === {}", row(name), json!(state))).await;
    }

    /// Presses a button in the row of a file.
    pub(crate) async fn press(&self, name: &str, action: &str) {
        let button = format!("{} [data-action={}]", selector(name), json!(action));
        self.click(&button).await;
    }

    /// Waits until the row of a file contains a text.
    pub(crate) async fn until_row(&self, name: &str, text: &str) {
        let row = row(name);
        self.browser
            .until(&format!("{row} !== null && {row}.innerText.includes({})", json!(text)))
            .await;
    }

    /// Returns the text in the row of a file.
    pub(crate) async fn row_text(&self, name: &str) -> String {
        let text = self.browser.evaluate(&format!("{}.innerText", row(name))).await;
        text.as_str().unwrap().to_owned()
    }

    /// Removes the CORS rules of the bucket.
    pub(crate) async fn remove_cors_rules(&self) {
        let simulator = self.site.simulator();
        let credentials = Credentials {
            realm: simulator.realm().to_owned(),
            application_key_id: simulator.credentials().key_id.clone().into(),
            application_key: simulator.credentials().key.clone(),
        };
        let client = ClientBuilder::new(NativeHost::new().unwrap())
            .credentials(credentials)
            .authorize()
            .await
            .unwrap();
        let bucket = client.bucket(BUCKET).await.unwrap();
        bucket.update(|update| update.cors_rules = Some(Vec::new())).await.unwrap();
    }

    /// Returns the requests to the simulator so far.
    pub(crate) fn exchanges(&self) -> Vec<LogEntry> {
        self.exchanges.lock().unwrap().clone()
    }

    /// Returns the numbers of the accepted parts, in the order of their responses.
    pub(crate) fn accepted_parts(&self) -> Vec<u16> {
        accepted(&self.exchanges())
    }

    /// Waits until B2 has accepted `count` parts.
    pub(crate) async fn until_parts(&self, count: usize) {
        self.until_server(|seen| accepted(seen).len() >= count).await;
    }

    /// Checks that each of these parts was accepted once.
    pub(crate) fn assert_not_sent_again(&self, parts: &[u16]) {
        let accepted = self.accepted_parts();
        for part in parts {
            let times = accepted.iter().filter(|other| *other == part).count();
            assert_eq!(times, 1, "part {part} again");
        }
    }

    /// Waits until the requests to the simulator fulfil a condition.
    pub(crate) async fn until_server(&self, mut condition: impl FnMut(&[LogEntry]) -> bool) {
        let waited = tokio::time::timeout(TIMEOUT, async {
            while !condition(&self.exchanges()) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        assert!(
            waited.await.is_ok(),
            "the condition was not fulfilled; the requests are {:#?}",
            self.exchanges()
        );
    }

    /// Closes the browser. Checks that the console has no uncaught error and no violation of the content security policy.
    pub(crate) async fn close(self) {
        let console = self.browser.console().await;
        let text = console.to_string();
        assert!(!text.contains("Content Security Policy"), "{text}");
        assert!(!text.contains("Uncaught"), "{text}");
        self.browser.client.clone().close().await.unwrap();
    }

    /// Checks that the stored file is equal to the local one.
    pub(crate) fn assert_stored(&self, name: &str, path: &Path) {
        let name = format!("{PREFIX}{name}");
        let stored = self.site.simulator().with(|service| service.read_file(BUCKET, &name));
        let stored = stored.unwrap_or_else(|| panic!("{name} is not there"));
        assert!(stored == std::fs::read(path).unwrap(), "{name} differs");
    }
}

/// Returns whether an element may be clicked later.
fn is_passing(error: &CmdError) -> bool {
    let CmdError::Standard(error) = error else { return false };
    matches!(
        error.error,
        ErrorStatus::ElementClickIntercepted
            | ErrorStatus::ElementNotInteractable
            | ErrorStatus::StaleElementReference
    )
}

fn accepted(seen: &[LogEntry]) -> Vec<u16> {
    seen.iter()
        .filter(|exchange| exchange.operation == "b2_upload_part" && exchange.status == 200)
        .filter_map(|exchange| exchange.part_number)
        .collect()
}

/// Returns a JavaScript expression for the row of a file.
pub(crate) fn row(name: &str) -> String {
    format!("document.querySelector({})", json!(selector(name)))
}

fn selector(name: &str) -> String {
    let mut quoted = String::new();
    for character in format!("{PREFIX}{name}").chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_ascii_control() => {
                quoted.push_str(&format!("\\{:x} ", u32::from(control)));
            }
            other => quoted.push(other),
        }
    }
    format!("[data-file=\"{quoted}\"]")
}
