// Tests of lists of uploads, in each runtime. In pages, also over reloads and between tabs.

function check(truth, message) {
  if (!truth) {
    throw new Error(message);
  }
}

/** Resolves when `ready()` is true. It is checked whenever the list changes. */
function until(uploads, ready, what) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`too late: ${what}`)), 20_000);
    const look = () => {
      if (ready()) {
        clearTimeout(late);
        resolve();
      }
    };
    for (const event of ["added", "change", "removed"]) {
      uploads.addEventListener(event, look);
    }
    look();
  });
}

const ACTIVE = ["waiting", "hashing", "sending", "finishing"];

/** The tests. Files are uploaded to `bucket`; `big` is bytes of more than one part. */
export function uploadTests({ lists, page }) {
  const unique = () => `list-${Math.floor(Math.random() * 1e9)}`;
  const file = (bytes, name) => new File([bytes], name, { lastModified: 1_700_000_000_000 });
  const over = (uploads) => until(uploads, () => uploads.items.every(({ isOver }) => isOver), "everything is over");
  return {
    async "a list uploads so many at once, in order"({ b2, bucket }) {
      const uploads = new lists.Uploads({ b2, bucket: bucket.name, atOnce: 2, name: unique() });
      const done = [];
      let most = 0;
      uploads.addEventListener("change", ({ item }) => {
        most = Math.max(most, uploads.items.filter(({ state }) => ACTIVE.includes(state)).length);
        if (item.state === "done") {
          done.push(item.name);
        }
      });
      const names = ["a", "b", "c", "d", "e"].map((name) => `list/${name}`);
      names.forEach((name) => uploads.add(file(`this is ${name}`, "source"), { name, info: { of: "a list" } }));
      check(uploads.items.every(({ state }) => state === "queued"), "they wait for their turn");
      await over(uploads);
      check(most === 2, `${most} at once`);
      check([...done].sort().join() === names.join(), done.join());
      const { files, total, accepted } = uploads.progress;
      check(files === 5 && accepted === total && total === 70, JSON.stringify(uploads.progress));
      const [{ version }] = uploads.items;
      check(version.fileName === "list/a" && version.fileInfo.of === "a list", JSON.stringify(version));
      await uploads.close();
    },
    async "a list pauses, goes on and cancels"({ b2, bucket, big, partSize }) {
      const uploads = new lists.Uploads({ b2, bucket: bucket.name, atOnce: 1, name: unique() });
      const first = uploads.add(file(big, "big"), { name: "list/big", partSize, concurrency: 1 });
      const second = uploads.add(file("small", "small"), { name: "list/small" });
      await until(uploads, () => ACTIVE.includes(first.state), "the first runs");
      first.pause();
      await until(uploads, () => second.state === "done", "the second has its turn");
      check(first.state === "paused", first.state);
      await first.resume();
      await until(uploads, () => first.state === "done", "the first goes on");
      check(first.version.size === big.length, "another size");
      const third = uploads.add(file(big, "big"), { name: "list/gone", partSize });
      await until(uploads, () => third.progress.accepted > 0, "a part is there");
      await uploads.remove(third);
      check(uploads.items.length === 2 && third.state === "cancelled", third.state);
      check((await bucket.listUnfinishedLargeFiles({ prefix: "list/" }).all()).length === 0, "it was not discarded");
      await uploads.close();
    },
    async "the number of uploads at once can be changed"({ b2, bucket }) {
      const uploads = new lists.Uploads({ b2, bucket: bucket.name, atOnce: 0, name: unique() });
      uploads.add(file("x", "x"), { name: "list/x" });
      uploads.add(file("y", "y"), { name: "list/y" });
      await Promise.all(uploads.items.map(({ taken }) => taken));
      check(uploads.items.every(({ state }) => state === "queued"), "they do not wait");
      uploads.atOnce = 2;
      check(uploads.atOnce === 2 && uploads.items.every(({ state }) => state !== "queued"), "they still wait");
      await over(uploads);
      await uploads.close();
    },
    async "a list says why an upload failed"({ b2, bucket }) {
      const uploads = new lists.Uploads({ b2, bucket: bucket.name, name: unique() });
      const item = uploads.add(file("x", "x"), { name: "a//b" });
      await until(uploads, () => item.state === "failed", "it fails");
      check(item.error.kind === "InvalidFileName", item.error.kind);
      check(uploads.get(item.id) === item && uploads.get("other") === undefined, "it is not found by its id");
      await uploads.remove(item);
      check(uploads.items.length === 0, "it is still there");
      await uploads.close();
    },
    ...(page && {
      async "a file that another tab has just uploaded is uploaded again"({ b2, bucket }) {
        const options = { b2, bucket: bucket.name, name: unique() };
        const [one, other] = [new lists.Uploads(options), new lists.Uploads(options)];
        const first = one.add(file("twice", "twice"), { name: "list/twice" });
        await until(one, () => first.state === "done", "the first tab uploads it");
        const again = other.add(file("twice", "twice"), { name: "list/twice" });
        await until(other, () => again.state === "done", "the other tab uploads it");
        check(again.version.fileId !== first.version.fileId, "there is one version");
        const isHeld = async () => (await navigator.locks.query()).held.some(({ name }) => name.startsWith(options.name));
        for (let tries = 0; await isHeld(); tries += 1) {
          check(tries < 200, "a tab without uploads holds a lock");
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        await one.close();
        await other.close();
      },
      async "a list outlives its page, and one tab of several runs an upload"({ b2, bucket, big, partSize }) {
        const options = { b2, bucket: bucket.name, name: unique() };
        const [one, other] = [new lists.Uploads(options), new lists.Uploads(options)];
        const source = file(big, "big");
        const begun = one.add(source, { name: "list/kept", partSize, concurrency: 1 });
        await until(one, () => begun.progress.accepted > 0, "a part is there");
        begun.pause();
        await until(one, () => begun.state === "paused", "it pauses");
        check((await other.list()).length === 0, "it is run elsewhere");
        const [watched] = other.items;
        await until(other, () => watched.progress.accepted > 0, "progress is told");
        check(watched.state === "elsewhere" && watched.id === begun.id, watched.state);
        await watched.resume(source);
        check(watched.state === "elsewhere", "two tabs run it");
        await one.close();
        await until(other, () => watched.state === "left", "the tab that ran it has gone");
        const { accepted } = watched.progress;
        check(accepted > 0 && watched.matches(source) && !watched.matches(file(big, "other")), `${accepted}`);
        const wrong = await watched.resume(file("other bytes", "big")).catch(({ kind }) => kind);
        check(wrong === "InvalidInput", `${wrong}`);
        const third = new lists.Uploads(options);
        const [spectator] = await third.list();
        await watched.resume(source);
        await until(other, () => watched.state === "done", "it goes on");
        check(watched.version.size === big.length, "another size");
        await until(third, () => spectator.state === "done", "the third is told how it ended");
        check(spectator.version.fileId === watched.version.fileId, "the third is not told the version");
        await third.close();
        await other.close();
        check((await new lists.Uploads(options).list()).length === 0, "it was not forgotten");
      },
    }),
  };
}
