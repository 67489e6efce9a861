// What a training is asked for with, from what was chosen and typed.

const all = (value, own = {}) => ({ classification: value, multilabel: value, detection: value, segmentation: value, enhancement: value, style: value, ...own });

/** Options that are numbers: name, words, default of each task, limits. */
export const NUMBERS = [
  ["image_size", "Picture size, px", all("112", { detection: "256", segmentation: "192", enhancement: "64", style: "128" }), { min: 16, max: 1024, step: 8 }],
  ["epochs", "Epochs at most", all("240"), { min: 1 }],
  ["batch_size", "Batch size", all("60", { detection: "8", segmentation: "8", enhancement: "16", style: "4" }), { min: 2 }],
  ["learning_rate", "Learning rate", all("0.02", { enhancement: "0.004", style: "0.003" }), { min: 0, step: "any" }],
];
const share = (value) => `${Math.round(value * 100)} %`;
const MIXED = ["classification", "multilabel"];

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

export const NOTHING = { augment: PLAIN, model: "", style: "", class_weights: "", seed: "", name: "", priority: "normal", promote: false, strict: false, search: false, trials: "24", minutes: "20", ...Object.fromEntries(NUMBERS.map(([key]) => [key, ""])) };

/** What is sent: only what differs from the defaults. */
export function bodyOf({ dataset, task, budget }, more) {
  const options = optionsOf(more);
  if (task === "style") options.style = more.style.trim();
  return {
    dataset,
    task,
    budget_seconds: budget,
    ...(Object.keys(options).length > 0 && { options }),
    ...(more.seed !== "" && { seed: Number(more.seed) }),
    ...(more.name && { name: more.name }),
    ...(more.priority !== "normal" && { priority: more.priority }),
    ...(more.promote && { promote: true }),
    ...(more.strict && { strict: true }),
    ...(more.search && { search: { trials: Number(more.trials), budget_seconds: Number(more.minutes) * 60 } }),
  };
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
