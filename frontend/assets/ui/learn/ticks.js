// Numbers of a drawing: round steps of an axis, the point under the pointer, a smooth line.

/** Round steps between two values. */
export function ticks(low, high, most = 5) {
  const span = high - low;
  if (!(span > 0)) return [low];
  const rough = span / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough);
  const found = [];
  for (let at = Math.ceil(low / step - 1e-9) * step; at <= high + step * 1e-9; at += step) found.push(Number(at.toPrecision(12)));
  return found;
}

/** The point whose place on the axis is nearest. */
export function nearest(points, x) {
  return points.reduce((best, one) => (best === null || Math.abs(one[0] - x) < Math.abs(best[0] - x) ? one : best), null);
}

/** Smoothed by a moving average over a few points, as long as there are many. */
export function smoothed(points) {
  const reach = Math.floor(points.length / 40);
  if (!reach) return points;
  return points.map(([x], at) => {
    const near = points.slice(Math.max(0, at - reach), at + reach + 1);
    return [x, near.reduce((sum, one) => sum + one[1], 0) / near.length];
  });
}

/** A number with three digits that count. */
export function short(value) {
  const size = Math.abs(value);
  if (size >= 1e6 || (size > 0 && size < 1e-4)) return value.toExponential(1);
  return size >= 1000 ? `${Number((value / 1000).toPrecision(3))}k` : String(Number(value.toPrecision(3)));
}
