// Runs the JavaScript of b2-sim/TESTING.md with the test runner of Node, with the account of the simulated service.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { exampleWith } from "../examples/pages.mjs";

export async function testing({ folder, account }) {
  const { code } = exampleWith('from "node:test"');
  const own = { "http://127.0.0.1:8765": account.realm, "test-key-id": account.keyId, "test-key": account.key };
  const adapted = code.replaceAll(/"(http:\/\/127\.0\.0\.1:8765|test-key-id|test-key)"/g, (_, value) => JSON.stringify(own[value]));
  writeFileSync(join(folder, "testing.test.mjs"), adapted);
  try {
    execFileSync(process.execPath, ["--no-warnings", "--test", "testing.test.mjs"], { cwd: folder, stdio: "inherit" });
    console.log("testing: 1 passed, 0 failed");
    return adapted !== code;
  } catch {
    console.log("testing: 0 passed, 1 failed");
    return false;
  }
}
