// Pictures to go through, and what is said of each: kept on the server at once, taken back step by step.

import { useCallback, useEffect, useRef, useState } from "react";
import { toast } from "sonner";
import { request } from "../api.js";
import { complain } from "../forms.jsx";

const PAGE = 50;
const AHEAD = 8;

export const saidOf = (item) => item.draft?.annotations ?? item.annotations;
const meaning = (said) => JSON.stringify(said.map(({ kind, label, box, outline }) => [kind, label, box, outline]));
export const alike = (one, other) => meaning(one) === meaning(other);

const address = (name, { queue, label, report }, cursor) => {
  const query = new URLSearchParams({ queue, limit: PAGE, ...(label && { label }), ...(report && { report }), ...(cursor && { cursor }) });
  return `/datasets/${name}/annotate?${query}`;
};

/** What somebody is to look at, the place reached, and ways to say something and to take it back. */
export function useQueue(name, asked, kind) {
  const [state, setState] = useState({ about: null, items: [], cursor: null, error: null });
  const [at, setAt] = useState(0);
  const [drafts, setDrafts] = useState(null);
  const [steps, setSteps] = useState([]);
  const chain = useRef(Promise.resolve());
  const saying = useRef("");
  saying.current = kind;
  const reading = useRef(false);
  const key = JSON.stringify({ ...asked, kind: "" }); // another kind of saying shows the same pictures
  const latest = useRef("");
  latest.current = `${name} ${key}`;

  const count = useCallback(() => request(`/datasets/${name}/drafts`).then(setDrafts, () => {}), [name]);
  const read = useCallback(
    async (cursor) => {
      const of = `${name} ${key}`;
      reading.current = true;
      try {
        const found = await request(address(name, JSON.parse(key), cursor));
        if (latest.current !== of) return;
        setState((old) => ({ about: found, items: cursor ? [...old.items, ...found.items] : found.items, cursor: found.next_cursor, error: null }));
      } catch (error) {
        if (latest.current === of) setState((old) => ({ ...old, error }));
      } finally {
        reading.current = false;
      }
    },
    [name, key],
  );
  const again = useCallback(() => {
    setState({ about: null, items: [], cursor: null, error: null });
    setAt(0);
    setSteps([]);
    read(null);
    count();
  }, [read, count]);
  useEffect(again, [again]);
  useEffect(() => {
    if (state.cursor && at > state.items.length - AHEAD && !reading.current) read(state.cursor);
  }, [at, state.cursor, state.items.length, read]);

  const put = useCallback((image, draft) => setState((old) => ({ ...old, items: old.items.map((one) => (one.key === image ? { ...one, draft } : one)) })), []);

  /** Sends what is said of a picture after all that was said before; `said` null: the version holds again. */
  const send = useCallback(
    (image, said, revisions) => {
      chain.current = chain.current.then(async () => {
        const path = `/datasets/${name}/drafts/${image}`;
        try {
          if (said === null) {
            await request(path, { method: "DELETE" });
            revisions.set(image, 0);
            return;
          }
          const kept = await request(path, { method: "PUT", body: { annotations: said, ...(saying.current && { kind: saying.current }) }, revision: revisions.get(image) ?? 0 });
          revisions.set(image, kept.revision);
        } catch (problem) {
          if (problem.code === "not_found" && said === null) return;
          complain(problem);
          if (problem.code === "precondition_failed") again();
        }
      });
      chain.current.then(count);
      return chain.current;
    },
    [name, again, count],
  );
  const revisions = useRef(new Map());
  useEffect(() => {
    for (const one of state.items) if (!revisions.current.has(one.key)) revisions.current.set(one.key, one.draft?.revision || 0);
  }, [state.items]);
  useEffect(() => {
    revisions.current = new Map();
  }, [name, key]);

  const say = useCallback(
    (item, said) => {
      const before = item.draft?.annotations ?? null;
      if (before && alike(before, said)) return;
      setSteps((old) => [...old, { image: item.key, before }]);
      put(item.key, { ...item.draft, annotations: said });
      send(item.key, said, revisions.current);
    },
    [put, send],
  );
  const undo = useCallback(() => {
    const last = steps.at(-1);
    if (!last) {
      toast("There is nothing to undo");
      return;
    }
    setSteps(steps.slice(0, -1));
    put(last.image, last.before && { annotations: last.before });
    send(last.image, last.before, revisions.current);
    setAt((old) => {
      const place = state.items.findIndex((one) => one.key === last.image);
      return place < 0 ? old : place;
    });
  }, [steps, state.items, put, send]);

  const go = useCallback((to) => setAt((old) => Math.max(0, Math.min((state.about?.total ?? 1) - 1, state.items.length - 1, typeof to === "function" ? to(old) : to))), [state.about, state.items.length]);
  return { ...state, at, go, item: state.items[at], drafts, say, undo, undoable: steps.length > 0, again, settled: () => chain.current };
}
