// Tests of traps, in Node, with the scripts before they are bundled.

import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const SCRIPT = join(dirname(fileURLToPath(import.meta.url)), "../places/trap.mjs");

export async function trap({ account, source }) {
  const { realm, keyId, key } = account;
  // The simulated service is another process, so this one may block.
  return spawnSync(process.execPath, [SCRIPT, source, realm, keyId, key], { stdio: "inherit" }).status === 0;
}
