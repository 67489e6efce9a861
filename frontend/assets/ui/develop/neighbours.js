// The pictures beside the one that is developed: those of the gallery's view that it came from, or some that were chosen.

import { useEffect, useMemo, useSyncExternalStore } from "react";
import { ListSource } from "../listed.js";
import { ImageSource } from "../source.js";
import { NEIGHBOURS } from "../strip.jsx";

const NONE = { subscribe: () => () => {}, snapshot: () => 0 };

/** Where the picture is among its neighbours; nothing when it came alone. */
export function useNeighbours(id, { view, ids, start }) {
  const chosen = ids.join();
  const source = useMemo(() => (ids.length > 1 ? new ListSource(chosen.split(",")) : view !== null ? new ImageSource(view) : null), [view, chosen, ids.length]);
  useEffect(() => {
    source?.open();
    return () => source?.close();
  }, [source]);
  useSyncExternalStore((source || NONE).subscribe, (source || NONE).snapshot);
  const position = !source ? -1 : source.at(start)?.id === id ? start : source.find(id);
  const middle = position >= 0 ? position : start;
  const total = source?.total ?? 0;
  useEffect(() => {
    if (source && middle >= 0) source.want(Math.max(0, middle - NEIGHBOURS), Math.min(Math.max(0, (total || 1) - 1), middle + NEIGHBOURS));
  }, [source, middle, total]);
  return source ? { source, position, item: position >= 0 ? source.at(position) : null } : null;
}
