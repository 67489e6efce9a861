// The history of what is done to a picture: kept on the server for this person, with a copy in this browser.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { toast } from "sonner";
import { ask, request } from "../api.js";
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
/** The same of what is sent while the page stays, so that there is room for last words. */
const WORDS = 30_000;

const pathOf = (id) => `/images/${id}/develop-history`;

/** Has the server keep a history: `made` is what it says of it, `lasting` whether that is sent although the page goes away. */
function put({ id, history, revision }, most) {
  const body = packed(history);
  const lasting = body.length <= most;
  return { id, history, lasting, made: ask(pathOf(id), { method: "PUT", sent: body, revision, keepalive: lasting }).then((answer) => answer.json()) };
}

/** Sends what the server has not seen as the picture or, `going`, the page goes away; what does not arrive lies in this browser. */
function sendLast(last, flying, going) {
  writeDraft(last.id, last);
  const asked = flying?.id === last.id ? flying : null;
  if (!last.dirty || (asked?.history === last.history && (asked.lasting || !going))) return;
  const send = (revision) => put({ ...last, revision }, LAST_WORDS).made.catch(() => {});
  // What is on its way makes a revision, which what follows has to name.
  if (asked && !going) asked.made.then((made) => send(made.revision), () => {});
  else send(last.revision);
}

/** Keeps what changes: a copy at once, and on the server once nothing changes for a moment. */
function useSending(state, setState, latest, flying, look) {
  const [where, setWhere] = useState("server");
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const timer = setTimeout(() => {
      const copied = writeDraft(state.id, state);
      if (!copied) setWhere((old) => (old === "browser" ? "nowhere" : old));
    }, COPIED);
    return () => clearTimeout(timer);
  }, [state]);
  const send = useCallback(async () => {
    const { id, history, dirty } = latest.current;
    if (!dirty || flying.current?.id === id) return;
    const mine = put(latest.current, WORDS);
    flying.current = mine;
    try {
      const made = await mine.made;
      setState((old) => (old.id === id ? { ...old, revision: made.revision, dirty: old.history !== history } : old));
      setWhere("server");
    } catch (problem) {
      if (problem.status === 412) await look(id);
      else {
        setWhere("browser");
        setTimeout(() => setTurn((old) => old + 1), AGAIN);
      }
    } finally {
      if (flying.current === mine) flying.current = null;
    }
  }, [latest, flying, look, setState]);
  useEffect(() => {
    if (!state.dirty || !state.heard) return undefined;
    const timer = setTimeout(send, SENT);
    return () => clearTimeout(timer);
  }, [state, turn, send]);
  return where;
}

/** The history of a picture; the server is asked for it after `pause` ms. `kept` tells where: `server`, `browser` alone, or `nowhere`. */
export function useHistory(id, pause = 0) {
  const [state, setState] = useState(() => ({ id, ...readDraft(id), heard: false }));
  const latest = useRef(state);
  latest.current = state;
  const flying = useRef(null);
  const look = useCallback(async (picture, signal) => {
    const found = await request(pathOf(picture), { signal }).catch(() => null);
    if (signal?.aborted) return;
    setState((old) => (old.id !== picture ? old : found ? { ...met(old, found), heard: true } : { ...old, heard: true }));
  }, []);
  useEffect(() => {
    if (latest.current.id !== id) setState({ id, ...readDraft(id), heard: false });
    const abort = new AbortController();
    const timer = setTimeout(() => look(id, abort.signal), pause);
    // Of a picture that was only passed there is nothing to keep.
    const leave = (going) => (latest.current.heard || latest.current.dirty) && sendLast(latest.current, flying.current, Boolean(going));
    const back = () => document.visibilityState === "visible" && !latest.current.dirty && look(id, abort.signal);
    addEventListener("pagehide", leave);
    document.addEventListener("visibilitychange", back);
    return () => {
      clearTimeout(timer);
      abort.abort();
      removeEventListener("pagehide", leave);
      document.removeEventListener("visibilitychange", back);
      leave();
    };
  }, [id, look, pause]);
  useEffect(() => {
    if (state.joined) toast.info("This picture was developed in another window, too.", { description: "What was done there comes first in the history: undo leads back to it." });
  }, [state.joined]);
  useEffect(() => turns.note(state.id, present(state.history)), [state.id, state.history]);
  const kept = useSending(state, setState, latest, flying, look);
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
