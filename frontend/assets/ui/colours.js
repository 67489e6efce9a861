// Colours that pictures can be looked for by: names of the query language (`colour:`), and how each is shown.

import { partsOf, replaced, withPart, withoutPart } from "./rules/language.js";

export const COLOURS = [
  ["red", "#dc2f2f"],
  ["orange", "#ef8b1f"],
  ["brown", "#7a4e2d"],
  ["yellow", "#f0d72e"],
  ["green", "#37a04a"],
  ["teal", "#20aaa4"],
  ["blue", "#2f6fc4"],
  ["purple", "#7040b8"],
  ["pink", "#ee8fbd"],
  ["black", "#161616"],
  ["grey", "#8a8a8a"],
  ["white", "#f6f6f6"],
];

const placeOf = (where, name) => partsOf(where).indexOf(`colour:${name}`);

/** Whether a view asks for a colour. */
export const hasColour = (where, name) => placeOf(where, name) >= 0;

/** The expression with a colour asked for, or no longer. */
export function toggleColour(where, name) {
  const at = placeOf(where, name);
  return at >= 0 ? withoutPart(where, at) : withPart(where, `colour:${name}`);
}

const OWN = /^colour:#[0-9a-f]{3,6}$/i;

/** A colour of the view that has no name, as `#rrggbb`; null where there is none. */
export const ownColour = (where) => partsOf(where).find((one) => OWN.test(one))?.slice(7) || null;
export const withOwnColour = (where, hex) => replaced(where, OWN, hex ? `colour:${hex}` : "");

export const clamped = (value) => Math.min(1, Math.max(0, value));

/** The colour around a place of a picture (0 to 1 from the left and the top), as `#rrggbb`: the mean of five by five pixels. */
export function colourAt({ data, width, height }, x, y) {
  const [column, row] = [Math.min(width - 1, Math.floor(x * width)), Math.min(height - 1, Math.floor(y * height))];
  const sums = [0, 0, 0];
  let number = 0;
  for (let down = Math.max(0, row - 2); down <= Math.min(height - 1, row + 2); down += 1)
    for (let along = Math.max(0, column - 2); along <= Math.min(width - 1, column + 2); along += 1) {
      for (let primary = 0; primary < 3; primary += 1) sums[primary] += data[4 * (down * width + along) + primary];
      number += 1;
    }
  return `#${sums.map((sum) => Math.round(sum / number).toString(16).padStart(2, "0")).join("")}`;
}
