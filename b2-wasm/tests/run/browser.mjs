// Chromium, without a window.

import { spawn } from "node:child_process";
import { join } from "node:path";

/** Opens a page, with a profile in `folder`. It is closed by the function that this answers. */
export function browse(url, folder, failed) {
  const browser = spawn("chromium", [
    "--headless=new", "--no-sandbox", "--disable-gpu", `--user-data-dir=${join(folder, "profile")}`, url,
  ], { stdio: "ignore" });
  browser.on("error", failed);
  const gone = new Promise((exit) => browser.on("exit", exit));
  return async () => {
    browser.kill();
    await gone;
  };
}
