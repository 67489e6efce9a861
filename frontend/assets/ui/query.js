// The view of the gallery is its address: the same parameters as `GET /api/v1/images`.

export const MANY = ["tag", "type", "camera", "problem"];
export const ONE = ["q", "taken_from", "taken_to", "quality_min", "batch", "duplicates", "sort"];
export const DEFAULT_SORT = "-ingested_at";

/** What the address asks for; parameters of the page itself (`image`) are left out. */
export function readView(params) {
  const view = {};
  for (const key of MANY) view[key] = params.getAll(key);
  for (const key of ONE) view[key] = params.get(key) || "";
  return view;
}

/** Canonical query string of a view, for REST and the address. */
export function writeView(view) {
  const params = new URLSearchParams();
  for (const key of ONE) if (view[key] && !(key === "sort" && view[key] === DEFAULT_SORT)) params.set(key, view[key]);
  for (const key of MANY) for (const value of [...view[key]].sort()) params.append(key, value);
  return params.toString();
}

export const emptyView = (view) => ({ ...readView(new URLSearchParams()), sort: view.sort });

export const toggled = (values, value) => (values.includes(value) ? values.filter((other) => other !== value) : [...values, value]);

/** How many filters are set, the search not counted. */
export function filterCount(view) {
  const single = ["quality_min", "batch", "duplicates"].filter((key) => view[key]).length;
  return MANY.reduce((total, key) => total + view[key].length, single) + (view.taken_from || view.taken_to ? 1 : 0);
}

export const isFiltered = (view) => filterCount(view) > 0 || Boolean(view.q);

export function lastDay(month) {
  const [year, number] = month.split("-").map(Number);
  return `${month}-${String(new Date(Date.UTC(year, number, 0)).getUTCDate()).padStart(2, "0")}`;
}
