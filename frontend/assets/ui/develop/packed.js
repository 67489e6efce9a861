// A history as the server keeps it: each step is said once, and the states name steps by their places. Kept apart from React so that it can be tested.

import { begun, done, present } from "./document.js";

/** Most characters of a history that are sent; the oldest states go first. */
const MOST = 380_000;
const WORDS = 300;

function pack(history, entries, at) {
  const lists = { steps: [], rests: [] };
  const seen = { steps: new Map(), rests: new Map() };
  const place = (kind, value) => {
    const text = JSON.stringify(value);
    if (!seen[kind].has(text)) seen[kind].set(text, lists[kind].push(value) - 1);
    return seen[kind].get(text);
  };
  const state = (doc, words) => ({ words: words.slice(0, WORDS), steps: doc.steps.map((step) => place("steps", step)), rest: place("rests", doc.rest), next: doc.next, base: doc.base });
  return { states: entries.map((one) => state(one.doc, one.words)), at, snapshots: history.snapshots.map((one) => ({ key: one.key, ...state(one.doc, one.words) })), ...lists };
}

/** What is sent of a history, as text. */
export function packed(history) {
  let { entries, at } = history;
  let text = JSON.stringify(pack(history, entries, at));
  while (text.length > MOST && entries.length > 1) {
    const gone = Math.max(1, Math.floor(entries.length / 4));
    entries = entries.slice(gone);
    at = Math.max(0, at - gone);
    text = JSON.stringify(pack(history, entries, at));
  }
  return text;
}

/** The history behind what the server keeps; a new one where that is nothing. */
export function unpacked(found) {
  const docOf = (one) => ({ steps: one.steps.map((place) => found.steps[place]), rest: found.rests[one.rest] || {}, next: one.next, base: one.base });
  const snapshots = (found?.snapshots || []).map((one) => ({ key: one.key, words: one.words, doc: docOf(one) }));
  if (!found?.states?.length) return { ...begun(), snapshots };
  return { entries: found.states.map((one) => ({ doc: docOf(one), words: one.words })), at: found.at, touched: null, snapshots };
}

/** Whether nothing was ever done. */
export const untouched = (history) => history.entries.length === 1 && !history.entries[0].doc.steps.length && !Object.keys(history.entries[0].doc.rest).length && !history.snapshots.length;

const same = (one, other) => packed(one) === packed(other);

/** Whether a history has come to another one and gone on from there: what was sent on the way is no work of another window. */
function cameTo(mine, other) {
  const length = other.entries.length;
  if (other.at !== length - 1 || length > mine.entries.length) return false;
  const then = { ...mine, entries: mine.entries.slice(0, length), at: other.at, snapshots: [] };
  const keys = new Set(mine.snapshots.map((one) => one.key));
  return same(then, { ...other, snapshots: [] }) && other.snapshots.every((one) => keys.has(one.key));
}

/**
 * What a window goes on with once it has heard what the server keeps. `mine` is `{ history, revision, dirty }`: dirty is what the server has not seen.
 * What was done elsewhere comes first, and what was done here follows it, so that undoing leads back to it.
 */
export function met(mine, found) {
  const theirs = unpacked(found);
  const { revision } = found;
  if (!mine.dirty || untouched(mine.history) || same(mine.history, theirs)) {
    return { ...mine, history: same(mine.history, theirs) ? mine.history : theirs, revision, dirty: false, joined: false };
  }
  if (mine.revision === revision) return { ...mine, joined: false };
  if (untouched(theirs) || cameTo(mine.history, theirs)) return { ...mine, revision, joined: false };
  const now = JSON.stringify(present(mine.history)) === JSON.stringify(present(theirs));
  return { ...mine, history: now ? theirs : done(theirs, present(mine.history), "Done in this window meanwhile"), revision, dirty: !now, joined: !now };
}
