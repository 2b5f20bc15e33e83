// A module, and at any time at most one instance of it.

import { B2Error, fromData } from "./errors.js";
import { compile, compileNow, mismatched } from "./module.js";

/** Whether there is a process, which ends when nothing keeps it running: in Node, Deno and Bun. */
const HAS_PROCESS = typeof globalThis.process?.versions?.node === "string";

/** The longest interval, in milliseconds. */
const LONGEST = 0x7fff_ffff;

/**
 * Runs a module. A trap ends its instance, with all running operations; the next call gets a new one. It never ends the page
 * or the process: see `platform/task.js`.
 */
export class Engine {
  #glue;
  #source;
  #read;
  #module;
  #instance;
  #server;
  /** Opens files of the platform by path or handle, if it has any: see `platform/files.js`. */
  files;
  /** What `platform/task.js` knows about the instance. */
  #running;
  #host;
  #pending = new Set();
  /** A timer that keeps the process running while an operation does. Those of the module do not. */
  #keeper;
  /** Counts instances: handles of an earlier one must not be used. */
  generation = 1;

  /**
   * @param glue the JavaScript that wasm-bindgen generated
   * @param source what `compile` takes; `undefined` if `init` is called
   * @param read loads the module at a URL
   * @param server what the host needs outside of browsers: see `platform/server.js`
   * @param files files of the platform: see `platform/files.js`
   */
  constructor(glue, source, read, server, files) {
    this.#glue = glue;
    this.#source = source;
    this.#read = read;
    this.#server = server;
    this.files = files;
  }

  /** Compiles a module, which all instances use. */
  async init(source) {
    this.#module = await compile(source, this.#read);
  }

  /** Resolves when there is an instance. */
  ready() {
    this.#instance ??= this.#start().catch((error) => {
      this.#instance = undefined;
      throw error;
    });
    return this.#instance;
  }

  /** Creates an instance synchronously, where the module need not be awaited. */
  readyNow() {
    if (this.#instance === undefined) {
      this.#module ??= compileNow(this.#given(), this.#read);
      this.#create();
      this.#instance = Promise.resolve();
    }
  }

  async #start() {
    this.#module ??= await compile(this.#given(), this.#read);
    this.#create();
  }

  #given() {
    if (this.#source === undefined) {
      throw new B2Error("WasmUnavailable", "call init() with the WebAssembly module, and await it, before anything else");
    }
    return this.#source;
  }

  #create() {
    if (this.#running !== undefined) {
      this.#glue.__wbg_reset_state();
    }
    try {
      this.#glue.initSync({ module: this.#module });
    } catch (error) {
      this.#module = undefined;
      throw error instanceof WebAssembly.LinkError ? mismatched(error) : error;
    }
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
      this.#settled(reject);
    }
  }

  #begun(reject) {
    this.#pending.add(reject);
    this.#keeper ??= HAS_PROCESS ? setInterval(() => {}, LONGEST) : undefined;
  }

  #settled(reject) {
    this.#pending.delete(reject);
    if (this.#pending.size === 0) {
      clearInterval(this.#keeper);
      this.#keeper = undefined;
    }
  }

  /** Awaits a job. If the signal aborts, the job is aborted, and the promise rejects with the signal's reason. */
  async result(job, signal) {
    const { generation } = this;
    let abort;
    try {
      return await new Promise((resolve, reject) => {
        this.#begun(reject);
        abort = () => {
          job.abort();
          reject(signal.reason);
        };
        job.promise.then(resolve, (data) => reject(this.#failure(data, generation)))
          .finally(() => this.#settled(reject));
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
