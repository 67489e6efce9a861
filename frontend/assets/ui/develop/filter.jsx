// Saving what is done as an operation of its own: a filter of the library, with knobs for what may be set each time.

import { useMemo, useState } from "react";
import { request } from "../api.js";
import { FormError, TextField, useAct } from "../forms.jsx";
import { filterOf, filterName, knobsOf } from "./knobs.js";
import { renewCatalogue } from "./store.js";

/** `onBack` leads to saving as a preset. */
export function SaveFilter({ doc, catalogue, keep, onBack, onClose, onSaved }) {
  const [title, setTitle] = useState("");
  const [picked, setPicked] = useState([]);
  const { busy, error, run } = useAct();
  const steps = useMemo(() => doc.steps.filter((step) => step.on && keep(step)), [doc, keep]);
  const knobs = useMemo(() => knobsOf(steps, catalogue), [steps, catalogue]);
  const nested = steps.find((step) => step.name.startsWith("user/"));
  const name = filterName(title);
  const wrong = nested ? `${catalogue.byName[nested.name].title} is a filter already. Take it out, or save a preset.` : title && !name ? "Begin with a letter." : "";
  const save = () =>
    run(async () => {
      const found = await request("/filters", { method: "POST", body: { filter: filterOf(name, title, steps, knobs.filter((one) => picked.includes(one.id))) } });
      renewCatalogue();
      onSaved(found);
    });
  return (
    <form
      className="dr-form dv-save"
      onSubmit={(event) => {
        event.preventDefault();
        if (name && !wrong) save();
      }}
    >
      <TextField label="What it does" value={title} maxLength={120} required error={wrong} hint={name && !wrong ? `Recipes call it user/${name}. Under a name that is there it becomes the next version.` : "A few words, as: Warm the highlights."} onChange={(event) => setTitle(event.target.value)} />
      {knobs.length > 0 && (
        <fieldset className="dv-knobs">
          <legend className="dv-knob-head">What may be set each time</legend>
          {knobs.map((one) => (
            <label key={one.id} className="dv-check">
              <input type="checkbox" checked={picked.includes(one.id)} onChange={(event) => setPicked(event.target.checked ? [...picked, one.id] : picked.filter((id) => id !== one.id))} /> {one.words}
              <span className="dr-muted">{one.default}</span>
            </label>
          ))}
        </fieldset>
      )}
      <FormError error={error} />
      <footer className="dr-dialog-foot">
        <button type="button" className="dr-button dr-button-quiet dv-other-way" onClick={onBack}>
          As a preset instead
        </button>
        <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" className="dr-button dr-button-main" disabled={busy || !name || Boolean(wrong)}>
          Save
        </button>
      </footer>
    </form>
  );
}
