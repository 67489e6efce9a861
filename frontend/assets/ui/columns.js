// Columns of the list: which, in which order, how wide. Kept apart from React so that it can be tested.

/** What a line can tell: words, the order that a click gives, pixels it needs at least, and its share of what is left. */
export const COLUMNS = {
  name: { words: "Name", order: "name", least: 150, share: 2.4 },
  title: { words: "Title", least: 120, share: 2 },
  rating: { words: "Rating", least: 64 },
  label: { words: "Label", least: 76 },
  taken: { words: "Taken", order: "-taken_at", least: 104 },
  added: { words: "Added", order: "-ingested_at", least: 104 },
  camera: { words: "Camera", least: 100, share: 1.2 },
  size: { words: "Size", least: 108 },
  file: { words: "File", order: "-bytes", least: 84 },
  format: { words: "Format", least: 64 },
  quality: { words: "Quality", order: "-quality", least: 70 },
  problems: { words: "Problems", least: 110, share: 1.2 },
  tags: { words: "Tags", least: 90, share: 1.6 },
};
const USUAL = ["name", "rating", "taken", "camera", "size", "file", "quality", "tags"];
/** Which of the usual ones go first where a window is narrow. */
const LESS = ["tags", "quality", "camera", "size", "rating", "file", "taken"];
export const NARROWEST = 48;
export const WIDEST = 600;
const GAP = 12;
const HEAD = 26 + 56 + 2 * GAP; // the mark that chooses, and the picture

const held = (width) => Math.min(WIDEST, Math.max(NARROWEST, Math.round(width)));
const plain = (keys) => keys.map((key) => ({ key, width: null }));

/** The columns that a text names, as `name,taken.140,tags`; null where it names none, which means the usual ones. */
export function columnsIn(text) {
  const found = new Map();
  for (const part of (text || "").split(",")) {
    const [key, width] = part.split(".");
    if (Object.hasOwn(COLUMNS, key) && !found.has(key)) found.set(key, { key, width: Number(width) > 0 ? held(Number(width)) : null });
  }
  if (!found.size) return null;
  return found.has("name") ? [...found.values()] : [{ key: "name", width: null }, ...found.values()];
}

/** The text that names columns; empty for the usual ones. */
export function columnsText(columns) {
  const text = columns.map(({ key, width }) => (width ? `${key}.${width}` : key)).join(",");
  return text === USUAL.join(",") ? "" : text;
}

/** The columns of a text, or the usual ones. */
export const chosenOf = (text) => columnsIn(text) || plain(USUAL);

const needed = (columns) => columns.reduce((sum, { key, width }) => sum + (width || COLUMNS[key].least) + GAP, HEAD - GAP);

/** Those that fit into so many pixels: of chosen ones the last go first, of the usual ones those that matter least. */
export function fitted(text, room) {
  const columns = [...chosenOf(text)];
  const less = columnsIn(text) ? columns.map((one) => one.key).filter((key) => key !== "name").reverse() : LESS;
  for (const key of less) {
    if (needed(columns) <= room) break;
    columns.splice(columns.findIndex((one) => one.key === key), 1);
  }
  return columns;
}

/** How a grid of CSS divides a line. */
export const templateOf = (columns) =>
  `26px 56px ${columns.map(({ key, width }) => (width ? `${width}px` : COLUMNS[key].share ? `minmax(${COLUMNS[key].least}px, ${COLUMNS[key].share}fr)` : `${COLUMNS[key].least}px`)).join(" ")}`;

/** The text of the columns with one put in, or taken out. */
export function toggled(text, key) {
  const columns = chosenOf(text);
  if (key === "name") return columnsText(columns);
  return columnsText(columns.some((one) => one.key === key) ? columns.filter((one) => one.key !== key) : [...columns, { key, width: null }]);
}

/** The text of the columns with one moved by so many places. */
export function shifted(text, key, by) {
  const columns = [...chosenOf(text)];
  const at = columns.findIndex((one) => one.key === key);
  const [one] = columns.splice(at, 1);
  columns.splice(Math.max(0, Math.min(columns.length, at + by)), 0, one);
  return columnsText(columns);
}

/** The text of the columns with one put before another one. */
export function putBefore(text, key, other) {
  const keys = chosenOf(text).map((one) => one.key);
  const [from, to] = [keys.indexOf(key), keys.indexOf(other)];
  return from < 0 || to < 0 ? text : shifted(text, key, to - from);
}

/** The text of the columns with one of so many pixels; null gives it back its own width. */
export const widened = (text, key, width) => columnsText(chosenOf(text).map((one) => (one.key === key ? { key, width: width === null ? null : held(width) } : one)));
