// What the gallery shows: the view in its address, the pictures and counts of it, and how they stay fresh.

import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { useAddress } from "./address.js";
import { request } from "./api.js";
import { useLive } from "./live.js";
import { LOOK } from "./looks.js";
import { changedView, readView, writeView } from "./query.js";
import { GROUPS, GroupedSource } from "./groups.js";
import { ImageSource } from "./source.js";

const REFRESH = 900;

/**
 * A part of the address that is shown at once when it is set: the router draws a new address when there is time, and until then a
 * picture that was put away would be asked about on and on.
 */
function useAtOnce(named) {
  const [shown, setShown] = useState(named);
  const asked = useRef([]);
  useEffect(() => {
    // What was set in between may be drawn one after the other, or not at all; anything else is a link, or going back.
    asked.current = asked.current.slice(asked.current.lastIndexOf(named) + 1 || asked.current.length);
    if (!asked.current.length) setShown(named);
  }, [named]);
  const show = useCallback((value) => {
    asked.current.push(value);
    setShown(value);
  }, []);
  return [shown, show];
}

/** The view in the address, and a way to change it. */
export function useView() {
  const [params, setParams] = useAddress();
  const query = useMemo(() => writeView(readView(params)), [params]);
  const view = useMemo(() => readView(new URLSearchParams(query)), [query]);
  /** Changes these parts of the view. */
  const setView = useCallback(
    (part, options) =>
      setParams(
        (now) => {
          const changed = new URLSearchParams(writeView(changedView(readView(now), view, part)));
          for (const key of LOOK) if (now.has(key)) changed.set(key, now.get(key));
          return changed;
        },
        { preventScrollReset: true, ...options },
      ),
    [setParams, view],
  );
  const group = GROUPS.some(([key]) => key && key === params.get("group")) ? params.get("group") : "";
  const setGroup = useCallback(
    (key) =>
      setParams(
        (old) => {
          const changed = new URLSearchParams(old);
          if (key) changed.set("group", key);
          else changed.delete("group");
          return changed;
        },
        { preventScrollReset: true },
      ),
    [setParams],
  );
  const [image, show] = useAtOnce(params.get("image"));
  const setImage = useCallback(
    (id, options) => {
      show(id);
      setParams(
        (old) => {
          const changed = new URLSearchParams(old);
          if (id) changed.set("image", id);
          else changed.delete("image");
          return changed;
        },
        { preventScrollReset: true, ...options },
      );
    },
    [setParams, show],
  );
  return { query, view, setView, group, setGroup, image, setImage };
}

/** Calls `act` at once and then at most every `every` ms, the last call never lost. */
export function useThrottled(act, every) {
  const latest = useRef(act);
  latest.current = act;
  const state = useRef({ last: 0, timer: 0 });
  useEffect(() => () => clearTimeout(state.current.timer), []);
  return useCallback(() => {
    const now = performance.now();
    clearTimeout(state.current.timer);
    const run = () => {
      state.current.last = performance.now();
      latest.current();
    };
    const wait = state.current.last + every - now;
    if (wait <= 0) run();
    else state.current.timer = setTimeout(run, wait);
  }, [every]);
}

export function useFacets(query) {
  const [state, setState] = useState({ facets: null, error: null });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    request(`/facets${query && `?${query}`}`, { signal: abort.signal })
      .then((facets) => setState({ facets, error: null }))
      .catch((error) => error.name !== "AbortError" && setState((old) => ({ ...old, error })));
    return () => abort.abort();
  }, [query, turn]);
  const again = useThrottled(() => setTurn((old) => old + 1), 2000);
  return [state.facets, again];
}

export function useSource(query, group = "") {
  const source = useMemo(() => (group ? new GroupedSource(query, group) : new ImageSource(query)), [query, group]);
  useEffect(() => {
    source.open();
    return () => source.close();
  }, [source]);
  useSyncExternalStore(source.subscribe, source.snapshot, source.snapshot);
  return source;
}

/** Follows live events: shows new pictures at once at the top of the page, else offers them. */
export function useFresh(source, atTop, again) {
  const [fresh, setFresh] = useState(0);
  useEffect(() => setFresh(0), [source]);
  const reload = useThrottled(() => source.reload(), REFRESH);
  useEffect(() => {
    if (atTop && fresh) {
      setFresh(0);
      reload();
    }
  }, [atTop, fresh, reload]);
  useLive((event) => {
    // Something may have happened between reading the view and following the events.
    const behind = event.type === "hello" && source.seq !== null && event.data.seq > source.seq;
    if (!behind && !/^(images|resync)/.test(event.type)) {
      if (event.type.startsWith("failures")) again();
      return;
    }
    again();
    if (event.type !== "images.added" || atTop || source.total === 0) reload();
    else setFresh((old) => old + (event.ids?.length || 1));
  });
  return [fresh, () => setFresh(0), reload];
}
