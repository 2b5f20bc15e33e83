//! Measures the upload page with many small files, beside the package alone and a plain `fetch` without hashing; and the longest
//! task of the page with ten thousand files, which is how long it does not react to its visitor. Browser and server compete for
//! the cores of the machine. Only ratios of one run can be compared.
//!
//! ```text
//! cargo xtask package && cargo bench -p b2-tests --bench page
//! ```

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

mod common;

use b2_sim::server::Storage;
use b2_www::Site;
use serde_json::{Value, json};

use common::Browser;

/// The number of small files, and the size of each in bytes.
const FILES: u64 = 600;
const SIZE: u64 = 16 << 10;
/// How many small files the page uploads at once.
const AT_ONCE: u64 = 6;
const RUNS: usize = 3;
/// The number of files in a long list, and for how many seconds it is observed while some of them are uploaded.
const MANY: u64 = 10_000;
const OBSERVED: u64 = 20;

/// Defines `files(run, count, size)`: files with names of their own for each run.
const MAKE: &str = "
    const files = (run, count, size) => Array.from({ length: count }, (_, n) =>
        new File([new Uint8Array(size).fill(n)], `run-${run}-${String(n).padStart(5, '0')}.bin`));
    const [run, count, size, atOnce, done] = arguments;
    const lanes = (each) => {
        const rest = files(run, count, size).values();
        return Promise.all(Array.from({ length: atOnce }, async () => {
            for (const file of rest) await each(file);
        }));
    };";

/// Uploads the files with the page.
const PAGE: &str = "
    const input = document.querySelector('#input-files');
    const transfer = new DataTransfer();
    files(run, count, size).forEach((file) => transfer.items.add(file));
    input.files = transfer.files;
    const begin = performance.now();
    input.dispatchEvent(new Event('change'));
    const { dataset } = document.querySelector('#overall');
    const watch = setInterval(() => {
        if (dataset.files === String(count) && dataset.done === dataset.files) {
            clearInterval(watch);
            done(performance.now() - begin);
        }
    }, 10);";

/// Uploads the files with the package.
const PACKAGE: &str = "
    const main = async () => {
        const { B2 } = await import('/b2-wasm/js/entry/upload.web.js');
        const { realm, bucket, prefix, credential } = await (await fetch('/config.json')).json();
        const target = new B2({ realm, credential }).bucket(bucket);
        const begin = performance.now();
        await lanes((file) => target.upload(file, { name: `${prefix}${file.name}` }).done);
        return performance.now() - begin;
    };
    main().then(done, (error) => done(String(error)));";

/// Sends the files without hashing.
const BARE: &str = "
    const main = async () => {
        const { realm, bucketId, prefix, credential } = await (await fetch('/config.json')).json();
        const call = async (name, authorization, body) => (await fetch(`${realm}/b2api/v4/${name}`,
            { method: body ? 'POST' : 'GET', headers: { authorization }, body })).json();
        const { authorizationToken, apiInfo } =
            await call('b2_authorize_account', `Basic ${btoa(`visitor:${credential}`)}`);
        const [{ id }] = apiInfo.storageApi.allowed.buckets;
        const begin = performance.now();
        const rest = files(run, count, size).values();
        await Promise.all(Array.from({ length: atOnce }, async () => {
            const { uploadUrl, authorizationToken: authorization } =
                await call('b2_get_upload_url', authorizationToken, JSON.stringify({ bucketId: id }));
            for (const body of rest) {
                const headers = {
                    authorization, 'x-bz-file-name': encodeURI(`${prefix}${body.name}`),
                    'x-bz-content-sha1': 'do_not_verify', 'content-type': 'application/octet-stream',
                };
                const answer = await fetch(uploadUrl, { method: 'POST', headers, body });
                if (!answer.ok) throw new Error(await answer.text());
                await answer.json();
            }
        }));
        return performance.now() - begin;
    };
    main().then(done, (error) => done(String(error)));";

/// Adds files to the page, and observes its tasks. Returns the longest in milliseconds, until all are in the list and afterwards.
const TASKS: &str = "
    let longest = 0;
    new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => (longest = Math.max(longest, duration))))
        .observe({ type: 'longtask' });
    const [count, seconds, done] = arguments;
    const transfer = new DataTransfer();
    for (let n = 0; n < count; n += 1) {
        transfer.items.add(new File([new Uint8Array(16 << 10).fill(n)], `many-${String(n).padStart(5, '0')}.bin`));
    }
    const input = document.querySelector('#input-files');
    input.files = transfer.files;
    const { dataset } = document.querySelector('#overall');
    setTimeout(() => {
        longest = 0;
        input.dispatchEvent(new Event('change'));
        const watch = setInterval(() => {
            if (dataset.files !== String(count)) return;
            clearInterval(watch);
            setTimeout(() => {
                const adding = longest;
                longest = 0;
                setTimeout(() => done([adding, longest, Number(dataset.done)]), seconds * 1000);
            }, 1000);
        }, 50);
    }, 1000);";

#[tokio::main]
async fn main() {
    let (site, browser) = common::start(Storage::Discard).await;

    let programs = [("the page", PAGE), ("b2-wasm/upload", PACKAGE), ("bare fetch, no hash", BARE)];
    let mut times = programs.map(|_| Vec::new());
    for run in 0..=RUNS {
        for ((name, program), times) in programs.iter().zip(&mut times) {
            open(&browser, &site).await;
            let script = format!("{MAKE}{program}");
            let run_name = format!("{run}-{}", name.len());
            let arguments = vec![json!(run_name), json!(FILES), json!(SIZE), json!(AT_ONCE)];
            let time = browser.client.execute_async(&script, arguments).await.unwrap();
            let time = time.as_f64().unwrap_or_else(|| panic!("{name}: {time}"));
            // The first run compiles, and fills caches.
            if run > 0 {
                times.push(time);
            }
        }
    }
    println!("{FILES} files of {SIZE} bytes, {AT_ONCE} at once; medians of {RUNS}");
    for ((name, _), mut times) in programs.into_iter().zip(times) {
        times.sort_by(f64::total_cmp);
        println!("  {name:<22} {:>6.1} files/s", FILES as f64 * 1_000.0 / times[RUNS / 2]);
    }

    open(&browser, &site).await;
    let tasks = browser.client.execute_async(TASKS, vec![json!(MANY), json!(OBSERVED)]).await;
    let [adding, running, done] = figures(&tasks.unwrap());
    println!(
        "{MANY} files: the longest task has {adding} ms while they are added, and {running} ms in {OBSERVED} s after"
    );
    println!("  that, in which {done} files were uploaded");
    browser.client.clone().close().await.unwrap();
}

async fn open(browser: &Browser, site: &Site) {
    browser.client.goto(site.page_url()).await.unwrap();
    browser.until("'ready' in document.documentElement.dataset").await;
}

fn figures(values: &Value) -> [f64; 3] {
    [0, 1, 2].map(|n| values[n].as_f64().unwrap_or_else(|| panic!("{values}")))
}
