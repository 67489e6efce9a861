// What is to change of many pictures, kept apart from React so that it can be tested.

/** Texts that pictures have: name, words for it, length, whether it has several lines. */
export const TEXTS = [
  ["title", "Title", 200, false],
  ["caption", "Caption", 4000, true],
  ["creator", "Creator", 200, false],
  ["copyright", "Copyright", 300, false],
];

const LISTS = ["add_tags", "remove_tags", "add_to", "remove_from"];

/** Nothing changes yet. */
export const EMPTY = { add_tags: [], remove_tags: [], add_to: [], remove_from: [] };

const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds to move a time by, of words as `+1h`, `-1h 30m` or `90`; null where they are none. */
export function secondsOf(text) {
  const [, sign, rest] = /^\s*([+-]?)\s*(.*?)\s*$/.exec(text);
  if (/^\d+$/.test(rest)) return Number(rest) * (sign === "-" ? -1 : 1) || null;
  if (!/^(\d+\s*[smhd]\s*)+$/.test(rest)) return null;
  const total = [...rest.matchAll(/(\d+)\s*([smhd])/g)].reduce((sum, [, count, unit]) => sum + count * UNITS[unit], 0);
  return (sign === "-" ? -total : total) || null;
}

/** The place of words as `59.913, 10.739`; null where they are none. */
export function placeOf(text) {
  const found = /^\s*(-?\d+(?:\.\d+)?)\s*[,;\s]\s*(-?\d+(?:\.\d+)?)\s*$/.exec(text);
  if (!found) return null;
  const [latitude, longitude] = found.slice(1).map(Number);
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : null;
}

/** The one value that all pictures have, or that they differ and in how many ways. */
export function sharedOf(spread, name) {
  const field = spread?.fields[name];
  if (!field || field.distinct === 0) return { value: null, mixed: false, distinct: 0 };
  return field.distinct === 1 ? { value: field.values[0].value, mixed: false, distinct: 1 } : { value: null, mixed: true, distinct: field.distinct };
}

/** The draft as an edit of REST; what is as all pictures have it already is left out. */
export function editOf(draft, spread) {
  const edit = {};
  for (const [name, value] of Object.entries(draft)) {
    if (LISTS.includes(name)) {
      if (value.length) edit[name] = value;
    } else if (value !== undefined) {
      const shared = sharedOf(spread, name);
      const same = !shared.mixed && (shared.value ?? nothingOf(name)) === value;
      if (!same) edit[name] = value;
    }
  }
  return edit;
}

const nothingOf = (name) => ({ rating: 0, favourite: false, label: "none" })[name] ?? "";

/** Tags or collections with how many of the pictures have each now, and what becomes of them. */
export function marksOf(spread, name, added, removed) {
  const there = (spread?.fields[name]?.values || []).map((one) => ({ name: one.value, count: one.count, all: one.count === spread.count, removed: removed.includes(one.value), added: added.includes(one.value) }));
  const known = new Set(there.map((one) => one.name));
  return [...there, ...added.filter((one) => !known.has(one)).map((one) => ({ name: one, count: 0, all: false, removed: false, added: true }))];
}

const ENUM = { label: "none" };

/** One field before and after as words; tags and collections as what goes and what comes. */
export function differenceOf(name, before, after) {
  if (Array.isArray(before) || Array.isArray(after)) {
    const [had, has] = [new Set(before || []), new Set(after || [])];
    return { gone: [...had].filter((one) => !has.has(one)), fresh: [...has].filter((one) => !had.has(one)) };
  }
  const words = (value) => {
    if (name === "rating") return value ? "★".repeat(value) : "";
    if (name === "favourite") return value ? "favourite" : "no favourite";
    return value === null || value === undefined || value === ENUM[name] ? "" : String(value);
  };
  return { gone: [words(before)].filter(Boolean), fresh: [words(after)].filter(Boolean) };
}
