//! Measures downloads of the page into a file, beside a plain `fetch` into one. Browser and server compete for the cores of
//! the machine. Only ratios of one run can be compared.
//!
//! ```text
//! cargo xtask package && cargo bench -p b2-tests --bench download
//! ```

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

mod common;

use b2_native::proto::account::Credentials;
use b2_native::{ClientBuilder, NativeHost};
use b2_sim::server::Storage;
use b2_tests::Rng;
use b2_www::{BUCKET, PREFIX, Site};
use bytes::Bytes;
use serde_json::json;

const SIZE: u64 = 250_000_000;
const RUNS: usize = 5;

/// Defines `measure(save)`: the time of `save(bucket, name, handle)`, which writes into a new file.
const START: &str = "
    const [name, size, done] = arguments;
    const measure = async (save) => {
        const { B2 } = await import('/b2-wasm/js/entry/full.web.js');
        const { realm, bucket, prefix, credential } = await (await fetch('/config.json')).json();
        const folder = await navigator.storage.getDirectory();
        await folder.removeEntry('measured').catch(() => {});
        const handle = await folder.getFileHandle('measured', { create: true });
        const target = new B2({ realm, credential }).bucket(bucket);
        const url = await target.getDownloadUrl(prefix + name, { expiresIn: 3600 });
        const begin = performance.now();
        await save({ target, name: prefix + name, url, handle });
        const time = performance.now() - begin;
        const saved = (await handle.getFile()).size;
        if (saved !== size) throw new Error(`${saved} bytes were saved`);
        return time;
    };
    const end = (time) => time.then(done, (error) => done(String(error)));";

/// Downloads without hashing.
const BARE: &str = "
    end(measure(async ({ url, handle }) => {
        const answer = await fetch(url);
        if (!answer.ok) throw new Error(await answer.text());
        await answer.body.pipeTo(await handle.createWritable());
    }));";

/// Downloads with the package.
const OURS: &str = "
    end(measure(async ({ target, name, handle }) => (await target.download(name)).saveTo(handle)));";

#[tokio::main]
async fn main() {
    let (site, browser) = common::start(Storage::Memory).await;
    store(&site).await;
    browser.client.goto(site.page_url()).await.unwrap();
    let programs = [
        ("fetch", BARE, "plain"),
        ("b2-wasm", OURS, "plain"),
        ("b2-wasm, verified", OURS, "hashed"),
    ];
    let mut times = programs.map(|_| Vec::new());
    for run in 0..=RUNS {
        for ((name, program, file), times) in programs.iter().zip(&mut times) {
            let script = format!("{START}{program}");
            let arguments = vec![json!(file), json!(SIZE)];
            let time = browser.client.execute_async(&script, arguments).await.unwrap();
            let time = time.as_f64().unwrap_or_else(|| panic!("{name}: {time}"));
            // The first run compiles, connects and fills caches.
            if run > 0 {
                times.push(time);
            }
        }
    }
    println!("{} MB into a file; medians of {RUNS}", SIZE / 1_000_000);
    for ((name, ..), mut times) in programs.into_iter().zip(times) {
        times.sort_by(f64::total_cmp);
        let median = times[RUNS / 2];
        println!("  {name:<22} {median:>6.0} ms {:>7.0} MB/s", SIZE as f64 / 1_000.0 / median);
    }
    browser.client.clone().close().await.unwrap();
}

/// Stores a file with a SHA-1 of the whole, which downloads verify, and one without.
async fn store(site: &Site) {
    let credentials = site.simulator().credentials();
    let credentials = Credentials {
        realm: site.simulator().realm().to_owned(),
        application_key_id: credentials.key_id.clone().into(),
        application_key: credentials.key.clone(),
    };
    let client = ClientBuilder::new(NativeHost::new().unwrap());
    let client = client.credentials(credentials).authorize().await.unwrap();
    let bytes: Bytes =
        (0..SIZE / 1_000_000).flat_map(|seed| Rng::new(seed).bytes(1_000_000)).collect();
    let bucket = client.bucket(BUCKET).await.unwrap();
    for (name, whole_sha1) in [("plain", false), ("hashed", true)] {
        let upload = bucket.upload(bytes.clone(), format!("{PREFIX}{name}"));
        upload.whole_sha1(whole_sha1).await.unwrap();
    }
}
