// What of a document is its base's, and what is its own. Kept apart from React so that it can be tested.

const nameOf = (step) => (typeof step === "string" ? step : Object.keys(step)[0]);
const paramsOf = (step) => (typeof step === "string" ? {} : Object.values(step)[0] || {});
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** What a recipe says beside its steps. */
const REST = ["raw", "output", "metadata", "words", "gain_map", "package", "seed"];

/**
 * A recipe written as what it changes of its base: overrides, then steps of its own.
 * Nothing where that cannot be said: when steps of the base were moved, or steps lie between them.
 */
export function derived(recipe, base, baseName) {
  const overrides = {};
  const seen = {};
  let at = 0;
  for (const step of base.operations || []) {
    const name = nameOf(step);
    seen[name] = (seen[name] || 0) + 1;
    const words = seen[name] === 1 ? name : `${name}#${seen[name]}`;
    const own = recipe.operations[at];
    if (own === undefined || nameOf(own) !== name) {
      overrides[words] = null;
      continue;
    }
    at += 1;
    const [before, now] = [paramsOf(step), paramsOf(own)];
    // An override can change parameters and add some, but not take one back to its default.
    if (Object.keys(before).some((key) => !(key in now))) return null;
    const changed = Object.fromEntries(Object.entries(now).filter(([key, value]) => !same(value, before[key])));
    if (Object.keys(changed).length) overrides[words] = changed;
  }
  if (base.operations?.length && Object.values(overrides).filter((one) => one === null).length === base.operations.length) return null;
  if (REST.some((key) => base[key] !== undefined && recipe[key] === undefined)) return null;
  // Options of the same format, and those of RAW files, are taken over one by one, so one that is gone would come back.
  if (Object.keys(base.raw || {}).some((key) => recipe.raw[key] === undefined)) return null;
  if (recipe.output?.format === base.output?.format && Object.keys(base.output || {}).some((key) => recipe.output[key] === undefined)) return null;
  const rest = Object.fromEntries(REST.filter((key) => !same(recipe[key], base[key]) && recipe[key] !== undefined).map((key) => [key, recipe[key]]));
  const operations = recipe.operations.slice(at);
  return { extends: baseName, ...(Object.keys(overrides).length ? { overrides } : {}), operations, ...rest };
}

/** A name for programs out of one for people. */
export const slug = (title) =>
  title
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 64);
