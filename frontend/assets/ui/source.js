// Pictures of one view by position: an index of anchors gives random access, pages are fetched as they come into sight.

import { request } from "./api.js";
import { Watched } from "./watched.js";

export const EVERY = 200;
const KEPT = 60;
export const PARALLEL = 4; // a browser has six connections to a host; thumbnails and live events need some

export class ImageSource extends Watched {
  constructor(query) {
    super();
    this.query = query;
    this.total = null;
    this.seq = null;
    this.error = null;
    this.anchors = [null];
    this.marks = [];
    this.pages = new Map();
    this.stale = new Map();
    this.flying = new Map();
    this.wanted = [];
    this.closed = false;
  }

  with(parameters) {
    return `?${[this.query, new URLSearchParams(parameters).toString()].filter(Boolean).join("&")}`;
  }

  open() {
    this.closed = false;
    this.want(0, 0);
    return this.reload();
  }

  close() {
    this.closed = true;
    for (const abort of this.flying.values()) abort.abort();
    this.flying.clear();
  }

  /** Reads the index again; pages shown stay until their successors are there. */
  async reload() {
    try {
      const index = await request(`/images/index${this.with({ every: EVERY })}`);
      if (this.closed) return;
      // A first page that was asked for together with the first index is as new as the index.
      if (this.total !== null) this.age();
      this.anchors = index.anchors.length ? index.anchors : [null];
      this.marks = index.marks;
      this.total = index.total;
      this.seq = index.seq;
      this.error = null;
      this.changed();
      this.pump();
    } catch (error) {
      if (this.closed) return;
      this.error = error;
      this.changed();
    }
  }

  age() {
    for (const abort of this.flying.values()) abort.abort();
    this.flying.clear();
    for (const [page, items] of this.pages) this.stale.set(page, items);
    this.pages.clear();
  }

  at(position) {
    const page = Math.floor(position / EVERY);
    const items = this.pages.get(page) || this.stale.get(page);
    return items?.[position % EVERY];
  }

  /** Asks for the pages that hold these positions, nearest to the middle first. */
  want(first, last) {
    const from = Math.floor(first / EVERY);
    const to = Math.min(Math.floor(last / EVERY), this.anchors.length - 1);
    const middle = (first + last) / 2 / EVERY;
    this.wanted = [];
    for (let page = from; page <= to; page += 1) this.wanted.push(page);
    this.wanted.sort((a, b) => Math.abs(a + 0.5 - middle) - Math.abs(b + 0.5 - middle));
    for (const [page, abort] of this.flying) {
      if (!this.wanted.includes(page)) {
        abort.abort();
        this.flying.delete(page);
      }
    }
    this.pump();
  }

  pump() {
    for (const page of this.wanted) {
      if (!this.mayFly()) return;
      if (!this.pages.has(page) && !this.flying.has(page) && page < this.anchors.length) this.fetch(page);
    }
  }

  mayFly() {
    return this.flying.size < PARALLEL;
  }

  async fetch(page) {
    const abort = new AbortController();
    this.flying.set(page, abort);
    const cursor = this.anchors[page];
    try {
      const found = await request(`/images${this.with({ limit: EVERY, ...(cursor ? { cursor } : {}) })}`, { signal: abort.signal });
      if (this.flying.get(page) !== abort) return;
      this.flying.delete(page);
      this.keep(page, found.items);
      this.error = null;
    } catch (error) {
      if (this.flying.get(page) === abort) this.flying.delete(page);
      if (error.name === "AbortError" || this.closed) return;
      if (error.code === "invalid_cursor") this.reload();
      else this.error = error;
    }
    this.changed();
    if (!this.error) this.pump();
  }

  keep(page, items) {
    this.stale.delete(page);
    this.pages.delete(page);
    this.pages.set(page, items);
    // Maps keep the order of insertion: the oldest page goes first.
    for (const old of this.pages.keys()) {
      if (this.pages.size <= KEPT) break;
      if (!this.wanted.includes(old)) this.pages.delete(old);
    }
    if (this.stale.size > KEPT) this.stale.clear();
  }

  /** Ids of the pictures from one position to another; pages that are not there are asked for. */
  async ids(first, last, signal) {
    const pages = [];
    for (let page = Math.floor(first / EVERY); page <= Math.floor(last / EVERY) && page < this.anchors.length; page += 1) pages.push(page);
    const found = new Map();
    const next = pages[Symbol.iterator]();
    const read = async () => {
      for (const page of next) {
        const there = this.pages.get(page) || this.stale.get(page);
        const cursor = this.anchors[page];
        found.set(page, there || (await request(`/images${this.with({ limit: EVERY, ...(cursor ? { cursor } : {}) })}`, { signal })).items);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, read));
    return pages.flatMap((page) => found.get(page).filter((_, at) => page * EVERY + at >= first && page * EVERY + at <= last)).map((item) => item.id);
  }

  /** The pictures there that fit. */
  items(fits) {
    return [...this.pages.values(), ...this.stale.values()].flat().filter((item) => fits(item.id));
  }

  /** Shows a change at once; the server's own answer comes with the next reading. */
  patch(ids, change) {
    for (const pages of [this.pages, this.stale]) {
      for (const [page, items] of pages) {
        if (items.some((item) => ids(item.id))) pages.set(page, items.map((item) => (ids(item.id) ? { ...item, ...change(item) } : item)));
      }
    }
    this.changed();
  }

  /** Position of a picture among the pages that are there, or -1. */
  find(id) {
    for (const [page, items] of this.pages) {
      const offset = items.findIndex((item) => item.id === id);
      if (offset >= 0) return page * EVERY + offset;
    }
    return -1;
  }
}
