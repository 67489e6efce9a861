// What one said becomes a version: how much it is, and what holds where others said something else meanwhile.

import { useState } from "react";
import { ArrowRight } from "lucide-react";
import { toast } from "sonner";
import { request } from "../api.js";
import { finished } from "../bulk.js";
import { count, plural } from "../format.js";
import { Dialog, FormError, TextField, useAct } from "../forms.jsx";

const SHOWN = 5;
const HOLDS = [
  ["mine", "What I said", "It takes the place of theirs"],
  ["theirs", "What they said", "Mine is left out of these pictures"],
];

/** Changes of the same kind together, most first. */
function kindsOf(items) {
  const found = new Map();
  for (const one of items) {
    const words = `${one.before || "nothing"}\u001f${one.after || "nothing"}`;
    found.set(words, (found.get(words) || 0) + 1);
  }
  return [...found].map(([words, many]) => [...words.split("\u001f"), many]).sort((a, b) => b[2] - a[2]);
}

export function CommitDrafts({ name, drafts, onClose, onDone }) {
  const [message, setMessage] = useState("");
  const [conflicts, setConflicts] = useState("mine");
  const { busy, error, run } = useAct();
  const kinds = kindsOf(drafts.items);
  const save = async (event) => {
    event.preventDefault();
    const body = { message, conflicts: drafts.conflicts ? conflicts : "refuse" };
    const began = await run(() => request(`/datasets/${name}/drafts/commit`, { method: "POST", body }));
    if (!began) return;
    onClose();
    const id = `operation-${began.id}`;
    const work = await finished(began, `Making a version of ${name}`);
    if (work.state !== "done") {
      toast.error(`There is no new version of ${name}`, { id, description: work.error?.cause || "It was stopped before the end." });
      return;
    }
    const { version, relabelled = 0 } = work.result;
    toast.success(relabelled ? `${name}@${version}: ${plural(relabelled, "picture")} labelled anew` : "All labels stay as they are", { id });
    onDone(version, relabelled);
  };
  return (
    <Dialog title={drafts.changed ? "Make a version of it" : "Keep what was looked at"} onClose={onClose}>
      <form className="dr-form" onSubmit={save}>
        <p className="dr-muted">
          {plural(drafts.looked_at, "picture")} looked at, {count(drafts.changed)} of them labelled anew. {drafts.version} stays as it is.
        </p>
        {kinds.length > 0 && (
          <ul className="an-kinds" aria-label="Changes">
            {kinds.slice(0, SHOWN).map(([before, after, many]) => (
              <li key={`${before} ${after}`}>
                <span>
                  {before} <ArrowRight size={12} aria-label="to" /> <strong>{after}</strong>
                </span>
                <span>{count(many)}</span>
              </li>
            ))}
            {kinds.length > SHOWN && <li className="dr-caption">and {plural(kinds.length - SHOWN, "more kind")}</li>}
          </ul>
        )}
        {drafts.conflicts > 0 && (
          <fieldset className="dl-choices dl-choices-2">
            <legend>Others labelled {plural(drafts.conflicts, "picture")} differently in the meantime. What holds?</legend>
            {HOLDS.map(([value, words, hint]) => (
              <label key={value} className="dl-choice">
                <input type="radio" name="holds" checked={conflicts === value} onChange={() => setConflicts(value)} />
                <strong>{words}</strong>
                <span>{hint}</span>
              </label>
            ))}
          </fieldset>
        )}
        <TextField label="What changed" maxLength={2000} placeholder="Wrong labels mended" value={message} onChange={(event) => setMessage(event.target.value)} />
        <FormError error={error} />
        <footer className="dr-dialog-foot">
          <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="dr-button dr-button-main" disabled={busy}>
            Commit
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
