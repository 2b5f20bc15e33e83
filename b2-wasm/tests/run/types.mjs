// Compiles what a user would write, against the installed package.

import { execFileSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const CONSUMER = join(dirname(fileURLToPath(import.meta.url)), "../types/consumer.ts");

export async function types({ folder, tools }) {
  copyFileSync(CONSUMER, join(folder, "consumer.ts"));
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({
    compilerOptions: {
      strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noEmit: true,
      module: "nodenext", target: "es2022", lib: ["es2024", "dom", "dom.iterable", "dom.asynciterable"], types: [],
    },
    files: ["consumer.ts"],
  }));
  try {
    execFileSync(process.execPath, [join(tools, "typescript/bin/tsc"), "--project", folder], { stdio: "inherit" });
    console.log("types: 1 passed, 0 failed");
    return true;
  } catch {
    console.log("types: 0 passed, 1 failed");
    return false;
  }
}
