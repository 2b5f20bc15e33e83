// A page with the hooks of React, in StrictMode, rendered on top of the HTML of a server.

import { StrictMode, memo, useLayoutEffect } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { useUpload, useUploads, useUploadsProgress } from "b2-wasm/react";
import { App } from "./readme.jsx";
import { uploads } from "./uploads.js";

/** What React has complained about. */
const complaints = [];
for (const kind of ["error", "warn"]) {
  console[kind] = (...words) => complaints.push(words.join(" "));
}

/** How often each component was committed, and what its values were at the last time. */
const commits = {};
const shown = {};

function useCommit(name, value) {
  useLayoutEffect(() => {
    commits[name] = (commits[name] ?? 0) + 1;
    shown[name] = value;
  });
}

/** Two components with the same upload must show the same. */
const Twin = memo(function Twin({ item, name }) {
  const upload = useUpload(item);
  useCommit(`${item.name} ${name}`, upload);
  return <i>{upload.progress.sent}</i>;
});

function Pair({ item }) {
  const upload = useUpload(item);
  useCommit(item.name, upload);
  useLayoutEffect(() => {
    if (["one", "two"].some((name) => shown[`${item.name} ${name}`] !== upload)) {
      complaints.push(`${item.name}: components show different states`);
    }
  });
  return <p><Twin item={item} name="one" /><Twin item={item} name="two" /></p>;
}

const Row = memo(Pair);

function Total() {
  useCommit("total", useUploadsProgress(uploads));
}

function List() {
  const items = useUploads(uploads);
  useCommit("list", items);
  return items.map((item) => <Row key={item.id} item={item} />);
}

hydrateRoot(document.querySelector("#main"), <StrictMode><App /></StrictMode>);
const counted = createRoot(document.body.appendChild(document.createElement("div")));
counted.render(<StrictMode><List /><Total /></StrictMode>);

/** Creates a file without repetition. */
function file(name, size) {
  return new File([new Uint32Array(size / 4).map((_, at) => Math.imul(at + name.length, 0x9e3779b1))], name, {
    type: "text/plain", lastModified: 1e12,
  });
}

Object.assign(globalThis, { uploads, commits, shown, complaints, counted, file, ready: true });
