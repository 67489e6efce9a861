// Makes a version with changed copies of its training pictures: how often, by which policy, and what that does.

import { useState } from "react";
import { toast } from "sonner";
import { request } from "../api.js";
import { finished } from "../bulk.js";
import { bytes, count, plural } from "../format.js";
import { Dialog, FormError, TextField, useAct } from "../forms.jsx";
import { NOTHING } from "./given.js";
import { useFollow } from "./parts.jsx";
import { Policy } from "./policy.jsx";

const TASKS = { single: "classification", several: "multilabel", boxes: "detection" };
const MIXING = ["mixup", "cutmix"];
// A JPEG of a photograph at quality 95 takes about half a byte for each pixel.
const BYTES_A_PIXEL = 0.5;

async function follow(begun, version, onMade) {
  const work = await finished(begun, `Expanding ${version.id}`);
  const id = `operation-${work.id}`;
  if (work.state !== "done") toast.error("It was not expanded", { id, description: work.error?.cause || "It was stopped before the end." });
  else {
    toast.success(`${version.dataset}@${work.result.version} has ${plural(work.changed, "changed copy", "changed copies")} more.`, { id });
    onMade();
  }
}

export function Expand({ version, onClose, onMade }) {
  const [{ data: about }] = useFollow(`/datasets/${version.dataset}/annotate?limit=1`, []);
  const [more, setMore] = useState({ ...NOTHING, augment: { strength: "standard", values: { mixup: 0, cutmix: 0 } } });
  const [times, setTimes] = useState(4);
  const [size, setSize] = useState(224);
  const { busy, error, run } = useAct();
  const made = (version.counts.train || 0) * Number(times);
  const { strength, values } = more.augment;
  // Another strength forgets single values; pictures are never mixed here.
  const set = (next) => setMore({ ...next, augment: { ...next.augment, values: { ...next.augment.values, mixup: 0, cutmix: 0 } } });
  const send = async (event) => {
    event.preventDefault();
    const policy = { strength, ...Object.fromEntries(Object.entries(values).filter(([name]) => !MIXING.includes(name))) };
    const begun = await run(() => request(`/datasets/${version.id}/expand`, { method: "POST", body: { times: Number(times), size: Number(size), policy } }));
    if (!begun) return;
    onClose();
    follow(begun, version, onMade);
  };
  return (
    <Dialog title={`Expand ${version.id}`} onClose={onClose} className="dq-expand">
      <form className="dr-form" onSubmit={send}>
        <p className="dr-muted">The next version has changed copies of the training pictures too, with boxes and outlines moved along. Copies stay with their source; what is judged by stays as it is.</p>
        <div className="dl-thirds">
          <TextField label="Copies of each" type="number" min={1} max={20} required value={times} onChange={(event) => setTimes(event.target.value)} />
          <TextField label="Side, px" type="number" min={32} max={1024} step={8} required value={size} onChange={(event) => setSize(event.target.value)} />
        </div>
        <p className="dr-caption">
          {count(made)} new pictures, about {bytes(made * size * size * BYTES_A_PIXEL)}.
        </p>
        {about && <Policy dataset={version.id} task={TASKS[about.kind] || "classification"} more={more} set={set} without={MIXING} />}
        <FormError error={error} />
        <footer className="dr-dialog-foot">
          <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="dr-button dr-button-main" disabled={busy || strength === "none" || !made}>
            Expand
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
