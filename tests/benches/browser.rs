//! Measures uploads of the page beside a plain `fetch` of the same slices, without and with hashing, over a link of 1 Gbit/s
//! and without a limit. Without a limit, browser and server compete for the cores of the machine, which affects the ratio. It
//! also measures hashing in the module beside WebCrypto. Only ratios of one run can be compared.
//!
//! ```text
//! cargo xtask package && cargo bench -p b2-tests --bench browser
//! ```

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

mod common;

use std::io::Write;

use b2_native::proto::account::Credentials;
use b2_native::proto::api::{CancelLargeFile, GetUploadPartUrl, StartLargeFile};
use b2_native::{Client, ClientBuilder, NativeHost};
use b2_sim::server::Storage;
use b2_tests::Rng;
use b2_www::{BUCKET, PREFIX, Site};
use fantoccini::Locator;
use serde_json::{Value, json};

use common::Browser;

const SIZE: u64 = 500_000_000;
/// The part size of the gateway.
const PART: u64 = 5_000_000;
const LANES: usize = 4;
const RUNS: usize = 5;
/// The bandwidth of a fast link of 1 Gbit/s, in bytes per second.
const LINK: i64 = 125_000_000;
/// No limit of the bandwidth.
const NO_LIMIT: i64 = -1;

/// Sends the slices. If `hashes`, each is read and hashed before, which is the least that an upload with SHA-1 needs.
const BARE: &str = "
    const [urls, partSize, hashes, done] = arguments;
    const [file] = document.querySelector('#measured').files;
    const count = Math.ceil(file.size / partSize);
    let next = 0;
    const sha1 = async (body) => {
        const digest = await crypto.subtle.digest('SHA-1', await body.arrayBuffer());
        return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    };
    const lane = async ({ uploadUrl, authorizationToken }) => {
        while (next < count) {
            const part = next++;
            const body = file.slice(part * partSize, (part + 1) * partSize);
            const headers = {
                'authorization': authorizationToken,
                'x-bz-part-number': String(part + 1),
                'x-bz-content-sha1': hashes ? await sha1(body) : 'do_not_verify',
            };
            const answer = await fetch(uploadUrl, { method: 'POST', headers, body });
            if (!answer.ok) throw new Error(await answer.text());
        }
    };
    const begin = performance.now();
    Promise.all(urls.map(lane)).then(() => done(performance.now() - begin), (error) => done(String(error)));";

/// Uploads the file with the package.
const OURS: &str = "
    const [concurrency, partSize, done] = arguments;
    const [file] = document.querySelector('#measured').files;
    const upload = async () => {
        const { B2 } = await import('/b2-wasm/js/entry/upload.web.js');
        const { realm, bucket, prefix, credential } = await (await fetch('/config.json')).json();
        const b2 = new B2({ realm, credential });
        const begin = performance.now();
        await b2.bucket(bucket).upload(file, { name: prefix + 'measured', partSize, concurrency }).done;
        return performance.now() - begin;
    };
    upload().then(done, (error) => done(String(error)));";

/// Measures reading and hashing in the module, which computes the SHA-1 of a whole file before it is sent.
const MODULE: &str = "
    const [done] = arguments;
    const [file] = document.querySelector('#measured').files;
    const hash = async () => {
        const { B2 } = await import('/b2-wasm/js/entry/upload.web.js');
        const { realm, bucket, prefix, credential } = await (await fetch('/config.json')).json();
        const upload = new B2({ realm, credential }).bucket(bucket)
            .upload(file, { name: prefix + 'hashed', wholeSha1: true });
        upload.done.catch(() => {});
        let begin;
        const time = await new Promise((hashed) => {
            upload.addEventListener('state', ({ state }) => {
                if (state === 'hashing' && begin === undefined) {
                    begin = performance.now();
                } else if (begin !== undefined) {
                    hashed(performance.now() - begin);
                }
            });
        });
        await upload.cancel({ discard: true });
        return time;
    };
    hash().then(done, (error) => done(String(error)));";

/// Measures reading and hashing by WebCrypto.
const WEB_CRYPTO: &str = "
    const [partSize, done] = arguments;
    const [file] = document.querySelector('#measured').files;
    const hash = async () => {
        const begin = performance.now();
        for (let at = 0; at < file.size; at += partSize) {
            await crypto.subtle.digest('SHA-1', await file.slice(at, at + partSize).arrayBuffer());
        }
        return performance.now() - begin;
    };
    hash().then(done, (error) => done(String(error)));";

