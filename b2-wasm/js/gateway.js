// A B2 realm for the visitors of a web application, as a function from a request to a response.

import { B2Error, fromData } from "./errors.js";
import { keepOutOfPages } from "./keys.js";

/** How much room to make for a body before it has come. */
const FIRST = 1 << 20;
/** A body that is too long by less is read to its end, so that its sender hears why and not only that it broke. */
const LINGER = 1 << 20;

/**
 * The function `createGateway`, over the module that `engine` runs. `signalOf` says what aborts when the visitor hangs
 * up.
 */
export function gatewayOver(engine, signalOf = (request) => request.signal) {
  return function createGateway(options) {
    const gateway = new Gateway(engine, checked(options), signalOf);
    return (request) => gateway.answer(request);
  };
}

class Gateway {
  #engine;
  #options;
  #signalOf;
  #handle;
  #generation = 0;

  constructor(engine, options, signalOf) {
    this.#engine = engine;
    this.#options = options;
    this.#signalOf = signalOf;
    // A bad option is told at once.
    this.#current();
  }

  /** The handle of the living instance. */
  #current() {
    this.#engine.readyNow();
    if (this.#generation !== this.#engine.generation) {
      const { keyId, key, secret, previousSecret, settings, store, onerror } = this.#options;
      this.#handle = this.#engine.call((glue) => new glue.Gateway(
        keyId, key, secret, previousSecret, settings, store, (data) => onerror(fromData(data))));
      this.#generation = this.#engine.generation;
    }
    return this.#handle;
  }

  async answer(request) {
    try {
      return await this.#settle(await this.#decide(request), request);
    } catch (error) {
      if (this.#signalOf(request)?.aborted) {
        return gone();
      }
      this.#options.onerror(error);
      return this.#sorry(request);
    }
  }

  #arrive(request) {
    const gateway = this.#current();
    return this.#engine.call(() => gateway.arrive(request.method, request.url, linesOf(request.headers)));
  }

  #settle(begin, request) {
    return this.#engine.settle(this.#engine.call(begin), this.#signalOf(request));
  }

  /** What to do with a request, as something to begin. */
  async #decide(request) {
    const arrival = this.#arrive(request);
    const { generation } = this.#engine;
    if (arrival.isRefused) {
      // The head is enough to say no: not a byte of the body is read.
      return () => arrival.serve(new Uint8Array());
    }
    if (!arrival.asks) {
      const body = await read(request, arrival.bodyLimit);
      this.#stillThere(generation);
      return () => (body === undefined ? arrival.tooLong() : arrival.serve(body));
    }
    const { keyId, credential } = arrival;
    const grant = await this.#options.authorize?.(request, { keyId, credential });
    this.#stillThere(generation);
    return () => (grant ? arrival.admit(written("the grant", grant)) : arrival.refuse());
  }

  /** What an instance gave is gone with it. */
  #stillThere(generation) {
    if (generation !== this.#engine.generation) {
      throw new B2Error("Internal", "another request has ended this one");
    }
  }

  /** Something failed that is none of the visitor's business. */
  async #sorry(request) {
    try {
      const arrival = this.#arrive(request);
      return await this.#settle(() => arrival.fail(), request);
    } catch {
      return new Response(null, { status: 500 });
    }
  }
}

/** Nobody is there any more to read an answer. */
function gone() {
  return new Response(null, { status: 499 });
}

/** Lines of `name:value`. */
function linesOf(headers) {
  return [...headers].map((field) => field.join(":")).join("\n");
}

/** The bytes of a body; `undefined` if they are more than `limit`, of which none are kept. */
async function read(request, limit) {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > limit + LINGER) {
    return undefined;
  }
  // What is declared need not come.
  let bytes = new Uint8Array(Math.min(declared || 0, FIRST));
  let length = 0;
  const reader = request.body?.getReader();
  for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader.read()) {
    const { value } = part;
    if (length + value.length > limit + LINGER) {
      reader.cancel().catch(() => {});
      return undefined;
    }
    if (length + value.length > limit) {
      length += value.length;
      continue;
    }
    if (length + value.length > bytes.length) {
      const larger = new Uint8Array(Math.min(limit, 2 * (length + value.length)));
      larger.set(bytes.subarray(0, length));
      bytes = larger;
    }
    bytes.set(value, length);
    length += value.length;
  }
  return length > limit ? undefined : bytes.subarray(0, length);
}

function checked(options) {
  const {
    keyId, key, secret, previousSecret, authorize, store, dangerouslyAllowBrowser,
    onerror = (error) => console.error("gateway:", error), ...settings
  } = options ?? {};
  keepOutOfPages({ dangerouslyAllowBrowser });
  if (typeof keyId !== "string" || keyId === "" || typeof key !== "string" || key === "") {
    throw new B2Error("MissingAccountData", "give keyId and key: an application key of the web application");
  }
  if (authorize !== undefined && typeof authorize !== "function") {
    throw new B2Error("InvalidInput", "authorize is a function from a request to a grant, or to nothing");
  }
  if (typeof onerror !== "function") {
    throw new B2Error("InvalidInput", "onerror is a function that is given an error");
  }
  if (store != null && typeof store !== "object") {
    throw new B2Error("InvalidInput", "store is an object with the functions of an AccountStore");
  }
  return {
    keyId, key, authorize, store, onerror,
    secret: bytes("secret", secret ?? ""),
    previousSecret: previousSecret === undefined ? undefined : bytes("previousSecret", previousSecret),
    settings: written("createGateway", settings),
  };
}

/** JSON, which has no word for what an application cannot have meant: `NaN` would become nothing, silently. */
function written(what, value) {
  return JSON.stringify(value, (name, field) => {
    const isNumber = typeof field === "number" && Number.isFinite(field);
    if (isNumber || ["string", "boolean", "undefined", "object"].includes(typeof field)) {
      return field;
    }
    throw new B2Error("InvalidInput", `${what}: \`${name}\` cannot be ${describe(field)}`);
  });
}

function describe(field) {
  return typeof field === "number" ? String(field) : `a ${typeof field}`;
}

function bytes(name, secret) {
  if (typeof secret === "string") {
    return new TextEncoder().encode(secret);
  }
  if (secret instanceof ArrayBuffer) {
    return new Uint8Array(secret);
  }
  if (ArrayBuffer.isView(secret)) {
    return new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength);
  }
  throw new B2Error("InvalidInput", `${name} is a string or bytes`);
}
