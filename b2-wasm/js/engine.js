// A module, and at any time at most one instance of it.

import { B2Error, fromData } from "./errors.js";

/**
 * Runs a module. A trap ends its instance, with all running operations; the next call gets a new one. It never ends the page
 * or the process: see `platform/task.js`.
 */
export class Engine {
  #glue;
  #load;
  #module;
  #instance;
  #server;
  /** Opens files of the platform by path or handle, if it has any: see `platform/files.js`. */
  files;
  /** What `platform/task.js` knows about the instance. */
  #running;
  #host;
  #pending = new Set();
  /** Counts instances: handles of an earlier one must not be used. */
  generation = 1;

  /**
   * @param glue the JavaScript that wasm-bindgen generated
   * @param load loads the module: bytes, a `WebAssembly.Module`, or a `Response`
   * @param server what the host needs outside of browsers: see `platform/server.js`
   * @param files files of the platform: see `platform/files.js`
   */
  constructor(glue, load, server, files) {
    this.#glue = glue;
    this.#load = load;
    this.#server = server;
    this.files = files;
  }

  /** Resolves when there is an instance. */
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

  /** Creates an instance synchronously, where `load` returns bytes or a module. */
  readyNow() {
    if (this.#instance === undefined) {
      const loaded = this.#module ?? this.#load();
      this.#module = loaded instanceof WebAssembly.Module ? loaded : new WebAssembly.Module(loaded);
      this.#instance = Promise.resolve(this.#create());
    }
  }

  async #start() {
    this.#module ??= await compiled(await this.#load());
    return this.#create();
  }

  #create() {
    if (this.#running !== undefined) {
      this.#glue.__wbg_reset_state();
    }
    this.#glue.initSync({ module: this.#module });
    const generation = this.generation;
    this.#running = { ended: false, tasks: new Map(), onpanic: () => this.#end(generation) };
    this.#glue.start(this.#running);
    this.#host = new this.#glue.Host(this.#server);
  }

  /** Ends an instance that has trapped, with all its operations. */
  #end(generation) {
    if (generation !== this.generation) {
      return;
    }
    this.#running.ended = true;
    this.#instance = undefined;
    this.generation += 1;
    const error = new B2Error("Internal",
      "this is a bug of the client; all running operations have ended, and can be started again");
    for (const reject of [...this.#pending]) {
      reject(error);
    }
  }

  /** Awaits a job. If the signal aborts, the job is aborted, and the promise rejects with the signal's reason. */
  async result(job, signal) {
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

  /** Calls `operation(exports, host)`. A trap ends the instance. */
  call(operation) {
    try {
      return operation(this.#glue, this.#host);
    } catch (error) {
      throw this.#failure(error, this.generation);
    }
  }

  /** The error for an exception of the module. */
  #failure(thrown, generation) {
    if (thrown instanceof WebAssembly.RuntimeError) {
      this.#end(generation);
      return new B2Error("Internal", "this is a bug of the client", { cause: thrown });
    }
    const isForeign = thrown instanceof Error && !(thrown instanceof B2Error);
    return isForeign ? new B2Error("Internal", thrown.message, { cause: thrown }) : fromData(thrown);
  }
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

/** Compiles what was loaded. */
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
