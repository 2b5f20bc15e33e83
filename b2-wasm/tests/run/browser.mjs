// Headless Chromium.

import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Opens a page with a new profile. Returns a function that closes it. */
export function browse(url, failed) {
  const profile = mkdtempSync(join(tmpdir(), "b2-profile-"));
  const browser = spawn("chromium", [
    "--headless=new", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`, url,
  ], { stdio: "ignore" });
  browser.on("error", failed);
  const gone = new Promise((exit) => browser.on("exit", exit));
  return async () => {
    browser.kill();
    await gone;
    // Child processes write for a moment longer.
    await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
}
