// The uploader of Uppy in Chromium, used through the Dashboard.

import { createHash } from "node:crypto";
import { closeSync, copyFileSync, openSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { check, equal, pattern } from "../check.mjs";
import { exampleWith } from "../examples/pages.mjs";
import { bundle, eventually, idAtB2, link, withPage } from "./bundled.mjs";

const PLACES = join(dirname(fileURLToPath(import.meta.url)), "../places");
const LARGE = 300_000_000;
const PART = 5_000_000;
/** About a fifth of all requests fails. All that B2 confirms reaches the page: no response is lost after a request is done. */
const RATES = {
  unavailable: 60, requestTimeout: 15, badGateway: 15, notB2: 15, expiredToken: 20, cutBefore: 30, cutDuring: 40, slow: 20,
  reworded: 20, longestDelayMillis: 200, longestRetryAfter: 1,
};
const UPLOAD = ".uppy-StatusBar-actionBtn--upload";
const RETRY = ".uppy-StatusBar-actionBtn--retry";
const INPUT = ".uppy-Dashboard-input";

/** The button of the status bar with this title. */
const bar = (title) => `.uppy-StatusBar-actionCircleBtn[title="${title}"]`;
/** The button of a file with this title. */
const row = (title) => `.uppy-Dashboard-Item-progressIndicator[title="${title}"]`;
const options = (values) => `?${encodeURIComponent(JSON.stringify(values))}`;
const bytesUploaded = "(uppy.getFiles()[0]?.progress.bytesUploaded ?? 0)";

/** Lets the page reload itself when so many bytes are sent, before it sends more. */
const reloadAt = (bytes) => `uppy.on("upload-progress", (file, { bytesUploaded }) => bytesUploaded > ${bytes} && location.reload())`;

/** Creates a file without repetition. Returns its path and SHA-1. */
function large(folder, size) {
  const path = join(folder, "large.bin");
  const block = pattern(10_000_000);
  const hash = createHash("sha1");
  const file = openSync(path, "w");
  for (let at = 0; at < size; at += block.length) {
    block[0] = at / block.length;
    hash.update(block);
    writeSync(file, block);
  }
  closeSync(file);
  return { path, sha1: hash.digest("hex") };
}

/** The parts of a large file that B2 has confirmed, with how often. */
async function confirmed(sim, fileId) {
  const parts = new Map();
  for (const request of await sim.requests("b2_upload_part")) {
    if (request.fileId === fileId && request.status === 200) {
      parts.set(request.partNumber, (parts.get(request.partNumber) ?? 0) + 1);
    }
  }
  return parts;
}

function partsOnce(parts, count) {
  equal(parts.size, count);
  check([...parts.values()].every((times) => times === 1), `sent twice: ${[...parts].filter(([, times]) => times > 1)}`);
}

const TESTS = {
  async "a file of 300 MB is uploaded through faults and a reload"({ page, sim, admin, folder }) {
    const { path, sha1 } = large(folder, LARGE);
    await page.open(options({ id: "large" }));
    await sim.forget();
    await sim.faults({ seed: 7, rates: RATES });
    await page.throttle(60_000_000);
    await page.choose(INPUT, [path]);
    await page.evaluate(reloadAt(LARGE / 3));
    await page.click(UPLOAD);
    // Its content is too large for Golden Retriever.
    await page.until("ready && uppy.getFiles()[0]?.isGhost");
    const first = (await sim.requests("b2_upload_part")).find(({ fileId, status }) => fileId && status === 200).fileId;
    const before = (await confirmed(sim, first)).size;
    check(before > 10, `only ${before} parts`);
    await page.click(".uppy-DashboardContent-addMore");
    await page.choose(INPUT, [path]);
    await page.click(UPLOAD);
    await page.until("seen.complete");
    await page.throttle(-1);
    await sim.noFaults();
    equal(await page.evaluate("seen.last"), [1, 0]);
    const [{ body, status }] = await page.evaluate("seen.success");
    equal([idAtB2(body.fileId), body.fileName, body.size, status], [first, "u/1/large.bin", LARGE, 200]);
    partsOnce(await confirmed(sim, first), LARGE / PART);
    equal(await admin.digest("u/1/large.bin"), { sha1, length: LARGE });
    const failed = (await sim.requests()).filter((request) => request.status >= 400).length;
    console.log(`      ${before} of 60 parts before the reload; ${failed} requests were refused`);
  },
  async "a file that Golden Retriever has restored goes on"({ page, sim, admin }) {
    await page.open(options({ id: "restored", concurrency: 1 }));
    await page.throttle(4_000_000);
    await page.evaluate("make(1, 22e6, 'restored')");
    await page.evaluate(reloadAt(12e6));
    await page.click(UPLOAD);
    await page.until("ready && uppy.getFiles()[0]?.isRestored && !uppy.getFiles()[0].isGhost");
    const { fileId } = (await admin.unfinished("restored"))[0];
    await page.throttle(-1);
    await page.click(UPLOAD);
    await page.until("seen.complete");
    equal(idAtB2((await page.evaluate("seen.success"))[0].body.fileId), fileId);
    partsOnce(await confirmed(sim, fileId), 4);
    const [, sent] = (await page.evaluate("seen.progress"))[0];
    check(sent >= 10e6, `it starts with ${sent} bytes`);
  },
  async "the buttons of the Dashboard pause, resume and cancel"({ page, admin }) {
    await page.open(options({ id: "buttons", concurrency: 1, limit: 2 }));
    await page.throttle(1_000_000);
    await page.evaluate("make(2, 12e6, 'buttons')");
    await page.click(UPLOAD);
    await page.until("uppy.getFiles().every(({ progress }) => progress.bytesUploaded > 0)");
    const still = async () => {
      // Without a limit, what is not paused would be done at once.
      const before = await page.evaluate("JSON.stringify(uppy.getFiles().map(({ progress }) => progress.bytesUploaded))");
      await page.evaluate("new Promise((done) => setTimeout(done, 500))");
      return before === (await page.evaluate("JSON.stringify(uppy.getFiles().map(({ progress }) => progress.bytesUploaded))"));
    };
    await page.click(bar("Pause"));
    await page.until("uppy.getFiles().every(({ isPaused }) => isPaused)");
    check(await still(), "pause-all has no effect");
    await page.click(row("Resume upload"));
    await page.throttle(-1);
    await page.until("seen.success.length === 1");
    check(await still(), "the other one is not paused");
    equal((await admin.unfinished("buttons")).length, 1);
    await page.throttle(1_000_000);
    await page.click(bar("Resume"));
    await page.until("uppy.getFiles().some(({ isPaused, progress }) => !isPaused && !progress.uploadComplete)");
    await page.click(row("Pause upload"));
    check(await still(), "the pause of a file has no effect");
    await page.click(bar("Cancel"));
    await page.until("uppy.getFiles().length === 0");
    await page.throttle(-1);
    await eventually(async () => (await admin.unfinished("buttons")).length === 0, "what B2 has is deleted");
    const names = (await admin.files()).map(({ fileName }) => fileName).filter((name) => name.includes("buttons"));
    equal(names.length, 1);
  },
  async "a file that is removed after a reload is deleted at B2"({ page, admin }) {
    await page.open(options({ id: "removed", concurrency: 1 }));
    await page.throttle(4_000_000);
    await page.evaluate("make(1, 22e6, 'removed')");
    await page.evaluate(reloadAt(7e6));
    await page.click(UPLOAD);
    await page.until("ready && uppy.getFiles()[0]?.isRestored");
    await page.throttle(-1);
    equal((await admin.unfinished("removed")).length, 1);
    await page.evaluate("uppy.removeFile(uppy.getFiles()[0].id)");
    await eventually(async () => (await admin.unfinished("removed")).length === 0, "what B2 has is deleted");
  },
  async "a failure is reported as B2 reports it, and can be tried again"({ page, sim }) {
    await page.open(options({ id: "failure", retryTimeout: 0, wholeSha1: true }));
    await sim.faults({ next: [{ operation: "b2_upload_part", fault: "unavailable", times: 100 }] });
    await page.evaluate("make(1, 12e6, 'failure')");
    await page.click(UPLOAD);
    await page.until("seen.errors.length === 1");
    const [{ name, code, response }] = await page.evaluate("seen.errors");
    const [{ code: expected }] = (await sim.requests("b2_upload_part")).filter(({ status }) => status === 503);
    equal([name, code, response.status, response.body.code], ["B2Error", expected, 503, expected]);
    check(response.body.message.length > 0, "no message");
    await sim.noFaults();
    await page.click(RETRY);
    await page.until("seen.success.length === 1");
    const [{ body }] = await page.evaluate("seen.success");
    check(/^[0-9a-f]{40}$/.test(body.sha1), `${body.sha1}`);
  },
  async "what the gateway does not accept can be changed"({ page }) {
    await page.open(options({ id: "refused", contentType: "video/mp4", name: "u/1/refused" }));
    await page.evaluate("make(1, 100, 'refused')");
    await page.click(UPLOAD);
    await page.until("seen.errors.length === 1");
    equal((await page.evaluate("seen.errors"))[0].kind, "ContentTypeNotAllowed");
    await page.evaluate(`uppy.setFileState(uppy.getFiles()[0].id, { b2: {
      contentType: "image/png", name: "u/1/accepted", info: { color: "red" },
    } })`);
    await page.click(RETRY);
    await page.until("seen.success.length === 1");
    const [{ body }] = await page.evaluate("seen.success");
    equal([body.fileName, body.contentType], ["u/1/accepted", "image/png"]);
  },
  async "many small files are uploaded in order"({ page, admin }) {
    await page.open(options({ id: "many" }));
    await page.evaluate(`plugin.setOptions({ limit: 1, name: ({ meta }) => "u/1/many/" + meta.name, url: ({ fileName }) => "b2:" + fileName })`);
    await page.evaluate("make(200, 3_000, 'many')");
    await page.click(UPLOAD);
    await page.until("seen.complete");
    equal(await page.evaluate("seen.last"), [200, 0]);
    const success = await page.evaluate("seen.success");
    equal(success.map(({ name }) => name), Array.from({ length: 200 }, (_, i) => `many-${i}.txt`));
    const stored = new Map((await admin.files()).map((file) => [file.fileName, file]));
    for (const { name, uploadURL, body } of success) {
      const { fileId, contentSha1 } = stored.get(`u/1/many/${name}`);
      equal([idAtB2(body.fileId), body.sha1, uploadURL], [fileId, contentSha1, `b2:u/1/many/${name}`]);
    }
    const { sha1, length } = await admin.digest("u/1/many/many-7.txt");
    equal([sha1, length], [success[7].body.sha1, 3_000]);
  },
  async "a file of another service is refused"({ page }) {
    await page.open(options({ id: "remote" }));
    await page.evaluate(`uppy.addFile({ name: "far.txt", type: "text/plain", isRemote: true, data: { size: 3 },
      remote: { companionUrl: "https://companion.example", url: "", requestClientId: "x", providerName: "Dropbox" } })`);
    await page.evaluate("make(1, 10, 'near')");
    await page.click(UPLOAD);
    await page.until("seen.complete");
    equal(await page.evaluate("seen.last"), [1, 1]);
    const [{ message }] = await page.evaluate("seen.errors");
    check(message.includes("far.txt is a file of Dropbox"), message);
  },
  async "the plugin leaves nothing when it is removed"({ page }) {
    await page.open(options({ id: "gone", concurrency: 1 }));
    await page.throttle(1_000_000);
    await page.evaluate("make(1, 12e6, 'gone')");
    await page.click(UPLOAD);
    await page.until(`${bytesUploaded} > 1e5`);
    const [before, own] = await page.evaluate("[uppy.listeners, seen.listeners]");
    await page.evaluate("uppy.removePlugin(plugin)");
    check(own > 0, "it has no listeners");
    equal(await page.evaluate("[uppy.listeners, uppy.getState().capabilities.resumableUploads]"), [before - own, false]);
    await page.throttle(-1);
    // The upload ends, and its lock is released.
    await page.until("navigator.locks.query().then(({ held }) => held.length === 0)");
  },
  async "the example of the documentation runs"({ page, admin, folder }) {
    await page.open("?readme");
    const path = join(folder, "hello.txt");
    writeFileSync(path, "hello");
    await page.choose(INPUT, [path]);
    await page.click(UPLOAD);
    await page.until("saved.length === 1");
    const [[fileId, fileName]] = await page.evaluate("saved");
    const stored = (await admin.files()).find((file) => file.fileName === fileName);
    equal([fileName, idAtB2(fileId)], ["u/1/hello.txt", stored.fileId]);
  },
};

/** Writes the example as a module, with what it takes from its application. */
function readme(folder) {
  const code = exampleWith("B2Uppy").code.replace('"https://app.example/b2"', "config.gateway").replace('"#uploads"', '"#main"');
  writeFileSync(join(folder, "readme.mjs"), `
    const config = await (await fetch("/config")).json();
    const user = { id: 1 };
    const currentSession = () => config.credential;
    const saved = [];
    const save = (...file) => saved.push(file);
    ${code}
    Object.assign(globalThis, { saved, ready: true });`);
}

export async function uppy({ tools, folder, ...place }) {
  link(folder, tools, { "@uppy": "@uppy" });
  copyFileSync(join(PLACES, "uppy.mjs"), join(folder, "uppy.mjs"));
  readme(folder);
  bundle(folder, tools, ["uppy.mjs", "readme.mjs"]);
  return withPage({ folder, ...place }, "uppy", TESTS);
}
