// Compiles what users would write against the installed package: in pages, servers and workers, as ES modules and as
// CommonJS, with React and Uppy, with two versions of the compiler, and the examples of the pages. The types of the package
// are checked, too.

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PAGES, examplesOf, nameOf } from "../examples/pages.mjs";
import { link } from "./bundled.mjs";

const TYPES = join(dirname(fileURLToPath(import.meta.url)), "../types");
const PAGE = ["es2024", "dom", "dom.iterable", "dom.asynciterable"];
/** The types of Uppy need `esnext.disposable`. */
const WITH_UPPY = [...PAGE, "esnext.disposable"];
const FRAMEWORKS = { module: "nodenext", jsx: "react-jsx", lib: WITH_UPPY };

/**
 * Each program: its file, the name under which it is compiled, the options of the compiler, and the types of React for it, by
 * their name among the tools.
 */
const PROGRAMS = {
  "a page": ["consumer.ts", "consumer.ts", { module: "nodenext", lib: PAGE }],
  "a page with a bundler": ["consumer.ts", "consumer.ts", { module: "esnext", moduleResolution: "bundler", lib: PAGE }],
  "ES modules in Node": ["server.ts", "server.mts", { module: "node16", types: ["node"] }],
  "CommonJS in Node": ["server.ts", "server.cts", { module: "node16", types: ["node"] }],
  "CommonJS without types of a platform": ["server.ts", "server.cts", { module: "node16" }],
  "ES modules without types of a platform": ["server.ts", "server.mts", { module: "nodenext" }],
  "React 19 and Uppy": ["frameworks.tsx", "frameworks.tsx", FRAMEWORKS, "@types/react"],
  "React 18 and Uppy": ["frameworks.tsx", "frameworks.tsx", FRAMEWORKS, "types-react-18"],
  "a Cloudflare Worker": ["worker.ts", "worker.ts", {
    module: "esnext", moduleResolution: "bundler", types: ["@cloudflare/workers-types"],
  }],
};

/** Writes the examples to files, which `examples.d.ts` surrounds with an application. Returns their names. */
function examples(folder) {
  copyFileSync(join(TYPES, "examples.d.ts"), join(folder, "examples.d.ts"));
  const names = ["examples.d.ts"];
  for (const example of PAGES.flatMap((page) => examplesOf(page, "js"))) {
    // The name leads from an error to the line of the page.
    const name = `${nameOf(example)}.ts`;
    // In JavaScript, the text of an option is not of any type that the compiler could widen.
    const typed = example.code.replaceAll(/^(const \w+ = \{.*\});/gm, "$1 as const;");
    writeFileSync(join(folder, name), `${typed}\nexport {};\n`);
    names.push(name);
  }
  return names;
}

export async function types({ folder: root, tools }) {
  let failed = 0;
  let passed = 0;
  // The types of this package must find them, too.
  link(root, tools, { "@types/node": "@types/node", "@cloudflare": "@cloudflare", "@uppy": "@uppy" });
  const project = (name) => {
    const folder = join(root, name.replaceAll(" ", "-"));
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
    return folder;
  };
  const compile = (name, compiler, folder, files, options) => {
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({
      compilerOptions: {
        strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noEmit: true, skipLibCheck: false,
        target: "es2022", lib: ["es2022"], types: [], ...options,
      },
      files,
    }));
    const { status, stdout } = spawnSync(process.execPath, [join(tools, compiler, "bin/tsc"), "--project", folder]);
    if (status === 0) {
      passed += 1;
    } else {
      failed += 1;
      console.log(`FAIL  ${name} with ${compiler}\n${stdout}`);
    }
  };
  for (const [name, [file, as, options, react]] of Object.entries(PROGRAMS)) {
    const folder = project(name);
    link(folder, tools, react === undefined ? {} : { "@types/react": react });
    copyFileSync(join(TYPES, file), join(folder, as));
    for (const compiler of ["typescript", "typescript5"]) {
      compile(name, compiler, folder, [as], options);
    }
  }
  const folder = project("the examples");
  compile("the examples", "typescript", folder, examples(folder), {
    module: "esnext", moduleResolution: "bundler", lib: WITH_UPPY, strict: false, exactOptionalPropertyTypes: false,
  });
  console.log(`types: ${passed} passed, ${failed} failed`);
  return failed === 0;
}
