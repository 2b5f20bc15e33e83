// A B2 realm for the visitors of a web application, as a function from a request to a response.

import { B2Error, fromData } from "./errors.js";
import { keepOutOfPages } from "./keys.js";
import { toJson, wellFormed } from "./text.js";

/** The memory that is allocated for a body before it is received, at most. */
const FIRST = 1 << 20;
/** A body that is too long by less is read to its end, so that the client receives the reason. */
const LINGER = 1 << 20;
/**
 * The maximum times for the next bytes of a body and for the whole body, in milliseconds; the maximum numbers of bytes in
 * memory for all bodies and for those of one owner.
 */
const LIMITS = { bodyStall: 30_000, bodyTime: 300_000, bodyMemory: 256_000_000, ownerMemory: 64_000_000 };

/**
 * The function `createGateway`, over the module that `engine` runs. `signalOf` returns the signal that aborts when the visitor
 * disconnects; `leave` is awaited before a request is refused whose body was not read.
 */
export function gatewayOver(engine, signalOf = (request) => request.signal, leave = () => {}) {
  return function createGateway(options) {
    const gateway = new Gateway(engine, checked(options), signalOf, leave);
    return (request) => gateway.answer(request);
  };
}

/** The function `createGateway` in scripts that are used in all runtimes. */
export function gatewayHere(engine) {
  // Deno aborts the signal of a request also after a response without errors.
  const signalOf = typeof Deno === "object" ? () => undefined : undefined;
  // workerd closes a connection whose request body was not read, and the response is lost.
  return gatewayOver(engine, signalOf, typeof FixedLengthStream === "function" ? discard : undefined);
}

/** Reads the body of a request and discards it, unless it is long or slow. */
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
  /** The memory for bodies that is left, and how much of it each owner uses. */
  #memory;
  #handle;
  #generation = 0;

  constructor(engine, options, signalOf, leave) {
    this.#engine = engine;
    this.#options = options;
    this.#signalOf = signalOf;
    this.#leave = leave;
    this.#memory = { left: options.limits.bodyMemory, owners: new Map() };
    // A bad option is an error at once.
    this.#current();
  }

  /** The handle of the current instance. */
  #current() {
    this.#engine.readyNow();
    if (this.#generation !== this.#engine.generation) {
      const { key, secrets, settings, store } = this.#options;
      this.#handle = this.#engine.call(({ Gateway }, host) => new Gateway(
        host, wellFormed(key), secrets, settings, store, (data) => this.#report(fromData(data))));
      this.#generation = this.#engine.generation;
    }
    return this.#handle;
  }

  async answer(request) {
    const body = new Body(this.#memory, this.#options.limits);
    try {
      return await this.#result(await this.#respond(request, body), request);
    } catch (error) {
      if (this.#signalOf(request)?.aborted) {
        return gone();
      }
      this.#report(error);
      return this.#failed(request);
    } finally {
      body.release();
    }
  }

  /** Reports an error to the application, which may fail as well. */
  #report(error) {
    try {
      this.#options.onerror(error);
    } catch (worse) {
      console.error("gateway:", worse);
    }
  }

  #receive(request) {
    const gateway = this.#current();
    return this.#engine.call(() => gateway.receive(request));
  }

  #result(start, request) {
    return this.#engine.result(this.#engine.call(start), this.#signalOf(request));
  }

  /** Decides how to respond. Returns a function that starts the job. */
  async #respond(request, body) {
    const received = this.#receive(request);
    const { generation } = this.#engine;
    if (received.isRefused) {
      // The head is enough to say no: nothing of the body is kept.
      await this.#leave(request);
      this.#mustBe(generation);
      return () => received.respond(new Uint8Array());
    }
    if (!received.isAuthorization) {
      const read = await body.read(request, received.bodyLimit, received.owner ?? "");
      this.#mustBe(generation);
      return () => (typeof read === "string" ? received[read]() : received.respond(read));
    }
    const { keyId, credential } = received;
    const grant = await this.#options.authorize?.(request, { keyId, credential });
    this.#mustBe(generation);
    return () => (grant ? received.authorize(toJson("the grant", grant)) : received.refuse());
  }

  /** Handles of an instance that has ended must not be used. */
  #mustBe(generation) {
    if (generation !== this.#engine.generation) {
      throw new B2Error("Internal", "another request has ended this one");
    }
  }

  /** The response after an error that the visitor is not told about. */
  async #failed(request) {
    try {
      const received = this.#receive(request);
      return await this.#result(() => received.fail(), request);
    } catch {
      return new Response(null, { status: 500 });
    }
  }
}

/** The response to a client that has disconnected. */
function gone() {
  return new Response(null, { status: 499 });
}

/** The body of a request, and the memory that it takes. */
class Body {
  #memory;
  #limits;
  #taken = 0;
  #owner = "";
  #share = 0;

  constructor(memory, limits) {
    this.#memory = memory;
    this.#limits = limits;
  }

  /** Releases the memory. */
  release() {
    const { owners } = this.#memory;
    this.#memory.left += this.#taken;
    const held = (owners.get(this.#owner) ?? 0) - this.#share;
    held > 0 ? owners.set(this.#owner, held) : owners.delete(this.#owner);
    this.#taken = this.#share = 0;
  }

  /** Reserves what a body may need of its owner's share. A body that is larger than the share must be the only one. */
  #reserve(owner, bytes) {
    const { owners } = this.#memory;
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
    this.#memory.left -= bytes;
    this.#taken += bytes;
    return this.#memory.left >= 0;
  }

  /** Returns the bytes, or why they are not read: `tooLong`, `tooSlow` or `busy`. */
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
    // A client need not send what it declares.
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

/** Resolves as the promise does, or to `undefined` after so many milliseconds. */
function within(promise, time) {
  let timer;
  const late = new Promise((done) => {
    timer = setTimeout(done, time);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function checked(options) {
  const {
    keyId, key, secret, secrets, authorize, store, limits, dangerouslyAllowBrowser,
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
    key, authorize, store, onerror, limits: { ...LIMITS, ...limits },
    secrets: secretsOf(secret, secrets),
    settings: toJson("createGateway", { keyId, ...settings }),
  };
}

/** Returns the secrets as bytes. The first signs. */
function secretsOf(secret, secrets) {
  if (secret !== undefined && secrets !== undefined) {
    throw new B2Error("InvalidInput", "give either secret or secrets: the first of them signs, and all are accepted");
  }
  if (secrets === undefined) {
    return [bytes("secret", secret ?? "")];
  }
  if (!Array.isArray(secrets) || secrets.length === 0) {
    throw new B2Error("InvalidInput", "secrets is a list, of which the first signs");
  }
  return secrets.map((one) => bytes("a secret", one));
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
