// Tests of encryption, locks and notification rules.

import { check, equal, fails, sameBytes } from "./check.mjs";

export function protectionTests(corsRules) {
  const key = new Uint8Array(32).map((_, i) => i);
  const sseC = { mode: "SSE-C", key, keyId: "key 1" };
  let locked;
  return {
    async "encrypts with keys of the application"({ bucket, big, partSize }) {
      const text = { content: "secret" };
      const managed = await bucket.upload(text, { name: "locks/b2", encryption: { mode: "SSE-B2" } }).done;
      equal(managed.serverSideEncryption, { mode: "SSE-B2", algorithm: "AES256" });
      const small = await bucket.upload(text, { name: "locks/c", encryption: sseC }).done;
      equal([small.serverSideEncryption.mode, small.fileInfo.sse_c_key_id], ["SSE-C", "key 1"]);
      const large = await bucket.upload(new Blob([big]), { name: "locks/large", partSize, encryption: sseC }).done;
      equal(large.serverSideEncryption.mode, "SSE-C");
      const missing = await bucket.download("locks/c").catch((error) => error);
      check(["SseCKey", "BadRequest"].includes(missing.kind), `${missing.kind}: ${missing.message}`);
      const text64 = btoa(String.fromCharCode(...key));
      for (const encryption of [sseC, { mode: "SSE-C", key: text64 }, { mode: "SSE-C", key: key.buffer }]) {
        equal(await (await bucket.download("locks/c", { encryption })).text(), "secret");
        equal((await bucket.getFileInfo("locks/c", { encryption })).size, 6);
      }
      const got = await bucket.download("locks/large", { encryption: sseC, concurrency: 3 });
      sameBytes(await got.arrayBuffer(), big);
      const other = { mode: "SSE-C", key: new Uint8Array(32) };
      await bucket.download("locks/c", { encryption: other }).then(() => check(false, "another key"), () => {});
      const copy = await bucket.copy(small.fileId, "locks/copy", { sourceEncryption: sseC, encryption: { mode: "SSE-B2" } }).done;
      equal(copy.serverSideEncryption.mode, "SSE-B2");
      equal(await (await bucket.download("locks/copy")).text(), "secret");
    },
    async "says which encryption can be given, and shows no key"({ bucket }) {
      const rows = [
        { mode: "SSE-C" }, { mode: "SSE-C", key: new Uint8Array(31) }, { mode: "SSE-C", key: "c2hvcnQ=" }, { mode: "AES" },
        { mode: "SSE-B2", key }, { mode: "SSE-C", key, id: "a" }, "SSE-B2",
      ];
      for (const encryption of rows) {
        const error = await fails("InvalidInput", bucket.upload({ content: "x" }, { name: "locks/x", encryption }).done);
        check(/SSE|encryption/.test(error.message) && !error.message.includes("c2hvcnQ"), error.message);
      }
    },
    async "locks files, and changes their locks"({ b2, name }) {
      await b2.createBucket(`${name}-lock`, { fileLockEnabled: true, corsRules });
      locked = b2.bucket(`${name}-lock`);
      const until = Date.now() + 86_400_000;
      const file = await locked.upload({ content: "kept" }, {
        name: "kept", fileRetention: { mode: "governance", retainUntilTimestamp: new Date(until) }, legalHold: "on",
      }).done;
      equal(file.fileRetention, { mode: "governance", retainUntilTimestamp: until });
      equal(file.legalHold, "on");
      const { fileId } = file;
      const held = await b2.deleteFileVersion("kept", fileId, { bypassGovernance: true }).catch((error) => error);
      equal([held.name, held.kind], ["B2Error", "AccessDenied"]);
      await b2.updateFileLegalHold("kept", fileId, "off");
      const longer = await b2.updateFileRetention("kept", fileId, { mode: "governance", retainUntilTimestamp: until + 1_000 });
      equal(longer, { mode: "governance", retainUntilTimestamp: until + 1_000 });
      const shorter = await b2.updateFileRetention("kept", fileId, { mode: null }).catch((error) => error);
      equal(shorter.name, "B2Error");
      equal(await b2.updateFileRetention("kept", fileId, { mode: null }, { bypassGovernance: true }),
        { mode: null, retainUntilTimestamp: null });
      equal((await b2.getFileInfo(fileId)).legalHold, "off");
      const copy = await locked.copy(fileId, "copy", { legalHold: "on" }).done;
      equal(copy.legalHold, "on");
      await b2.updateFileLegalHold("copy", copy.fileId, "off");
      for (const file of await locked.ls({ recursive: true, versions: true }).all()) {
        await b2.deleteFileVersion(file.fileName, file.fileId);
      }
    },
    async "sets the encryption and retention of new files of a bucket"() {
      const changed = await locked.update({
        defaultServerSideEncryption: { mode: "SSE-B2" },
        defaultRetention: { mode: "governance", period: { duration: 2, unit: "days" } },
      });
      equal(changed.defaultServerSideEncryption, { mode: "SSE-B2", algorithm: "AES256" });
      equal(changed.fileLock, {
        enabled: true, defaultRetention: { mode: "governance", period: { duration: 2, unit: "days" } },
      });
      equal((await locked.update({ defaultRetention: { mode: null } })).fileLock.defaultRetention, { mode: null });
      await locked.delete();
    },
    async "sets notification rules, and reads them"({ bucket }) {
      const rule = {
        name: "uploads", eventTypes: ["b2:ObjectCreated:*"], objectNamePrefix: "in/",
        targetConfiguration: {
          targetType: "webhook", url: "https://example.com/hook", hmacSha256SigningSecret: "a".repeat(32),
          customHeaders: [{ name: "x-a", value: "b" }],
        },
      };
      const [set] = await bucket.setNotificationRules([rule]);
      equal([set.name, set.isEnabled, set.isSuspended, set.suspensionReason], ["uploads", true, false, ""]);
      const read = await bucket.getNotificationRules();
      equal([read.length, read[0].objectNamePrefix, read[0].targetConfiguration.url], [1, "in/", "https://example.com/hook"]);
      equal(await bucket.setNotificationRules(read.map((rule) => ({ ...rule, isEnabled: false }))), [{ ...read[0], isEnabled: false }]);
      const rows = [
        [[{ ...rule, eventType: [] }], /rules\[0\].*eventType/], [{}, /array/], [[null], /rules\[0\]/],
        [[{ ...rule, targetConfiguration: undefined }], /targetConfiguration/],
        [[{ ...rule, targetConfiguration: { ...rule.targetConfiguration, url: "http://x" } }], /https/],
      ];
      for (const [rules, message] of rows) {
        const error = await fails("InvalidInput", bucket.setNotificationRules(rules));
        check(message.test(error.message), error.message);
      }
      equal(await bucket.setNotificationRules([]), []);
    },
  };
}
