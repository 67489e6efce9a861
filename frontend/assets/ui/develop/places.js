// Places on a picture, relative to its sides: boxes that are dragged, lines that are levelled. Kept apart from React so that it can be tested.

const LEAST = 0.02;
const clamp = (value, low = 0, high = 1) => Math.min(high, Math.max(low, value));
export const rounded = (value) => Number(clamp(value).toFixed(4));
const boxOf = (left, top, right, bottom) => ({ left: rounded(left), top: rounded(top), right: rounded(right), bottom: rounded(bottom) });

/**
 * A box with one of its edges or corners moved, or the whole of it.
 * `grip` names what is held: `move`, or edges as `n`, `se`. `ratio` is width by height in shares of the picture, if it is to be kept.
 */
export function pulled(box, grip, dx, dy, ratio = null) {
  if (grip === "move") {
    const x = clamp(dx, -box.left, 1 - box.right);
    const y = clamp(dy, -box.top, 1 - box.bottom);
    return boxOf(box.left + x, box.top + y, box.right + x, box.bottom + y);
  }
  let { left, top, right, bottom } = box;
  if (grip.includes("w")) left = clamp(left + dx, 0, right - LEAST);
  if (grip.includes("e")) right = clamp(right + dx, left + LEAST, 1);
  if (grip.includes("n")) top = clamp(top + dy, 0, bottom - LEAST);
  if (grip.includes("s")) bottom = clamp(bottom + dy, top + LEAST, 1);
  if (!ratio) return boxOf(left, top, right, bottom);
  return kept({ left, top, right, bottom }, grip, ratio);
}

/** A box brought to a ratio: what is held moves, the opposite side stays, and nothing leaves the picture. */
function kept(box, grip, ratio) {
  const across = grip.includes("e") || grip.includes("w");
  const down = grip.includes("n") || grip.includes("s");
  let width = box.right - box.left;
  let height = box.bottom - box.top;
  if (across && (!down || width / height > ratio)) height = width / ratio;
  else width = height * ratio;
  const middleX = (box.left + box.right) / 2;
  const middleY = (box.top + box.bottom) / 2;
  const roomX = grip.includes("w") ? box.right : grip.includes("e") ? 1 - box.left : 2 * Math.min(middleX, 1 - middleX);
  const roomY = grip.includes("n") ? box.bottom : grip.includes("s") ? 1 - box.top : 2 * Math.min(middleY, 1 - middleY);
  const shrink = Math.min(1, roomX / width, roomY / height);
  width *= shrink;
  height *= shrink;
  const left = grip.includes("w") ? box.right - width : grip.includes("e") ? box.left : middleX - width / 2;
  const top = grip.includes("n") ? box.bottom - height : grip.includes("s") ? box.top : middleY - height / 2;
  return boxOf(left, top, left + width, top + height);
}

/** The largest box of a ratio around the middle of another one. */
export function fitted(box, ratio) {
  const middleX = (box.left + box.right) / 2;
  const middleY = (box.top + box.bottom) / 2;
  const size = Math.min(1, 1 / ratio);
  const [width, height] = [size * ratio, size];
  const left = clamp(middleX - width / 2, 0, 1 - width);
  const top = clamp(middleY - height / 2, 0, 1 - height);
  return boxOf(left, top, left + width, top + height);
}

const turn = (degrees) => ((degrees + 180) % 360 + 360) % 360 - 180;

/** How far, clockwise, a picture must turn to make a line on it level, or upright where it is nearer to that. In pixels. */
export function levelled(dx, dy) {
  let angle = (Math.atan2(dy, dx) * 180) / Math.PI;
  angle -= Math.round(angle / 90) * 90;
  return Number((-angle).toFixed(1)) + 0;
}

/** Degrees of a direction on the screen, anticlockwise from the right. */
export const direction = (dx, dy) => Number(turn((Math.atan2(-dy, dx) * 180) / Math.PI).toFixed(0)) + 0;
