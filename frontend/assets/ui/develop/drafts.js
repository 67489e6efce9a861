// Copies in this browser of what was done to each picture: what is shown until the server has answered, and what it has not seen yet.

import { request } from "../api.js";
import { begun } from "./document.js";
import { untouched } from "./packed.js";

const PREFIX = "darkroom.develop.";
const CLIPBOARD = `${PREFIX}clipboard`;
/** Pictures whose copies are kept; the one touched longest ago goes first. */
const MOST = 60;

/** Pictures of which there is a copy here. */
export const keptIds = (storage = localStorage) => all(storage).map((key) => key.slice(PREFIX.length));

const all = (storage) => Object.keys(storage).filter((key) => key.startsWith(PREFIX) && key !== CLIPBOARD);

/** The copy of a picture's history: `{ history, revision, dirty }`. One from before the server kept any is what it has not seen. */
export function readDraft(id, storage = localStorage) {
  try {
    const found = JSON.parse(storage.getItem(PREFIX + id));
    if (found?.entries?.length && found.entries[found.at]?.doc?.steps) {
      return { history: { entries: found.entries, at: found.at, touched: null, snapshots: found.snapshots || [] }, revision: found.revision || 0, dirty: found.dirty ?? true };
    }
  } catch {
    // What cannot be read is as good as nothing.
  }
  return { history: begun(), revision: 0, dirty: false };
}

/** Keeps a copy; an untouched one is forgotten. Tells whether it could be kept. */
export function writeDraft(id, { history, revision, dirty }, storage = localStorage) {
  try {
    if (untouched(history)) storage.removeItem(PREFIX + id);
    else storage.setItem(PREFIX + id, JSON.stringify({ entries: history.entries, at: history.at, snapshots: history.snapshots, revision, dirty, when: Date.now() }));
    const keys = all(storage);
    if (keys.length > MOST) {
      const old = keys.map((key) => [JSON.parse(storage.getItem(key)).when || 0, key]).sort((a, b) => a[0] - b[0]);
      for (const [, key] of old.slice(0, keys.length - MOST)) storage.removeItem(key);
    }
    return true;
  } catch {
    return false;
  }
}

/** What was copied last: by this person anywhere, or else in this browser. */
export async function readClipboard(storage = localStorage, ask = request) {
  let here = null;
  try {
    here = JSON.parse(storage.getItem(CLIPBOARD));
  } catch {
    // As good as nothing.
  }
  const found = here?.unseen ? null : await ask("/develop/clipboard").catch(() => null);
  if (!found?.copied) return here;
  const { name, steps, rest, base } = found.copied;
  return { name, doc: { steps, rest, base, next: Math.max(0, ...steps.map((step) => step.key)) + 1 } };
}

/** Copies what is done to a picture; `unseen` is what the server could not be told. */
export async function writeClipboard(doc, name, storage = localStorage, tell = request) {
  const body = { name: name.slice(0, 255), steps: doc.steps, rest: doc.rest, base: doc.base };
  const unseen = await tell("/develop/clipboard", { method: "PUT", body }).then(
    () => false,
    () => true,
  );
  try {
    storage.setItem(CLIPBOARD, JSON.stringify({ doc, name, unseen }));
  } catch {
    return !unseen;
  }
  return true;
}
