// What your application decides: who may do what. This is the one file to change; all hosts use it.

/**
 * YOUR CHECK. Says what a visitor may do, or nothing, which means no.
 *
 * `credential` is what your page gave the client: here the token of a session. This asks your application whose it is;
 * ask your database instead if you are near it. `env` is what the host knows: see README.md.
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
 * Returns the id of a session's visitor. Throws if there is none, since everybody without an id would have the same
 * owner and the same prefix. The gateway refuses such a grant as well.
 */
function idOf(session) {
  const id = session?.id;
  if (typeof id === "string" && id.trim() !== "") {
    return id;
  }
  if (Number.isSafeInteger(id)) {
    return String(id);
  }
  throw new TypeError("the session has no id: it is a text that is not blank, or a whole number");
}

/** The options of the gateway, from the variables of the host. */
export function options(env) {
  return {
    realm: env.B2_REALM,
    keyId: env.B2_KEY_ID,
    key: env.B2_KEY,
    secret: env.GATEWAY_SECRET,
    baseUrl: env.GATEWAY_URL,
    origins: env.ORIGINS ? env.ORIGINS.split(" ") : [],
    authorize: (request, { credential }) => authorize(env, credential),
  };
}
