// Lists read over REST by pages about accounts.

import { useCallback, useEffect, useState } from "react";
import { Link, useLocation } from "react-router";
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

/**
 * The answer to a question that is asked anew a moment after each change of its `key`; the last one stays until then.
 * Without a key nothing is asked. `ask` gets a signal that says that nobody waits any more.
 */
export function useAnswer(key, ask, pause) {
  const [state, setState] = useState({ found: null, error: null, busy: key !== null });
  useEffect(() => {
    if (key === null) {
      setState({ found: null, error: null, busy: false });
      return undefined;
    }
    const abort = new AbortController();
    setState((old) => ({ ...old, busy: true }));
    const timer = setTimeout(() => {
      ask(abort.signal).then(
        (found) => setState({ found, error: null, busy: false }),
        (error) => error.name !== "AbortError" && setState({ found: null, error, busy: false }),
      );
    }, pause);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [key]);
  return state;
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

/** The way between pages that belong together. `pages` are `[route, words, icon, ...further routes]`. */
export function Tabs({ label, pages }) {
  const { pathname } = useLocation();
  return (
    <nav className="dr-tabs" aria-label={label}>
      {pages.map(([route, words, Icon, ...further]) => (
        <Link key={route} to={route} aria-current={[route, ...further].some((one) => pathname.startsWith(one)) ? "page" : undefined}>
          <Icon size={15} strokeWidth={1.75} aria-hidden /> {words}
        </Link>
      ))}
    </nav>
  );
}

/** `above` stands over the title: tabs, and what leads back. */
export function Page({ title, lead, tools, above, children }) {
  return (
    <main className="dr-activity dr-accounts" id="content" tabIndex={-1}>
      {above}
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
