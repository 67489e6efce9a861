// Geometry of the grid, kept apart from React so that it can be tested.

/** Browsers cut elements off at 17 to 33 million pixels; above this the scroll offset stands for a larger one. */
export const TALLEST = 8_000_000;

/** How pictures can be laid out: tiles of one shape, rows that keep their shapes, lines with columns. */
export const MODES = ["grid", "rows", "list"];
const LINE = 46;
/** Height of the heading of a group. */
export const HEAD = 52;

/**
 * Every row holds as many pictures as the others, whatever their shapes: so any position is found without knowing what
 * is before it, in a view of millions.
 */
export function layoutOf({ width, total, size, gap, ratio, mode = "grid", top = 0, bottom = 0, counts = null }) {
  if (mode === "list") return withRows({ columns: 1, cell: width, height: LINE, gap: 0, total, top, bottom, counts });
  const wide = mode === "rows" ? size * 1.15 : size;
  const columns = Math.max(2, Math.floor((width + gap) / (wide + gap)));
  const cell = Math.max(1, (width - gap * (columns - 1)) / columns);
  const height = Math.round(mode === "rows" ? cell / 1.35 : cell * ratio);
  return withRows({ columns, cell, height, gap, total, top, bottom, counts });
}

function withRows({ columns, cell, height, gap, total, top, bottom, counts }) {
  const row = height + gap;
  const groups = counts && groupsOf({ counts, columns, row, top });
  const rows = groups ? groups.rows : Math.ceil(total / columns);
  const full = groups ? groups.end - gap + bottom : top + Math.max(0, rows * row - gap) + bottom;
  return { columns, cell, height, row, rows, gap, top, total, full, shown: Math.min(full, TALLEST), groups };
}

/** Where each group begins: its place, its row, its offset; a group begins in a row of its own, below its heading. */
function groupsOf({ counts, columns, row, top }) {
  const [place, line, offset] = [new Int32Array(counts.length + 1), new Int32Array(counts.length + 1), new Float64Array(counts.length + 1)];
  offset[0] = top;
  for (let at = 0; at < counts.length; at += 1) {
    const rows = Math.ceil(counts[at] / columns);
    place[at + 1] = place[at] + counts[at];
    line[at + 1] = line[at] + rows;
    offset[at + 1] = offset[at] + HEAD + rows * row;
  }
  return { place, line, offset, rows: line[counts.length], end: offset[counts.length] };
}

/** The last of ascending values that is not above one. */
function lastUpTo(values, wanted) {
  let low = 0;
  let high = values.length - 2;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (values[middle] <= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The group that a row, or a position, is in. */
export const groupOfRow = (layout, row) => lastUpTo(layout.groups.line, row);
export const groupOf = (layout, position) => lastUpTo(layout.groups.place, position);

/** The row that a position is in. */
export function rowOf(layout, position) {
  if (!layout.groups) return Math.floor(position / layout.columns);
  const group = groupOf(layout, position);
  return layout.groups.line[group] + Math.floor((position - layout.groups.place[group]) / layout.columns);
}

/** First and last position of a row. */
export function positionsOf(layout, row) {
  if (!layout.groups) return [row * layout.columns, Math.min(layout.total, (row + 1) * layout.columns) - 1];
  const group = groupOfRow(layout, row);
  const first = layout.groups.place[group] + (row - layout.groups.line[group]) * layout.columns;
  return [first, Math.min(layout.groups.place[group + 1], first + layout.columns) - 1];
}

/** Whether a row is the first of its group, below the heading of it. */
export const beginsGroup = (layout, row) => Boolean(layout.groups) && layout.groups.line[groupOfRow(layout, row)] === row;

/** The row at an offset of the full height. */
export function rowAt(layout, offset) {
  if (!layout.groups) return Math.floor((offset - layout.top) / layout.row);
  const group = lastUpTo(layout.groups.offset, offset);
  const within = Math.floor((offset - layout.groups.offset[group] - HEAD) / layout.row);
  return layout.groups.line[group] + Math.min(Math.max(0, within), layout.groups.line[group + 1] - layout.groups.line[group] - 1);
}

/** Shapes in a row are evened out a little: one panorama must not press the others into slits. */
export const shareOf = (item) => Math.min(2.4, Math.max(0.6, item ? item.width / item.height : 1.35));

/** Left and right edges of the pictures of a row that keeps their shapes. */
export function edgesOf(layout, width, items) {
  const shares = items.map(shareOf);
  const missing = (layout.columns - items.length) * 1.35;
  const unit = (width - layout.gap * (layout.columns - 1)) / (shares.reduce((sum, share) => sum + share, 0) + missing);
  let left = 0;
  return shares.map((share) => {
    const edge = [left, left + share * unit];
    left = edge[1] + layout.gap;
    return edge;
  });
}

/** Offset in the full height that a scroll offset stands for. */
export function toVirtual(layout, viewport, scroll) {
  if (layout.full === layout.shown) return scroll;
  const room = layout.shown - viewport;
  return room <= 0 ? 0 : (Math.min(Math.max(scroll, 0), room) / room) * (layout.full - viewport);
}

/** The scroll offset that stands for an offset in the full height. */
export function toScroll(layout, viewport, virtual) {
  if (layout.full === layout.shown) return virtual;
  const room = layout.full - viewport;
  return room <= 0 ? 0 : (Math.min(Math.max(virtual, 0), room) / room) * (layout.shown - viewport);
}

/** Where a row begins. */
export function rowTop(layout, row) {
  if (!layout.groups) return layout.top + row * layout.row;
  const group = groupOfRow(layout, row);
  return layout.groups.offset[group] + HEAD + (row - layout.groups.line[group]) * layout.row;
}

/** Rows to draw, with some above and below. */
export function rowsInSight(layout, viewport, virtual, overscan = 2) {
  const first = Math.max(0, rowAt(layout, virtual) - overscan);
  const bottom = layout.groups ? rowAt(layout, virtual + viewport) + 1 : Math.ceil((virtual + viewport - layout.top) / layout.row);
  const last = Math.min(layout.rows - 1, bottom + overscan);
  return [first, Math.max(last, first - 1)];
}

/** Where the focus goes on a key, or null when the key is none of the grid's. */
export function moved(key, position, layout, page) {
  const { total } = layout;
  if (key === "Home") return 0;
  if (key === "End") return total - 1;
  if (key === "ArrowLeft" || key === "ArrowRight") return Math.min(Math.max(position + (key === "ArrowLeft" ? -1 : 1), 0), total - 1);
  const lines = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page }[key];
  if (!lines) return null;
  const row = rowOf(layout, position);
  const goal = row + lines;
  // A key that leads nowhere by one row stays; by many it leads to the end.
  if (goal < 0) return key === "ArrowUp" ? position : 0;
  if (goal >= layout.rows) return key === "ArrowDown" ? position : total - 1;
  const [first, last] = positionsOf(layout, goal);
  return Math.min(first + position - positionsOf(layout, row)[0], last);
}
