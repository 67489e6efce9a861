// What is done to a RAW file before the first step, as values. Kept apart from React so that it can be tested.

import { fieldsOf, meant, shown } from "./schema.js";

/** Its key among those of the steps, and its name among their operations. */
export const RAW = "raw";
/** Where the place is picked that is to be grey. */
const GREY = { kind: "point", fields: { place: "grey_at" }, sets: {} };
/** What is asked for last: it replaces all the rest. */
const LAST = ["preview", "sidecar"];
/** What a choice of white balance needs before anybody has said it. */
const NEEDED = { picked: { grey_at: [0.5, 0.5] }, custom: { multipliers: [2, 1, 1.5, 1] } };

/** The fields of its form, in the order in which one develops. */
export function rawFields(parameters) {
  const fields = fieldsOf(parameters);
  return [...fields.filter((one) => !LAST.includes(one.name)), ...fields.filter((one) => LAST.includes(one.name))];
}

/** Those that mean something beside what is set. */
export const meantFields = (fields, params) => fields.filter((one) => meant(one, fields, params));

/** Values that are set together with some: what a white balance needs comes, and what it does not need goes. */
export function together(fields, params, values) {
  if (!("white_balance" in values)) return values;
  const next = { ...params, ...values };
  const needed = Object.entries(NEEDED[values.white_balance] || {}).filter(([name]) => params[name] === undefined);
  const idle = fields.filter((one) => one.when?.white_balance && !meant(one, fields, next) && params[one.name] !== undefined);
  return { ...values, ...Object.fromEntries(needed), ...Object.fromEntries(idle.map((one) => [one.name, undefined])) };
}

/** What is dragged on the picture for it: nothing, or the place that is to be grey; what moves pixels waits meanwhile. */
export function rawTool(doc, byName) {
  const params = doc.rest.raw || {};
  if (params.white_balance !== "picked") return null;
  return { step: { key: RAW, name: RAW, params }, handle: GREY, keep: (step) => !byName[step.name]?.moves_pixels };
}

/** What is said of it under its name. */
export function rawWords(fields, params, sidecar) {
  const changed = fields.filter((one) => one.name in params && one.name !== "multipliers");
  if (changed.length) return changed.slice(0, 3).map((one) => `${one.label} ${one.kind === "point" ? "on the picture" : shown(one, params[one.name])}`).join(", ") + (changed.length > 3 ? " …" : "");
  return sidecar ? "As its sidecar says" : "As the camera set it";
}

const round = (value) => Number(value.toFixed(2));

/** What a sidecar asks for, in words. */
export function sidecarWords(develop) {
  if (!develop) return "";
  const light = { camera: "as shot", auto: "automatic", kelvin: `${develop.temperature} K` }[develop.white_balance];
  const found = [light && `white balance ${light}`, develop.exposure && `exposure ${develop.exposure > 0 ? "+" : ""}${round(develop.exposure)} EV`, develop.crop && "a crop", develop.angle && `turned ${round(develop.angle)}°`, develop.orientation && "another orientation"];
  return found.filter(Boolean).join(", ");
}
