// What the page works with: operations of this machine, and the picture.

import { useCallback, useEffect, useMemo, useState } from "react";
import { request } from "../api.js";
import { useLive } from "../live.js";
import { RAW, rawFields } from "./rawfile.js";
import { fieldsOf } from "./schema.js";

let asked = null;
const listeners = new Set();

/** Ask again for the operations, once there is another. */
export function renewCatalogue() {
  asked = null;
  for (const look of listeners) look();
}

/** The operations of this machine, read once for all pages. */
export function useCatalogue() {
  const [state, setState] = useState({ list: null, error: null });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const look = () => setTurn((old) => old + 1);
    listeners.add(look);
    return () => listeners.delete(look);
  }, []);
  useEffect(() => {
    let gone = false;
    asked ||= request("/imaging/operations");
    asked.then(
      (list) => !gone && setState({ list, error: null }),
      (error) => {
        asked = null;
        if (!gone) setState({ list: null, error });
      },
    );
    return () => {
      gone = true;
    };
  }, [turn]);
  return useMemo(() => {
    const items = state.list?.items || [];
    const byName = Object.fromEntries(items.map((one) => [one.name, one]));
    // Presets name filters with their version; the form of the newest serves them all.
    for (const one of items) if (one.name.startsWith("user/")) for (let version = 1; version <= one.version; version += 1) byName[`${one.name}@${version}`] = one;
    const made = {};
    const raw = state.list?.raw || { formats: [], parameters: {} };
    const fields = (name) => (made[name] ||= name === RAW ? rawFields(raw.parameters) : byName[name] ? fieldsOf(byName[name].parameters) : []);
    return { raw: raw.formats, ready: Boolean(state.list), error: state.error, again: () => setTurn((old) => old + 1), items, categories: state.list?.categories || [], byName, fields };
  }, [state]);
}

/** The newest version of all that a list of presets or filters holds, kept current. */
export function useNewest(path) {
  const [state, setState] = useState({ items: null, error: null });
  const look = useCallback(async () => {
    try {
      setState({ items: (await request(path)).items, error: null });
    } catch (error) {
      setState((old) => ({ ...old, error }));
    }
  }, [path]);
  useEffect(() => {
    look();
  }, [look]);
  useLive((event) => /^(presets|resync)/.test(event.type) && look());
  return { ...state, look };
}

/** What is known of a picture. */
export function usePictureRecord(id) {
  const [state, setState] = useState({ id: null });
  useEffect(() => {
    if (!id) return undefined;
    const abort = new AbortController();
    request(`/images/${id}`, { signal: abort.signal })
      .then((picture) => setState({ id, picture }))
      .catch((error) => error.name !== "AbortError" && setState({ id, error }));
    return () => abort.abort();
  }, [id]);
  return state.id === id ? state : { id };
}
