// Tests of what is said about arguments that are missing or wrong.

import { check, fails } from "./check.mjs";

export function argumentTests({ full, upload, lists, sync, account }) {
  const options = { ...account, dangerouslyAllowBrowser: true };
  const thrown = async (begin) => begin();
  return {
    async "a client without options says what to give"() {
      for (const { B2 } of [full, upload, sync]) {
        for (const begin of [() => new B2(), () => new B2({}), () => B2.authorize(), () => B2.authorize({ keyId: "a" })]) {
          const error = await fails("MissingAccountData", thrown(begin));
          check(error.message.includes("keyId and key") && error.message.includes("credential"), error.message);
        }
        const rows = [
          [null, /options.*null/], ["key", /options.*string/], [{ ...options, keyid: "a" }, /`keyid`.*keyId/],
          [{ ...options, key: 5 }, /`key` is no string, but 5/], [{ ...options, allowHosts: "a.example" }, /allowHosts/],
          [{ ...options, signal: {} }, /`signal`.*AbortSignal/], [{ realm: account.realm, credential: 5 }, /credential/],
          [{ ...options, retryTimeout: "long" }, /retryTimeout/], [{ key: "a" }, /keyId/], [{ ...options, store: "memory" }, /store/],
        ];
        for (const [given, message] of rows) {
          const error = await fails("InvalidInput", thrown(() => new B2(given)));
          check(message.test(error.message), error.message);
        }
      }
    },
    async "each function says which argument is missing or wrong"({ b2, bucket }) {
      const rows = [
        [() => b2.bucket(), /name of the bucket.*undefined/], [() => b2.bucket(7), /name of the bucket.*7/],
        [() => b2.createBucket(), /createBucket/], [() => b2.createBucket("a", { open: true }), /`open`.*public/],
        [() => b2.getFileInfo(), /file ID/], [() => b2.deleteFileVersion("a"), /file ID/], [() => b2.deleteFileVersion(), /file name/],
        [() => b2.downloadById(), /file ID/], [() => b2.listParts(), /file ID/], [() => b2.cancelLargeFile(null), /file ID.*null/],
        [() => b2.createKey(), /createKey/], [() => b2.createKey("a", { capabilites: [] }), /`capabilites`.*capabilities/],
        [() => b2.deleteKey(), /key ID/], [() => b2.listBuckets("a"), /options.*string/], [() => b2.listKeys({ all: true }), /`all`/],
        [() => b2.uploadLimits({ signal: 5 }), /signal/],
        [() => b2.updateFileRetention("a", "b"), /retention/], [() => b2.updateFileRetention("a", "b", { mode: "x" }), /governance/],
        [() => b2.updateFileLegalHold("a", "b", true), /"on" or "off"/],
        [() => bucket.ls("a"), /options/], [() => bucket.ls({ pathh: "a" }), /`pathh`.*path/], [() => bucket.ls({ recursive: 1 }), /recursive/],
        [() => bucket.ls({ filters: [null] }).all(), /filter/], [() => bucket.listFileVersions(), /file name/],
        [() => bucket.listUnfinishedLargeFiles({ prefix: 1 }), /prefix/],
        [() => bucket.download(), /file name/], [() => bucket.download("a", { range: [1] }), /range/],
        [() => bucket.download("a", { range: [2, 1] }), /range/], [() => bucket.download("a", { ranges: [1, 2] }), /`ranges`.*range/],
        [() => bucket.download("a", { concurrency: -1 }), /concurrency.*whole number/],
        [() => bucket.getFileInfo(), /file name/], [() => bucket.hide(), /file name/], [() => bucket.unhide(5), /file name/],
        [() => bucket.getDownloadUrl(), /file name/], [() => bucket.getDownloadUrl("a", { expiresIn: "1h" }), /expiresIn/],
        [() => bucket.getDownloadAuthorization("a"), /seconds/], [() => bucket.getDownloadAuthorization(1, 1), /prefix/],
        [() => bucket.update(), /object, not null/], [() => bucket.update({ bucketTypes: "a" }), /`bucketTypes`.*bucketType/],
        [() => bucket.setNotificationRules(), /array/], [() => bucket.state(5), /options/], [() => bucket.delete(5), /options/],
        [() => bucket.check(), /give a Blob/], [() => bucket.check(new Blob(["a"]), { names: "a" }), /`names`.*name/],
        [() => bucket.upload().done, /give a Blob/], [() => bucket.upload(new Blob(), "a").done, /options/],
        [() => bucket.upload(new Blob(), { name: "a", contenttype: "b" }).done, /`contenttype`.*contentType/],
        [() => bucket.upload(new Blob(), { name: "a", concurrency: "4" }).done, /concurrency.*whole number/],
        [() => bucket.upload(new Blob(), { name: "a", onprogress: 5 }).done, /onprogress.*function/],
        [() => bucket.upload(new Blob(), { name: "a", onprogres() {} }).done, /`onprogres`/],
        [() => bucket.upload(new Blob(), { name: 5 }).done, /name/], [() => bucket.upload(new Blob(), { name: "a", legalHold: true }).done, /legalHold/],
        [() => bucket.upload(new Blob(), { name: "a", fileRetention: { mode: "governance" } }).done, /retainUntilTimestamp/],
        [() => bucket.copy().done, /needs a name|source/], [() => bucket.copy("a", 5).done, /name/],
        [() => bucket.moveFile("a", "b", 5).done, /options/], [() => bucket.createFile(null, "a").done, /array/],
        [() => new full.IndexedDbStore({ nme: "a" }), /`nme`.*name/], [() => new full.IndexedDbCache("a"), /options/],
        [() => new full.CheckpointStore({ name: 5 }), /name.*string/], [() => new lists.Uploads(), /b2.*bucket/],
        [() => new lists.Uploads({ b2, bucket: "a", atonce: 3 }), /`atonce`.*atOnce/],
        [() => new lists.Uploads({ b2, bucket: "a", name: "none" }).add("a.txt"), /give a File/],
      ];
      for (const [begin, message] of rows) {
        const error = await thrown(begin).then(() => undefined, (thrown) => thrown);
        check(error?.name === "B2Error", `${begin}: ${error?.stack}`);
        check(message.test(error.message), `${begin}: ${error.message}`);
      }
    },
  };
}
