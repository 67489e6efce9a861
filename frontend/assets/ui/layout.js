// Geometry of the grid, kept apart from React so that it can be tested.

/** Browsers cut elements off at 17 to 33 million pixels; above this the scroll offset stands for a larger one. */
export const TALLEST = 8_000_000;

/** How pictures can be laid out: tiles of one shape, rows that keep their shapes, lines with columns. */
export const MODES = ["grid", "rows", "list"];
const LINE = 46;

/**
 * Every row holds as many pictures as the others, whatever their shapes: so any position is found without knowing what
 * is before it, in a view of millions.
 */
export function layoutOf({ width, total, size, gap, ratio, mode = "grid", top = 0, bottom = 0 }) {
  if (mode === "list") return withRows({ columns: 1, cell: width, height: LINE, gap: 0, total, top, bottom });
  const wide = mode === "rows" ? size * 1.15 : size;
  const columns = Math.max(2, Math.floor((width + gap) / (wide + gap)));
  const cell = Math.max(1, (width - gap * (columns - 1)) / columns);
  const height = Math.round(mode === "rows" ? cell / 1.35 : cell * ratio);
  return withRows({ columns, cell, height, gap, total, top, bottom });
}

function withRows({ columns, cell, height, gap, total, top, bottom }) {
  const row = height + gap;
  const rows = Math.ceil(total / columns);
  const full = top + Math.max(0, rows * row - gap) + bottom;
  return { columns, cell, height, row, rows, gap, top, full, shown: Math.min(full, TALLEST) };
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
