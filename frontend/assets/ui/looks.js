// The look of a view as a part of its address. Kept apart from React so that it can be tested.

import { columnsIn, columnsText } from "./columns.js";

export const USUAL = { layout: "grid", size: 200, fit: false, columns: "" };
export const SMALLEST = 96;
export const LARGEST = 400;
const LAYOUTS = ["grid", "rows", "list"];

/** Parameters of the address that are about the look. */
export const LOOK = ["layout", "size", "fit", "columns", "group"];

const sized = (value) => Math.min(LARGEST, Math.max(SMALLEST, Math.round(value)));

/** What an address says of the look, as far as it says something that there is. */
export function lookIn(params) {
  const found = {};
  if (LAYOUTS.includes(params.get("layout"))) found.layout = params.get("layout");
  const size = Number(params.get("size"));
  if (params.get("size") && Number.isFinite(size)) found.size = sized(size);
  if (["0", "1"].includes(params.get("fit"))) found.fit = params.get("fit") === "1";
  if (params.has("columns")) found.columns = columnsText(columnsIn(params.get("columns")) || []);
  return found;
}

/** The address with the look in it: what is as usual is left out, unless it was said. */
export function withLook(params, look) {
  const next = new URLSearchParams(params);
  for (const key of Object.keys(USUAL)) {
    const value = key === "fit" ? Number(look.fit) : look[key];
    if (key === "columns" && look.layout !== "list") next.delete(key);
    else if (look[key] !== USUAL[key] || params.has(key)) next.set(key, value);
  }
  return next;
}

/** A look as a part of an address: all of it, so that it counts over what one had last. */
export function lookParams(look) {
  const params = new URLSearchParams({ layout: look.layout, size: look.size, fit: Number(look.fit) });
  if (look.layout === "list") params.set("columns", (look.columns || []).join(","));
  if (look.group) params.set("group", look.group);
  return params.toString();
}

/** The address of a collection, looking as it was kept. */
export const placeOf = (collection) => `/?collection=${collection.id}${collection.look ? `&${lookParams(collection.look)}` : ""}`;

/** The look that one had before it was a part of addresses. */
export function keptLook(storage = typeof localStorage === "undefined" ? null : localStorage) {
  const found = {};
  for (const key of Object.keys(USUAL)) {
    try {
      const value = JSON.parse(storage.getItem(`darkroom.${key}`));
      if (typeof value === typeof USUAL[key]) found[key] = value;
    } catch {
      // What cannot be read is as good as nothing.
    }
  }
  return found;
}
