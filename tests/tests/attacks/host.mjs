// A gateway host in Node with the visitors of the tests.

import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const { package: entry, port, grants, gateway, limits } = JSON.parse(process.argv[2]);
const { createGateway } = await import(pathToFileURL(entry));
const { createNodeServer } = await import(pathToFileURL(join(dirname(entry), "../node.js")));

function authorize(_request, { credential }) {
  if (credential === "throws") {
    throw new Error("the database at 10.0.0.7 is down");
  }
  return Object.hasOwn(grants, credential ?? "") ? grants[credential] : null;
}

createNodeServer(createGateway({ ...gateway, authorize, onerror() {} }), limits).listen(port, "127.0.0.1");
