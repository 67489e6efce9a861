// Values for a grid of variants. Kept apart from React so that it can be tested.

import { set } from "./document.js";
import { tidy } from "./schema.js";

const OUTPUT = "output";
/** Formats of which a preview can be written as the result will be. */
const PREVIEWED = ["jpeg", "webp"];
const QUALITY = { name: "quality", label: "Quality", kind: "number", min: 1, max: 100, step: 1, integer: true, unit: "" };
const USUAL = 80;

/** How a preview of a document is written: as the result will be, where a preview can be. */
export function writing(doc) {
  const { format, quality, lossless, adaptive } = doc.rest.output || {};
  return PREVIEWED.includes(format) && !lossless && !adaptive ? { format, quality: quality ?? USUAL } : null;
}

/** A document with another value of something that can be varied. */
export const withValue = (doc, { key, field }, value) => (key === OUTPUT ? { ...doc, rest: { ...doc.rest, output: { ...doc.rest.output, quality: value } } } : set(doc, key, { [field.name]: value }));

/** Numbers that can be varied, of steps and the quality: what they are called, where they are, what they are now. */
export function varied(doc, catalogue) {
  const written = writing(doc);
  const quality = written ? [{ id: `${OUTPUT}.quality`, key: OUTPUT, field: QUALITY, words: `Written as ${written.format.toUpperCase()}: Quality`, value: written.quality, range: [Math.max(1, written.quality - 30), Math.min(100, written.quality + 15)] }] : [];
  return [...ofSteps(doc, catalogue), ...quality];
}

function ofSteps(doc, catalogue) {
  return doc.steps.filter((step) => step.on && catalogue.byName[step.name]).flatMap((step, index) =>
    catalogue
      .fields(step.name)
      .filter((field) => field.kind === "number" && field.min !== null && field.max !== null)
      .map((field) => ({ id: `${step.key}.${field.name}`, key: step.key, field, words: `${catalogue.byName[step.name].title}: ${field.label}`, value: step.params[field.name] ?? field.initial ?? field.min, index })),
  );
}

/** Where a grid begins and ends around a value: within the range, and never nothing. */
export function around(field, value) {
  const range = Math.min(field.max - field.min, Math.max(Math.abs(value) * 2, (field.max - field.min) / 8));
  const low = Math.max(field.min, value - range / 2);
  const high = Math.min(field.max, low + range);
  return [tidy(field, high - range), tidy(field, high)];
}

/** `count` values from one to another, each once. */
export function spread(field, [from, to], count) {
  const found = Array.from({ length: count }, (_, at) => tidy(field, from + ((to - from) * at) / (count - 1 || 1)));
  return [...new Set(found)];
}
