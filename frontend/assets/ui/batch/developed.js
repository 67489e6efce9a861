// The way from chosen pictures to Develop. Kept apart from React so that it can be tested.

import { documentOf } from "../query.js";

/** Pictures that the query of an address can name; more stand behind its `#`, which no server sees and no limit of theirs cuts. */
export const NAMED = 25;
const WRITTEN = 3000;
const KEY = "darkroom.develop-chosen";
const LOOKED = 100;
const BYTES = 32;

const isNamed = (selection) => !selection.all && selection.ids.size <= NAMED;
const isView = (selection) => selection.all && !selection.ids.size;
const isWritten = (selection) => selection.ids.size <= WRITTEN;

/** Ids one behind the other, in the letters of an address. */
function packed(ids) {
  const letters = ids.map((id) => String.fromCharCode(...id.match(/../g).map((pair) => parseInt(pair, 16)))).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function unpacked(text) {
  const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const ids = [];
  for (let at = 0; at + BYTES <= letters.length; at += BYTES) ids.push(Array.from(letters.slice(at, at + BYTES), (one) => one.charCodeAt(0).toString(16).padStart(2, "0")).join(""));
  return ids;
}

function firstOf(selection, source) {
  if (!selection.all) return [...selection.ids][0];
  for (let at = 0; at < Math.min(LOOKED, source.total ?? 0); at += 1) {
    const item = source.at(at);
    if (item && selection.has(item.id)) return item.id;
  }
  return null;
}

/** The address of Develop for them; what is too long for one is kept by `keepChosen`. */
export function developed(selection, source) {
  if (isNamed(selection)) return `/develop?ids=${[...selection.ids].join(",")}`;
  const params = new URLSearchParams();
  const first = firstOf(selection, source);
  if (first) params.set("image", first);
  if (selection.all) params.set("view", selection.query);
  params.set("scope", isView(selection) ? "view" : "chosen");
  const written = isView(selection) || !isWritten(selection) ? "" : `#${selection.all ? "but" : "chosen"}=${packed([...selection.ids])}`;
  return `/develop?${params}${written}`;
}

/** Keeps, in this tab, which pictures are meant where they are too many for an address. */
export function keepChosen(selection, storage = sessionStorage) {
  if (isNamed(selection) || isView(selection) || isWritten(selection)) return;
  try {
    storage.setItem(KEY, JSON.stringify(selection.describe()));
  } catch {
    // Without it Develop shows the picture alone.
  }
}

/** Which pictures an address of Develop means beside its own: a selection, or null. */
export function readChosen(params, hash = "", storage = sessionStorage) {
  if (params.get("scope") !== "chosen") return null;
  try {
    const [, kind, text] = /^#(chosen|but)=([\w-]+)$/.exec(hash) || [];
    if (kind === "chosen") return { ids: unpacked(text) };
    if (kind === "but") return { query: documentOf(params.get("view") || ""), except: unpacked(text) };
    const found = JSON.parse(storage.getItem(KEY));
    return found?.ids || found?.query ? found : null;
  } catch {
    return null;
  }
}
