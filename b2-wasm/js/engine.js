// One module, and at any time at most one instance of it.

import { B2Error, fromData } from "./errors.js";
import { numbered } from "./platform/panic.js";

/**
 * Runs a module. An instance that panics is dead, and with it all that it had under way; the next call gets
 * a new one.
 */
export class Engine {
  #glue;
  #load;
  #module;
  #instance;
  #pending = new Set();
  #used = false;
  /** Counts instances: handles of an earlier one may not be used. */
  generation = 1;

  /**
   * @param glue the JavaScript that wasm-bindgen wrote
   * @param load brings the module: bytes, a `WebAssembly.Module`, or a `Response`
   */
  constructor(glue, load) {
    this.#glue = glue;
    this.#load = load;
  }

  /** The exports of a living instance. */
  ready() {
    this.#instance ??= this.#start().catch(async (error) => {
      this.#instance = undefined;
      if (await isBlocked()) {
        const message = "WebAssembly is blocked here; a Content-Security-Policy needs script-src 'wasm-unsafe-eval'";
        throw new B2Error("WasmBlocked", message, { cause: error });
      }
      throw new B2Error("Internal", `the module cannot be loaded: ${error?.message ?? error}`, { cause: error });
    });
    return this.#instance;
  }

  /** The same at once, where `load` brings the module at once: bytes, or compiled. */
  readyNow() {
    if (this.#instance === undefined) {
      const loaded = this.#module ?? this.#load();
      this.#module = loaded instanceof WebAssembly.Module ? loaded : new WebAssembly.Module(loaded);
      this.#instance = Promise.resolve(this.#begin());
    }
    return this.#glue;
  }

  async #start() {
    this.#module ??= await compiled(await this.#load());
    return this.#begin();
  }

  #begin() {
    if (this.#used) {
      this.#glue.__wbg_reset_state();
    }
    this.#used = true;
    this.#glue.initSync({ module: this.#module });
    const generation = this.generation;
    this.#glue.begin(numbered(() => this.#died(generation)));
    return this.#glue;
  }

  /** Ends everything that the dead instance had under way. */
  #died(generation) {
    if (generation !== this.generation) {
      return;
    }
    this.#instance = undefined;
    this.generation += 1;
    const error = new B2Error("Internal",
      "this is a bug of the client; what was under way has ended, and can be begun again");
    for (const reject of [...this.#pending]) {
      reject(error);
    }
  }

  /**
   * What becomes of a job. If the signal aborts, the job ends, and the promise fails with the signal's reason.
   */
  async settle(job, signal) {
    const { generation } = this;
    let abort;
    try {
      return await new Promise((resolve, reject) => {
        this.#pending.add(reject);
        abort = () => {
          job.abort();
          reject(signal.reason);
        };
        job.promise.then(resolve, (data) => reject(this.#failure(data, generation)))
          .finally(() => this.#pending.delete(reject));
        signal?.addEventListener("abort", abort, { once: true });
      });
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Calls into the instance; a trap ends it. */
  call(operation) {
    try {
      return operation(this.#glue);
    } catch (error) {
      throw this.#failure(error, this.generation);
    }
  }

  /** What the module threw. */
  #failure(thrown, generation) {
    if (thrown instanceof WebAssembly.RuntimeError) {
      this.#died(generation);
      return new B2Error("Internal", "this is a bug of the client", { cause: thrown });
    }
    return fromData(thrown);
  }
}

/** Whether not even the smallest module can be compiled. */
async function isBlocked() {
  try {
    await WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    return false;
  } catch {
    return true;
  }
}

/** A module, from what brought it. */
export async function compiled(source) {
  if (source instanceof WebAssembly.Module) {
    return source;
  }
  if (typeof Response === "function" && source instanceof Response) {
    const streaming = source.headers.get("content-type")?.startsWith("application/wasm");
    return streaming && WebAssembly.compileStreaming
      ? WebAssembly.compileStreaming(source)
      : WebAssembly.compile(await source.arrayBuffer());
  }
  return WebAssembly.compile(source);
}
