// The collections of the library: read once for all who show them, and again when they change.

import { useEffect, useSyncExternalStore } from "react";
import { request } from "./api.js";
import { useLive } from "./live.js";

let found = null;
let flying = null;
const watchers = new Set();

/** Reads them, once however many want to know. */
export function readCollections() {
  flying ||= request("/collections")
    .then((list) => {
      found = list.items;
      watchers.forEach((tell) => tell());
      return found;
    })
    .finally(() => {
      flying = null;
    });
  return flying;
}

/** All that one may see, by name; null until they are known. */
export function useCollections() {
  useEffect(() => {
    // Who may see none has none.
    readCollections().catch(() => {});
  }, []);
  useLive((event) => /^(collections|resync|images\.(deleted|updated))/.test(event.type) && readCollections().catch(() => {}));
  return useSyncExternalStore(
    (tell) => {
      watchers.add(tell);
      return () => watchers.delete(tell);
    },
    () => found,
    () => null,
  );
}

/** In the order of a tree, each with its depth. */
export function inTree(all) {
  const known = new Set(all.map((one) => one.id));
  const below = new Map();
  for (const one of all) {
    const parent = known.has(one.parent) ? one.parent : null;
    below.set(parent, [...(below.get(parent) || []), one]);
  }
  const walk = (parent, depth) => (below.get(parent) || []).flatMap((one) => [{ ...one, depth }, ...walk(one.id, depth + 1)]);
  return walk(null, 0);
}
