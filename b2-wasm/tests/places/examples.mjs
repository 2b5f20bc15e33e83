// The application that the examples for pages expect around them, as `types/examples.d.ts` declares it.

const config = await (await fetch("/config")).json();
const grant = JSON.parse(config.credential);
const element = (name) => document.body.appendChild(document.createElement(name));

const bar = element("progress");
const pauseButton = element("button");
const area = document.querySelector("#main");
Object.assign(area.style, { height: "300px" });

async function sha1Of(blob) {
  const bytes = await crypto.subtle.digest("SHA-1", await blob.arrayBuffer());
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Another film on each visit, so that one of an earlier visit is not taken for it.
const [seed] = crypto.getRandomValues(new Uint32Array(1));
const film = new Uint32Array(3_000_000).map((_, at) => Math.imul(at + 1, 0x9e3779b1) ^ seed);
const file = new File([film], "film.mp4", { type: "video/mp4" });
const shown = [];
const offered = [];
const logged = [];
console.log = (value) => logged.push(value);

Object.assign(globalThis, {
  user: { id: "1" },
  file,
  sha1: await sha1Of(file),
  sha1Of,
  bar,
  pauseButton,
  area,
  currentSession: async () => config.credential,
  sessionToken: async () => JSON.stringify({ ...grant, owner: "42", prefix: "visitors/42/" }),
  shown,
  show: (...values) => shown.push(values),
  offered,
  offer: (item) => offered.push(item),
  logged,
  showSaveFilePicker: async () => (await navigator.storage.getDirectory()).getFileHandle("film.mp4", { create: true }),
  gateway: config.gateway,
  ready: true,
});
