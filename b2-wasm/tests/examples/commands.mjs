// Runs the commands of `b2` in the examples of the pages, in Bash, with the simulated service.

import { execFile } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { ROOT, examplesOf } from "./pages.mjs";

const PAGES = ["README.md", "b2-cli/README.md", "www/gateway/README.md"];
/** The buckets and files that the commands are about. */
const BUCKETS = ["my-backup", "my-code", "my-logs", "app-media"];
const FILES = { "ship.jpg": 20_000, "today.log": 100, "app.log": 100, "Pictures/a.jpg": 1_000, "Pictures/2025/b.jpg": 1_000 };
/** Commands that wait for input, or run until they are stopped. */
const INTERACTIVE = /^b2 (account authorize|sim)\b/;

/** Resolves to the failures, and how many commands have succeeded. */
export async function commands({ folder: root, account, b2 }) {
  const folder = join(root, "commands");
  const env = {
    PATH: `${dirname(b2)}:${process.env.PATH}`, HOME: folder, B2_ACCOUNT_INFO: join(folder, "account"),
    B2_ENVIRONMENT: account.realm, B2_APPLICATION_KEY_ID: account.keyId, B2_APPLICATION_KEY: account.key,
  };
  for (const [name, size] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), Buffer.alloc(size, name));
  }
  cpSync(join(ROOT, "www/gateway/cors.json"), join(folder, "cors.json"));
  const failures = [];
  let passed = 0;
  const bash = async (text, name = text) => {
    try {
      await promisify(execFile)("bash", ["-euo", "pipefail", "-c", text], { cwd: folder, env, timeout: 60_000 });
      return true;
    } catch ({ stdout, stderr, message }) {
      failures.push(`${name}: ${stdout + stderr || message}`);
      return false;
    }
  };
  await bash(`${BUCKETS.map((name) => `b2 bucket create ${name} allPrivate`).join("\n")}
    b2 file upload my-logs today.log monday
    git init --quiet . && git add ship.jpg`, "the set-up");
  for (const page of PAGES) {
    for (const { code } of examplesOf(page, "sh")) {
      const lines = code.replaceAll("\\\n", " ").split("\n");
      for (const line of lines.filter((line) => /^(b2|git) /.test(line) && !INTERACTIVE.test(line))) {
        passed += Number(await bash(line, `${page}: ${line}`));
      }
      // The next block begins with an empty bucket, if there is one.
      await bash("b2 rm -r --versions b2://my-photos || true");
    }
  }
  rmSync(folder, { recursive: true });
  return { failures, passed };
}
