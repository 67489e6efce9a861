// What is where in a picture, in shares of it: a box, or outlines with the box around them. Things are changed here as wholes.

import { moved, resized } from "./boxes.js";

const LOOSE = 0.005; // an outline may reach out of its box by what was rounded
const FEWEST = 3;
const clamp = (value) => Math.min(1, Math.max(0, value));
const tidy = (value) => Math.round(value * 1e6) / 1e6;
const corner = ([x, y]) => [tidy(clamp(x)), tidy(clamp(y))];

/** The box around some outlines. */
export function around(outlines) {
  const [across, down] = [0, 1].map((side) => outlines.flatMap((one) => one.map((point) => point[side])));
  const [left, top] = [Math.min(...across), Math.min(...down)];
  return { x: left, y: top, width: tidy(Math.max(...across) - left), height: tidy(Math.max(...down) - top) };
}

const liesIn = (outline, { x, y, width, height }) => outline.every(([a, b]) => a >= x - LOOSE && a <= x + width + LOOSE && b >= y - LOOSE && b <= y + height + LOOSE);

/** What is said of a picture as things: a box that outlines of its class within it follow is one thing with them. */
export function thingsOf(said) {
  const found = [];
  for (const one of said) {
    const last = found.at(-1);
    if (one.kind === "detection") found.push({ label: one.label, box: one.box, outlines: [], said: [one] });
    else if (one.kind !== "segmentation") continue;
    else if (last && last.label === one.label && liesIn(one.outline, last.box)) Object.assign(last, { outlines: [...last.outlines, one.outline], said: [...last.said, one] });
    else found.push({ label: one.label, box: around([one.outline]), outlines: [one.outline], said: [one] });
  }
  return found;
}

/** What is said of a thing: of one that nobody changed, the very same. */
export const saidOfThing = ({ label, box, outlines, said }) => said || [{ kind: "detection", label, box }, ...outlines.map((outline) => ({ kind: "segmentation", label, outline }))];

export const boxed = (label, box) => ({ label, box, outlines: [] });
export const outlined = (label, outlines) => ({ label, box: around(outlines), outlines });
export const labelled = (thing, label) => ({ ...thing, label, said: undefined });

/** A thing in another box: its outlines are stretched along. */
export function fitted(thing, box) {
  if (!thing.outlines.length) return boxed(thing.label, box);
  const before = thing.box;
  const [across, down] = [before.width ? box.width / before.width : 1, before.height ? box.height / before.height : 1];
  return outlined(thing.label, thing.outlines.map((one) => one.map(([x, y]) => corner([box.x + (x - before.x) * across, box.y + (y - before.y) * down]))));
}

export const movedThing = (thing, dx, dy) => fitted(thing, moved(thing.box, dx, dy));
export const resizedThing = (thing, sides, dx, dy) => fitted(thing, resized(thing.box, sides, dx, dy));

const withOutline = (thing, which, outline) => outlined(thing.label, thing.outlines.map((one, at) => (at === which ? outline : one)));

/** A thing with one corner (`[outline, corner]`) elsewhere. */
export const withCorner = (thing, [which, at], point) => withOutline(thing, which, thing.outlines[which].map((one, place) => (place === at ? corner(point) : one)));

/** A thing with a corner more, behind another one: in the middle of that side, or at `point`. */
export function withMore(thing, [which, at], point) {
  const outline = thing.outlines[which];
  const [here, next] = [outline[at], outline[(at + 1) % outline.length]];
  const between = point || [(here[0] + next[0]) / 2, (here[1] + next[1]) / 2];
  return withOutline(thing, which, [...outline.slice(0, at + 1), corner(between), ...outline.slice(at + 1)]);
}

/** A thing without a corner; null where no outline would be left of these few. */
export function withoutCorner(thing, [which, at]) {
  const outline = thing.outlines[which];
  return outline.length > FEWEST ? withOutline(thing, which, outline.filter((_, place) => place !== at)) : null;
}

/** The corner behind another one, through all outlines; `by` may go back. */
export function nextCorner(thing, chosen, by) {
  const all = thing.outlines.flatMap((outline, which) => outline.map((_, at) => [which, at]));
  const place = chosen ? all.findIndex(([which, at]) => which === chosen[0] && at === chosen[1]) : by > 0 ? -1 : 0;
  return all[(place + by + all.length) % all.length];
}

const apart = ([x, y], [ax, ay], [bx, by]) => {
  const [dx, dy] = [bx - ax, by - ay];
  const length = Math.hypot(dx, dy);
  return length ? Math.abs(dx * (ay - y) - dy * (ax - x)) / length : Math.hypot(x - ax, y - ay);
};

/** A drawn line with no more points than it needs (Douglas and Peucker, 1973), all within `loose` of it. */
export function thinned(points, loose) {
  if (points.length <= 2) return points;
  const [first, last] = [points[0], points.at(-1)];
  let [far, at] = [loose, 0];
  points.forEach((one, place) => {
    const distance = apart(one, first, last);
    if (distance > far) [far, at] = [distance, place];
  });
  return at ? [...thinned(points.slice(0, at + 1), loose).slice(0, -1), ...thinned(points.slice(at), loose)] : [first, last];
}

/**
 * The outline that was drawn in one go, or corner by corner; null where there is next to nothing of it.
 * `ratio` is width by height of the picture, `loose` how far it may be off, in heights of it.
 */
export function drawnOutline(points, ratio, loose) {
  const wide = points.map(([x, y]) => [clamp(x) * ratio, clamp(y)]);
  const found = thinned(wide, loose).map(([x, y]) => corner([x / ratio, y]));
  const ends = found.length > FEWEST && Math.hypot((found[0][0] - found.at(-1)[0]) * ratio, found[0][1] - found.at(-1)[1]) < 8 * loose;
  const outline = ends ? found.slice(0, -1) : found;
  const area = outline.reduce((sum, [x, y], at) => sum + x * outline[(at + 1) % outline.length][1] - outline[(at + 1) % outline.length][0] * y, 0) / 2;
  return outline.length >= FEWEST && Math.abs(area) > 1e-5 ? outline : null;
}
