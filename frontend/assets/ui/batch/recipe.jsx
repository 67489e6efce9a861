// A preset run on chosen pictures: what it takes before, how far it is, and its results at the end.

import { useState } from "react";
import { Download, Play } from "lucide-react";
import { request } from "../api.js";
import { Estimate, Progress, useEstimate, useOrder } from "../develop/apply.jsx";
import { readPreset, titleOf, usePresets } from "../develop/presets.jsx";
import { Trials } from "../develop/trials.jsx";
import { plural } from "../format.js";
import { Dialog, FormError, SelectField, complain, useAct } from "../forms.jsx";
import { useRefusal } from "../me.js";
import { useAnswer } from "../reading.jsx";

const USUAL = "web";

/** The recipe without how its results are written, which small trials do not need. */
const bare = ({ output, metadata, words, gain_map, package: _, ...rest }) => rest;

function Asking({ goal, presets, preset, onPreset, onBegin, onClose }) {
  const why = useRefusal("renditions:write");
  const { busy, error, run } = useAct();
  const estimate = useEstimate(preset ? JSON.stringify({ preset: preset.name, selection: goal.selection }) : null);
  const { found: whole } = useAnswer(preset ? preset.name : null, () => readPreset(preset), 0);
  const nothing = estimate.found && !estimate.found.to_compute;
  return (
    <div className="dr-form dv-apply">
      <SelectField label="Preset" value={preset?.name || ""} options={presets.map((one) => [one.name, titleOf(one), one.missing.length > 0, one.missing[0]])} onChange={onPreset} />
      {preset?.description && <p className="dr-muted">{preset.description}</p>}
      <div className="dv-estimate" aria-live="polite">
        {preset && <Estimate {...estimate} />}
      </div>
      {whole?.recipe && <Trials recipe={JSON.stringify(bare(whole.recipe))} output={JSON.stringify(whole.recipe.output || null)} selection={JSON.stringify(goal.selection)} />}
      <FormError error={error} />
      <footer className="dr-dialog-foot">
        <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
          Cancel
        </button>
        <button type="button" className="dr-button dr-button-main" disabled={busy || !estimate.found || Boolean(why)} title={why || undefined} onClick={() => run(onBegin)}>
          <Play size={15} aria-hidden /> {nothing ? "Look them up" : `Run on ${estimate.found ? plural(estimate.found.to_compute, "picture") : "them"}`}
        </button>
      </footer>
    </div>
  );
}

/** `goal` is what is chosen; `onExport(preset)` takes the results along. */
export function RecipeDialog({ goal, onExport, onClose }) {
  const { items, error } = usePresets();
  const [name, setName] = useState(null);
  const [order, setOrder] = useOrder(null);
  const fitting = items || [];
  const preset = fitting.find((one) => one.name === (name ?? USUAL)) || fitting.find((one) => !one.missing.length) || null;
  const begin = async () => setOrder(await request("/renditions", { method: "POST", body: { preset: preset.name, selection: goal.selection } }));
  return (
    <Dialog title={order ? `${titleOf(preset)} runs on ${plural(order.total, "picture")}` : `Run a recipe on ${plural(goal.total, "picture")}`} onClose={onClose}>
      {error && !items && <FormError error={error} />}
      {order ? (
        <Progress order={order} onCancel={() => request(`/renditions/${order.id}/cancel`, { method: "POST" }).then(setOrder, complain)} onClose={onClose}>
          {order.state === "done" && (
            <button type="button" className="dr-button" onClick={() => onExport(preset.name)}>
              <Download size={15} aria-hidden /> Export the results
            </button>
          )}
        </Progress>
      ) : (
        <Asking goal={goal} presets={fitting} preset={preset} onPreset={setName} onBegin={begin} onClose={onClose} />
      )}
    </Dialog>
  );
}
