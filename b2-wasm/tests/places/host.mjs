// Runs the tests that wasm-bindgen-test has compiled. Its own runner would have to be installed.

import * as glue from "/tests/host.js";

const output = document.getElementById("output");
const say = (good, text) => fetch("/said", { method: "POST", body: JSON.stringify({ good, text }) });
globalThis.__wbg_test_invoke = (test) => test();
globalThis.__wbg_test_output_writeln = (...words) => output.append(`${words.join(" ")}\n`);
try {
  const module = await glue.default({ module_or_path: "/tests/host_bg.wasm" });
  for (const level of ["debug", "log", "info", "warn", "error"]) {
    const told = console[level].bind(console);
    console[level] = (...words) => {
      told(...words);
      glue[`__wbgtest_console_${level}`](words);
    };
  }
  const tests = Object.keys(module).filter((name) => name.startsWith("__wbgt_")).map((name) => module[name]);
  const good = await new glue.WasmBindgenTestContext(false).run(tests);
  await say(good && tests.length > 0, output.textContent);
} catch (error) {
  await say(false, `${output.textContent}\n${error.stack}`);
}
