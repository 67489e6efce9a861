// Boxes in shares of the picture: moved, resized and drawn, never outside of it.

/** The least side of a box, as a share of the picture. */
export const LEAST = 0.002;
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const tidy = (value) => Math.round(value * 1e6) / 1e6;
const tidied = ({ x, y, width, height }) => {
  const left = tidy(x);
  const top = tidy(y);
  return { x: left, y: top, width: tidy(Math.min(width, 1 - left)), height: tidy(Math.min(height, 1 - top)) };
};

export const moved = (box, dx, dy) => tidied({ ...box, x: clamp(box.x + dx, 0, 1 - box.width), y: clamp(box.y + dy, 0, 1 - box.height) });

/** A box whose sides named in `sides` (of "nesw") went along by so much. */
export function resized(box, sides, dx, dy) {
  let [left, top, right, bottom] = [box.x, box.y, box.x + box.width, box.y + box.height];
  if (sides.includes("w")) left = clamp(left + dx, 0, right - LEAST);
  if (sides.includes("e")) right = clamp(right + dx, left + LEAST, 1);
  if (sides.includes("n")) top = clamp(top + dy, 0, bottom - LEAST);
  if (sides.includes("s")) bottom = clamp(bottom + dy, top + LEAST, 1);
  return tidied({ x: left, y: top, width: right - left, height: bottom - top });
}

/** The box between two points, as far as it lies in the picture; null where there is next to nothing of it. */
export function between(from, to) {
  const [left, right] = [from.x, to.x].map((one) => clamp(one, 0, 1)).sort((a, b) => a - b);
  const [top, bottom] = [from.y, to.y].map((one) => clamp(one, 0, 1)).sort((a, b) => a - b);
  if (right - left < LEAST || bottom - top < LEAST) return null;
  return tidied({ x: left, y: top, width: right - left, height: bottom - top });
}

/** Where a pointer is, in shares of the picture: by where the picture really lies, so exact at every zoom. */
export function placeIn(picture, event) {
  const lies = picture.getBoundingClientRect();
  return { x: (event.clientX - lies.left) / lies.width, y: (event.clientY - lies.top) / lies.height };
}
