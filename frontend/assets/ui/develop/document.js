// What is done to a picture: a stack of steps and its history, as plain values. Kept apart from React so that it can be tested.

/** Entries of a history that are kept. */
const MOST = 100;
/** What is kept beside the history, and compared; as many as fit on a screen. */
export const SNAPSHOTS = 6;
/** Changes of one field within this time are one entry. */
const TOGETHER = 900;

export const EMPTY = { steps: [], rest: {}, next: 1, base: null };

/** A history of one document. */
export const begun = (doc = EMPTY, words = "Original") => ({ entries: [{ doc, words }], at: 0, touched: null, snapshots: [] });

export const present = (history) => history.entries[history.at].doc;

/** A history in which something was done; the way forward is cut off. */
export function done(history, doc, words, touch = null, now = Date.now()) {
  const together = touch && history.touched?.what === touch && now - history.touched.when < TOGETHER && history.at > 0;
  const kept = history.entries.slice(0, history.at + (together ? 0 : 1));
  const entries = [...kept, { doc, words }].slice(-MOST);
  return { ...history, entries, at: entries.length - 1, touched: touch ? { what: touch, when: now } : null };
}

export const jumped = (history, at) => ({ ...history, at: Math.min(history.entries.length - 1, Math.max(0, at)), touched: null });

/** A history without its way back and its snapshots: what is there now is where it begins. */
export const cleared = (history) => begun(present(history), present(history).steps.length || Object.keys(present(history).rest).length ? "What is done now" : undefined);

/** A history that keeps what is there now under a name of its own, to be compared and gone back to; at most `SNAPSHOTS`. */
export function snapped(history) {
  if (history.snapshots.length >= SNAPSHOTS) return history;
  const key = Math.max(0, ...history.snapshots.map((one) => one.key)) + 1;
  return { ...history, snapshots: [...history.snapshots, { key, words: `Snapshot ${key}`, doc: present(history) }] };
}

export const unsnapped = (history, key) => ({ ...history, snapshots: history.snapshots.filter((one) => one.key !== key) });

export const renamed = (history, key, words) => ({ ...history, snapshots: history.snapshots.map((one) => (one.key === key ? { ...one, words } : one)) });

const at = (doc, key) => doc.steps.findIndex((step) => step.key === key);
const withSteps = (doc, steps) => ({ ...doc, steps });

/** Adds a step after another, or at the end. Its key is `doc.next`. */
export function added(doc, name, params = {}, after = null) {
  const index = after === null ? -1 : at(doc, after);
  const steps = [...doc.steps];
  steps.splice(index < 0 ? steps.length : index + 1, 0, { key: doc.next, name, params, on: true });
  return { ...doc, steps, next: doc.next + 1 };
}

/** The steps of another document after those that are there. */
export const appended = (doc, other) => other.steps.reduce((made, step) => added(made, step.name, step.params), doc);

export const removed = (doc, key) => withSteps(doc, doc.steps.filter((step) => step.key !== key));

export function copied(doc, key) {
  const step = doc.steps[at(doc, key)];
  return added(doc, step.name, step.params, key);
}

export function moved(doc, key, to) {
  const from = at(doc, key);
  const goal = Math.min(doc.steps.length - 1, Math.max(0, to));
  if (from < 0 || goal === from) return doc;
  const steps = [...doc.steps];
  steps.splice(goal, 0, ...steps.splice(from, 1));
  return withSteps(doc, steps);
}

const changed = (doc, key, change) => withSteps(doc, doc.steps.map((step) => (step.key === key ? { ...step, ...change(step) } : step)));

export const switched = (doc, key) => changed(doc, key, (step) => ({ on: !step.on }));

/** Sets parameters of a step; `undefined` brings a default back. */
export const set = (doc, key, values) =>
  changed(doc, key, (step) => ({ params: Object.fromEntries(Object.entries({ ...step.params, ...values }).filter(([, value]) => value !== undefined)) }));

/** What is set of the way a RAW file is developed, before the first step; `undefined` brings a default back. */
export function developed(doc, values) {
  const { raw, ...rest } = doc.rest;
  const next = Object.fromEntries(Object.entries({ ...raw, ...values }).filter(([, value]) => value !== undefined));
  return { ...doc, rest: Object.keys(next).length ? { raw: next, ...rest } : rest };
}

/** What of it decides about the frame alone. */
const FRAME = ["sidecar", "preview"];
export const framed = (doc) => developed(doc, Object.fromEntries(Object.keys(doc.rest.raw || {}).filter((key) => !FRAME.includes(key)).map((key) => [key, undefined])));

/** What decides about the pixels of a preview, beside the steps. */
const bareRest = (rest) => Object.fromEntries(["raw", "seed"].filter((key) => rest[key]).map((key) => [key, rest[key]]));

const written = (step) => (Object.keys(step.params).length ? { [step.name]: step.params } : step.name);

/** The recipe of a document, of steps that are switched on. */
export function recipeOf(doc, { keep = () => true, bare = false } = {}) {
  const operations = doc.steps.filter((step) => step.on && keep(step)).map(written);
  return { name: "draft", operations, ...(bare ? bareRest(doc.rest) : doc.rest) };
}

/** What a recipe says beside its steps. */
const KEPT = ["raw", "output", "metadata", "words", "gain_map", "package", "seed"];

/** The document of a whole recipe as the server writes it. */
export function fromRecipe(recipe, base = null) {
  let doc = { ...EMPTY, base };
  for (const step of recipe.operations || []) {
    const [name, params] = typeof step === "string" ? [step, {}] : Object.entries(step)[0];
    doc = added(doc, name, params || {});
  }
  const rest = Object.fromEntries(KEPT.filter((key) => recipe[key] !== undefined).map((key) => [key, recipe[key]]));
  return { ...doc, rest };
}

/** The key of the step that the server calls number `number` (from 1, switched-off ones not counted). */
export const keyOf = (doc, number, keep = () => true) => doc.steps.filter((step) => step.on && keep(step))[number - 1]?.key ?? null;

/** The first step in which two recipes differ, counted from 0. */
export function firstChange(before, after) {
  const old = JSON.stringify(before?.raw) === JSON.stringify(after.raw) ? before?.operations || [] : [];
  const index = after.operations.findIndex((step, place) => JSON.stringify(step) !== JSON.stringify(old[place]));
  return index < 0 ? after.operations.length : index;
}
