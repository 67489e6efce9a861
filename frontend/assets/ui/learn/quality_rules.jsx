// What a dataset demands of its versions: how much of each issue is too much, and what keeps trainings from beginning.

import { useEffect, useState } from "react";
import { toast } from "sonner";
import { request } from "../api.js";
import { Dialog, FormError, useAct } from "../forms.jsx";
import { Waiting } from "../reading.jsx";
import { ISSUES } from "./issues.js";

const USUAL = { exact_duplicate: 0.01, near_duplicate: 0.1, damaged: 0, blurred: 0.1, dark: 0.05, overexposed: 0.05, low_information: 0.02, low_contrast: 0.1, odd_aspect: 0.05, odd_size: 0.05, outlier: 0.02, suspect: 0.1, leak: 0, unlabelled: 0.2, imbalance: 10 };
const factor = (issue) => (issue === "imbalance" ? 1 : 100);

function Row({ issue, limit, onChange }) {
  const [name] = ISSUES[issue];
  const ratio = issue === "imbalance";
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        <input type="number" className="dr-input" min={ratio ? 1 : 0} max={ratio ? undefined : 100} step="any" aria-label={`${name}, at most`} value={limit.most} onChange={(event) => onChange({ ...limit, most: event.target.value })} />{" "}
        {ratio ? "to 1" : "%"}
      </td>
      <td>
        <input type="checkbox" aria-label={`${name} blocks trainings`} checked={limit.blocks} onChange={(event) => onChange({ ...limit, blocks: event.target.checked })} />
      </td>
    </tr>
  );
}

export function Rules({ name, onClose, onSaved }) {
  const [kept, setKept] = useState(null);
  const [limits, setLimits] = useState(null);
  const [automatic, setAutomatic] = useState(true);
  const { busy, error, run } = useAct();
  useEffect(() => {
    run(async () => {
      const found = await request(`/datasets/${name}/quality-rules`);
      const own = Object.fromEntries(found.rules.limits.map((one) => [one.issue, one]));
      setLimits(Object.fromEntries(Object.entries(USUAL).map(([issue, most]) => [issue, { most: Math.round((own[issue]?.most ?? most) * factor(issue) * 1000) / 1000, blocks: own[issue]?.blocks || false }])));
      setAutomatic(found.rules.automatic);
      setKept(found);
    });
  }, [name]);
  const send = async (event) => {
    event.preventDefault();
    const changed = Object.entries(limits)
      .map(([issue, { most, blocks }]) => ({ issue, most: Number(most) / factor(issue), blocks }))
      .filter(({ issue, most, blocks }) => blocks || Math.abs(most - USUAL[issue]) > 1e-9);
    const body = { ...kept.rules, limits: changed, automatic };
    if (!(await run(() => request(`/datasets/${name}/quality-rules`, { method: "PUT", body, revision: kept.revision })))) return;
    toast.success(`The limits of ${name} are kept.`);
    onClose();
    onSaved();
  };
  return (
    <Dialog title={`Limits of ${name}`} onClose={onClose}>
      <form className="dr-form" onSubmit={send}>
        <p className="dr-muted">More than this is too much. What blocks keeps trainings from beginning until it is mended.</p>
        {!limits && !error && <Waiting rows={6} />}
        {limits && (
          <div className="dq-limits">
            <table className="dq-table">
              <thead>
                <tr>
                  <th scope="col">Issue</th>
                  <th scope="col">At most</th>
                  <th scope="col">Blocks</th>
                </tr>
              </thead>
              <tbody>
                {Object.keys(USUAL).map((issue) => (
                  <Row key={issue} issue={issue} limit={limits[issue]} onChange={(limit) => setLimits({ ...limits, [issue]: limit })} />
                ))}
              </tbody>
            </table>
          </div>
        )}
        {limits && (
          <label className="dq-automatic">
            <input type="checkbox" checked={automatic} onChange={(event) => setAutomatic(event.target.checked)} />
            Judge new versions without being asked
          </label>
        )}
        <FormError error={error} />
        <footer className="dr-dialog-foot">
          <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="dr-button dr-button-main" disabled={busy || !limits}>
            Save
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
