// Lists read over REST by pages about accounts.

import { useCallback, useEffect, useState } from "react";
import { request } from "./api.js";

/** Something read once, and again when asked to. */
export function useOnce(path) {
  const [state, setState] = useState({ data: null, error: null });
  const look = useCallback(async () => {
    try {
      setState({ data: await request(path), error: null });
    } catch (error) {
      setState((old) => ({ ...old, error }));
    }
  }, [path]);
  useEffect(() => {
    look();
  }, [look]);
  return [state, look];
}

/** A list that is read page by page, each after the one before. */
export function usePages(path) {
  const [state, setState] = useState({ items: null, cursor: null, error: null });
  const look = useCallback(
    async (cursor) => {
      const glue = path.includes("?") ? "&" : "?";
      try {
        const found = await request(path + (cursor ? `${glue}cursor=${encodeURIComponent(cursor)}` : ""));
        setState((old) => ({ items: cursor ? [...old.items, ...found.items] : found.items, cursor: found.next_cursor, error: null }));
      } catch (error) {
        setState((old) => ({ ...old, error }));
      }
    },
    [path],
  );
  useEffect(() => {
    look(null);
  }, [look]);
  return [state, () => look(null), () => look(state.cursor)];
}

export function Waiting({ rows = 3 }) {
  return (
    <div className="dr-waiting" aria-hidden>
      {Array.from({ length: rows }, (_, at) => (
        <i key={at} className="dr-skeleton" />
      ))}
    </div>
  );
}

export function Page({ title, lead, tools, children }) {
  return (
    <main className="dr-activity dr-accounts" id="content" tabIndex={-1}>
      <header className="dr-page-head">
        <h1>{title}</h1>
        {tools && <div className="dr-page-tools">{tools}</div>}
      </header>
      {lead && <p className="dr-page-lead dr-muted">{lead}</p>}
      {children}
    </main>
  );
}

export function Section({ id, title, hint, tools, children }) {
  return (
    <section className="dr-section" aria-labelledby={id}>
      <header>
        <div>
          <h2 id={id}>{title}</h2>
          {hint && <p className="dr-caption">{hint}</p>}
        </div>
        {tools}
      </header>
      {children}
    </section>
  );
}
