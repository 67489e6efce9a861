// Geometry of the grid, kept apart from React so that it can be tested.

/** Browsers cut elements off at 17 to 33 million pixels; above this the scroll offset stands for a larger one. */
export const TALLEST = 8_000_000;

export function layoutOf({ width, total, size, gap, ratio, top = 0, bottom = 0 }) {
  const columns = Math.max(2, Math.floor((width + gap) / (size + gap)));
  const cell = Math.max(1, (width - gap * (columns - 1)) / columns);
  const height = Math.round(cell * ratio);
  const row = height + gap;
  const rows = Math.ceil(total / columns);
  const full = top + Math.max(0, rows * row - gap) + bottom;
  return { columns, cell, height, row, rows, gap, top, full, shown: Math.min(full, TALLEST) };
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
export const rowTop = (layout, row) => layout.top + row * layout.row;

/** Rows to draw, with some above and below. */
export function rowsInSight(layout, viewport, virtual, overscan = 2) {
  const first = Math.max(0, Math.floor((virtual - layout.top) / layout.row) - overscan);
  const last = Math.min(layout.rows - 1, Math.ceil((virtual + viewport - layout.top) / layout.row) + overscan);
  return [first, Math.max(last, first - 1)];
}

/** Where the focus goes on a key, or null when the key is none of the grid's. */
export function moved(key, position, { columns, total, page }) {
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, PageUp: -columns * page, PageDown: columns * page };
  if (key === "Home") return 0;
  if (key === "End") return total - 1;
  if (!(key in steps)) return null;
  const next = position + steps[key];
  if (key === "ArrowDown" && next >= total) return Math.floor(position / columns) < Math.floor((total - 1) / columns) ? total - 1 : position;
  if (key === "ArrowUp" && next < 0) return position;
  return Math.min(Math.max(next, 0), total - 1);
}
