// Saving what is done as a preset: a new one, or the next version of one that is there; derived from its base where it is.

import { useEffect, useMemo, useState } from "react";
import { Scale } from "lucide-react";
import { request } from "../api.js";
import { Dialog, FormError, TextField, useAct } from "../forms.jsx";
import { beginContest } from "./contest.jsx";
import { recipeOf } from "./document.js";
import { SaveFilter } from "./filter.jsx";
import { derived, slug } from "./inherit.js";
import { OutputFields } from "./output.jsx";

export function SavePreset({ id, doc, presets, catalogue, keep, selection, onClose, onSaved, onJudged, onFilter }) {
  const [asFilter, setAsFilter] = useState(false);
  const own = presets.items?.find((one) => !one.built_in && one.name === doc.base?.split("@")[0]);
  const [title, setTitle] = useState(own?.title || "");
  const [description, setDescription] = useState(own?.description || "");
  const [rest, setRest] = useState(doc.rest);
  const [inherit, setInherit] = useState(true);
  const [base, setBase] = useState(null);
  const { busy, error, run } = useAct();
  useEffect(() => {
    // A new version of the same preset is not made from itself.
    if (doc.base && !own) request(`/presets/${encodeURIComponent(doc.base)}`).then(setBase, () => {});
  }, [doc.base, own]);
  const name = slug(title);
  const taken = presets.items?.find((one) => one.name === name);
  const recipe = useMemo(() => recipeOf({ ...doc, rest }, { keep }), [doc, rest, keep]);
  const asChild = useMemo(() => (base ? derived(recipe, base.recipe, doc.base) : null), [base, recipe, doc.base]);
  const bare = useMemo(() => recipeOf(doc, { keep, bare: true }), [doc, keep]);
  const left = doc.steps.filter((step) => !step.on || !keep(step)).length;
  const save = () =>
    run(async () => {
      const body = inherit && asChild ? asChild : recipe;
      const found = await request("/presets", { method: "POST", body: { name, recipe: { ...body, name, ...(title && { title }), ...(description && { description }) } } });
      onSaved(found);
    });
  const judge = () => run(async () => onJudged(await beginContest(name, { recipe: { ...recipe, name, ...(title && { title }), ...(description && { description }) } }, selection)));
  const wrong = taken?.built_in ? `${taken.name} comes with Darkroom. Choose another name.` : title && !name ? "Use letters or digits." : "";
  if (asFilter)
    return (
      <Dialog title="Save as an operation" onClose={onClose}>
        <SaveFilter doc={doc} catalogue={catalogue} keep={keep} onBack={() => setAsFilter(false)} onClose={onClose} onSaved={onFilter} />
      </Dialog>
    );
  return (
    <Dialog title="Save as preset" onClose={onClose}>
      <form
        className="dr-form dv-save"
        onSubmit={(event) => {
          event.preventDefault();
          if (name && !wrong) save();
        }}
      >
        <TextField label="Name" value={title} maxLength={64} required error={wrong} hint={taken && !wrong ? `It becomes version ${taken.version + 1} of ${name}. Earlier versions stay as they are.` : name ? `Programs call it ${name}.` : ""} onChange={(event) => setTitle(event.target.value)} />
        <TextField label="What it is for" value={description} maxLength={300} onChange={(event) => setDescription(event.target.value)} />
        <OutputFields rest={rest} onChange={setRest} of={{ id, recipe: bare }} />
        {asChild && (
          <label className="dv-check">
            <input type="checkbox" checked={inherit} onChange={(event) => setInherit(event.target.checked)} /> Made from {doc.base}: keep only what differs, and say where it came from
          </label>
        )}
        {left > 0 && <p className="dr-caption">{left === 1 ? "A step that is switched off or not ready is" : `${left} steps that are switched off or not ready are`} left out.</p>}
        <FormError error={error} />
        <footer className="dr-dialog-foot">
          {recipe.operations.length > 0 && (
            <button type="button" className="dr-button dr-button-quiet dv-other-way" onClick={() => setAsFilter(true)}>
              As an operation instead
            </button>
          )}
          <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
            Cancel
          </button>
          {taken && !wrong && (
            <button type="button" className="dr-button" disabled={busy} title={`Compare it blindly with ${taken.name}@${taken.version} first: the winner becomes the newest version`} onClick={judge}>
              <Scale size={15} aria-hidden /> Judge first
            </button>
          )}
          <button type="submit" className="dr-button dr-button-main" disabled={busy || !name || Boolean(wrong)}>
            Save
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
