// Filters as their editor has them. Kept apart from React so that it can be tested.

import { filterName } from "./knobs.js";

export const KINDS = { expression: "Formula", kernel: "Kernel", look: "Look", steps: "Several operations" };
const KNOB = { name: "", text: "", default: 0.5, low: 0, high: 1, sets: [] };
const EMPTY = { title: "", aliases: [], red: "r", green: "g", blue: "b", matrix: "0 -1 0\n-1 5 -1\n0 -1 0", normalise: false, offset: 0, channels: "colour", knobs: [], before: "", after: "" };

export const freshKnob = () => ({ ...KNOB });

/** What the editor begins with: nothing, or a filter that is there. */
export function draftOf(filter = null, kind = "expression") {
  if (!filter) return { ...EMPTY, kind, name: "" };
  const { kind: own, matrix, ...body } = filter.body;
  const rows = matrix && { matrix: matrix.map((row) => row.join(" ")).join("\n") };
  return { ...EMPTY, ...body, ...rows, kind: own, name: filter.name, title: filter.title, aliases: filter.aliases || [], knobs: (filter.knobs || []).map((one) => ({ ...KNOB, ...one })) };
}

/** Rows of numbers as a matrix; words where they are none. */
export function matrixOf(text) {
  const rows = text.trim().split("\n").map((row) => row.trim().split(/[\s,;]+/).map(Number));
  if (rows.some((row) => row.some((one) => !Number.isFinite(one)))) return { error: "Write numbers, with spaces between." };
  if (rows.some((row) => row.length !== rows[0].length)) return { error: "All rows need the same number of weights." };
  if (rows.length % 2 === 0 || rows[0].length % 2 === 0) return { error: "Both sides need an odd number of weights, as 3 × 3." };
  return { rows };
}

/** The name that recipes call it by: that of the filter which is edited, else made of its title. */
export const nameOf = (draft) => draft.name || filterName(draft.title);

/** What is wrong with a draft, by field; empty where nothing is that can be told here. */
export function wrongs(draft) {
  const found = {};
  if (draft.title.trim() && !nameOf(draft)) found.title = "Begin with a letter.";
  if (draft.kind === "kernel") {
    const { error } = matrixOf(draft.matrix);
    if (error) found.matrix = error;
  }
  draft.knobs.forEach((knob, at) => {
    if (!/^[a-z][a-z0-9_]{0,30}$/.test(knob.name)) found[`knob${at}`] = "Small letters, digits and _.";
    else if (draft.knobs.findIndex((one) => one.name === knob.name) < at) found[`knob${at}`] = "There is one of that name.";
    else if (!(Number(knob.low) <= Number(knob.default) && Number(knob.default) <= Number(knob.high) && Number(knob.low) < Number(knob.high))) found[`knob${at}`] = "It begins between its least and its largest value.";
  });
  return found;
}

const bodyOf = (draft) =>
  ({
    expression: () => ({ kind: "expression", red: draft.red, green: draft.green, blue: draft.blue }),
    kernel: () => ({ kind: "kernel", matrix: matrixOf(draft.matrix).rows, normalise: draft.normalise, offset: Number(draft.offset), channels: draft.channels }),
    look: () => ({ kind: "look", cube: draft.cube }),
    steps: () => ({ kind: "steps", steps: draft.steps }),
  })[draft.kind]();

/** The filter as the server takes it. */
export const filterFrom = (draft) => ({
  name: nameOf(draft),
  title: draft.title.trim(),
  aliases: draft.aliases,
  body: bodyOf(draft),
  knobs: draft.kind === "kernel" || draft.kind === "look" ? [] : draft.knobs.map((one) => ({ ...one, default: Number(one.default), low: Number(one.low), high: Number(one.high) })),
});
