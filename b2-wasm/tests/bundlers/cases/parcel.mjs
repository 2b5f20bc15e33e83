// Parcel. It reads the exports of packages if `package.json` of the application says so.

export default {
  async "Parcel"(place) {
    place.write("package.json", JSON.stringify({
      name: "case", private: true, type: "module", "@parcel/resolver-default": { packageExports: true },
    }));
    await place.node(place.tool("parcel/lib/bin.js"), "build", "index.html", "--no-cache", "--dist-dir", "dist");
    await place.files("dist");
    await place.visit();
  },
};
