// What the page works with: operations of this machine, the picture, the history of what is done to it.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { request } from "../api.js";
import { done, jumped, present, renamed, snapped, unsnapped } from "./document.js";
import { readDraft, writeDraft } from "./drafts.js";
import { RAW, rawFields } from "./rawfile.js";
import { fieldsOf } from "./schema.js";

const KEPT = 300;
let asked = null;

/** The operations of this machine, read once for all pages. */
export function useCatalogue() {
  const [state, setState] = useState({ list: null, error: null });
  const [turn, setTurn] = useState(0);
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
    const made = {};
    const raw = state.list?.raw || { formats: [], parameters: {} };
    const fields = (name) => (made[name] ||= name === RAW ? rawFields(raw.parameters) : byName[name] ? fieldsOf(byName[name].parameters) : []);
    return { raw: raw.formats, ready: Boolean(state.list), error: state.error, again: () => setTurn((old) => old + 1), items, categories: state.list?.categories || [], byName, fields };
  }, [state]);
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

/** The history of a picture, kept in this browser. */
export function useHistory(id) {
  const [state, setState] = useState(() => ({ id, history: readDraft(id) }));
  const [kept, setKept] = useState(true);
  const latest = useRef(state);
  latest.current = state;
  useEffect(() => {
    if (latest.current.id !== id) setState({ id, history: readDraft(id) });
  }, [id]);
  useEffect(() => {
    const timer = setTimeout(() => setKept(writeDraft(state.id, state.history)), KEPT);
    return () => clearTimeout(timer);
  }, [state]);
  useEffect(() => {
    const save = () => writeDraft(latest.current.id, latest.current.history);
    addEventListener("pagehide", save);
    return () => {
      removeEventListener("pagehide", save);
      save();
    };
  }, [id]);
  const current = state.id === id ? state.history : null;
  const history = useMemo(() => current || readDraft(id), [current, id]);
  const change = useCallback((next) => setState((old) => ({ ...old, history: next(old.history) })), []);
  const act = useCallback((make, words, touch) => change((old) => done(old, make(present(old)), words, touch)), [change]);
  const jump = useCallback((to) => change((old) => jumped(old, typeof to === "function" ? to(old.at) : to)), [change]);
  const snapshots = useMemo(() => ({ add: () => change(snapped), drop: (key) => change((old) => unsnapped(old, key)), rename: (key, words) => change((old) => renamed(old, key, words)) }), [change]);
  return { history, doc: present(history), act, jump, snapshots, kept };
}
