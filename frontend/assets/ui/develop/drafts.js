// Drafts: what was done to each picture, with its history, kept in this browser until it is saved as a preset.

import { begun } from "./document.js";

const PREFIX = "darkroom.develop.";
/** Pictures whose drafts are kept; the one touched longest ago goes first. */
const MOST = 60;

function all(storage) {
  return Object.keys(storage).filter((key) => key.startsWith(PREFIX) && !key.endsWith(".clipboard"));
}

/** The history of a picture, or a new one. */
export function readDraft(id, storage = localStorage) {
  try {
    const found = JSON.parse(storage.getItem(PREFIX + id));
    if (found?.entries?.length && found.entries[found.at]?.doc?.steps) return { entries: found.entries, at: found.at, touched: null, snapshots: found.snapshots || [] };
  } catch {
    // What cannot be read is as good as nothing.
  }
  return begun();
}

/** Keeps a history; an untouched one is forgotten. Tells whether it could be kept. */
export function writeDraft(id, history, storage = localStorage) {
  try {
    if (history.entries.length === 1 && !history.entries[0].doc.steps.length && !history.snapshots.length) storage.removeItem(PREFIX + id);
    else storage.setItem(PREFIX + id, JSON.stringify({ entries: history.entries, at: history.at, snapshots: history.snapshots, when: Date.now() }));
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

export function readClipboard(storage = localStorage) {
  try {
    return JSON.parse(storage.getItem(`${PREFIX}clipboard`));
  } catch {
    return null;
  }
}

export function writeClipboard(doc, name, storage = localStorage) {
  try {
    storage.setItem(`${PREFIX}clipboard`, JSON.stringify({ doc, name }));
    return true;
  } catch {
    return false;
  }
}
