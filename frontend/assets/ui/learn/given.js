// What a training is asked for with, from what was chosen and typed.

import { bytes } from "../format.js";

const all = (value, own = {}) => ({ classification: value, multilabel: value, detection: value, segmentation: value, enhancement: value, style: value, ...own });

/** Options that are numbers: name, words, default of each task, limits. */
export const NUMBERS = [
  ["image_size", "Picture size, px", all("112", { detection: "256", segmentation: "192", enhancement: "64", style: "128" }), { min: 16, max: 1024, step: 8 }],
  ["epochs", "Epochs at most", all("240"), { min: 1 }],
  ["batch_size", "Batch size", all("60", { detection: "8", segmentation: "8", enhancement: "16", style: "4" }), { min: 2 }],
  ["learning_rate", "Learning rate", all("0.02", { enhancement: "0.004", style: "0.003" }), { min: 0, step: "any" }],
];
const share = (value) => `${Math.round(value * 100)} %`;
export const MIXED = ["classification", "multilabel"];
/** How weights of the hub begin. */
export const HUB = "hub:";

/** Strengths of a policy. */
export const STRENGTHS = [
  ["none", "none: as they are"],
  ["light", "light: half of standard"],
  ["standard", "standard for the task"],
  ["strong", "strong: half as much again"],
];
/** Values of a policy that are set one by one: name, words, most, step, how it is told, tasks that use it. */
export const VALUES = [
  ["flip", "Mirrored", 1, 0.05, share],
  ["flip_down", "Upside down", 1, 0.05, share],
  ["rotate", "Turned, at most", 180, 1, (value) => `${Math.round(value)}°`],
  ["shift", "Moved, at most", 1, 0.05, share],
  ["shear", "Slanted, at most", 1, 0.05, (value) => value.toFixed(2)],
  ["stretch", "Stretched, at most", 1, 0.05, share],
  ["colour", "Light and colour, at most", 0.95, 0.05, share],
  ["tint", "Tint, at most", 1, 0.05, share],
  ["grey", "Without colours", 1, 0.05, share],
  ["blur", "Blurred, at most", 0.05, 0.001, (value) => `${(value * 100).toFixed(1)} %`],
  ["noise", "Noise, at most", 0.5, 0.01, share],
  ["cutout", "With a hole", 1, 0.05, share],
  ["mixup", "Another shines through", 1, 0.05, share, MIXED],
  ["cutmix", "A piece of another", 1, 0.05, share, MIXED],
];
/** The policy that is standard. */
export const PLAIN = { strength: "standard", values: {} };

/** Options that differ from the defaults; some of them, if they are named. */
export function optionsOf(more, names = null) {
  const options = {};
  for (const [key] of NUMBERS) if (more[key] !== "") options[key] = Number(more[key]);
  for (const key of ["model", "class_weights"]) if (more[key]) options[key] = more[key];
  const { strength, values } = more.augment;
  const augment = { ...(strength !== PLAIN.strength && { strength }), ...values };
  if (Object.keys(augment).length) options.augment = augment;
  return names ? Object.fromEntries(Object.entries(options).filter(([key]) => names.includes(key))) : options;
}

const CLASSES = [
  ["learning_rate", "0.005..0.08:log"],
  ["weight_decay", "0.02..0.5:log"],
  ["label_smoothing", "0..0.2"],
  ["batch_size", "30,60,120"],
  ["augment.zoom_from", "0.5..1"],
  ["augment.colour", "0..0.8"],
  ["augment.mixup", "0..0.5"],
  ["augment.cutmix", "0..0.5"],
];
const PLACED = [
  ["learning_rate", "0.005..0.08:log"],
  ["weight_decay", "0.02..0.5:log"],
  ["batch_size", "4,8,16"],
  ["augment.zoom_from", "0.3..0.9"],
  ["augment.zoom_to", "1..1.5"],
  ["augment.colour", "0..0.8"],
];
/** What a search of a task varies when nothing is said, as `darkroom tune --vary` writes it; of the others there is no search. */
export const SPACES = {
  classification: CLASSES,
  multilabel: CLASSES.filter(([name]) => name !== "augment.cutmix"),
  detection: [...PLACED, ["augment.rotate", "0..15"]],
  segmentation: [...PLACED, ["augment.rotate", "0..30"], ["class_weights", "none,balanced"]],
  enhancement: [
    ["learning_rate", "0.001..0.016:log"],
    ["batch_size", "8,16,32"],
    ["image_size", "48,64,96"],
    ["ema_decay", "0.9..0.995"],
  ],
};
const valueOf = (word) => (["true", "false"].includes(word) ? word === "true" : word !== "" && Number.isFinite(Number(word)) ? Number(word) : word);

/** How an option may vary, from `low..high`, `low..high:log`, `low..high:whole` or `one,two,three`; null where it is none of these. */
export function dimensionOf(words) {
  const range = /^\s*([^.,\s]\S*?)\.\.(\S+?)(?::(log|whole))?\s*$/.exec(words);
  if (range) {
    const [low, high] = [Number(range[1]), Number(range[2])];
    return Number.isFinite(low) && Number.isFinite(high) && low < high ? { low, high, log: range[3] === "log", whole: range[3] === "whole" } : null;
  }
  const values = words.split(",").map((one) => one.trim());
  return values.length > 1 && values.every(Boolean) ? { values: values.map(valueOf) } : null;
}

