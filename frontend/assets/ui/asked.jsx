// "What this page asked": the requests behind what was done here, to be repeated from a shell or from Python.

import { useEffect, useState, useSyncExternalStore } from "react";
import { Check, Copy } from "lucide-react";
import { toast } from "sonner";
import { asCurl, asPython, everythingAsked, onAsked, readNames, wordsFor } from "./asked.js";
import { Dialog } from "./forms.jsx";
import { ago, count, plural } from "./format.js";
import { useNow } from "./ui.jsx";

export const ASKED = "What this page asked";
const AWHILE = 2000;

/** Copies what `text` makes. `label` says what, where the button's own words do not. */
export function CopyText({ name, text, label }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    const timer = copied && setTimeout(() => setCopied(false), AWHILE);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      setCopied(true);
    } catch {
      toast.error("The browser does not let this page copy", { description: "Allow it the clipboard, or open Darkroom by https or as localhost." });
    }
  };
  return (
    <button type="button" className="dr-button dr-button-small" aria-label={label} onClick={copy}>
      {copied ? <Check size={13} aria-hidden /> : <Copy size={13} aria-hidden />} <span role="status">{copied ? "Copied" : name}</span>
    </button>
  );
}

function Asked({ one, now }) {
  const words = wordsFor(one);
  const good = one.status >= 200 && one.status < 400;
  return (
    <li>
      <div className="dr-asked-what">
        <strong>{words}</strong>
        <code title={one.path}>
          {one.method} {one.path.replace("/api/v1", "")}
        </code>
        <span className="dr-caption">
          <b className={good ? "" : "dr-asked-bad"}>{one.status || "No answer"}</b> · {count(Math.round(one.ms))} ms · {ago(one.at, now)}
          {one.missing && " · sent without its body here"}
        </span>
      </div>
      <div className="dr-asked-copy">
        <CopyText name="curl" label={`Copy as curl: ${words}`} text={() => asCurl(one, location.origin)} />
        <CopyText name="Python" label={`Copy as Python: ${words}`} text={() => asPython(one, location.origin)} />
      </div>
    </li>
  );
}

export function AskedDialog({ onClose }) {
  const all = useSyncExternalStore(onAsked, everythingAsked, everythingAsked);
  const [reads, setReads] = useState(false);
  const now = useNow();
  useEffect(() => {
    readNames().catch(() => {}); // Addresses say it, too.
  }, []);
  const shown = reads ? all : all.filter((one) => one.changes);
  const others = all.filter((one) => !one.changes).length;
  return (
    <Dialog title={ASKED} onClose={onClose} className="dr-asked">
      <p className="dr-muted">
        Repeat it from a shell or from Python: copy it, and set <code>DARKROOM_TOKEN</code> to a token of yours. Kept until the page is loaded anew, without passwords and tokens.
      </p>
      <label className="dr-asked-reads">
        <input type="checkbox" checked={reads} onChange={(event) => setReads(event.target.checked)} />
        <span>Show what it only read, too ({plural(others, "request")})</span>
      </label>
      {shown.length ? (
        <ul aria-label={ASKED}>
          {shown.map((one) => (
            <Asked key={one.id} one={one} now={now} />
          ))}
        </ul>
      ) : (
        <p className="dr-asked-none">Nothing was changed on this page yet.</p>
      )}
    </Dialog>
  );
}
