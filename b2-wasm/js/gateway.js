// A B2 realm for the visitors of a web application, as a function from a request to a response.

import { B2Error, fromData } from "./errors.js";
import { keepOutOfPages } from "./keys.js";
import { toJson, wellFormed } from "./text.js";

/** How much room to make for a body before it has come. */
const FIRST = 1 << 20;
/** A body that is too long by less is read to its end, so that its sender hears why and not only that it broke. */
const LINGER = 1 << 20;
/**
 * How long the next bytes of a body may take, and all of them, in milliseconds; how many bytes are in memory at once, and
 * how many of one owner's.
 */
const LIMITS = { bodyStall: 30_000, bodyTime: 300_000, bodyMemory: 256_000_000, ownerMemory: 64_000_000 };

/**
 * The function `createGateway`, over the module that `engine` runs. `signalOf` says what aborts when the visitor hangs
 * up; `leave` is awaited before a request is refused whose body was not read.
 */
export function gatewayOver(engine, signalOf = (request) => request.signal, leave = () => {}) {
  return function createGateway(options) {
    const gateway = new Gateway(engine, checked(options), signalOf, leave);
    return (request) => gateway.answer(request);
  };
}

/** Throws the body of a request away, unless it is long or slow. */
export async function discard({ body, headers }) {
  const reader = body?.getReader();
  let left = LINGER - Number(headers.get("content-length") ?? 0);
  const end = performance.now() + LIMITS.bodyStall;
  while (reader !== undefined && left >= 0) {
    // A body that breaks has ended.
    const part = await within(reader.read().catch(() => ({ done: true })), end - performance.now());
    if (part === undefined || part.done) {
      break;
    }
    left -= headers.has("content-length") ? 0 : part.value.length;
  }
  reader?.cancel().catch(() => {});
}

class Gateway {
  #engine;
  #options;
  #signalOf;
  #leave;
  /** What is left of the memory for bodies, and how much of it each owner has. */
  #room;
  #handle;
  #generation = 0;

  constructor(engine, options, signalOf, leave) {
    this.#engine = engine;
    this.#options = options;
    this.#signalOf = signalOf;
    this.#leave = leave;
    this.#room = { left: options.limits.bodyMemory, owners: new Map() };
    // A bad option is told at once.
    this.#current();
  }

  /** The handle of the living instance. */
  #current() {
    this.#engine.readyNow();
    if (this.#generation !== this.#engine.generation) {
      const { keyId, key, secret, previousSecret, settings, store } = this.#options;
      this.#handle = this.#engine.call((glue) => new glue.Gateway(
        wellFormed(keyId), wellFormed(key), secret, previousSecret, settings, store, (data) => this.#tell(fromData(data))));
      this.#generation = this.#engine.generation;
    }
    return this.#handle;
  }

  async answer(request) {
    const body = new Body(this.#room, this.#options.limits);
    try {
      return await this.#settle(await this.#decide(request, body), request);
    } catch (error) {
      if (this.#signalOf(request)?.aborted) {
        return gone();
      }
      this.#tell(error);
      return this.#sorry(request);
    } finally {
      body.release();
    }
  }

  /** Tells the application, which may fail at that as well. */
  #tell(error) {
    try {
      this.#options.onerror(error);
    } catch (worse) {
      console.error("gateway:", worse);
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
  async #decide(request, body) {
    const arrival = this.#arrive(request);
    const { generation } = this.#engine;
    if (arrival.isRefused) {
      // The head is enough to say no: nothing of the body is kept.
      await this.#leave(request);
      this.#stillThere(generation);
      return () => arrival.serve(new Uint8Array());
    }
    if (!arrival.asks) {
      const read = await body.read(request, arrival.bodyLimit, arrival.owner ?? "");
      this.#stillThere(generation);
      return () => (typeof read === "string" ? arrival[read]() : arrival.serve(read));
    }
    const { keyId, credential } = arrival;
    const grant = await this.#options.authorize?.(request, { keyId, credential });
    this.#stillThere(generation);
    return () => (grant ? arrival.admit(toJson("the grant", grant)) : arrival.refuse());
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

/** The body of a request, and the memory that it takes. */
class Body {
  #room;
  #limits;
  #taken = 0;
  #owner = "";
  #share = 0;

  constructor(room, limits) {
    this.#room = room;
    this.#limits = limits;
  }

  /** Gives the memory back. */
  release() {
    const { owners } = this.#room;
    this.#room.left += this.#taken;
    const held = (owners.get(this.#owner) ?? 0) - this.#share;
    held > 0 ? owners.set(this.#owner, held) : owners.delete(this.#owner);
    this.#taken = this.#share = 0;
  }

  /** Takes from the share of an owner what a body may need. One that is larger comes alone. */
  #reserve(owner, bytes) {
    const { owners } = this.#room;
    const held = owners.get(owner) ?? 0;
    const needed = Math.min(bytes, this.#limits.ownerMemory);
    if (held + needed > this.#limits.ownerMemory) {
      return false;
    }
    this.#owner = owner;
    this.#share = needed;
    owners.set(owner, held + needed);
    return true;
  }

  #take(bytes) {
    this.#room.left -= bytes;
    this.#taken += bytes;
    return this.#room.left >= 0;
  }

  /** Its bytes, or what keeps them from being read: `tooLong`, of which none are kept, `tooSlow` or `busy`. */
  async read(request, limit, owner) {
    const length = request.headers.get("content-length");
    const declared = Number(length ?? 0);
    if (declared > limit + LINGER) {
      return "tooLong";
    }
    const reader = request.body?.getReader();
    if (reader === undefined) {
      return new Uint8Array();
    }
    // What is declared need not come.
    let bytes = new Uint8Array(Math.min(declared || 0, FIRST, limit));
    let got = 0;
    const give = (reason) => {
      reader.cancel().catch(() => {});
      return reason;
    };
    if (!this.#reserve(owner, length === null ? limit : Math.min(declared, limit)) || !this.#take(bytes.length)) {
      return give("busy");
    }
    const { bodyStall, bodyTime } = this.#limits;
    const end = performance.now() + bodyTime;
    for (;;) {
      const part = await within(reader.read(), Math.min(bodyStall, end - performance.now()));
      if (part === undefined) {
        return give("tooSlow");
      }
      if (part.done) {
        return got > limit ? "tooLong" : bytes.subarray(0, got);
      }
      const { value } = part;
      got += value.length;
      if (got > limit + LINGER) {
        return give("tooLong");
      }
      if (got > limit) {
        continue;
      }
      if (got > bytes.length) {
        const larger = new Uint8Array(Math.min(limit, 2 * got));
        if (!this.#take(larger.length - bytes.length)) {
          return give("busy");
        }
        larger.set(bytes.subarray(0, got - value.length));
        bytes = larger;
      }
      bytes.set(value, got - value.length);
    }
  }
}

/** What a promise becomes; `undefined` if it takes more milliseconds. */
function within(promise, time) {
  let timer;
  const late = new Promise((done) => {
    timer = setTimeout(done, time);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function checked(options) {
  const {
    keyId, key, secret, previousSecret, authorize, store, limits, dangerouslyAllowBrowser,
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
    keyId, key, authorize, store, onerror, limits: { ...LIMITS, ...limits },
    secret: bytes("secret", secret ?? ""),
    previousSecret: previousSecret === undefined ? undefined : bytes("previousSecret", previousSecret),
    settings: toJson("createGateway", settings),
  };
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
