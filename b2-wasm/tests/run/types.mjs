// Compiles what users would write, against the installed package and the types of the frameworks.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { link } from "./bundled.mjs";

const TYPES = join(dirname(fileURLToPath(import.meta.url)), "../types");

/** Files that are compiled, and the types of React for them, by their names among the tools. */
const PROJECTS = {
  "no framework": { file: "consumer.ts", packages: {} },
  "React 19 and Uppy": { file: "frameworks.tsx", packages: { "@types/react": "@types/react" } },
  "React 18 and Uppy": { file: "frameworks.tsx", packages: { "@types/react": "types-react-18" } },
};

export async function types({ folder, tools }) {
  let failed = 0;
  // The types of this package must find it, too.
  link(folder, tools, { "@uppy": "@uppy" });
  for (const [name, { file, packages }] of Object.entries(PROJECTS)) {
    const project = join(folder, name.replaceAll(" ", "-"));
    mkdirSync(project);
    link(project, tools, packages);
    copyFileSync(join(TYPES, file), join(project, file));
    writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({
      compilerOptions: {
        strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noEmit: true, jsx: "react-jsx",
        module: "nodenext", target: "es2022", types: [],
        lib: ["es2024", "esnext.disposable", "dom", "dom.iterable", "dom.asynciterable"],
      },
      files: [file],
    }));
    try {
      execFileSync(process.execPath, [join(tools, "typescript/bin/tsc"), "--project", project], { stdio: "inherit" });
    } catch {
      failed += 1;
      console.log(`FAIL  types: ${name}`);
    }
  }
  console.log(`types: ${Object.keys(PROJECTS).length - failed} passed, ${failed} failed`);
  return failed === 0;
}