/** What a search varies, from its rows; those that say nothing are left out, and nothing is sent where nobody changed the usual ones. */
function spaceOf(rows) {
  if (rows === null) return {};
  return { space: Object.fromEntries(rows.filter(([name]) => name.trim()).map(([name, words]) => [name.trim(), dimensionOf(words) || { values: [words] }])) };
}

/** Which field a refusal is about, and what is wrong with it; null where it names none. */
export function wrongField(error) {
  const found = error?.code === "training_invalid" && /^(?:\w[\w ]*: )?([a-z_]+(?:\.[a-z_]+)*): (.+)$/s.exec(error.message);
  return found ? { field: found[1], words: found[2] } : null;
}

export const NOTHING = { augment: PLAIN, model: "", style: "", features: "", features_hub: "", keep: "", class_weights: "", seed: "", name: "", cost: "", priority: "normal", promote: false, strict: false, search: false, trials: "24", minutes: "20", space: null, weights: "", hub: "", tune: "", lora_rank: "", ...Object.fromEntries(NUMBERS.map(([key]) => [key, ""])) };

const named = (chosen, hub) => (chosen === HUB ? `${HUB}${hub.trim()}` : chosen);

/** Whether something that must be said is not yet: the picture of a style, or what is to be fetched from the hub. */
export const unsaid = ({ style, weights, features } = {}) => style === "" || [weights, features].some((one) => /^hub:[^/]*\/?$/.test(one || ""));

/** Versions of a model that one may want: its champion, and its newest where that is another. */
const versionsOf = ({ id, latest, aliases: { champion } }) => [...(champion ? [[champion, "champion"]] : []), ...(latest === champion ? [] : [[latest, "newest"]])].map(([number, words]) => [`model:${id}@${number}`, `${id}@${number}, ${words}`]);

/** Networks that styles can be told apart by, in groups: classifiers of the registry, and folders of the machine. */
export function eyesOf(models, folders) {
  return [
    ["Classifiers of the library", models.filter((one) => MIXED.includes(one.task)).flatMap(versionsOf)],
    ["Weights on this machine", folders.map((one) => [one.name, `${one.name}, ${bytes(one.bytes)}`])],
  ].filter(([, options]) => options.length > 0);
}

/** What is sent: only what differs from the defaults. */
export function bodyOf({ dataset, task, budget }, more) {
  const options = optionsOf(more);
  if (task === "style") {
    options.style = more.style.trim();
    if (more.features) options.features = named(more.features, more.features_hub);
    if (more.keep !== "") options.keep = Number(more.keep);
  }
  if (MIXED.includes(task) && more.weights) {
    options.weights = named(more.weights, more.hub);
    if (more.tune) options.tune = more.tune;
    if (more.tune === "lora" && more.lora_rank !== "") options.lora_rank = Number(more.lora_rank);
    delete options.model;
  }
  return {
    dataset,
    task,
    budget_seconds: budget,
    ...(more.cost !== "" && { budget_cost: { amount: Number(more.cost) } }),
    ...(Object.keys(options).length > 0 && { options }),
    ...(more.seed !== "" && { seed: Number(more.seed) }),
    ...(more.name && { name: more.name }),
    ...(more.priority !== "normal" && { priority: more.priority }),
    ...(more.promote && { promote: true }),
    ...(more.strict && { strict: true }),
    ...(more.search && SPACES[task] && { search: { trials: Number(more.trials), budget_seconds: Number(more.minutes) * 60, ...spaceOf(more.space) } }),
  };
}

const ABLATION = "-ablation";

/** Trainings with the chosen policy and without any, alike in all else, for each seed. */
export function pairsOf({ dataset, task, budget }, more, seeds) {
  const name = dataset.split("@")[0].slice(0, 64 - ABLATION.length) + ABLATION;
  const plain = { ...more, name, priority: "low", promote: false, search: false, seed: "" };
  const body = bodyOf({ dataset, task, budget }, plain);
  const { strength, values } = more.augment;
  const both = [{ strength, ...values }, { strength: "none" }];
  return Array.from({ length: seeds }, (_, seed) => both.map((augment) => ({ ...body, seed, options: { ...body.options, augment } }))).flat();
}

/** How a dataset follows its pictures, before anything is chosen. */
export const EMPTY_FOLLOW = { collection: "", q: "", from: "folders", classes: [], at_least: "1", quiet: "30", task: "", minutes: "8", every_days: "", promote: true };

/** What is sent of a form; of what there was, what the form does not show stays. */
export function followOf(form, before = null) {
  const training = form.task && {
    ...(before?.training?.task === form.task ? before.training : { task: form.task }),
    budget_seconds: form.minutes === "" ? null : Number(form.minutes) * 60,
    promote: form.promote,
  };
  return {
    ...before,
    query: { ...before?.query, q: form.q.trim() || null, collection: form.collection || null },
    labels_from: form.from,
    classes: form.from === "tags" ? form.classes : before?.labels_from === form.from ? before.classes : null,
    at_least: Number(form.at_least),
    quiet_seconds: Number(form.quiet),
    training: training || null,
    every_days: training && form.every_days !== "" ? Number(form.every_days) : null,
  };
}
