// The view of the gallery is its address: the same parameters as `GET /api/v1/images`.

import { treeOf } from "./tree.js";

export const LABELS = ["red", "yellow", "green", "blue", "purple"];
export const MANY = ["tag", "type", "camera", "problem", "label"];
export const ONE = ["q", "where", "taken_from", "taken_to", "quality_min", "rating_min", "favourite", "collection", "batch", "duplicates", "sort"];
export const DEFAULT_SORT = "-ingested_at";

/** What the address asks for; parameters of the page itself (`image`) are left out. */
export function readView(params) {
  const view = {};
  for (const key of MANY) view[key] = params.getAll(key);
  for (const key of ONE) view[key] = params.get(key) || "";
  return view;
}

/** The view as the document that REST takes where it stands in a body. */
export function documentOf(text) {
  const found = {};
  for (const [key, value] of new URLSearchParams(text)) {
    if (MANY.includes(key)) (found[key] ||= []).push(value);
    else found[key] = value;
  }
  return found;
}

/** Whether an expression compares pictures with something, so that what it finds has an order of its own. */
export const isRanked = (where) => /(^|[\s(])(like|similar):/i.test(where || "");
const RANKED = "-likeness";

/** The order of a view where none is chosen. */
export const sortOf = (view) => (view.sort === RANKED && !isRanked(view.where) ? "" : view.sort) || (isRanked(view.where) ? RANKED : DEFAULT_SORT);

/** Orders that a view can have. */
export const sortsOf = (sorts, view) => (isRanked(view.where) ? sorts : sorts.filter(([key]) => key !== RANKED));

/** Canonical query string of a view, for REST and the address. */
export function writeView(view) {
  const params = new URLSearchParams();
  const usual = sortOf({ ...view, sort: "" });
  for (const key of ONE) if (view[key] && !(key === "sort" && sortOf(view) === usual)) params.set(key, view[key]);
  for (const key of MANY) for (const value of [...view[key]].sort()) params.append(key, value);
  return params.toString();
}

/** The change that takes all filters and the search off; the order stays. */
export function emptied() {
  const { sort: _, ...others } = readView(new URLSearchParams());
  return others;
}

/**
 * The view of now with a part of it changed, as somebody did who saw the view `seen`: of several values those that were taken off or put in.
 * So what was chosen a moment ago, and is not drawn yet, stays.
 */
export function changedView(now, seen, part) {
  const next = { ...now, ...part };
  for (const key of MANY) {
    if (!part[key]) continue;
    const kept = now[key].filter((one) => part[key].includes(one) || !seen[key].includes(one));
    next[key] = [...new Set([...kept, ...part[key].filter((one) => !seen[key].includes(one))])];
  }
  return next;
}

export const toggled = (values, value) => (values.includes(value) ? values.filter((other) => other !== value) : [...values, value]);

/** How many filters are set, the search not counted. */
export function filterCount(view) {
  const single = ["quality_min", "rating_min", "favourite", "collection", "batch", "duplicates"].filter((key) => view[key]).length;
  return MANY.reduce((total, key) => total + view[key].length, single) + (view.taken_from || view.taken_to ? 1 : 0);
}

export const isFiltered = (view) => filterCount(view) > 0 || Boolean(view.q || view.where);

/** Whether what somebody typed is meant for the query language: plain words are looked for in names, tags and cameras. */
export const isExpression = (text) => /[:<>=()"]|(^|\s)-\S/.test(text);

/** What is typed as parts of a view: an expression, or words. */
export const searchOf = (text) => (isExpression(text) ? { q: "", where: text } : { q: text.slice(0, 200), where: "" });

/** The text with what was chosen in its place, and where the caret stands then. A value that is whole is left with a space. */
export function completed(text, { begin, end, field }, { text: chosen }) {
  const after = text.slice(end);
  const put = field && !after.startsWith(" ") ? `${chosen} ` : chosen;
  return [text.slice(0, begin) + put + after, begin + put.length];
}

export function lastDay(month) {
  const [year, number] = month.split("-").map(Number);
  return `${month}-${String(new Date(Date.UTC(year, number, 0)).getUTCDate()).padStart(2, "0")}`;
}

/** Values with levels (`places/oslo`) in the order of a tree, each with its depth; those of a level stay in their order. */
export function inTree(values) {
  const known = new Set(values.map((one) => one.value));
  const above = ({ value }) => {
    const parts = value.split("/");
    for (let depth = parts.length - 1; depth > 0; depth -= 1) {
      const parent = parts.slice(0, depth).join("/");
      if (known.has(parent)) return parent;
    }
    return null;
  };
  return treeOf(values, (one) => one.value, above).map((one) => ({ ...one, name: one.value.slice((above(one)?.length ?? -1) + 1) }));
}
