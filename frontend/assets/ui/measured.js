// What pictures measure (bytes, pixels, sharpness, brightness) and what they were taken through, as parts of an expression.

import { bytes, number } from "./format.js";
import { partsOf, quoted, replaced, valuesOf, withPart } from "./rules/language.js";

const UNITS = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12, mp: 1 };
const LENS = /^lens=/;
const LIKENESS = /^(like|similar):/i;

const inBytes = (value) => {
  const [unit, times] = Object.entries(UNITS).findLast(([, one]) => value >= one && one > 1) || ["", 1];
  return `${Number((value / times).toPrecision(6))}${unit}`;
};
const plain = (value) => String(Number(value.toPrecision(6)));

/** Fields with a histogram: what they are called, a value in words, and as the query language takes it. */
export const MEASURED = {
  size: { name: "File size", words: bytes, spelt: inBytes },
  megapixels: { name: "Megapixels", words: (value) => `${number(value)} MP`, spelt: plain },
  sharpness: { name: "Sharpness", words: (value) => number(value, 0), spelt: plain },
  brightness: { name: "Brightness", words: (value) => `${number(value * 100, 0)} %`, spelt: plain },
};

const patternOf = (field) => new RegExp(`^${field}(:|>=|<=)([0-9.a-z]+)$`, "i");

function valueOf(text) {
  const [, digits, unit] = /^(\d*\.?\d+)([a-z]*)$/i.exec(text) || [];
  return digits && (!unit || UNITS[unit.toLowerCase()]) ? Number(digits) * (UNITS[unit.toLowerCase()] || 1) : null;
}

/** From and to of a field, null where it is open; null where the view does not ask for it. */
export function rangeIn(where, field) {
  let found = null;
  for (const part of partsOf(where)) {
    const [, operator, text] = patternOf(field).exec(part) || [];
    if (!operator) continue;
    const dots = text.indexOf("..");
    const [low, high] = operator === ">=" ? [text, ""] : operator === "<=" ? ["", text] : dots < 0 ? [text, text] : [text.slice(0, dots), text.slice(dots + 2)];
    const [least, most] = [low, high].map((one) => (one ? valueOf(one) : null));
    found = [Math.max(found?.[0] ?? -Infinity, least ?? -Infinity), Math.min(found?.[1] ?? Infinity, most ?? Infinity)];
  }
  return found && found.map((one) => (Number.isFinite(one) ? one : null));
}

/** The expression with a field between two values, either of which may be null. */
export function withRange(where, field, low, high) {
  const { spelt } = MEASURED[field];
  const part = low === null && high === null ? "" : high === null ? `${field}>=${spelt(low)}` : low === null ? `${field}<=${spelt(high)}` : `${field}:${spelt(low)}..${spelt(high)}`;
  return replaced(where, patternOf(field), part);
}

/** Which of the edges two values stand at; open ends at the first and the last. */
export function placesOf(edges, range) {
  const [low, high] = range || [null, null];
  const last = edges.length - 1;
  const from = low === null ? 0 : Math.max(0, Math.min(last, edges.findLastIndex((edge) => edge <= low)));
  const to = high === null ? last : edges.findIndex((edge) => edge >= high);
  return [from, to < 0 ? last : Math.max(from, to)];
}

/** A range in words. */
export function inWords(field, [low, high]) {
  const { words } = MEASURED[field];
  if (low !== null && high !== null) return `${words(low)} – ${words(high)}`;
  return low !== null ? `${words(low)} or more` : high !== null ? `${words(high)} or less` : "Any";
}

export const lensesIn = (where) => valuesOf(partsOf(where).find((one) => LENS.test(one))?.slice(5) || "");
export const withLenses = (where, names) => replaced(where, LENS, names.length ? `lens=${names.map(quoted).join(",")}` : "");

/** What an expression asks of these fields, each as it is told and the expression without it; what else it says, and the expression without that. */
export function chipsOf(where) {
  const chips = [];
  let rest = where;
  let only = "";
  for (const [field, { name }] of Object.entries(MEASURED)) {
    const range = rangeIn(where, field);
    if (!range) continue;
    chips.push({ key: field, words: `${name} ${inWords(field, range)}`, where: withRange(where, field, null, null) });
    rest = withRange(rest, field, null, null);
    only = withRange(only, field, ...range);
  }
  for (const part of partsOf(rest).filter((one) => LIKENESS.test(one))) {
    const [value] = valuesOf(part.slice(part.indexOf(":") + 1));
    const words = /^like/i.test(part) ? `Like “${value}”` : "Like one picture";
    chips.push({ key: part, words, where: partsOf(where).filter((one) => one !== part).join(" ") });
    only = withPart(only, part);
  }
  rest = replaced(rest, LIKENESS, "");
  const lenses = lensesIn(where);
  for (const lens of lenses) chips.push({ key: `lens-${lens}`, words: lens, where: withLenses(where, lenses.filter((one) => one !== lens)) });
  return lenses.length ? { chips, rest: withLenses(rest, []), only: withLenses(only, lenses) } : { chips, rest, only };
}
