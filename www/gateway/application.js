// The check of your application. All hosts use this file, and it is the only one to change.

/**
 * YOUR CHECK. Returns what a visitor may do, or null to refuse the visitor.
 *
 * `credential` is the one that your page gave to the client, here the token of a session. This example requests the
 * session from your application; query a database instead if possible. README.md describes the variables in `env`.
 */
export async function authorize(env, credential) {
  if (!credential) {
    return null;
  }
  const answer = await fetch(env.SESSION_URL, { headers: { authorization: `Bearer ${credential}` } });
  if (answer.status === 401 || answer.status === 403) {
    return null;
  }
  if (!answer.ok) {
    throw new Error(`${env.SESSION_URL} answers ${answer.status}`);
  }
  const visitor = idOf(await answer.json());
  return {
    owner: visitor,
    bucket: env.B2_BUCKET,
    prefix: `visitors/${encodeURIComponent(visitor)}/`,
    lifetime: 15 * 60,
    upload: {
      maxBytes: 5_000_000_000,
      types: ["image/jpeg", "image/png", "image/webp", "video/*", "application/pdf"],
      attachment: true,
    },
    list: true,
    download: true,
  };
}

/**
 * Returns the ID of the visitor of a session. Throws if there is none, since all visitors without an ID would have the
 * same owner and the same prefix. The gateway refuses such a grant as well.
 */
function idOf(session) {
  const id = session?.id;
  if (typeof id === "string" && id.trim() !== "") {
    return id;
  }
  if (Number.isSafeInteger(id)) {
    return String(id);
  }
  throw new TypeError("the session has no id, which must be a non-blank text or an integer");
}

/** The options of the gateway, from the variables of the host. */
export function options(env) {
  return {
    realm: env.B2_REALM,
    keyId: env.B2_KEY_ID,
    key: env.B2_KEY,
    secrets: [env.GATEWAY_SECRET, ...(env.GATEWAY_OTHER_SECRET ? [env.GATEWAY_OTHER_SECRET] : [])],
    baseUrl: env.GATEWAY_URL,
    trustForwarded: Boolean(env.TRUST_FORWARDED),
    origins: env.ORIGINS ? env.ORIGINS.split(" ") : [],
    authorize: (request, { credential }) => authorize(env, credential),
  };
}
