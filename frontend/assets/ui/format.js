// Numbers, sizes and times in words.

const LOCALE = spoken();
const whole = new Intl.NumberFormat(LOCALE);
const decimal = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1 });

export const count = (value) => whole.format(value ?? 0);
export const plural = (value, one, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`;

export function bytes(value) {
  if (value === null || value === undefined) return "–";
  if (value < 1000) return `${value} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let unit = -1;
  let left = value;
  do {
    left /= 1000;
    unit += 1;
  } while (left >= 999.5 && unit < units.length - 1);
  return `${decimal.format(left >= 100 ? Math.round(left) : left)} ${units[unit]}`;
}

// Cameras rarely know their time zone: what they wrote is kept as UTC and shown as UTC.
export const taken = (value) =>
  new Date(value).toLocaleString("en-GB", { timeZone: "UTC", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" });
export const moment = (value) =>
  new Date(value).toLocaleString("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
export const month = (value) =>
  new Date(`${value}-01T00:00:00Z`).toLocaleDateString("en-GB", { timeZone: "UTC", month: "long", year: "numeric" });
export const day = (value) =>
  new Date(value.length === 10 ? `${value}T00:00:00Z` : value).toLocaleDateString("en-GB", { timeZone: "UTC", day: "numeric", month: "short", year: "numeric" });

export function ago(value, from = Date.now()) {
  const seconds = (from - new Date(value).getTime()) / 1000;
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${Math.round(seconds)} s ago`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`;
  return seconds < 30 * 86_400 ? plural(Math.round(seconds / 86_400), "day") + " ago" : day(value);
}

export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 1) return "< 1 s";
  if (seconds < 60) return `${decimal.format(seconds < 10 ? seconds : Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(Math.round(seconds % 60)).padStart(2, "0")} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
  return `${decimal.format(seconds / 86_400)} d`;
}

export const exposure = (seconds) => (seconds >= 0.3 ? `${decimal.format(seconds)} s` : `1/${Math.round(1 / seconds)} s`);
export const number = (value, digits = 1) => value.toLocaleString(LOCALE, { maximumFractionDigits: digits });
export const percent = (value) => `${Math.round(value * 100)} %`;
export const title = (word) => {
  const words = word.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** The visitor's language; browsers of systems without one give names that no figure can be written in ("C"). */
function spoken() {
  try {
    return Intl.getCanonicalLocales(globalThis.navigator?.language || "en")[0];
  } catch {
    return "en";
  }
}
