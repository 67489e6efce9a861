// What of the steps of a filter can be set each time it is applied. Kept apart from React so that it can be tested.

const MOST = 12;
/** Names that formulas know already, and that no knob can have. */
const TAKEN = ["strength"];

/** The name of a filter in recipes: small letters, digits and `_`. */
export const filterName = (title) =>
  title
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, 49);

/** Every number of the steps that has bounds, with its place as `1.stops`. */
export function knobsOf(steps, catalogue) {
  return steps.flatMap((step, index) =>
    catalogue
      .fields(step.name)
      .filter((field) => field.kind === "number" && field.min !== null && field.max !== null && typeof (step.params[field.name] ?? field.initial) === "number")
      .map((field) => ({ id: `${index + 1}.${field.name}`, field, words: `${catalogue.byName[step.name].title}: ${field.label}`, default: step.params[field.name] ?? field.initial })),
  );
}

/** The filter as the server takes it. */
export function filterOf(name, title, steps, picked) {
  const used = new Set(TAKEN);
  const unique = (wanted) => {
    let made = wanted;
    for (let number = 2; used.has(made); number += 1) made = `${wanted}_${number}`;
    used.add(made);
    return made;
  };
  return {
    name,
    title,
    body: { kind: "steps", steps: steps.map((step) => ({ name: step.name, params: step.params })) },
    knobs: picked.slice(0, MOST).map((one) => ({ name: unique(one.field.name), text: one.words, default: one.default, low: one.field.min, high: one.field.max, sets: [one.id] })),
  };
}
