// The hooks of React in Chromium, and rendered on a server.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { check, equal } from "../check.mjs";
import { exampleWith } from "../examples/pages.mjs";
import { bundle, link, withPage } from "./bundled.mjs";

const PLACES = join(dirname(fileURLToPath(import.meta.url)), "../places");

/** The versions of React, by their names among the tools. */
const VERSIONS = { "React 19": "", "React 18": "-18" };

/** The list of the page. */
const UPLOADS = `
  import { B2 } from "b2-wasm/upload";
  import { Uploads } from "b2-wasm/uploads";
  const { gateway, credential, bucket, folder: prefix } = await (await fetch("/config")).json();
  const b2 = new B2({ realm: gateway, credential, retryTimeout: 30_000 });
  export const folder = prefix.slice(0, -1);
  export const uploads = new Uploads({ b2, bucket, atOnce: 1, name: location.search });`;

/** Renders the page on a server where nothing can be loaded and nothing is left running. */
const SERVER = `
  import { renderToString } from "react-dom/server";
  import { App } from "./readme.jsx";
  process.stdout.write(renderToString(<App />));`;

const TESTS = {
  async "the page of a server is taken over without a complaint"({ page }) {
    await page.open("?hydration");
    equal(await page.evaluate("complaints"), []);
    equal(await page.evaluate("document.querySelectorAll('#main li').length"), 0);
  },
  async "each file is uploaded once in StrictMode, and the example shows it"({ page, admin }) {
    await page.open("?once");
    await page.evaluate(`uploads.add(file("once.txt", 4_000), { name: "u/1/once.txt" })`);
    await page.until("document.querySelector('#main li')?.innerText.startsWith('u/1/once.txt: done')");
    await page.until("document.querySelector('#main p').innerText === '1 of 1 files are uploaded'");
    equal((await admin.files()).filter(({ fileName }) => fileName === "u/1/once.txt").length, 1);
    equal(await page.evaluate("complaints"), []);
  },
  async "the example uploads the files that are chosen"({ page, admin, folder }) {
    await page.open("?chosen");
    const paths = ["first.txt", "second.txt"].map((name) => join(folder, name));
    paths.forEach((path) => writeFileSync(path, `the content of ${path}`));
    await page.choose("#main input", paths);
    await page.until("document.querySelector('#main p').innerText === '2 of 2 files are uploaded'");
    const names = (await admin.files()).map(({ fileName }) => fileName);
    check(["u/1/first.txt", "u/1/second.txt"].every((name) => names.includes(name)), `${names}`);
  },
  async "only what has changed is rendered"({ page }) {
    await page.open("?rows");
    await page.throttle(4_000_000);
    await page.evaluate(`for (const name of ["a", "b", "c"]) uploads.add(file(name, 12e6), { name: "u/1/" + name, partSize: 5e6 })`);
    await page.until("uploads.items[0].progress.sent > 0");
    const [list, other, row, total] = await page.evaluate(`["list", "u/1/b", "u/1/a", "total"].map((name) => commits[name])`);
    await page.until("uploads.items[0].progress.sent > 6e6");
    const counts = `["list", "u/1/b", "u/1/b one", "u/1/c"].map((name) => commits[name])`;
    const before = await page.evaluate(counts);
    equal(before.slice(0, 2), [list, other]);
    await page.until(`commits["u/1/a"] > ${row} && commits.total > ${total}`);
    await page.throttle(-1);
    await page.until("shown.total?.done === 3");
    await page.until("['a', 'b', 'c'].every((name) => shown['u/1/' + name].state === 'done')");
    equal(await page.evaluate("[commits.list, shown.list.length, complaints]"), [list, 3, []]);
    check(await page.evaluate(`shown["u/1/c"].version.fileName === "u/1/c" && shown["u/1/c"].item === uploads.items[2]`), "no version");
  },
  async "thousands of files are added in one rendering"({ page }) {
    await page.open("?many");
    await page.evaluate("Object.defineProperty(navigator, 'onLine', { value: false })");
    const before = await page.evaluate("commits.list");
    await page.evaluate(`for (let i = 0; i < 2_000; i += 1) uploads.add(new File(["x"], "many-" + i))`);
    await page.until("shown.list.length === 2_000");
    check((await page.evaluate("commits.list")) <= before + 2, "each file is a rendering");
    await page.evaluate("Promise.all(uploads.items.map((item) => uploads.remove(item)))");
    await page.until("shown.list.length === 0");
    equal(await page.evaluate("complaints"), []);
  },
  async "components that are removed leave no listeners, and uploads continue"({ page }) {
    await page.open("?unmounted");
    await page.throttle(4_000_000);
    await page.evaluate(`uploads.add(file("gone", 8e6), { name: "u/1/gone", partSize: 5e6 })`);
    await page.until("uploads.items[0].progress.sent > 0");
    await page.evaluate("counted.unmount()");
    const commits = await page.evaluate("JSON.stringify(commits)");
    await page.throttle(-1);
    await page.until("uploads.items[0].state === 'done'");
    equal(await page.evaluate("JSON.stringify(commits)"), commits);
  },
};

export async function react({ tools, folder, ...place }) {
  let good = true;
  for (const [where, version] of Object.entries(VERSIONS)) {
    const project = join(folder, `react${version}`);
    mkdirSync(project);
    link(project, tools, { react: `react${version}`, "react-dom": `react-dom${version}` });
    copyFileSync(join(PLACES, "react.jsx"), join(project, "react.jsx"));
    writeFileSync(join(project, "readme.jsx"), exampleWith("useUploadsProgress(").code);
    const alias = [`--alias:react=${join(project, "node_modules/react")}`, `--alias:react-dom=${join(project, "node_modules/react-dom")}`];

    writeFileSync(join(project, "uploads.js"), "export const uploads = undefined, folder = undefined;");
    writeFileSync(join(project, "server.jsx"), SERVER);
    bundle(project, tools, ["server.jsx"], "--platform=node", "--banner:js=import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); delete globalThis.WebAssembly; delete globalThis.fetch;", ...alias);
    const markup = execFileSync(process.execPath, [join(project, "site/js/entry/server.js")], { encoding: "utf8", timeout: 30_000 });
    const served = markup.includes("0 of 0 files are uploaded") && !markup.includes("<li>");
    console.log(served ? `ok    ${where} renders on a server` : `FAIL  ${where} on a server: ${markup}`);

    writeFileSync(join(project, "uploads.js"), UPLOADS);
    bundle(project, tools, ["react.jsx"], ...alias);
    good = (await withPage({ folder: project, ...place }, "react", TESTS, { markup })) && served && good;
  }
  return good;
}
