// Where pictures were taken, as parts of an expression: `place:` with names, `gps:box()` with edges.

import { partsOf, quoted, withPart, withoutPart } from "./rules/language.js";

const PLACE = /^place:/;
const BOX = /^gps:box\(([^)]*)\)$/;

const at = (where, pattern) => partsOf(where).findIndex((one) => pattern.test(one));

/** The expression with another part in place of those that fit a pattern; without one when `part` is empty. */
function replaced(where, pattern, part) {
  const place = at(where, pattern);
  const rest = place >= 0 ? withoutPart(where, place) : where;
  return part ? withPart(rest, part) : rest;
}

/** Keys of the places that a view asks for; any of them will do. */
export function placesIn(where) {
  const found = partsOf(where).find((one) => PLACE.test(one));
  return found ? [...found.slice(6).matchAll(/"((?:[^"\\]|\\.)*)"|[^,]+/g)].map((one) => one[1] ?? one[0]) : [];
}

export const withPlaces = (where, keys) => replaced(where, PLACE, keys.length ? `place:${keys.map(quoted).join(",")}` : "");

/** The part of the world that a view asks for, or null. */
export function boxIn(where) {
  const found = partsOf(where).map((one) => BOX.exec(one)).find(Boolean);
  const [south, west, north, east] = (found?.[1] || "").split(",").map(Number);
  return found && Number.isFinite(east) ? { south, west, north, east } : null;
}

const short = (degrees) => Number(degrees.toFixed(4));

export const withBox = (where, box) => replaced(where, BOX, box ? `gps:box(${[box.south, box.west, box.north, box.east].map(short).join(",")})` : "");
