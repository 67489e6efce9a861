// Making a filter, or the next version of one: a formula for each channel, a kernel, a look from a picture before and after.

import { useState } from "react";
import { Plus, Trash2 } from "lucide-react";
import { request } from "../api.js";
import { Dialog, Field, FormError, SelectField, TextField, useAct } from "../forms.jsx";
import { IconButton } from "../ui.jsx";
import { PictureField } from "./reference.jsx";
import { draftOf, filterFrom, freshKnob, KINDS, nameOf, wrongs } from "./studio.js";

const CHANNELS = [["red", "Red becomes"], ["green", "Green becomes"], ["blue", "Blue becomes"]];

function Knobs({ knobs, bound, wrong, onChange }) {
  const set = (at, values) => onChange(knobs.map((one, index) => (index === at ? { ...one, ...values } : one)));
  return (
    <div className="dv-knob-rows" role="group" aria-label="What may be set each time">
      <span className="dv-knob-head">What may be set each time</span>
      {knobs.map((knob, at) => (
        <div key={at} className="dv-knob-row">
          <TextField label="Name in formulas" value={knob.name} disabled={bound} error={wrong[`knob${at}`]} onChange={(event) => set(at, { name: event.target.value })} />
          <TextField label="What it does" value={knob.text} maxLength={200} onChange={(event) => set(at, { text: event.target.value })} />
          {[["low", "Least"], ["default", "Usual"], ["high", "Most"]].map(([key, words]) => (
            <TextField key={key} label={words} type="number" step="any" value={knob[key]} onChange={(event) => set(at, { [key]: event.target.value })} />
          ))}
          {!bound && <IconButton icon={Trash2} size={15} label={`Take ${knob.name || "this knob"} out`} onClick={() => onChange(knobs.filter((_, index) => index !== at))} />}
        </div>
      ))}
      {!bound && knobs.length < 12 && (
        <button type="button" className="dr-button dr-button-small" onClick={() => onChange([...knobs, freshKnob()])}>
          <Plus size={14} aria-hidden /> Add a knob
        </button>
      )}
    </div>
  );
}

function Kernel({ draft, wrong, set }) {
  return (
    <>
      <Field label="Weights" hint="Row by row, with spaces between." error={wrong.matrix}>
        {(bound) => <textarea {...bound} className="dr-input dv-code" rows={5} spellCheck={false} value={draft.matrix} onChange={(event) => set({ matrix: event.target.value })} />}
      </Field>
      <label className="dv-check">
        <input type="checkbox" checked={draft.normalise} onChange={(event) => set({ normalise: event.target.checked })} /> Divide by their sum, so that brightness stays
      </label>
      <TextField label="Added to the result" type="number" min={-1} max={1} step="any" value={draft.offset} onChange={(event) => set({ offset: event.target.value })} />
      <SelectField label="Works on" value={draft.channels} options={[["colour", "All channels"], ["luma", "The brightness alone"]]} onChange={(channels) => set({ channels })} />
    </>
  );
}

/** A picture before and after an edit; what is chosen in the dialog must not close the form. */
function Pair({ draft, set }) {
  return (
    <div className="dv-learnt-of" onKeyDown={(event) => event.key === "Escape" && event.target.closest(".dv-wide-dialog") && event.stopPropagation()}>
      {[["before", "The picture before"], ["after", "The same picture after"]].map(([key, label]) => (
        <Field key={key} label={label}>
          {(bound) => <PictureField field={{ label, required: true }} value={draft[key]} bound={bound} onChange={(id) => set({ [key]: id })} />}
        </Field>
      ))}
      <p className="dr-caption">The edit must have changed nothing but tone and colour: no crop, no blur.</p>
    </div>
  );
}

/** `filter` is what a new version is made of; without one it is a new filter. */
export function FilterEditor({ filter, onClose, onSaved }) {
  const [draft, setDraft] = useState(() => draftOf(filter));
  const { busy, error, run } = useAct();
  const set = (values) => setDraft((old) => ({ ...old, ...values }));
  const wrong = wrongs(draft);
  const name = nameOf(draft);
  const learns = draft.kind === "look" && !filter;
  const ready = draft.title.trim() && name && !Object.keys(wrong).length && (!learns || (draft.before && draft.after));
  const save = (event) => {
    event.preventDefault();
    if (!ready) return;
    run(async () => {
      const given = learns ? ["/filters/learn", { name, title: draft.title.trim(), before: draft.before, after: draft.after }] : ["/filters", { filter: filterFrom(draft) }];
      onSaved(await request(given[0], { method: "POST", body: given[1] }));
    });
  };
  return (
    <Dialog title={filter ? `Edit ${filter.title}` : "New filter"} onClose={onClose} className="dv-wide-dialog">
      <form className="dr-form dv-save" onSubmit={save}>
        <TextField label="What it does" value={draft.title} maxLength={120} required error={wrong.title} hint={filter ? `It becomes the next version of user/${name}. Presets keep the version that they were saved with.` : name && `Recipes call it user/${name}. Under a name that is there it becomes the next version.`} onChange={(event) => set({ title: event.target.value })} />
        {!filter && <SelectField label="Made of" value={draft.kind} options={["expression", "kernel", "look"].map((kind) => [kind, KINDS[kind]])} onChange={(kind) => set({ kind })} />}
        {draft.kind === "expression" &&
          CHANNELS.map(([key, label]) => <TextField key={key} label={label} className="dv-code" spellCheck={false} value={draft[key]} hint={key === "blue" ? "r, g, b, luma, x and y from 0 to 1, v (this channel), the names of knobs; min, max, mix, clamp, sin, ..." : undefined} onChange={(event) => set({ [key]: event.target.value })} />)}
        {draft.kind === "kernel" && <Kernel draft={draft} wrong={wrong} set={set} />}
        {learns && <Pair draft={draft} set={set} />}
        {(draft.kind === "expression" || draft.kind === "steps") && <Knobs knobs={draft.knobs} bound={draft.kind === "steps"} wrong={wrong} onChange={(knobs) => set({ knobs })} />}
        <FormError error={error} />
        <footer className="dr-dialog-foot">
          <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="dr-button dr-button-main" disabled={busy || !ready}>
            {busy && learns ? "Learning" : "Save"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
