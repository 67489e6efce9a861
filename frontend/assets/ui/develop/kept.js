// The history of what is done to a picture: kept on the server for this person, with a copy in this browser.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { toast } from "sonner";
import { API, request } from "../api.js";
import { cleared, done, jumped, present, renamed, snapped, unsnapped } from "./document.js";
import { readDraft, writeDraft } from "./drafts.js";
import { turns } from "../turns.js";
import { met, packed, untouched } from "./packed.js";

const COPIED = 300;
const SENT = 1000;
/** When what could not be sent is tried again. */
const AGAIN = 15_000;
/** What a browser still sends while its page goes away. */
const LAST_WORDS = 60_000;

const pathOf = (id) => `/images/${id}/develop-history`;

/** Sends what the server has not seen as the page goes away; what does not arrive lies in this browser. */
function sendLast({ id, history, revision, dirty }) {
  writeDraft(id, { history, revision, dirty });
  const body = dirty ? packed(history) : "";
  if (!dirty || body.length > LAST_WORDS) return;
  fetch(API + pathOf(id), { method: "PUT", keepalive: true, headers: { "Content-Type": "application/json", "If-Match": `"${revision}"` }, body }).catch(() => {});
}

/** Keeps what changes: a copy at once, and on the server once nothing changes for a moment. */
function useSending(state, setState, latest, look) {
  const [where, setWhere] = useState("server");
  const [turn, setTurn] = useState(0);
  const flying = useRef(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      const copied = writeDraft(state.id, state);
      if (!copied) setWhere((old) => (old === "browser" ? "nowhere" : old));
    }, COPIED);
    return () => clearTimeout(timer);
  }, [state]);
  const send = useCallback(async () => {
    const { id, history, revision, dirty } = latest.current;
    if (!dirty || flying.current) return;
    flying.current = true;
    try {
      const made = await request(pathOf(id), { method: "PUT", body: JSON.parse(packed(history)), revision });
      setState((old) => (old.id === id ? { ...old, revision: made.revision, dirty: old.history !== history } : old));
      setWhere("server");
    } catch (problem) {
      if (problem.status === 412) await look(id);
      else {
        setWhere("browser");
        setTimeout(() => setTurn((old) => old + 1), AGAIN);
      }
    } finally {
      flying.current = false;
    }
  }, [latest, look, setState]);
  useEffect(() => {
    if (!state.dirty || !state.heard) return undefined;
    const timer = setTimeout(send, SENT);
    return () => clearTimeout(timer);
  }, [state, turn, send]);
  return where;
}

/** The history of a picture. `kept` tells where: `server`, `browser` alone, or `nowhere`. */
export function useHistory(id) {
  const [state, setState] = useState(() => ({ id, ...readDraft(id), heard: false }));
  const latest = useRef(state);
  latest.current = state;
  const look = useCallback(async (picture) => {
    const found = await request(pathOf(picture)).catch(() => null);
    setState((old) => (old.id !== picture ? old : found ? { ...met(old, found), heard: true } : { ...old, heard: true }));
  }, []);
  useEffect(() => {
    if (latest.current.id !== id) setState({ id, ...readDraft(id), heard: false });
    look(id);
    const leave = () => sendLast(latest.current);
    const back = () => document.visibilityState === "visible" && !latest.current.dirty && look(id);
    addEventListener("pagehide", leave);
    document.addEventListener("visibilitychange", back);
    return () => {
      removeEventListener("pagehide", leave);
      document.removeEventListener("visibilitychange", back);
      leave();
    };
  }, [id, look]);
  useEffect(() => {
    if (state.joined) toast.info("This picture was developed in another window, too.", { description: "What was done there comes first in the history: undo leads back to it." });
  }, [state.joined]);
  useEffect(() => turns.note(state.id, present(state.history)), [state.id, state.history]);
  const kept = useSending(state, setState, latest, look);
  const current = state.id === id ? state.history : null;
  const history = useMemo(() => current || readDraft(id).history, [current, id]);
  const change = useCallback((next) => setState((old) => ({ ...old, history: next(old.history), dirty: true })), []);
  const act = useCallback((make, words, touch) => change((old) => done(old, make(present(old)), words, touch)), [change]);
  const jump = useCallback((to) => change((old) => jumped(old, typeof to === "function" ? to(old.at) : to)), [change]);
  const clear = useCallback(async () => {
    const { history: before } = latest.current;
    const now = cleared(before);
    const nothing = untouched(now);
    setState((old) => ({ ...old, history: now, dirty: !nothing }));
    // Nothing is kept by keeping nothing.
    if (nothing) {
      const gone = await request(pathOf(id), { method: "DELETE" }).then(() => true, () => false);
      setState((old) => (old.id === id && old.history === now ? { ...old, revision: gone ? 0 : old.revision, dirty: !gone } : old));
    }
    return () => change(() => before);
  }, [id, change]);
  const snapshots = useMemo(() => ({ add: () => change(snapped), drop: (key) => change((old) => unsnapped(old, key)), rename: (key, words) => change((old) => renamed(old, key, words)) }), [change]);
  return { history, doc: present(history), act, jump, clear, snapshots, kept };
}
