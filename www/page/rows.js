// The rows of the list of uploads. Of a long list, only those in sight are in the document.

/** Lists of up to so many uploads have all their rows. */
const ALL = 50;

/** The number of rows above and below those in sight. */
const BEYOND = 8;

/** The assumed height of a row before one was measured, in pixels. */
const HEIGHT = 64;

const STEPS = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };

/** Shows rows in a list element, which scrolls if there are many. */
export class Rows {
  #list;
  #create;
  #items = [];
  /** The position of each item. */
  #positions = new Map();
  #rows = new Map();
  #heights = new WeakMap();
  /** The height of rows that were not measured: that of the first one that was. */
  #height;
  #ofElement = new WeakMap();
  #frame;
  #observer = new ResizeObserver((changes) => this.#measured(changes));
  #width = innerWidth;

  /** `create(item)` returns the row of an item. */
  constructor(list, create) {
    this.#list = list;
    this.#create = create;
    list.addEventListener("scroll", () => this.#later(), { passive: true });
    list.addEventListener("keydown", (event) => this.#key(event));
    addEventListener("resize", () => {
      if (this.#width !== innerWidth) {
        this.#width = innerWidth;
        this.#heights = new WeakMap();
        this.#height = undefined;
        [...this.#rows.values()].forEach(({ element }) => this.#observe(element));
      }
      this.#later();
    });
  }

  /** Returns the row of an item, if it is in the document. */
  get(item) {
    return this.#rows.get(item);
  }

  /**
   * Shows these items. If the row with the focus is not among them, the one at its position gets the focus. Returns `false` if
   * there is none.
   */
  show(items) {
    const [before, focused] = [this.#items, this.#focused()];
    this.#items = items;
    this.#positions = new Map(items.map((item, position) => [item, position]));
    if (focused === undefined || this.#positions.has(before[focused])) {
      this.#render();
      return true;
    }
    const remains = (item) => this.#positions.has(item);
    const next = before.slice(focused).find(remains) ?? before.slice(0, focused).findLast(remains);
    this.#render(next);
    return this.#focus(next);
  }

  /** The position of the row with the focus. */
  #focused() {
    const { activeElement } = document;
    const element = this.#list.contains(activeElement) ? activeElement.closest("li") : undefined;
    return this.#positions.get(this.#ofElement.get(element));
  }

  #later() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#render();
    });
  }

  /** Renders the rows in sight, that with the focus with its neighbours, and that of `also`. */
  #render(also) {
    const { length } = this.#items;
    const many = length > ALL;
    this.#list.classList.toggle("many", many);
    const tops = many ? this.#tops() : [];
    const shown = many ? this.#inSight(tops, also) : this.#items.map((_, position) => position);
    const wanted = new Set(shown.map((position) => this.#items[position]));
    for (const [item, { element }] of this.#rows) {
      if (!wanted.has(item)) {
        this.#observer.unobserve(element);
        this.#rows.delete(item);
        element.remove();
      }
    }
    let [at, next] = [this.#list.firstElementChild, 0];
    const place = (element) => {
      if (at === element) {
        at = at.nextElementSibling;
      } else {
        this.#list.insertBefore(element, at);
      }
    };
    const skip = (to) => {
      if (to > next) {
        const space = at?.className === "space" ? at : newSpace();
        const height = `${tops[to] - tops[next]}px`;
        if (space.style.height !== height) {
          space.style.height = height;
        }
        place(space);
      }
      while (at?.className === "space") {
        const space = at;
        at = at.nextElementSibling;
        space.remove();
      }
    };
    for (const position of shown) {
      skip(position);
      const { element } = this.#row(this.#items[position]);
      place(element);
      setAttribute(element, "aria-posinset", position + 1);
      setAttribute(element, "aria-setsize", length);
      next = position + 1;
    }
    skip(length);
  }

  #row(item) {
    let row = this.#rows.get(item);
    if (row === undefined) {
      row = this.#create(item);
      this.#rows.set(item, row);
      this.#ofElement.set(row.element, item);
      this.#observer.observe(row.element);
    }
    return row;
  }

  /** Returns where each row begins, and the last one ends. */
  #tops() {
    let top = 0;
    const tops = this.#items.map((item) => {
      const here = top;
      top += this.#heightOf(item);
      return here;
    });
    return [...tops, top];
  }

  #heightOf(item) {
    return this.#heights.get(item) ?? this.#height ?? HEIGHT;
  }

  /** Returns the positions of the rows to render, in order. */
  #inSight(tops, also) {
    const { length } = this.#items;
    const { scrollTop, clientHeight } = this.#list;
    const first = positionAt(tops, scrollTop) - BEYOND;
    const last = positionAt(tops, scrollTop + Math.min(clientHeight || innerHeight, innerHeight)) + BEYOND;
    const shown = new Set();
    const add = (from, to) => {
      for (let position = Math.max(from, 0); position <= Math.min(to, length - 1); position += 1) {
        shown.add(position);
      }
    };
    add(first, last);
    // The focus must not be lost, and has to reach the rows beside it.
    for (const kept of [this.#focused(), this.#positions.get(also)]) {
      if (kept !== undefined) {
        add(kept - 1, kept + 1);
      }
    }
    return [...shown].sort((a, b) => a - b);
  }

  #observe(element) {
    this.#observer.unobserve(element);
    this.#observer.observe(element);
  }

  #measured(changes) {
    let changed = false;
    for (const { target, borderBoxSize: [{ blockSize }] } of changes) {
      const item = this.#ofElement.get(target);
      if (blockSize > 0 && this.#rows.get(item)?.element === target && this.#heights.get(item) !== blockSize) {
        changed ||= this.#heightOf(item) !== blockSize;
        this.#heights.set(item, blockSize);
        this.#height ??= blockSize;
      }
    }
    if (changed && this.#items.length > ALL) {
      this.#later();
    }
  }

  /** Moves the focus with the arrow keys, as in a list box: rows that are not in sight cannot be reached with Tab. */
  #key(event) {
    const from = this.#focused();
    const step = STEPS[event.key];
    if (from === undefined || step === undefined || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) {
      return;
    }
    event.preventDefault();
    const item = this.#items[Math.min(Math.max(from + step, 0), this.#items.length - 1)];
    const end = document.activeElement.classList.contains("end");
    this.#render(item);
    this.#focus(item, end);
  }

  #focus(item, end) {
    const row = this.#rows.get(item);
    row?.focus(end);
    row?.element.scrollIntoView({ block: "nearest" });
    return row !== undefined;
  }
}

/** Returns the position of the row at a height. */
function positionAt(tops, height) {
  let [low, high] = [0, tops.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (tops[middle] <= height) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

/** Stands for rows that are not in the document. */
function newSpace() {
  const space = document.createElement("li");
  space.className = "space";
  space.role = "none";
  space.ariaHidden = "true";
  return space;
}

function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, value);
  }
}
