// Headless Chromium, driven through the DevTools protocol over pipes.

import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where on the page things are dropped. */
const PLACE = { x: 100, y: 100 };

/** Opens a page with a new profile. Returns functions that close it, and that do what a visitor does. */
export function browse(url, failed) {
  const profile = mkdtempSync(join(tmpdir(), "b2-profile-"));
  const browser = spawn("chromium", [
    "--headless=new", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`, "--remote-debugging-pipe", url,
  ], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  browser.on("error", failed);
  const gone = new Promise((exit) => browser.on("exit", exit));
  const send = devtools(browser);
  let session;
  const attach = async () => {
    const { targetInfos } = await send("Target.getTargets");
    const pages = targetInfos.filter(({ type }) => type === "page");
    const { targetId } = pages.find((page) => page.url === url) ?? pages.find((page) => page.url.startsWith(new URL(url).origin));
    return (await send("Target.attachToTarget", { targetId, flatten: true })).sessionId;
  };
  const command = async (method, params) => send(method, params, await (session ??= attach()));
  return {
    async close() {
      browser.kill();
      await gone;
      // Child processes write for a moment longer.
      await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
    /** Drops files and folders of these paths on the page. */
    async drop(paths) {
      const data = { items: [], files: paths, dragOperationsMask: 1 };
      for (const type of ["dragEnter", "dragOver", "drop"]) {
        await command("Input.dispatchDragEvent", { type, ...PLACE, data });
      }
    },
    /** Opens another page, or the same one again. */
    open: (address) => command("Page.navigate", { url: address }),
    /** Returns the value of an expression in the page; promises are awaited. */
    async evaluate(expression) {
      const { result, exceptionDetails } = await command("Runtime.evaluate", {
        expression, awaitPromise: true, returnByValue: true,
      });
      if (exceptionDetails !== undefined) {
        throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      }
      return result.value;
    },
    /** Chooses files of these paths in the input that a selector finds. */
    async choose(selector, paths) {
      const { result } = await command("Runtime.evaluate", { expression: `document.querySelector(${JSON.stringify(selector)})` });
      await command("DOM.setFileInputFiles", { objectId: result.objectId, files: paths });
    },
    /** Limits the upload bandwidth, in bytes per second; -1 removes the limit. */
    async throttle(uploadThroughput) {
      await command("Network.enable", {});
      await command("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput });
    },
  };
}

/** Returns a function that runs a command of the DevTools protocol. Messages end with a zero byte. */
function devtools(browser) {
  const [, , , commands, answers] = browser.stdio;
  const waiting = new Map();
  let text = "";
  let last = 0;
  // The browser may be gone.
  commands.on("error", () => {});
  answers.setEncoding("utf8").on("error", () => {}).on("data", (data) => {
    const messages = (text + data).split("\0");
    text = messages.pop();
    for (const { id, result, error } of messages.map((message) => JSON.parse(message))) {
      const { resolve, reject } = waiting.get(id) ?? {};
      waiting.delete(id);
      error === undefined ? resolve?.(result) : reject?.(new Error(error.message));
    }
  });
  return (method, params = {}, sessionId = undefined) => new Promise((resolve, reject) => {
    last += 1;
    waiting.set(last, { resolve, reject });
    commands.write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
  });
}
