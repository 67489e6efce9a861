// The collections of the library: read once for all who show them, and again when they change.

import { useEffect, useMemo, useSyncExternalStore } from "react";
import { request } from "./api.js";
import { useLive } from "./live.js";
import { treeOf } from "./tree.js";

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

/** Of all, those that are filled by hand and that one may change, as names to choose from. */
export const useFillable = (all) =>
  useMemo(() => (all || []).filter((one) => one.kind === "manual" && one.may_change).map((one) => ({ id: one.id, name: one.name, count: one.images })), [all]);

/** In the order of a tree, each with its depth. */
export const inTree = (all) => treeOf(all, (one) => one.id, (one) => one.parent);
