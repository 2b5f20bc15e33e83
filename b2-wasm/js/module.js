// Loading the WebAssembly module, and errors that say why it cannot be loaded.

import { B2Error } from "./errors.js";

const HELP = "Serve this file of the package b2-wasm. Vite: set optimizeDeps.exclude to ['b2-wasm']. " +
  "Bundlers that leave .wasm files behind: use the entries /slim or /inline (README, \"Bundlers\")";

/**
 * Compiles a module: a `WebAssembly.Module`, bytes, a `Response`, or a URL that `read` loads; or a promise of one of these, or
 * a function that returns one.
 */
export async function compile(given, read) {
  let source;
  let loaded;
  try {
    source = await valueOf(given);
    loaded = isLocation(source) ? await read(source) : source;
    return await compiled(loaded);
  } catch (error) {
    throw (await isBlocked()) ? blocked(error) : unavailable(source, loaded, error);
  }
}

/** Compiles a module synchronously; `read` returns bytes. */
export function compileNow(given, read) {
  let source;
  try {
    source = valueOf(given);
    const loaded = isLocation(source) ? read(source) : source;
    return moduleOf(loaded) ?? new WebAssembly.Module(loaded);
  } catch (error) {
    throw unavailable(source, undefined, error);
  }
}

/** The error for a module that does not fit the scripts. */
export function mismatched(cause) {
  return new B2Error("WasmUnavailable",
    `the WebAssembly module is not of the version of the scripts; a cache may have an old one: ${cause.message}`, { cause });
}

/** Fetches a module. Vite's development server moves the scripts of packages to `node_modules/.vite/deps`, and nothing else. */
export function fetchModule(url) {
  return fetch(String(url).replace(/(\/node_modules)(\/wasm\/\w+\.wasm)$/, "$1/b2-wasm$2"));
}

function compiled(source) {
  return moduleOf(source) ?? (isResponse(source) ? compiledResponse(source) : WebAssembly.compile(source));
}

/** Returns the source if it is a module. `instanceof` does not know one of another realm, which the edge runtime of Next gives. */
function moduleOf(source) {
  const isModule = Object.prototype.toString.call(source) === "[object WebAssembly.Module]";
  return isModule ? Object.setPrototypeOf(source, WebAssembly.Module.prototype) : undefined;
}

async function compiledResponse(response) {
  if (!response.ok) {
    throw new Error("the response is not the file");
  }
  const streaming = response.headers.get("content-type")?.startsWith("application/wasm");
  return streaming && WebAssembly.compileStreaming
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

function valueOf(given) {
  return typeof given === "function" ? given() : given;
}

function isLocation(source) {
  return typeof source === "string" || source instanceof URL;
}

function isResponse(source) {
  return typeof Response === "function" && source instanceof Response;
}

/** The error for a module that cannot be loaded or compiled. */
function unavailable(source, loaded, cause) {
  const { url, status, headers } = isResponse(loaded) ? loaded : {};
  const place = url || (isLocation(source) ? String(source) : "that was given");
  const answer = status === undefined ? "" : ` (status ${status}, ${headers.get("content-type") ?? "no content type"})`;
  const retryable = status === undefined ? loaded === undefined && cause instanceof TypeError : status >= 500;
  return new B2Error("WasmUnavailable",
    `the WebAssembly module ${place} cannot be loaded${answer}: ${cause?.message ?? cause}. ${HELP}`,
    { cause, status, retryable });
}

/** Whether WebAssembly is blocked: not even an empty module can be compiled. */
async function isBlocked() {
  try {
    await WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    return false;
  } catch {
    return true;
  }
}

function blocked(cause) {
  return new B2Error("WasmBlocked",
    "WebAssembly is blocked here; a Content-Security-Policy needs script-src 'wasm-unsafe-eval'", { cause });
}
