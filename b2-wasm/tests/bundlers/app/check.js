// What each program does, whatever has built it: it uploads and downloads, and compares.

/** Uploads a small and a large file, and downloads both. */
async function transfers(uploads, downloads, prefix) {
  for (const [name, size] of [["small", 7], ["large", 10_500_000]]) {
    const bytes = new Uint8Array(size).map((_, at) => at % 251);
    await uploads.upload(new Blob([bytes]), { name: `${prefix}${name}`, contentType: "application/octet-stream" }).done;
    const got = new Uint8Array(await (await downloads.download(`${prefix}${name}`)).arrayBuffer());
    if (got.length !== size || got.some((byte, at) => byte !== at % 251)) {
      throw new Error(`${name} is not the same after upload and download`);
    }
  }
}

/** In a page: with the entry for uploads and with the whole client, through a gateway. */
export async function asVisitor({ Uploader, B2 }, { realm, bucket, credential, prefix }) {
  const options = { realm, credential, retryTimeout: 10_000 };
  await transfers(new Uploader(options).bucket(bucket), new B2(options).bucket(bucket), prefix);
}

/** On a server: with the application's key, and as a gateway. */
export async function asServer({ B2, createGateway }, { account, bucket, credential, prefix }) {
  const files = new B2({ ...account, retryTimeout: 10_000 }).bucket(bucket);
  await transfers(files, files, `${prefix}server-`);
  await asGateway({ createGateway }, { account, credential });
}

/** As a gateway: it lets a visitor in. */
export async function asGateway({ createGateway }, { account, credential }) {
  const gateway = createGateway({ ...account, secret: "a secret of 32 bytes, for tests only", authorize: (_, visitor) => JSON.parse(visitor.credential) });
  const headers = { authorization: `Basic ${btoa(`visitor:${credential}`)}` };
  const answer = await gateway(new Request("http://gateway.example/b2api/v4/b2_authorize_account", { headers }));
  if (!answer.ok || !(await answer.json()).authorizationToken) {
    throw new Error(`the gateway answers ${answer.status}`);
  }
}

/** Runs a check in a page, and reports the outcome to the URL that the configuration names. */
export async function reportFrom(check) {
  const config = JSON.parse(decodeURIComponent(location.hash.slice(1)));
  const outcome = await check(config).then(() => "ok", (error) => `${error?.kind}: ${error?.stack ?? error}`);
  await fetch(config.report, { method: "POST", body: outcome });
}

/** Runs a check in a program on a server: the configuration is an environment variable, the outcome is printed. */
export async function print(check, config = JSON.parse(process.env.CONFIG)) {
  console.log(await check(config).then(() => "ok", (error) => `${error?.kind}: ${error?.stack ?? error}`));
}
