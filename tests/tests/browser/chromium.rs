//! Chromium without a window, driven over WebDriver.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::{ParseError, Url};

/// The time after which a wait has failed.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

/// A browser with a temporary profile.
pub(crate) struct Browser {
    pub(crate) client: Client,
    driver: Child,
    profile: TempDir,
}

impl Browser {
    /// Starts a browser with flags of Chromium.
    pub(crate) async fn start(flags: &[&str]) -> Self {
        let (driver, port) = start_driver();
        let profile = tempfile::tempdir().unwrap();
        let mut arguments: Vec<String> =
            ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
                .map(str::to_owned)
                .into();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        arguments.extend(flags.iter().map(|&flag| flag.to_owned()));
        let options = json!({
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let Value::Object(capabilities) = options else { unreachable!() };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("chromedriver starts Chromium");
        Self { client, driver, profile }
    }

    /// Runs a command of the DevTools protocol.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        let command = Extension { path: "goog/cdp/execute", body };
        self.client.issue_cmd(command).await.unwrap()
    }

    /// Disconnects or connects the network.
    pub(crate) async fn set_offline(&self, offline: bool) {
        self.network(offline, -1).await;
    }

    /// Limits the upload bandwidth.
    pub(crate) async fn throttle(&self, bytes_per_second: i64) {
        self.network(false, bytes_per_second).await;
    }

    async fn network(&self, offline: bool, upload: i64) {
        // Without this, the conditions have no effect.
        self.devtools("Network.enable", json!({})).await;
        let conditions = json!({
            "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": upload,
        });
        self.devtools("Network.emulateNetworkConditions", conditions).await;
    }

    /// Returns the memory of the processes that run pages, in bytes: what is their own, and what they share with the browser.
    pub(crate) fn renderer_memory(&self) -> u64 {
        let profile = format!("--user-data-dir={}", self.profile.path().display());
        let processes = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
        let renderers = processes.filter(|path| {
            let command = std::fs::read_to_string(path.join("cmdline")).unwrap_or_default();
            command.contains("--type=renderer") && command.contains(&profile)
        });
        renderers
            .map(|path| std::fs::read_to_string(path.join("status")).unwrap_or_default())
            .map(|status| kilobytes(&status, "RssAnon:") + kilobytes(&status, "RssShmem:"))
            .sum::<u64>()
            * 1024
    }

    /// Returns the value of an expression in the page.
    pub(crate) async fn evaluate(&self, expression: &str) -> Value {
        self.client.execute(&format!("return ({expression})"), Vec::new()).await.unwrap()
    }

    /// Runs statements in the page.
    pub(crate) async fn run(&self, script: &str) {
        self.client.execute(script, Vec::new()).await.unwrap();
    }

    /// Runs statements with `await`, and returns their result.
    pub(crate) async fn run_async(&self, script: &str) -> Value {
        let script = format!(
            "const done = arguments[0];
             (async () => {{ {script} }})().then(done, (error) => done(`failed: ${{error}}`));"
        );
        self.client.execute_async(&script, Vec::new()).await.unwrap()
    }

    /// Returns the value of an expression with `await`.
    pub(crate) async fn eventually(&self, expression: &str) -> Value {
        self.run_async(&format!("return ({expression});")).await
    }

    /// Runs statements in every page that is opened later, before its scripts.
    pub(crate) async fn before_each_page(&self, script: &str) {
        let source = json!({ "source": script });
        self.devtools("Page.addScriptToEvaluateOnNewDocument", source).await;
    }

    /// Waits until an expression in the page is true. Panics with the text of the page after the timeout.
    pub(crate) async fn until(&self, expression: &str) {
        let waited = tokio::time::timeout(TIMEOUT, async {
            while self.evaluate(expression).await != json!(true) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        if waited.await.is_err() {
            let text = self.evaluate("document.body.innerText").await;
            panic!("never true: {expression}\nthe page says: {text}");
        }
    }

    /// Returns the messages of the console.
    pub(crate) async fn console(&self) -> Value {
        let command = Extension { path: "se/log", body: json!({ "type": "browser" }) };
        self.client.issue_cmd(command).await.unwrap()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Returns a figure of `/proc/PID/status`.
fn kilobytes(status: &str, name: &str) -> u64 {
    let figure = status.lines().find_map(|line| line.strip_prefix(name));
    figure.and_then(|figure| figure.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

/// The number of times that chromedriver is started.
const STARTS: usize = 5;

/// Starts chromedriver, and returns it with its port. It selects a free port of IPv4 and ends if that of IPv6 is in use,
/// so it is started again then.
fn start_driver() -> (Child, u16) {
    for _ in 0..STARTS {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver can be run: apt-get install chromium chromium-driver");
        if let Some(port) = port(&mut driver) {
            return (driver, port);
        }
        let _ = driver.wait();
    }
    panic!("chromedriver does not say where it listens");
}

/// Returns the port that chromedriver prints; `None` if it ends before.
fn port(driver: &mut Child) -> Option<u16> {
    let mut output = BufReader::new(driver.stdout.take().unwrap());
    let mut line = String::new();
    loop {
        line.clear();
        if output.read_line(&mut line).unwrap() == 0 {
            return None;
        }
        let port = line.trim_end().trim_end_matches('.').rsplit_once("on port ");
        if let Some(port) = port.and_then(|(_, port)| port.parse().ok()).filter(|port| *port > 0) {
            // The driver keeps writing, and must not block on a full pipe.
            std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
            return Some(port);
        }
    }
}

/// A command of chromedriver that WebDriver does not have.
#[derive(Debug)]
struct Extension {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
