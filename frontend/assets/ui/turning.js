// Quarter turns of a picture: a step of what Develop does to it, so that the original stays and it can be taken back.

import { added, removed, set } from "./develop/document.js";

const QUARTER = 90;

const angleOf = (step) => step.params.angle ?? QUARTER;
const isTurn = (step) => step.name === "rotate" && step.on && angleOf(step) % QUARTER === 0 && (step.params.corners ?? "expand") === "expand";
const around = (angle) => ((angle % 360) + 360) % 360;

/** How far a document turns its picture, clockwise: 0, 90, 180 or 270 degrees. */
export const turnOf = (doc) => around(doc.steps.filter(isTurn).reduce((sum, step) => sum + angleOf(step), 0));

/** A document whose picture is turned by so many degrees more. */
export function turned(doc, by) {
  const last = doc.steps.filter(isTurn).at(-1);
  const angle = around((last ? angleOf(last) : 0) + by);
  const params = { angle: angle > 180 ? angle - 360 : angle };
  if (!last) return added(doc, "rotate", params);
  return angle ? set(doc, last.key, params) : removed(doc, last.key);
}

/** What of a turned picture is in sight, as shares of its own width and height. */
export function sight({ width, height, x, y }, [wide, tall], turn) {
  const across = [-width / 2 - x, width / 2 - x];
  const down = [-height / 2 - y, height / 2 - y];
  const back = ([from, to]) => [-to, -from];
  const [u, v] = { 0: [across, down], 90: [down, back(across)], 180: [back(across), back(down)], 270: [back(down), across] }[turn];
  return { left: 0.5 + u[0] / wide, right: 0.5 + u[1] / wide, top: 0.5 + v[0] / tall, bottom: 0.5 + v[1] / tall };
}

/** Where a turned picture lies within the box of its turned shape. */
export const laid = (turn, ratio) =>
  turn % 180
    ? { left: "50%", top: "50%", width: `${ratio * 100}%`, height: `${100 / ratio}%`, transform: `translate(-50%, -50%) rotate(${turn}deg)` }
    : { inset: 0, ...(turn && { transform: `rotate(${turn}deg)` }) };
