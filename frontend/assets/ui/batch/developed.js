// The way from chosen pictures to Develop. Kept apart from React so that it can be tested.

/** Pictures that an address can name. */
export const NAMED = 25;
const KEY = "darkroom.develop-chosen";
const LOOKED = 100;

const isNamed = (selection) => !selection.all && selection.ids.size <= NAMED;
const isView = (selection) => selection.all && !selection.ids.size;

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
  return `/develop?${params}`;
}

/** Keeps, in this tab, which pictures are meant. */
export function keepChosen(selection, storage = sessionStorage) {
  if (isNamed(selection) || isView(selection)) return;
  try {
    storage.setItem(KEY, JSON.stringify(selection.describe()));
  } catch {
    // Without it Develop shows the picture alone.
  }
}

/** Which pictures an address of Develop means beside its own: a selection, or null. */
export function readChosen(params, storage = sessionStorage) {
  if (params.get("scope") !== "chosen") return null;
  try {
    const found = JSON.parse(storage.getItem(KEY));
    return found?.ids || found?.query ? found : null;
  } catch {
    return null;
  }
}
