// Parts of what a report draws: how they are asked for, and what they are called.

/** What pictures are drawn by: name, words, format of its ticks. */
export const AXES = [
  ["sure", "how sure it was", ".0%"],
  ["brightness", "brightness", ""],
  ["sharpness", "sharpness", ""],
  ["contrast", "contrast", ""],
  ["megapixels", "megapixels", ""],
  ["iso", "ISO", ""],
];
const LEAST = 2; // pictures of which something is known, for it to be an axis

export const known = (points, name) => points.filter((one) => one[name] !== null && one[name] !== undefined).length >= LEAST;

const share = (value) => Math.min(1, Math.max(0, value));

/** The region of a part of a drawing ({x: [low, high], y: [low, high]}), all of it where there is none. */
export function meant(by, part, whole = false) {
  if (!part) return whole ? { by, right_low: 0, right_high: 1 } : { by };
  // How sure a model was is a share; a drawing has room beside it.
  const [low, high] = [...part.x].sort((a, b) => a - b).map((end) => (by === "sure" ? share(end) : end));
  const [right_low, right_high] = [...part.y].sort((a, b) => a - b).map(share);
  return { by, low, high, right_low, right_high };
}

/** The region of a cell of a drawing of many pictures. */
export function cellOf(by, { low, step, right_low: bottom, right_step: up }, { x, y }) {
  const column = Math.floor((x - low) / step);
  const row = Math.floor((y - bottom) / up);
  return meant(by, { x: [low + column * step, low + (column + 1) * step], y: [bottom + row * up, bottom + (row + 1) * up] });
}

/** A region as the parameters of a question. */
export const asked = (region) => new URLSearchParams(Object.entries(region).filter(([, value]) => value !== null && value !== undefined && value !== "")).toString();

const span = (low, high, tell) => (low === undefined ? (high === undefined ? "" : `at most ${tell(high)}`) : high === undefined ? `${tell(low)} or more` : `${tell(low)} to ${tell(high)}`);
const short = (value) => String(Number(Number(value).toPrecision(3)));

/** What the pictures of a region have in common, in words; a name for a collection of them. */
export function told({ by, low, high, right_low, right_high, label, predicted }) {
  const words = AXES.find(([name]) => name === by)?.[1];
  const found = [];
  if (label !== undefined && label === predicted) found.push(`${label}, called so`);
  else if (label !== undefined && predicted !== undefined) found.push(`${label} taken for ${predicted}`);
  else if (predicted !== undefined) found.push(`called ${predicted}`);
  else if (label !== undefined) found.push(label);
  if (words && (low !== undefined || high !== undefined)) found.push(`${words} ${span(low, high, short)}`);
  if ((right_low ?? 0) > 0 || (right_high ?? 1) < 1) found.push(`probability ${span(right_low, right_high, short)}`);
  return found.join(", ") || "all pictures";
}
