// Visitors of a web application that hosts a gateway.

import { ORIGIN, SECRET } from "./application.mjs";
import { check, equal, fails, pattern, sameBytes } from "./check.mjs";

const BIG = pattern(12_345_678);
const PREFIX = "u/ada/";

/** The tests, in order. `gateway` is the URL of the application's gateway; `createGateway` creates others. */
export function visitors({ full, upload, createGateway, gateway, account, page }, corsRules) {
  const name = `visitors-${Math.floor(Math.random() * 1e9)}`;
  const admin = new full.B2({ ...account, retryTimeout: 15_000, dangerouslyAllowBrowser: true });
  let bucketId;

  const grant = (changes) => ({
    owner: "ada", bucket: name, bucketId, prefix: PREFIX, lifetime: 600, list: true, download: true,
    upload: { maxBytes: 20_000_000, types: ["text/plain", "application/*"], attachment: true },
    ...changes,
  });
  const visitor = (changes, B2 = full.B2) =>
    new B2({ realm: gateway, credential: async () => JSON.stringify(grant(changes)), retryTimeout: 15_000 });

  /** Sends a request to the gateway without a client. Returns the status and the fields of the response. */
  async function ask(call, token, body, init) {
    const answer = await fetch(`${gateway}/b2api/v4/${call}`, {
      method: "POST", headers: { authorization: token }, body: typeof body === "string" ? body : JSON.stringify(body),
      ...init,
    });
    const text = await answer.text();
    for (const secret of [account.key, SECRET, "swordfish"]) {
      check(!text.includes(secret), `${call} shows a secret`);
    }
    return { status: answer.status, ...JSON.parse(text) };
  }
  /** A client that still sends when it is refused may see only the end of the connection. */
  const lost = () => ({ status: 400, code: "bad_request" });
  const enter = (credential) => ask("b2_authorize_account", `Basic ${btoa(`ada:${credential}`)}`, undefined, {
    method: "GET",
  });
  const tokenOf = async (changes) => (await enter(JSON.stringify(grant(changes)))).authorizationToken;
  const refused = async (expected, asked) => {
    const { status, code } = await asked;
    equal([status, code], expected);
  };

  return {
    async "visitors have a bucket"() {
      ({ bucketId } = await admin.createBucket(name, { corsRules }));
      check(bucketId !== undefined, "it has no id");
    },
    async "a visitor uploads a small and a large file"() {
      const bucket = visitor({}, upload.B2).bucket(name);
      const small = await bucket.upload({ content: "h\u00e4llo" }, { name: `${PREFIX}small \u00e9.txt`, contentType: "text/plain" }).done;
      equal([small.fileName, small.size], [`${PREFIX}small \u00e9.txt`, 6]);
      const large = await bucket.upload(new Blob([BIG]), { name: `${PREFIX}large`, contentType: "application/x" }).done;
      equal([large.fileName, large.size], [`${PREFIX}large`, BIG.length]);
      const [stored] = await admin.bucket(name).listFileVersions(`${PREFIX}large`).all();
      equal(stored.fileInfo["b2-content-disposition"], "attachment");
      sameBytes(await (await admin.bucket(name).download(`${PREFIX}large`)).arrayBuffer(), BIG);
    },
    async "a visitor lists and downloads"() {
      const bucket = visitor().bucket(name);
      const files = await bucket.ls({ path: PREFIX, recursive: true }).all();
      equal(files.map(({ fileName, size }) => [fileName, size]),
        [[`${PREFIX}large`, BIG.length], [`${PREFIX}small \u00e9.txt`, 6]]);
      equal(await (await bucket.download(`${PREFIX}small \u00e9.txt`)).text(), "h\u00e4llo");
      const range = await bucket.download(`${PREFIX}large`, { range: [5_000_000, 5_000_100] });
      sameBytes(await range.arrayBuffer(), BIG.subarray(5_000_000, 5_000_100));
    },
    async "a visitor copies, and makes files of pieces in B2"() {
      const bucket = visitor({ copy: true }).bucket(name);
      const files = await bucket.ls({ path: PREFIX, recursive: true }).all();
      const { fileId } = files.find(({ fileName }) => fileName === `${PREFIX}large`);
      const copied = await bucket.copy(fileId, `${PREFIX}copy`).done;
      equal([copied.fileName, copied.size, copied.contentType], [`${PREFIX}copy`, BIG.length, "application/x"]);
      const bytesOf = async (file) => (await bucket.download(file)).arrayBuffer();
      sameBytes(await bytesOf(`${PREFIX}copy`), BIG);
      const range = await bucket.copy({ fileId: copied.fileId, offset: 1_000, length: 2_000 }, `${PREFIX}range`,
        { contentType: "text/plain", info: { color: "red" } }).done;
      equal([range.size, range.contentType, range.fileInfo.color], [2_000, "text/plain", "red"]);
      const parts = await bucket.copy(fileId, `${PREFIX}parts`, { maxPartSize: 10_000_000 }).done;
      equal([parts.size, parts.contentType], [BIG.length, "application/x"]);
      sameBytes(await bytesOf(`${PREFIX}parts`), BIG);
      const between = pattern(5_000_000).reverse();
      await bucket.concatenate(
        [{ fileId, length: 6_000_000 }, between, { fileId, offset: 6_000_000, length: BIG.length - 6_000_000 }],
        `${PREFIX}joined`, { contentType: "text/plain" }).done;
      const joined = new Uint8Array(BIG.length + between.length);
      joined.set(BIG.subarray(0, 6_000_000));
      joined.set(between, 6_000_000);
      joined.set(BIG.subarray(6_000_000), 6_000_000 + between.length);
      sameBytes(await bytesOf(`${PREFIX}joined`), joined);
      await bucket.createFile([
        { content: between, at: 0 },
        { fileId, offset: between.length, length: BIG.length - between.length, at: between.length },
      ], `${PREFIX}created`, { contentType: "text/plain" }).done;
      const created = BIG.slice();
      created.set(between);
      sameBytes(await bytesOf(`${PREFIX}created`), created);
      const [stored] = await admin.bucket(name).listFileVersions(`${PREFIX}joined`).all();
      equal(stored.fileInfo["b2-content-disposition"], "attachment");
      // What the grant does not allow.
      await fails("Unauthorized", visitor().bucket(name).copy(fileId, `${PREFIX}no`).done);
      await fails("Unauthorized", bucket.copy(fileId, "u/bob/no").done);
      await fails("ContentTypeNotAllowed", bucket.copy(fileId, `${PREFIX}no`, { contentType: "text/html", info: {} }).done);
      const small = await fails("Unauthorized",
        bucket.concatenate([{ fileId, length: 9 }, "x", fileId].map((piece) => piece === "x" ? { content: piece } : piece),
          `${PREFIX}no`, { contentType: "text/plain" }).done);
      check(/at least 5000000 bytes/.test(small.message), small.message);
      await fails("MaxFileSizeExceeded", bucket.concatenate([fileId, fileId], `${PREFIX}no`, { contentType: "text/plain" }).done);
      const [{ fileId: real }] = await admin.bucket(name).listFileVersions(`${PREFIX}large`).all();
      await fails("BadRequest", bucket.copy(real, `${PREFIX}no`).done);
      for (const file of [copied, range, parts, { fileName: `${PREFIX}joined` }, { fileName: `${PREFIX}created` }]) {
        const [{ fileId }] = await admin.bucket(name).listFileVersions(file.fileName).all();
        await admin.deleteFileVersion(file.fileName, fileId);
      }
    },
    async "many visitors come at once, and some leave"() {
      const left = new AbortController();
      const reason = new Error("left");
      const leaving = visitor().bucket(name).upload(new Blob([BIG]), { name: `${PREFIX}left`, contentType: "text/plain",
        signal: left.signal });
      const many = Array.from({ length: 8 }, (_, i) =>
        visitor({ owner: `o${i}`, prefix: `u/o${i}/` }, upload.B2).bucket(name)
          .upload({ content: `file ${i}` }, { name: `u/o${i}/a`, contentType: "text/plain" }).done);
      setTimeout(() => left.abort(reason), 20);
      equal((await Promise.all(many)).map((file) => file.size), Array(8).fill(6));
      equal(await leaving.done.then(() => "it went through", (error) => error.message), "left");
      equal((await admin.bucket(name).ls({ path: "u", recursive: true }).all()).length, 10);
    },
    async "a visitor goes on after the end of a grant"() {
      const bucket = visitor({ lifetime: 1 }, upload.B2).bucket(name);
      await bucket.upload({ content: "1" }, { name: `${PREFIX}again`, contentType: "text/plain" }).done;
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      await bucket.upload({ content: "22" }, { name: `${PREFIX}again`, contentType: "text/plain" }).done;
      equal((await admin.bucket(name).listFileVersions(`${PREFIX}again`).all()).map(({ size }) => size), [2, 1]);
    },
    async "a visitor is told what a grant does not allow"() {
      const bucket = visitor().bucket(name);
      await fails("Unauthorized", bucket.upload({ content: "x" }, { name: "u/bob/x", contentType: "text/plain" }).done);
      await fails("ContentTypeNotAllowed", bucket.upload({ content: "x" }, { name: `${PREFIX}x`, contentType: "text/html" }).done);
      await fails("ContentTypeNotAllowed", bucket.upload(new Blob([BIG]), { name: `${PREFIX}x`, contentType: "text/html" }).done);
      await fails("RestrictedBucket", visitor().bucket("another").upload({ content: "x" }, { name: "x" }).done);
    },
    async "a gateway says no whatever the client is"() {
      const token = await tokenOf();
      const start = { bucketId, fileName: `${PREFIX}x`, contentType: "text/plain" };
      const no = [401, "unauthorized"];
      const type = [400, "content_type_not_allowed"];
      const page = { bucketId, maxFileCount: 9 };
      const download = { bucketId, fileNamePrefix: PREFIX, validDurationInSeconds: 60 };
      await refused([200, undefined], ask("b2_list_file_names", token, { ...page, prefix: PREFIX }));
      await refused(no, ask("b2_start_large_file", token, { ...start, fileName: "u/bob/x" }));
      await refused(no, ask("b2_start_large_file", token, { ...start, bucketId: "another" }));
      await refused(type, ask("b2_start_large_file", token, { ...start, contentType: "text/html" }));
      await refused([400, "bad_request"], ask("b2_start_large_file", token, { ...start, fileName: `${PREFIX}../x` }));
      await refused(no, ask("b2_list_file_names", token, { ...page, prefix: "u/" }));
      await refused(no, ask("b2_get_download_authorization", token, { ...download, fileNamePrefix: "u/" }));
      await refused(no, ask("b2_get_download_authorization", await tokenOf({ download: false }), download));
      await refused(no, ask("b2_list_file_names", await tokenOf({ list: false }), { ...page, prefix: PREFIX }));
      await refused(no, ask("b2_start_large_file", await tokenOf({ upload: undefined }), start));
      await refused(no, ask("b2_delete_file_version", token, { fileName: `${PREFIX}large`, fileId: "x" }));
      await refused([400, "bad_request"], ask("b2_cancel_large_file", token, { fileId: "4_z27c88f1d182b150646ff0b16" }));
      await refused([400, "bad_json"], ask("b2_list_file_names", token, "{"));
      await refused([400, "bad_request"], ask("b2_list_file_names", token, "x".repeat(70_000)));
      await refused([400, "bad_request"], ask("b2_list_file_names", token, "x".repeat(2_000_000)).catch(lost));
      await refused([404, "not_found"], ask("nothing", token, "{}"));
    },
    async "a gateway believes its own tokens only, and not for ever"() {
      const token = await tokenOf();
      const forged = `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`;
      const asked = { bucketId, prefix: PREFIX };
      await refused([401, "bad_auth_token"], ask("b2_list_file_names", forged, asked));
      await refused([401, "bad_auth_token"], ask("b2_list_file_names", "", asked));
      const short = await tokenOf({ lifetime: 0.05 });
      await new Promise((resolve) => setTimeout(resolve, 100));
      await refused([401, "expired_auth_token"], ask("b2_list_file_names", short, asked));
    },
    async "a relay takes what the grant says, and no more than it has room for"() {
      const { uploadUrl, authorizationToken } = await ask("b2_get_upload_url", await tokenOf(), { bucketId });
      check(uploadUrl.startsWith(gateway), "it is another upload URL");
      const relay = async (bytes, headers) => {
        const answer = await fetch(uploadUrl, { method: "POST", body: bytes, headers: {
          authorization: authorizationToken, "content-type": "text/plain", "x-bz-file-name": `${PREFIX}relayed`,
          "x-bz-content-sha1": "do_not_verify", ...headers,
        } });
        return { status: answer.status, ...(await answer.json()) };
      };
      await refused([200, undefined], relay("x", {}));
      await refused([400, "bad_request"], relay(new Uint8Array(10_000_041), {}).catch(lost));
      await refused([400, "content_type_not_allowed"], relay("x", { "content-type": "text/html" }));
      await refused([403, "access_denied"], relay("x", { "x-bz-file-name": "u/bob/x" }));
      await refused([400, "bad_request"], relay("x", { "x-bz-content-sha1": "0".repeat(40) }));
      await refused([401, "bad_auth_token"], relay("x", { authorization: "1.x.y" }));
    },
    async "the application decides which visitors are allowed"() {
      await refused([401, "unauthorized"], enter("nobody"));
      await refused([500, "internal_error"], enter("broken"));
      await refused([500, "internal_error"], enter(JSON.stringify(grant({ owners: 1 }))));
      await fails("WrongKey", full.B2.authorize({ realm: gateway, credential: "nobody", retryTimeout: 0 }));
    },
    async "a grant with a number that makes no sense lets no visitor in"() {
      const wrong = [
        { lifetime: NaN }, { lifetime: -1 }, { lifetime: 0 }, { lifetime: Infinity },
        { upload: { maxBytes: NaN, types: ["*/*"] } }, { upload: { maxBytes: -1, types: ["*/*"] } },
        { upload: { maxBytes: 1.5, types: ["*/*"] } },
      ];
      for (const changes of wrong) {
        const errors = [];
        const answer = await createGateway({
          ...account, secret: new Uint8Array(32), dangerouslyAllowBrowser: true,
          onerror: (error) => errors.push(error.kind), authorize: () => grant(changes),
        })(new Request("https://app.example/b2api/v4/b2_authorize_account", {
          headers: { authorization: `Basic ${btoa("ada:x")}` },
        }));
        equal([answer.status, errors], [500, ["InvalidInput"]]);
      }
    },
    async "an owner cannot take all memory for bodies"() {
      const handler = createGateway({
        ...account, secret: new Uint8Array(32), dangerouslyAllowBrowser: true, onerror: () => {},
        authorize: (_, { keyId }) => grant({ owner: keyId, list: true }), limits: { ownerMemory: 2_000 },
      });
      const origin = "https://app.example/b2api/v4";
      const tokenFor = async (owner) => {
        const headers = { authorization: `Basic ${btoa(`${owner}:x`)}` };
        const answer = await handler(new Request(`${origin}/b2_authorize_account`, { headers }));
        return (await answer.json()).authorizationToken;
      };
      const body = JSON.stringify({ bucketId, prefix: PREFIX, maxFileCount: 1 }).padEnd(1_500);
      const ask = (token, body) => handler(new Request(`${origin}/b2_list_file_names`, {
        method: "POST", body, duplex: "half",
        headers: { authorization: token, "content-length": "1500" },
      }));
      const [ada, bob] = [await tokenFor("ada"), await tokenFor("bob")];
      let finish;
      const slow = new ReadableStream({
        start(controller) {
          finish = () => {
            controller.enqueue(new TextEncoder().encode(body));
            controller.close();
          };
        },
      });
      const first = ask(ada, slow);
      await new Promise((resolve) => setTimeout(resolve, 50));
      equal([(await ask(ada, body)).status, (await ask(bob, body)).status], [503, 200]);
      finish();
      equal([(await first).status, (await ask(ada, body)).status], [200, 200]);
    },
    async "a page of another origin may ask if it is one of the application's"() {
      if (page) {
        // The browser has sent preflight requests for the requests of these tests, which would fail from other origins.
        return check(new URL(gateway).origin !== location.origin, "the gateway has the page's origin");
      }
      const preflight = (origin) => fetch(`${gateway}/b2api/v4/b2_start_large_file`, {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "POST",
          "access-control-request-headers": "authorization,content-type,cookie" },
      });
      const allowed = await preflight(ORIGIN);
      equal([allowed.status, allowed.headers.get("access-control-allow-origin")], [204, ORIGIN]);
      equal(allowed.headers.get("access-control-allow-headers"), "authorization, content-type");
      const other = await preflight("https://evil.example");
      equal([other.status, other.headers.get("access-control-allow-origin")], [204, null]);
    },
    async "a gateway is a function, and says what is wrong with its options"() {
      const told = [];
      const options = { ...account, secret: new Uint8Array(32), onerror: (error) => told.push(error.kind),
        dangerouslyAllowBrowser: true };
      const request = () => new Request("https://app.example/b2/b2api/v4/b2_authorize_account", {
        headers: { authorization: `Basic ${btoa("ada:x")}` },
      });
      const answer = await createGateway(options)(request());
      equal([answer.status, (await answer.json()).code], [401, "unauthorized"]);
      const lost = await createGateway({ ...options, realm: "http://127.0.0.1:9", retryTimeout: 0,
        authorize: () => grant() })(request());
      equal([lost.status, (await lost.json()).code], [503, "service_unavailable"]);
      check(told.length === 1, `${told} was told`);
      const enters = async (changes, headers) => {
        const found = await createGateway({ ...options, authorize: () => grant(), ...changes })(
          new Request("http://localhost:3000/b2/b2api/v4/b2_authorize_account",
            { headers: { authorization: `Basic ${btoa("ada:x")}`, ...headers } }));
        const { authorizationToken: token, apiInfo } = await found.json();
        return { token, url: apiInfo.storageApi.apiUrl };
      };
      const proxied = { "x-forwarded-host": "app.example", "x-forwarded-proto": "https" };
      equal((await enters({}, proxied)).url, "http://localhost:3000/b2");
      equal((await enters({ trustForwarded: true }, proxied)).url, "https://app.example/b2");
      equal((await enters({ trustForwarded: true })).url, "http://localhost:3000/b2");
      const other = new TextEncoder().encode("another secret of the application");
      const { token } = await enters({ secret: undefined, secrets: [other, SECRET] });
      for (const [secrets, status] of [[[SECRET, other], 200], [[other], 200], [[SECRET], 401]]) {
        const list = createGateway({ ...options, secret: undefined, secrets });
        const { status: seen } = await list(new Request("http://localhost:3000/b2/b2api/v4/b2_list_file_names", {
          method: "POST", headers: { authorization: token }, body: JSON.stringify({ bucketId, prefix: PREFIX }),
        }));
        equal(seen, status);
      }
      const bad = (kind, words, changes) => {
        try {
          createGateway({ ...options, ...changes });
        } catch (error) {
          return check(error.kind === kind && error.message.includes(words), `${error.kind}: ${error.message}`);
        }
        throw new Error(`${JSON.stringify(changes)} was taken`);
      };
      bad("InvalidInput", "32", { secret: "too short" });
      bad("InvalidInput", "32", { secret: undefined });
      bad("InvalidInput", "secret", { secret: 7 });
      bad("InvalidInput", "either", { secrets: [SECRET] });
      bad("InvalidInput", "list", { secret: undefined, secrets: [] });
      bad("InvalidInput", "list", { secret: undefined, secrets: SECRET });
      bad("InvalidInput", "32", { secret: undefined, secrets: [SECRET, "too short"] });
      bad("InvalidInput", "secret", { secret: undefined, secrets: [SECRET, undefined] });
      bad("InvalidInput", "origin", { origins: ["https://app.example/"] });
      bad("InvalidInput", "orgins", { orgins: [] });
      bad("InvalidInput", "realm", { baseUrl: "app.example" });
      bad("MissingAccountData", "keyId", { keyId: undefined });
      bad("InvalidInput", "authorize", { authorize: {} });
      if (page) {
        bad("InvalidInput", "page", { dangerouslyAllowBrowser: false });
      }
    },
  };
}
