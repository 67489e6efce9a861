// The scale beside the grid, kept apart from React so that it can be tested.

const NEAR = 0.035; // of the height; closer words would touch

/** The value at a position: that of the last mark before it. */
export function valueAt(marks, position) {
  let low = 0;
  let high = marks.length - 1;
  if (high < 0) return null;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (marks[middle].position <= position) low = middle;
    else high = middle - 1;
  }
  return marks[low].value;
}

const GROUPS = {
  ingested_at: (value) => value.slice(0, 4),
  taken_at: (value) => value.slice(0, 4),
  name: (value) => value[0]?.toUpperCase(),
  quality: (value) => `${Math.round(value * 10) * 10} %`,
};
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const byMonth = (value) => `${MONTHS[Number(value.slice(5, 7)) - 1]} ${value.slice(2, 4)}`;

/** Where along the rail another year, letter or tenth begins; within a year, months. None too close to the one above. */
export function spots(marks, key, total) {
  const known = marks.filter((mark) => mark.value !== null && mark.value !== undefined);
  let group = GROUPS[key];
  if (!group || !total || known.length < 2) return [];
  if (key.endsWith("_at") && new Set(known.map((mark) => group(mark.value))).size < 3) group = byMonth;
  const found = [];
  let before = null;
  for (const mark of known) {
    const words = group(mark.value);
    const share = mark.position / total;
    if (words !== before && (!found.length || share - found.at(-1).share >= NEAR) && !found.some((one) => one.words === words)) found.push({ words, share });
    before = words;
  }
  return found;
}
