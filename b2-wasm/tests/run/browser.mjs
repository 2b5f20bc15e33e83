// Headless Chromium, driven through the DevTools protocol over pipes.

import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where on the page things are dropped. */
const PLACE = { x: 100, y: 100 };

/** Opens a page with a new profile. Returns functions that close it, and that drop files and folders of these paths on it. */
export function browse(url, failed) {
  const profile = mkdtempSync(join(tmpdir(), "b2-profile-"));
  const browser = spawn("chromium", [
    "--headless=new", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`, "--remote-debugging-pipe", url,
  ], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  browser.on("error", failed);
  const gone = new Promise((exit) => browser.on("exit", exit));
  const send = devtools(browser);
  return {
    async close() {
      browser.kill();
      await gone;
      // Child processes write for a moment longer.
      await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
    async drop(paths) {
      const { targetInfos } = await send("Target.getTargets");
      const { targetId } = targetInfos.find((target) => target.type === "page" && target.url === url);
      const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
      const data = { items: [], files: paths, dragOperationsMask: 1 };
      for (const type of ["dragEnter", "dragOver", "drop"]) {
        await send("Input.dispatchDragEvent", { type, ...PLACE, data }, sessionId);
      }
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
