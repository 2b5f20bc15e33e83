// Which tab runs an upload: `node --test b2-wasm/tests/unit`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Claims } from "../../js/uploads/claims.js";

/** What the tabs of a browser share: stored records, and the ids of the tabs that run uploads. */
class Browser {
  stored = new Map();
  open = new Map();
  tabs = [];

  tab() {
    const tab = new Tab(this);
    this.tabs.push(tab);
    return tab;
  }
}

/** A tab, with its records and its lock in memory. Each operation on storage takes a turn of the event loop. */
class Tab {
  entered = 0;
  #browser;
  #id;
  #closed = new Set([undefined]);
  #forgotten = [];

  constructor(browser) {
    this.#browser = browser;
    this.claims = new Claims(this, this, (operation) => operation());
  }

  get isChanged() {
    return this.#forgotten.length > 0;
  }

  async list() {
    await turn();
    return [...this.#browser.stored.values()];
  }

  async ids() {
    await turn();
    return [...this.#browser.stored.keys()];
  }

  async get(id) {
    await turn();
    return this.#browser.stored.get(id);
  }

  async claim(records, tab, closed) {
    await turn();
    const others = new Map();
    this.#forgotten = this.#forgotten.filter((id) => !records.some((record) => record.id === id));
    for (const record of records) {
      const other = this.#browser.stored.get(record.id)?.tab;
      if (other === tab || closed.has(other)) {
        this.#browser.stored.set(record.id, { ...record, tab });
      } else {
        others.set(record.id, other);
      }
    }
    await turn();
    return others;
  }

  forget(id) {
    this.#forgotten.push(id);
  }

  /** Deletes what was forgotten, and tells the other tabs. */
  async flush() {
    const ids = this.#forgotten.splice(0);
    await turn();
    ids.forEach((id) => this.#browser.stored.delete(id));
    this.#browser.tabs.filter((tab) => tab !== this).forEach(({ claims }) => claims.ended(ids));
    this.claims.leave();
  }

  async enter() {
    await turn();
    if (this.#id === undefined) {
      this.entered += 1;
      this.#id = `${this.#browser.tabs.indexOf(this)}-${this.entered}`;
      let end;
      const ended = new Promise((resolve) => (end = resolve));
      this.#browser.open.set(this.#id, { ended, end });
    }
    return this.#id;
  }

  leave() {
    this.#browser.open.get(this.#id)?.end();
    this.#browser.open.delete(this.#id);
    this.#id = undefined;
  }

  async closed(tabs = []) {
    await turn();
    tabs.filter((tab) => !this.#browser.open.has(tab)).forEach((tab) => this.#closed.add(tab));
    return this.#closed;
  }

  async end(tab) {
    await this.#browser.open.get(tab)?.ended;
  }
}

const records = (count) => Array.from({ length: count }, (_, n) => ({ id: `file ${n}` }));

/** Returns the value of a promise, or "pending" if it has none after some turns. */
async function now(promise) {
  let value = "pending";
  promise.then((settled) => (value = settled));
  for (let turns = 0; turns < 20; turns += 1) {
    await turn();
  }
  return value;
}

test("the first tab that takes an upload runs it, and the others wait for its end", async () => {
  const browser = new Browser();
  const [one, other] = [browser.tab(), browser.tab()];
  const [mine] = records(1);
  assert.equal(await one.claims.take(mine), true);
  const [theirs] = records(1);
  assert.equal(await other.claims.take(theirs), false);
  assert.equal(theirs.tab, mine.tab);
  const left = other.claims.left(theirs.id, theirs.tab);
  assert.equal(await now(left), "pending");
  one.claims.end(mine);
  assert.equal(await now(left), "pending");
  await one.flush();
  assert.equal(await left, undefined);
  assert.equal(await other.claims.take(theirs), true);
});

test("what a closed tab has left is taken with its record", async () => {
  const browser = new Browser();
  const [one, other] = [browser.tab(), browser.tab()];
  const [mine] = records(1);
  await one.claims.take(Object.assign(mine, { checkpoint: "parts" }));
  const { records: [listed], closed } = await other.claims.list();
  assert.equal(closed.has(listed.tab), false);
  const left = other.claims.left(listed.id, listed.tab);
  one.leave();
  const record = await left;
  assert.equal(record.checkpoint, "parts");
  const taking = [other, browser.tab()].map(({ claims }) => claims.take({ ...record }));
  assert.deepEqual(await Promise.all(taking), [true, false]);
});

test("a thousand uploads need one lock and few transactions", async () => {
  const browser = new Browser();
  const [one, other] = [browser.tab(), browser.tab()];
  const all = records(1000);
  let transactions = 0;
  const { claim } = Tab.prototype;
  one.claim = (...of) => {
    transactions += 1;
    return claim.apply(one, of);
  };
  assert.deepEqual(new Set(await Promise.all(all.map((record) => one.claims.take(record)))), new Set([true]));
  assert.equal(one.entered, 1);
  assert.ok(transactions <= 11, `${transactions} transactions`);
  const taken = await Promise.all(records(1001).map((record) => other.claims.take(record)));
  assert.deepEqual(taken, [...Array(1000).fill(false), true]);
  all.forEach((record) => one.claims.end(record));
  assert.equal(browser.open.size, 2);
  await one.flush();
  assert.equal(browser.open.size, 1, "the lock of a tab without uploads is held");
});

test("a file that is added again just after its upload keeps its record", async () => {
  const browser = new Browser();
  const one = browser.tab();
  const [first, again] = [...records(1), ...records(1)];
  await one.claims.take(first);
  one.claims.end(first);
  const taken = one.claims.take(again);
  one.claims.end(first);
  assert.equal(await taken, true);
  await one.flush();
  assert.equal(browser.stored.size, 1);
  one.claims.end(again);
  await one.flush();
  assert.equal(browser.stored.size, 0);
});

test("an upload that ends while another tab reads its record is noticed", async () => {
  const browser = new Browser();
  const [one, other] = [browser.tab(), browser.tab()];
  const [mine, another] = records(2);
  await one.claims.take(mine);
  await one.claims.take(another);
  const { claim } = Tab.prototype;
  other.claim = async (...of) => {
    const others = await claim.apply(other, of);
    one.claims.end(mine);
    await one.flush();
    return others;
  };
  assert.equal(await other.claims.take({ id: mine.id }), false);
  assert.equal(await now(other.claims.left(mine.id, mine.tab)), undefined);
});

test("an upload of another tab has not ended because storage cannot be read", async () => {
  const browser = new Browser();
  const [one, other] = [browser.tab(), browser.tab()];
  const [mine] = records(1);
  await one.claims.take(mine);
  const claims = new Claims(other, other, async () => undefined);
  const left = claims.left(mine.id, mine.tab);
  await claims.check();
  assert.equal(await now(left), "pending");
});

test("uploads that wait to be taken are not, once the list is closed", async () => {
  const browser = new Browser();
  const one = browser.tab();
  const taking = records(250).map((record) => one.claims.take(record));
  await turn();
  one.claims.close();
  const taken = await Promise.all(taking);
  assert.ok(taken.includes(false));
  assert.equal(browser.stored.size, taken.filter(Boolean).length);
});
