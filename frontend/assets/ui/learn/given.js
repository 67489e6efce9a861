// What a training is asked for with, from what was chosen and typed.

const all = (value, detection = value, enhancement = value) => ({ classification: value, multilabel: value, detection, enhancement });

/** Options that are numbers: name, words, default of each task, limits. */
export const NUMBERS = [
  ["image_size", "Picture size, px", all("112", "256", "64"), { min: 16, max: 1024, step: 8 }],
  ["epochs", "Epochs at most", all("240"), { min: 1 }],
  ["batch_size", "Batch size", all("60", "8", "16"), { min: 2 }],
  ["learning_rate", "Learning rate", all("0.02", "0.02", "0.004"), { min: 0, step: "any" }],
];
export const NOTHING = { model: "", class_weights: "", seed: "", name: "", promote: false, strict: false, search: false, trials: "24", minutes: "20", ...Object.fromEntries(NUMBERS.map(([key]) => [key, ""])) };

/** What is sent: only what differs from the defaults. */
export function bodyOf({ dataset, task, budget }, more) {
  const options = {};
  for (const [key] of NUMBERS) if (more[key] !== "") options[key] = Number(more[key]);
  for (const key of ["model", "class_weights"]) if (more[key]) options[key] = more[key];
  return {
    dataset,
    task,
    budget_seconds: budget,
    ...(Object.keys(options).length > 0 && { options }),
    ...(more.seed !== "" && { seed: Number(more.seed) }),
    ...(more.name && { name: more.name }),
    ...(more.promote && { promote: true }),
    ...(more.strict && { strict: true }),
    ...(more.search && { search: { trials: Number(more.trials), budget_seconds: Number(more.minutes) * 60 } }),
  };
}