#[tokio::main]
async fn main() {
    let (site, browser) = common::start(Storage::Discard).await;
    browser.client.goto(site.page_url()).await.unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    for seed in 0..SIZE / 1_000_000 {
        file.as_file().write_all(&Rng::new(seed).bytes(1_000_000)).unwrap();
    }
    let input = "const input = document.createElement('input');
        input.type = 'file'; input.id = 'measured'; document.body.append(input);";
    browser.client.execute(input, Vec::new()).await.unwrap();
    let input = browser.client.find(Locator::Css("#measured")).await.unwrap();
    input.send_keys(file.path().to_str().unwrap()).await.unwrap();

    let client = native(&site).await;
    println!(
        "{} MB in parts of {} MB, {LANES} at once; medians of {RUNS}",
        SIZE / 1_000_000,
        PART / 1_000_000
    );
    for (link, limit) in [("over 1 Gbit/s", LINK), ("as fast as it gets", NO_LIMIT)] {
        browser.throttle(limit).await;
        let [bare, hashed, ours] = medians(async || {
            let bare = send_slices(&client, &browser, false).await;
            let hashed = send_slices(&client, &browser, true).await;
            [bare, hashed, millis(&browser, OURS, vec![json!(LANES), json!(PART)]).await]
        })
        .await;
        println!(
            "{link}: b2-wasm has {:.2} of the speed of bare fetch, {:.2} of that of fetch with a hash",
            bare / ours,
            hashed / ours
        );
        show("bare fetch, no hash", bare);
        show("fetch after a hash", hashed);
        show("b2-wasm/upload", ours);
    }
    let [module, platform] = medians(async || {
        let module = millis(&browser, MODULE, Vec::new()).await;
        [module, millis(&browser, WEB_CRYPTO, vec![json!(PART)]).await]
    })
    .await;
    println!(
        "read and SHA-1, one after the other: the module has {:.2} of the speed of WebCrypto",
        platform / module
    );
    show("module", module);
    show("WebCrypto", platform);
    browser.client.clone().close().await.unwrap();
}

async fn native(site: &Site) -> Client {
    let credentials = site.simulator().credentials();
    let credentials = Credentials {
        realm: site.simulator().realm().to_owned(),
        application_key_id: credentials.key_id.clone().into(),
        application_key: credentials.key.clone(),
    };
    ClientBuilder::new(NativeHost::new().unwrap())
        .credentials(credentials)
        .authorize()
        .await
        .unwrap()
}

/// Sends slices from the page to part URLs, and discards the file.
async fn send_slices(client: &Client, browser: &Browser, hashes: bool) -> f64 {
    let bucket = client.bucket(BUCKET).await.unwrap();
    let start = StartLargeFile::new(bucket.id().clone(), format!("{PREFIX}bare"));
    let large = client.call(start).await.unwrap();
    let mut urls = Vec::new();
    for _ in 0..LANES {
        let url = client.call(GetUploadPartUrl { file_id: large.file_id.clone() }).await.unwrap();
        urls.push(json!({ "uploadUrl": url.url, "authorizationToken": url.token.expose() }));
    }
    let time = millis(browser, BARE, vec![json!(urls), json!(PART), json!(hashes)]).await;
    client.call(CancelLargeFile { file_id: large.file_id }).await.unwrap();
    time
}

async fn millis(browser: &Browser, script: &str, arguments: Vec<Value>) -> f64 {
    let answer = browser.client.execute_async(script, arguments).await.unwrap();
    answer.as_f64().unwrap_or_else(|| panic!("{answer}"))
}

/// Returns the medians of alternating measurements. The first of each is discarded, since it compiles, connects and fills
/// caches.
async fn medians<const N: usize>(measure: impl AsyncFn() -> [f64; N]) -> [f64; N] {
    let mut times = [(); N].map(|()| Vec::new());
    for run in 0..=RUNS {
        let measured = measure().await;
        if run > 0 {
            times.iter_mut().zip(measured).for_each(|(times, time)| times.push(time));
        }
    }
    times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[RUNS / 2]
    })
}

fn show(what: &str, millis: f64) {
    println!("  {what:<22} {millis:>6.0} ms {:>7.0} MB/s", SIZE as f64 / 1_000.0 / millis);
}
