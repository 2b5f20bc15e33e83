// What a file of Uppy becomes at B2.

import { B2Error } from "../errors.js";

/** Options of the plugin, which can be functions of the file, and which a file can have in its `b2`. */
const OF_FILE = ["contentType", "info", "concurrency", "partSize", "wholeSha1", "encryption"];

/** Resolves to the options of the upload of a file. Fails if it cannot be uploaded. */
export async function describeUpload(file, options) {
  const refused = refusal(file);
  if (refused !== undefined) {
    throw refused;
  }
  const own = file.b2 ?? {};
  const named = async (name) => {
    const value = own[name] ?? options[name];
    return typeof value === "function" ? value(file) : value;
  };
  const values = await Promise.all(OF_FILE.map(async (name) => [name, await named(name)]));
  const given = Object.fromEntries(values.filter(([, value]) => value !== undefined));
  if (given.encryption?.key !== undefined) {
    throw new B2Error("InvalidInput", "the browser stores the options of uploads, which must not have a key: use the encryption SSE-B2");
  }
  // A restored file keeps the name that it was started with.
  const name = own.upload?.name ?? (await named("name")) ?? pathIn(await named("folder"), file);
  return { options: { contentType: file.type || undefined, ...given, name } };
}

/** Returns why a file cannot be uploaded, if so. */
function refusal({ isRemote, remote, data, name }) {
  if (isRemote) {
    const from = remote?.providerName ?? remote?.provider ?? "a Companion server";
    return new B2Error("InvalidInput",
      `${name} is a file of ${from}: only files of this device can be uploaded to B2; save it to this device and add it again`);
  }
  return data === undefined ? new B2Error("Source", `${name} has no content since the reload: choose it again`) : undefined;
}

/** Returns the name of a file in a folder: with the folders in which it was, and with the name that it was given in Uppy. */
function pathIn(folder, { meta, name }) {
  const [above] = /^(.*\/)?/.exec(meta.relativePath ?? "");
  const start = folder ? `${folder.replace(/\/+$/, "")}/` : "";
  return `${start}${above.replace(/^\/+/, "")}${meta.name ?? name}`;
}
