// In a page that does not allow WebAssembly.

import { B2 } from "/package/js/entry/upload.web.js";

const error = await B2.authorize({ realm: location.origin, credential: "none" }).catch((thrown) => thrown);
parent.postMessage(error.kind);
