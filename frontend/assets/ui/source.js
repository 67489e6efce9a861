// Pictures of one view by position: an index of anchors gives random access, pages are fetched as they come into sight.

import { request } from "./api.js";
import { keepSmall } from "./small.js";
import { Watched } from "./watched.js";

/** Pictures between two anchors. */
export const EVERY = 200;
/** Pictures that are read at once: about what is in sight. */
export const PAGE = 50;
const PAGES = EVERY / PAGE;
const KEPT = 240;
const AGAIN = 4000; // milliseconds until an index that lacks something is read again
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
    this.ahead = [];
    this.first = 0;
    this.way = 0;
    /** Whether thumbnails are shown, which come along with what is read anew. */
    this.small = true;
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
    clearTimeout(this.again);
    for (const abort of this.flying.values()) abort.abort();
    this.flying.clear();
  }

  /** Reads the index again; pages shown stay until their successors are there. */
  async reload() {
    clearTimeout(this.again);
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
      // After an update of Darkroom it takes a while until it knows where all pages begin.
      if (index.whole === false) this.again = setTimeout(() => this.reload(), AGAIN);
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
    const page = Math.floor(position / PAGE);
    const items = this.pages.get(page) || this.stale.get(page);
    return items?.[position % PAGE];
  }

  /** Whether there is such a page, as far as is known. */
  has(page) {
    return page >= 0 && page < this.anchors.length * PAGES && (this.total === null ? page === 0 : page * PAGE < this.total);
  }

  /**
   * Asks for the pages that hold these positions, nearest to the middle first; once they are there for those of `around`, a few
   * positions before and behind, and on the way somewhere for the next one.
   */
  want(first, last, around = 0) {
    const [from, to] = [Math.floor(first / PAGE), Math.floor(last / PAGE)];
    const middle = (first + last) / 2 / PAGE;
    this.wanted = [];
    for (let page = from; page <= to; page += 1) if (this.has(page)) this.wanted.push(page);
    this.wanted.sort((a, b) => Math.abs(a + 0.5 - middle) - Math.abs(b + 0.5 - middle));
    const way = first - this.first;
    this.first = first;
    if (last < first || Math.abs(way) > last - first) this.way = 0;
    else if (way) this.way = Math.sign(way);
    const near = [Math.floor((first - around) / PAGE), Math.floor((last + around) / PAGE), ...(this.way ? [this.way > 0 ? to + 1 : from - 1] : [])];
    this.ahead = last < first ? [] : [...new Set(near)].filter((page) => this.has(page) && !this.wanted.includes(page));
    for (const [page, abort] of this.flying) {
      if (!this.wanted.includes(page) && !this.ahead.includes(page)) {
        abort.abort();
        this.flying.delete(page);
      }
    }
    this.pump();
  }

  pump() {
    const lacking = this.wanted.some((page) => this.has(page) && !this.pages.has(page));
    for (const page of lacking ? this.wanted : this.ahead) {
      if (!this.mayFly()) return;
      if (!this.pages.has(page) && !this.flying.has(page) && this.has(page)) this.fetch(page);
    }
  }

  mayFly() {
    return this.flying.size < PARALLEL;
  }

  async fetch(page) {
    const abort = new AbortController();
    this.flying.set(page, abort);
    const cursor = this.anchors[Math.floor(page / PAGES)];
    const skip = (page % PAGES) * PAGE;
    // What is read once more has its pictures already.
    const small = this.small && !this.stale.has(page);
    try {
      const found = await request(`/images${this.with({ limit: PAGE, ...(cursor && { cursor }), ...(skip && { skip }), ...(small && { thumbnails: true }) })}`, { signal: abort.signal });
      if (this.flying.get(page) !== abort) return;
      this.flying.delete(page);
      keepSmall(found.thumbnails);
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
    const parts = [];
    for (let part = Math.floor(first / EVERY); part <= Math.floor(last / EVERY) && part < this.anchors.length; part += 1) parts.push(part);
    const found = new Map();
    const next = parts[Symbol.iterator]();
    const read = async () => {
      for (const part of next) {
        const cursor = this.anchors[part];
        found.set(part, this.there(part) || (await request(`/images${this.with({ limit: EVERY, ...(cursor && { cursor }) })}`, { signal })).items);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, read));
    return parts.flatMap((part) => found.get(part).filter((_, at) => part * EVERY + at >= first && part * EVERY + at <= last)).map((item) => item.id);
  }

  /** Everything from one anchor to the next, if all of it is there. */
  there(part) {
    const items = [];
    for (let page = part * PAGES; page < (part + 1) * PAGES && this.has(page); page += 1) {
      const found = this.pages.get(page) || this.stale.get(page);
      if (!found) return null;
      items.push(...found);
    }
    return items;
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
      if (offset >= 0) return page * PAGE + offset;
    }
    return -1;
  }
}
