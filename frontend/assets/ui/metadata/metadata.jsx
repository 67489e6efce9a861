// Metadata of many pictures: one form, what it would do to each of them, and their sidecars.

import { useEffect, useState } from "react";
import { FileDown, LoaderCircle } from "lucide-react";
import { fileUrl, request, save } from "../api.js";
import { preview } from "../bulk.js";
import { useCollections } from "../collections.js";
import { count, plural, title } from "../format.js";
import { Dialog, FormError, complain, useAct } from "../forms.jsx";
import { useAnswer, Waiting } from "../reading.jsx";
import { differenceOf, editOf, EMPTY } from "./draft.js";
import { MetadataFields } from "./fields.jsx";

const TYPING = 400;
const SIDECARS = 10_000;

/** What the pictures have now. */
function useSpread(selection) {
  const [state, setState] = useState({ spread: null, error: null });
  useEffect(() => {
    const abort = new AbortController();
    request("/images/values", { method: "POST", body: selection, signal: abort.signal }).then(
      (spread) => setState({ spread, error: null }),
      (error) => error.name !== "AbortError" && setState({ spread: null, error }),
    );
    return () => abort.abort();
  }, [selection]);
  return state;
}

/** What an edit would do, asked anew a moment after each change of it. */
function useDiff(selection, edit) {
  const key = Object.keys(edit).length ? JSON.stringify([selection, edit]) : null;
  return useAnswer(key, (signal) => preview(selection, { type: "edit", edit }, signal), TYPING);
}

function Difference({ name, before, after, nameOf }) {
  const { gone, fresh } = differenceOf(name, before, after);
  const words = (one) => (name === "collections" ? nameOf(one) : one);
  return (
    <div className="me-difference">
      <dt>{title(name)}</dt>
      <dd>
        {gone.map((one) => (
          <del key={one}>{words(one)}</del>
        ))}
        {fresh.map((one) => (
          <ins key={one}>{words(one)}</ins>
        ))}
      </dd>
    </div>
  );
}

function Changes({ found }) {
  const all = useCollections();
  const nameOf = (id) => all?.find((one) => one.id === id)?.name || id;
  const pictures = new Map(found.examples.map((one) => [one.id, one]));
  const more = (found.changing ?? found.count) - found.changes.length;
  return (
    <ul className="me-changes">
      {found.changes.map((one) => (
        <li key={one.image}>
          <img src={fileUrl(one.image, "thumbnail")} alt="" loading="lazy" />
          <div>
            <strong>{pictures.get(one.image)?.name}</strong>
            <dl>
              {Object.keys(one.after).map((name) => (
                <Difference key={name} name={name} before={one.before[name]} after={one.after[name]} nameOf={nameOf} />
              ))}
            </dl>
          </div>
        </li>
      ))}
      {more > 0 && <li className="dr-muted">and {plural(more, "more picture")} like these</li>}
    </ul>
  );
}

function Sidecars({ goal }) {
  const { busy, run } = useAct();
  const many = goal.total > SIDECARS;
  const take = () => run(() => save("/images/sidecars", goal.selection, "sidecars.zip").catch(complain));
  return (
    <button type="button" className="dr-button dr-button-quiet" disabled={busy || many} title={many ? `Up to ${count(SIDECARS)} pictures; of more: darkroom metadata export` : "XMP sidecars of these pictures in one file"} onClick={take}>
      <FileDown size={15} aria-hidden /> Sidecars
    </button>
  );
}

/** `goal` is what is chosen; `onChange(edit, count)` does it. */
export function MetadataDialog({ goal, onClose, onChange }) {
  const { spread, error } = useSpread(goal.selection);
  const [draft, setDraft] = useState(EMPTY);
  const edit = spread ? editOf(draft, spread) : {};
  const diff = useDiff(goal.selection, edit);
  const touched = Object.keys(edit).length > 0;
  const changing = diff.found?.changing;
  const submit = (event) => {
    event.preventDefault();
    if (diff.found && !diff.busy) onChange(edit, diff.found.count);
  };
  return (
    <Dialog title={`Metadata of ${plural(goal.total, "picture")}`} className="me-dialog" onClose={onClose}>
      <form className="me-form" onSubmit={submit}>
        {!spread && !error && <Waiting rows={6} />}
        {error && <FormError error={error} />}
        {spread && <MetadataFields spread={spread} draft={draft} onChange={(change) => setDraft((old) => ({ ...old, ...change }))} />}
        <section className="me-diff" aria-label="What will change">
          <h3>
            What will change {diff.busy && <LoaderCircle size={13} className="dv-spin" aria-hidden />}
          </h3>
          <p className="dr-muted" role="status">
            {!touched && "Nothing yet. Fields that you leave alone stay as they are on each picture."}
            {touched && diff.found && `${count(diff.found.count)} chosen${changing === null ? "" : `, ${count(changing)} of them will change`}. It can be taken back afterwards. ${diff.found.warnings.join(" ")}`}
          </p>
          <FormError error={diff.error} />
          {touched && diff.found && <Changes found={diff.found} />}
        </section>
        <footer className="dr-dialog-foot">
          <Sidecars goal={goal} />
          <span className="me-push" />
          <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="dr-button dr-button-main" disabled={!touched || diff.busy || !diff.found || changing === 0}>
            Change {diff.found && touched ? plural(changing ?? diff.found.count, "picture") : "them"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
