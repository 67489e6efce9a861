// Where pictures were taken, as parts of an expression: `place:` with names, `gps:box()` with edges.

import { partsOf, quoted, replaced, valuesOf } from "./rules/language.js";

const PLACE = /^place:/;
const BOX = /^gps:box\(([^)]*)\)$/;

/** Keys of the places that a view asks for; any of them will do. */
export function placesIn(where) {
  const found = partsOf(where).find((one) => PLACE.test(one));
  return found ? valuesOf(found.slice(6)) : [];
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
