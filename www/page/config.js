// The configuration of the page: the realm, the bucket, the prefix and the visitor's credential.

import { t } from "./strings.js";

/** The longest delay between two attempts, in milliseconds. */
const LONGEST = 30_000;

/** The longest delay that the server may ask for, in milliseconds. */
const LONGEST_ASKED = 300_000;

/** The time for which a failed request is repeated, in milliseconds. */
const TIMEOUT = 600_000;

/** An error with a message for visitors. */
class ConfigError extends Error {
  forVisitors = true;

  constructor(message, { mayPass = false, wait = 0, ...options } = {}) {
    super(message, options);
    this.mayPass = mayPass;
    this.wait = wait;
  }
}

/** What the configuration has to say. The prefix may be empty. */
const FIELDS = ["realm", "bucket", "prefix", "credential"];

/** Requests the configuration once. In your application, the session identifies the visitor. It contains no key of B2. */
async function request() {
  let response;
  let text;
  try {
    response = await fetch("config.json");
    text = await response.text();
  } catch (cause) {
    throw new ConfigError(t("serverUnreachable"), { cause, mayPass: true });
  }
  const { status } = response;
  if (status === 401 || status === 403) {
    throw new ConfigError(t("errorSession"));
  }
  if (status === 408 || status === 429 || status >= 500) {
    throw new ConfigError(t("serverBusy", { status: String(status) }), { mayPass: true, wait: waitOf(response) });
  }
  if (!response.ok) {
    throw new ConfigError(t("configMissing", { status: String(status) }), { mayPass: true });
  }
  return parsed(text);
}

/** Reads the configuration. */
function parsed(text) {
  let config;
  try {
    config = JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(t(/^\s*</.test(text) ? "configIsPage" : "configUnreadable"), { cause, mayPass: true });
  }
  const isUsable = (name) => typeof config?.[name] === "string" && (name === "prefix" || config[name] !== "");
  const missing = FIELDS.filter((name) => !isUsable(name));
  if (missing.length > 0) {
    throw new ConfigError(t("configLacks", { names: missing.join(", ") }), { mayPass: true });
  }
  return config;
}

/** Returns the milliseconds after which the server wants to be asked again. */
function waitOf(response) {
  const seconds = Number(response.headers.get("retry-after"));
  return seconds > 0 ? Math.min(seconds * 1000, LONGEST_ASKED) : 0;
}

/**
 * Requests the configuration until there is a response, for `timeout` milliseconds. `failing(error, millis)` is called after a
 * failure, with the time until the next attempt.
 */
export async function config({ failing = () => {}, timeout = TIMEOUT } = {}) {
  const until = performance.now() + timeout;
  for (let wait = 500; ; wait = Math.min(2 * wait, LONGEST)) {
    let delay;
    try {
      return await request();
    } catch (error) {
      delay = Math.max(wait, error.wait ?? 0);
      if (!error.mayPass || performance.now() + delay > until) {
        throw error;
      }
      failing(error, delay);
    }
    await pause(delay);
  }
}

/** Waits; ends early when the network is available again. */
function pause(millis) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      resolve();
    };
    const timer = setTimeout(end, millis);
    addEventListener("online", end);
  });
}
