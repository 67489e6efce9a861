// Values for a grid of variants. Kept apart from React so that it can be tested.

import { tidy } from "./schema.js";

/** Numbers of steps that can be varied: what they are called, where they are, what they are now. */
export function varied(doc, catalogue) {
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
