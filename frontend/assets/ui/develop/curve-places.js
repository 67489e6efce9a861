// Which qualities are measured, and which of them is meant.

/** The usual places, with the chosen quality in the stead of its nearest neighbour, so that the chart stays as wide as it is. */
export function places(usual, chosen) {
  const nearest = usual.reduce((best, one) => (Math.abs(one - chosen) < Math.abs(best - chosen) ? one : best));
  return usual.map((one) => (one === nearest ? chosen : one));
}

/** The measured point of a quality, or the one next to it; the only one where nothing can be chosen. */
export function nearestOf(points, quality) {
  if (points.length === 1 || quality == null) return points.length === 1 ? points[0] : null;
  return points.reduce((best, one) => (Math.abs(one.quality - quality) < Math.abs(best.quality - quality) ? one : best));
}

/** Whether the options of a preset are those that are set; quality that nobody set is none. */
export function isChosen(preset, output) {
  const { format: _, ...rest } = output;
  const names = new Set([...Object.keys(preset), ...Object.keys(rest).filter((name) => rest[name] !== undefined)]);
  return [...names].every((name) => preset[name] === rest[name]);
}
