//! Measures the model with many versions: the CPU time of listings and uploads, and the memory of a version.
//!
//! ```text
//! cargo run --release -p b2-sim --example scale -- 1000000
//! ```

use std::fs;

use b2_proto::time::Timestamp;
use b2_sim::{BodyPolicy, Config, Service};
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

/// The number of entries of a page.
const PAGE: usize = 1_000;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let count = std::env::args().nth(1).map_or(Ok(100_000), |count| count.parse::<usize>())?;
    let config = Config { bodies: BodyPolicy::Discard, log_limit: 0, ..Config::default() };
    let mut service = Service::new(config);
    let mut account = Account::authorize(&mut service)?;
    let bucket_id = account.service.put_bucket("measured", "allPrivate");

    let upload = account.call("b2_get_upload_url", &json!({ "bucketId": bucket_id }))?;
    let text = |name: &str| upload[name].as_str().unwrap_or_default().to_owned();
    let (url, token) = (text("uploadUrl"), text("authorizationToken"));
    let before = resident_kib()?;
    let begun = cpu_seconds()?;
    for number in 0..count {
        let request = Request::post(url.as_str())
            .header("authorization", &token)
            .header("x-bz-file-name", b2_sim::generated_name(number as u64))
            .header("content-type", "application/octet-stream")
            .header("x-bz-content-sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709")
            .header("x-bz-info-src_last_modified_millis", "1700000000000")
            .body(Bytes::new())?;
        let status = account.service.handle(now(number), request).status();
        if status != 200 {
            return Err(format!("upload {number}: status {status}").into());
        }
    }
    let rate = count as f64 / (cpu_seconds()? - begun);
    let bytes = (resident_kib()? - before) * 1_024 / count as u64;
    println!("uploads: {rate:.0} per second of CPU time; memory: {bytes} bytes per version");

    account.busy = 0.0;
    let (mut start, mut pages, mut files) = (Value::Null, 0, 0);
    loop {
        let query = json!({
            "bucketId": bucket_id, "maxFileCount": PAGE, "startFileName": start,
        });
        let page = account.call("b2_list_file_names", &query)?;
        pages += 1;
        files += page["files"].as_array().map_or(0, Vec::len);
        start = page["nextFileName"].clone();
        if start.is_null() {
            break;
        }
    }
    let page = account.busy * 1_000.0 / f64::from(pages);
    println!(
        "{files} files listed in {pages} pages of at most {PAGE}: {page:.2} ms of CPU time a page"
    );
    Ok(())
}

/// Calls the service with a token.
struct Account<'a> {
    service: &'a mut Service,
    token: String,
    api_url: String,
    /// The CPU time of the service in seconds.
    busy: f64,
}

impl<'a> Account<'a> {
    fn authorize(service: &'a mut Service) -> Result<Self> {
        let key = service.credentials().clone();
        let login = base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            format!("{}:{}", key.key_id, key.key.expose()),
        );
        let request = Request::get("/b2api/v4/b2_authorize_account")
            .header("authorization", format!("Basic {login}"))
            .body(Bytes::new())?;
        let answer: Value = serde_json::from_slice(service.handle(now(0), request).body())?;
        let token = answer["authorizationToken"].as_str().unwrap_or_default().to_owned();
        Ok(Self { service, token, api_url: "/b2api/v4/".to_owned(), busy: 0.0 })
    }

    fn call(&mut self, name: &str, query: &Value) -> Result<Value> {
        let request = Request::post(format!("{}{name}", self.api_url))
            .header("authorization", &self.token)
            .body(Bytes::from(query.to_string()))?;
        let begun = cpu_seconds()?;
        let response = self.service.handle(now(0), request);
        self.busy += cpu_seconds()? - begun;
        if response.status() != 200 {
            return Err(format!("{name}: {}", String::from_utf8_lossy(response.body())).into());
        }
        Ok(serde_json::from_slice(response.body())?)
    }
}

/// Returns a time within the life of a token.
fn now(number: usize) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + number as u64 / 1_000)
}

/// Returns the CPU time of this thread in seconds, which other processes do not change.
fn cpu_seconds() -> Result<f64> {
    let times = fs::read_to_string("/proc/self/schedstat")?;
    let nanos: u64 = times.split_whitespace().next().ok_or("no times")?.parse()?;
    Ok(nanos as f64 / 1e9)
}

/// Returns the resident memory of this process.
fn resident_kib() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let text = line.and_then(|line| line.split_whitespace().next());
    Ok(text.ok_or("no VmRSS in /proc/self/status")?.parse()?)
}
