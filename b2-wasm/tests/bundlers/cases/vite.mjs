// Vite, with the settings it has by default.

/** Vite's configuration is the port only. */
const cases = (version) => ({
  async [`Vite ${version} build`](place) {
    await place.node(place.tool(`vite${version}/bin/vite.js`), "build");
    await place.files("dist");
    await place.visit();
  },
  async [`Vite ${version} dev`](place) {
    const vite = place.tool(`vite${version}/bin/vite.js`);
    await place.serve(process.execPath, [vite, "--host", "127.0.0.1", "--port", String(place.port), "--strictPort"]);
    await place.visit();
  },
});

export default { ...cases(7), ...cases(8) };
