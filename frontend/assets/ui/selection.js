// Which pictures are chosen: some by name, or a whole view but for some. One model for every page that shows pictures.

import { positionsOf, rowAt, rowTop } from "./layout.js";
import { documentOf } from "./query.js";
import { Watched } from "./watched.js";

export class Selection extends Watched {
  constructor() {
    super();
    // Chosen by name; where all of a view are chosen, those left out.
    this.ids = new Set();
    this.query = null;
  }

  /** Whether all of a view are chosen, whatever is in it. */
  get all() {
    return this.query !== null;
  }

  /** Whether a picture of the view is chosen; one that is not loaded yet has no id. */
  has(id) {
    return this.all ? !this.ids.has(id) : this.ids.has(id);
  }

  /** How many are chosen, in a view of so many. */
  count(total) {
    return this.all ? Math.max(0, (total ?? 0) - this.ids.size) : this.ids.size;
  }

  /** Choose pictures, or do so no longer. */
  set(ids, chosen = true) {
    for (const id of ids) {
      if (this.all !== chosen) this.ids.add(id);
      else this.ids.delete(id);
    }
    this.changed();
  }

  toggle(id) {
    this.set([id], !this.has(id));
  }

  /** These and no others. */
  only(ids) {
    this.query = null;
    this.ids = new Set(ids);
    this.changed();
  }

  /** All of a view, given as its query string. */
  everything(query) {
    this.query = query;
    this.ids = new Set();
    this.changed();
  }

  clear() {
    if (!this.all && !this.ids.size) return;
    this.only([]);
  }

  /** Drop what has gone from the library; nothing to say of a whole view. */
  forget(ids) {
    if (this.all || !ids.some((id) => this.ids.has(id))) return;
    ids.forEach((id) => this.ids.delete(id));
    this.changed();
  }

  /** What REST takes: ids, or the query with exceptions. */
  describe() {
    return this.all ? { query: documentOf(this.query), except: [...this.ids] } : { ids: [...this.ids] };
  }
}

/** Runs of positions that a rectangle over a grid covers, in order; `edges(row)` tells where pictures of uneven width are. */
export function covered(layout, { left, right, top, bottom }, total, edges) {
  const step = layout.cell + layout.gap;
  const firstColumn = Math.max(0, Math.ceil((left - layout.cell) / step));
  const lastColumn = Math.min(layout.columns - 1, Math.floor(right / step));
  if (layout.groups) return coveredInGroups(layout, { left, right, top, bottom }, edges || (() => Array.from({ length: layout.columns }, (_, column) => [column * step, column * step + layout.cell])));
  const firstRow = Math.max(0, Math.ceil((top - layout.top - layout.height) / layout.row));
  const lastRow = Math.min(layout.rows - 1, Math.floor((bottom - layout.top) / layout.row));
  if (lastRow < firstRow || (!edges && lastColumn < firstColumn)) return [];
  if (edges) {
    const found = [];
    for (let row = firstRow; row <= lastRow; row += 1) {
      const hit = edges(row).flatMap(([from, to], column) => (to >= left && from <= right ? [row * layout.columns + column] : []));
      if (hit.length) found.push([hit[0], hit.at(-1)]);
    }
    return found;
  }
  if (firstColumn === 0 && lastColumn === layout.columns - 1) return [[firstRow * layout.columns, Math.min(total, (lastRow + 1) * layout.columns) - 1]];
  const runs = [];
  for (let row = firstRow; row <= lastRow; row += 1) {
    const from = row * layout.columns + firstColumn;
    const to = Math.min(total - 1, row * layout.columns + lastColumn);
    if (to >= from) runs.push([from, to]);
  }
  return runs;
}

/** The same where headings lie between the rows. */
function coveredInGroups(layout, { left, right, top, bottom }, edges) {
  const runs = [];
  for (let row = Math.max(0, rowAt(layout, top)); row < layout.rows && rowTop(layout, row) <= bottom; row += 1) {
    if (rowTop(layout, row) + layout.height < top) continue;
    const [first, last] = positionsOf(layout, row);
    const hit = edges(row).flatMap(([from, to], column) => (to >= left && from <= right && first + column <= last ? [first + column] : []));
    if (hit.length) runs.push([hit[0], hit.at(-1)]);
  }
  return runs;
}
