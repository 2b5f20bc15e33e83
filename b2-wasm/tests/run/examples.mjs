// Runs the examples of the pages with the simulated service: the commands of `b2` in Bash, and JavaScript that stands alone.

import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const PAGES = ["README.md", "b2-cli/README.md", "www/gateway/README.md"];
/** The buckets and files that the commands are about. */
const BUCKETS = ["my-backup", "my-code", "my-logs", "app-media"];
const FILES = { "ship.jpg": 20_000, "today.log": 100, "app.log": 100, "Pictures/a.jpg": 1_000, "Pictures/2025/b.jpg": 1_000 };
/** Commands that wait for input, or run until they are stopped. */
const INTERACTIVE = /^b2 (account authorize|sim)\b/;

const blocks = (page, language) =>
  [...readFileSync(join(ROOT, page), "utf8").matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(([, code]) => code);

/** Runs a command. Resolves to why it has failed, or to nothing. */
async function problem(command, args, options) {
  try {
    await promisify(execFile)(command, args, { timeout: 60_000, ...options });
    return "";
  } catch ({ stdout, stderr, message }) {
    return stdout + stderr || message;
  }
}

export async function examples({ folder: root, account, b2 }) {
  const folder = join(root, "examples");
  const env = {
    PATH: `${dirname(b2)}:${process.env.PATH}`, HOME: folder, B2_ACCOUNT_INFO: join(folder, "account"),
    B2_ENVIRONMENT: account.realm, B2_APPLICATION_KEY_ID: account.keyId, B2_APPLICATION_KEY: account.key,
    B2_KEY_ID: account.keyId, B2_KEY: account.key,
  };
  for (const [name, size] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), Buffer.alloc(size, name));
  }
  cpSync(join(ROOT, "www/gateway/cors.json"), join(folder, "cors.json"));
  const bash = (text) => problem("bash", ["-euo", "pipefail", "-c", text], { cwd: folder, env });
  const begun = await bash(`${BUCKETS.map((name) => `b2 bucket create ${name} allPrivate`).join("\n")}
    b2 file upload my-logs today.log monday
    git init --quiet . && git add ship.jpg`);
  const failures = begun ? [`the set-up: ${begun}`] : [];
  let passed = 0;
  const run = async (name, outcome) => {
    const failure = await outcome;
    failure ? failures.push(`${name}: ${failure}`) : (passed += 1);
  };
  for (const page of PAGES) {
    for (const block of blocks(page, "sh")) {
      const lines = block.replaceAll("\\\n", " ").split("\n");
      for (const line of lines.filter((line) => /^(b2|git) /.test(line) && !INTERACTIVE.test(line))) {
        await run(`${page}: ${line}`, bash(line));
      }
      // The next block begins with an empty bucket.
      await bash("b2 rm -r --versions b2://my-photos");
    }
  }
  // The first example of the package and that of copies, one after the other, with the account of the simulated service.
  const inPage = blocks("b2-wasm/README.md", "js");
  const [first] = inPage;
  const copies = inPage.find((code) => code.includes("bucket.concatenate("));
  const code = `${first}
    const head = new Blob(["a new head"]);
    await bucket.upload({ content: "x".repeat(100) }, { name: "today.log" }).done;
    ${copies}`.replace("B2.authorize({", `B2.authorize({ realm: ${JSON.stringify(account.realm)},`);
  writeFileSync(join(root, "examples.mjs"), code);
  await run("b2-wasm/README.md", problem(process.execPath, ["examples.mjs"], { cwd: root, env }));
  failures.forEach((failure) => console.log(`FAIL  ${failure}`));
  console.log(`examples: ${passed} passed, ${failures.length} failed`);
  rmSync(folder, { recursive: true });
  return failures.length === 0;
}
