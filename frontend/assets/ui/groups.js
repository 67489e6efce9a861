// A view divided into groups: each is a view of its own, of which only what is in sight is asked for.

import { request } from "./api.js";
import { moment, plural } from "./format.js";
import { readView, writeView } from "./query.js";
import { quoted, withPart } from "./rules/language.js";
import { EVERY, ImageSource, PARALLEL } from "./source.js";
import { Watched } from "./watched.js";

/** How a view can be divided, with words for it. */
export const GROUPS = [
  ["", "No groups"],
  ["day", "By day"],
  ["tag", "By tag"],
  ["batch", "By batch"],
  ["stack", "Near duplicates"],
];

const MARKS = 400;
const KEPT = 150; // groups whose pictures are remembered
const LACKING = { day: "taken", tag: "tag", batch: "", stack: "duplicates" };

/** The view of one group of a view. */
export function queryOf(query, by, value) {
  const view = readView(new URLSearchParams(query));
  if (value === null) return writeView({ ...view, where: withPart(view.where, `-has:${LACKING[by]}`) });
  if (by === "day") return writeView({ ...view, taken_from: value, taken_to: value });
  if (by === "tag") return writeView({ ...view, where: withPart(view.where, `tag=${quoted(value)}`) });
  if (by === "batch") return writeView({ ...view, batch: value });
  return writeView({ ...view, duplicates: value, sort: "-quality" });
}

const WITHOUT = { day: "No date", tag: "Without tags", batch: "No batch", stack: "Alone" };

/** All that is shown of a view: of near duplicates those that have some. */
export function wholeOf(query, by) {
  const view = readView(new URLSearchParams(query));
  return by === "stack" ? writeView({ ...view, where: withPart(view.where, "has:duplicates") }) : query;
}

/** What stands above a group. */
export function wordsOf(by, group) {
  if (group.value === null) return WITHOUT[by];
  if (by === "day") return new Date(`${group.value}T00:00:00Z`).toLocaleDateString("en-GB", { timeZone: "UTC", weekday: "long", day: "numeric", month: "long", year: "numeric" });
  if (by === "batch") return `Came in ${moment(group.at)}`;
  return by === "stack" ? plural(group.count, "near duplicate") : group.value;
}

/** The pictures of one group; the groups of a view share what may be asked for at once. */
class GroupPages extends ImageSource {
  constructor(query, count, all) {
    super(query);
    this.total = count;
    this.all = all;
    this.small = all.small;
    this.indexed = count <= EVERY;
  }

  mayFly() {
    return this.all.flights() < PARALLEL;
  }

  want(first, last, around) {
    // A group of many pages needs to know where they begin; of others the first page is all.
    if (!this.indexed && last >= EVERY) {
      this.indexed = true;
      this.later = [first, last, around];
      this.reload().then(() => this.later && super.want(...this.later));
    }
    super.want(first, last, around);
  }

  rest() {
    this.later = null;
    super.want(0, -1);
  }
}

export class GroupedSource extends Watched {
  constructor(query, by) {
    super();
    this.query = query;
    this.by = by;
    this.total = null;
    this.seq = null;
    this.error = null;
    this.marks = [];
    this.groups = [];
    this.counts = [];
    this.starts = [0];
    this.pages = new Map();
    this.small = true;
    this.closed = false;
  }

  flights() {
    let found = 0;
    for (const one of this.pages.values()) found += one.flying.size;
    return found;
  }

  open() {
    this.closed = false;
    return this.reload();
  }

  close() {
    this.closed = true;
    for (const one of this.pages.values()) one.close();
  }

  async reload() {
    try {
      const found = await request(`/images/groups?${[this.query, `by=${this.by}`].filter(Boolean).join("&")}`);
      if (this.closed) return;
      this.take(found);
    } catch (error) {
      if (this.closed) return;
      this.error = error;
    }
    this.changed();
  }

  take(found) {
    this.groups = found.groups;
    this.counts = found.groups.map((one) => one.count);
    this.starts = [0];
    for (const count of this.counts) this.starts.push(this.starts.at(-1) + count);
    this.total = this.starts.at(-1);
    this.seq = found.seq;
    this.error = null;
    const there = new Map(found.groups.map((one) => [one.value, one]));
    for (const [value, pages] of this.pages) {
      const group = there.get(value);
      if (!group) {
        pages.close();
        this.pages.delete(value);
      } else {
        pages.total = group.count;
        pages.indexed = group.count <= EVERY;
        pages.anchors = [null];
        pages.age();
      }
    }
    const step = Math.max(1, Math.ceil(this.groups.length / MARKS));
    this.marks = this.groups.flatMap((one, at) => (at % step ? [] : [{ position: this.starts[at], value: this.by === "day" ? one.value : wordsOf(this.by, one) }]));
  }

  /** The group at a position. */
  groupAt(position) {
    let low = 0;
    let high = this.groups.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.starts[middle] <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The query of a group, as an address has it. */
  queryOf(group) {
    return queryOf(this.query, this.by, this.groups[group].value);
  }

  pagesOf(group) {
    const { value, count } = this.groups[group];
    let pages = this.pages.get(value);
    if (!pages) {
      pages = new GroupPages(this.queryOf(group), count, this);
      pages.subscribe(() => {
        this.changed();
        for (const one of this.pages.values()) if (one !== pages) one.pump();
      });
    }
    // The last one asked for is the last to be forgotten.
    this.pages.delete(value);
    this.pages.set(value, pages);
    return pages;
  }

  at(position) {
    if (position < 0 || position >= this.total) return undefined;
    const group = this.groupAt(position);
    return this.pages.get(this.groups[group].value)?.at(position - this.starts[group]);
  }

  want(within, beyond, around = 0) {
    if (!this.groups.length) return;
    // Groups are small: what is around is asked for with what is in sight.
    const [first, last] = [Math.max(0, within - around), Math.min(this.total - 1, beyond + around)];
    const [from, to] = [this.groupAt(first), this.groupAt(last)];
    for (const pages of this.pages.values()) pages.small = this.small;
    const wanted = new Set(this.groups.slice(from, to + 1).map((one) => one.value));
    for (const [value, pages] of this.pages) if (!wanted.has(value)) pages.rest();
    for (let group = from; group <= to; group += 1) {
      this.pagesOf(group).want(Math.max(0, first - this.starts[group]), Math.min(this.counts[group] - 1, last - this.starts[group]));
    }
    for (const [value] of this.pages) {
      if (this.pages.size <= Math.max(KEPT, wanted.size)) break;
      if (!wanted.has(value)) this.pages.delete(value);
    }
  }

  async ids(first, last, signal) {
    const found = [];
    for (let group = this.groupAt(first); group <= this.groupAt(last); group += 1) {
      const pages = this.pagesOf(group);
      const [from, to] = [Math.max(0, first - this.starts[group]), Math.min(this.counts[group] - 1, last - this.starts[group])];
      if (to >= EVERY && pages.anchors.length === 1) {
        pages.indexed = true;
        await pages.reload();
      }
      found.push(...(await pages.ids(from, to, signal)));
    }
    return [...new Set(found)];
  }

  items(fits) {
    return [...this.pages.values()].flatMap((one) => one.items(fits));
  }

  patch(fits, change) {
    for (const one of this.pages.values()) one.patch(fits, change);
  }

  /** Position of a picture among those that are there, or -1; of several the first one. */
  find(id) {
    for (let group = 0; group < this.groups.length; group += 1) {
      const at = this.pages.get(this.groups[group].value)?.find(id) ?? -1;
      if (at >= 0) return this.starts[group] + at;
    }
    return -1;
  }
}
