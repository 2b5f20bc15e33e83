// Where the package is. With a bundler these would be "b2-wasm" and "b2-wasm/uploads".

export { B2, B2Error } from "/b2-wasm/js/entry/full.web.js";
export { Uploads } from "/b2-wasm/js/uploads.js";
