// What your application decides: who may do what. This is the one file to change; all hosts use it.

/**
 * YOUR CHECK. Says what a visitor may do, or nothing, which means no.
 *
 * `credential` is what your page gave the client: here the token of a session. This asks your application whose it is;
 * ask your database instead if you are near it. `env` is what the host knows: see README.md.
 */
export async function authorize(env, credential) {
  const answer = await fetch(env.SESSION_URL, { headers: { authorization: `Bearer ${credential}` } });
  if (answer.status === 401 || answer.status === 403) {
    return null;
  }
  if (!answer.ok) {
    throw new Error(`${env.SESSION_URL} answers ${answer.status}`);
  }
  const { id } = await answer.json();
  return {
    owner: String(id),
    bucket: env.B2_BUCKET,
    prefix: `visitors/${encodeURIComponent(id)}/`,
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
