// Colours that pictures can be looked for by: names of the query language (`colour:`), and how each is shown.

import { partsOf, withPart, withoutPart } from "./rules/language.js";

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
