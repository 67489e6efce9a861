// What is shown in place of a page that cannot be shown: because it failed, or because there is none.

import { Component } from "react";
import { Link, useLocation } from "react-router";
import { Compass, TriangleAlert } from "lucide-react";
import { CopyText } from "./asked.jsx";

class Caught extends Component {
  state = { error: null };

  static getDerivedStateFromError(error) {
    return { error };
  }

  componentDidUpdate(before) {
    if (this.state.error && before.where !== this.props.where) this.setState({ error: null });
  }

  render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <main className="dr-activity" id="content" tabIndex={-1}>
        <div className="dr-empty" role="alert">
          <TriangleAlert size={40} strokeWidth={1.25} aria-hidden />
          <h1>This page failed</h1>
          <p>That is a mistake of Darkroom. Nothing is lost: what you did before is kept. Load the page again; if it fails again, tell us what is below.</p>
          <p className="dr-caption">{String(error.message || error)}</p>
          <div className="dr-empty-ways">
            <button type="button" className="dr-button dr-button-main" onClick={() => location.reload()}>
              Load it again
            </button>
            <CopyText name="Copy what happened" text={() => `${location.pathname}${location.search}\n${error.stack || error}`} />
          </div>
        </div>
      </main>
    );
  }
}

/** Keeps a failure within the page: the navigation around it stays, and another address is tried anew. */
export function Boundary({ children }) {
  const { pathname, search } = useLocation();
  return <Caught where={pathname + search}>{children}</Caught>;
}

/** The page of addresses that lead nowhere. */
export function Missing() {
  const { pathname } = useLocation();
  return (
    <main className="dr-activity" id="content" tabIndex={-1}>
      <div className="dr-empty">
        <Compass size={40} strokeWidth={1.25} aria-hidden />
        <h1>There is nothing here</h1>
        <p>
          No page has the address <code>{pathname}</code>. Perhaps it was mistyped, or the link is old.
        </p>
        <Link className="dr-button dr-button-main" to="/">
          To the gallery
        </Link>
      </div>
    </main>
  );
}
