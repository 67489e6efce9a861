// Trainings that differ in their seed alone: their mean, and the interval that holds the true one in 95 of 100 cases.

// Student's t for 95 %, by degrees of freedom from 1.
const T = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131];

/** Mean of numbers with its interval; without one where there is only one number. */
export function meanOf(values) {
  const n = values.length;
  const mean = values.reduce((sum, one) => sum + one, 0) / n;
  if (n < 2) return { mean, low: mean, high: mean };
  const spread = Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (n - 1));
  const reach = ((T[n - 2] || 1.96) * spread) / Math.sqrt(n);
  return { mean, low: mean - reach, high: mean + reach };
}

/** Trainings in sets of those that were told the same but for their seed; one by itself is a set, too. */
export function setsOf(items, options) {
  const told = options.filter((name) => name !== "seed");
  const sets = new Map();
  for (const one of items) {
    const key = JSON.stringify([one.dataset, one.task, ...told.map((name) => one.options[name] ?? null)]);
    const set = sets.get(key) || [];
    // The same seed once more says nothing new.
    if (!set.some((other) => (other.options.seed ?? 0) === (one.options.seed ?? 0))) sets.set(key, [...set, one]);
  }
  return [...sets.values()];
}

function valueAt(points, x) {
  const after = points.findIndex((one) => one[0] >= x);
  if (after <= 0) return points[Math.max(0, after)][1];
  const [[ax, ay], [bx, by]] = [points[after - 1], points[after]];
  return ay + ((by - ay) * (x - ax)) / (bx - ax || 1);
}

/** Curves put together: the mean over the steps that all of them reached, and a band around it. */
export function across(curves) {
  const told = curves.filter((one) => one.length);
  if (!told.length) return { points: [], band: [] };
  const first = Math.max(...told.map((one) => one[0][0]));
  const last = Math.min(...told.map((one) => one.at(-1)[0]));
  const steps = [...new Set(told.flatMap((one) => one.map(([x]) => x)))].filter((x) => x >= first && x <= last).sort((a, b) => a - b);
  const found = steps.map((x) => [x, meanOf(told.map((one) => valueAt(one, x)))]);
  return { points: found.map(([x, one]) => [x, one.mean]), band: found.map(([x, one]) => [x, one.low, one.high]) };
}
