// Numbers of a drawing: the point under the pointer, a smooth line, words for a number.

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
