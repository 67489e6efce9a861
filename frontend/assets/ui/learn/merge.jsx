// Merges a version of another dataset: what both changed is shown with its picture, and decided.

import { useState } from "react";
import { request } from "../api.js";
import { count, plural } from "../format.js";
import { Dialog, FormError, SelectField, useAct } from "../forms.jsx";
import { Waiting } from "../reading.jsx";
import { Trouble } from "../ui.jsx";
import { useFollow } from "./parts.jsx";
import { Shot } from "./pictures.jsx";

const SHOWN = 100;
const SIDES = [
  ["ours", "Ours"],
  ["theirs", "Theirs"],
];

function Decision({ one, side, onDecide, onOpen }) {
  return (
    <Shot id={one.image} label={`${one.ours || "nothing"} or ${one.theirs || "nothing"}`} onOpen={onOpen}>
      <div className="dl-decision" role="group" aria-label="Who is right">
        {SIDES.map(([value]) => (
          <button key={value} type="button" className="dr-chip" aria-pressed={side === value} onClick={() => onDecide(one.image, value)}>
            {one[value] || "nothing"}
          </button>
        ))}
      </div>
    </Shot>
  );
}

function Conflicts({ seen, decisions, rule, setRule, onDecide, show }) {
  if (!seen.count) return <p className="dr-muted">Nothing has to be decided: what one of the two changed holds{seen.base ? `, over ${seen.base}` : ""}.</p>;
  const ids = seen.conflicts.map((one) => one.image);
  return (
    <>
      <p className="dr-muted">
        {plural(seen.count, "picture")} differently labelled in {seen.ours} (first) and {seen.theirs} (second){seen.base ? ` since ${seen.base}` : "; they have no version in common"}.
      </p>
      <SelectField label="Whoever is right about the rest" value={rule} options={[["", "I decide each of them"], ...SIDES.map(([value, words]) => [value, `${words}: ${seen[value]}`])]} onChange={setRule} />
      <ul className="dl-shots dl-shots-small dl-conflicts">
        {seen.conflicts.slice(0, SHOWN).map((one, at) => (
          <Decision key={one.image} one={one} side={decisions[one.image] || rule} onDecide={onDecide} onOpen={() => show(ids, at)} />
        ))}
      </ul>
      {seen.count > SHOWN && <p className="dr-caption">The first {count(SHOWN)} of {count(seen.count)}; a rule decides the rest.</p>}
    </>
  );
}

export function Merge({ name, show, onClose, onMade }) {
  const [other, setOther] = useState("");
  const [rule, setRule] = useState("");
  const [decisions, setDecisions] = useState({});
  const [{ data: list }] = useFollow("/datasets?limit=200", []);
  const others = (list?.items || []).map((one) => one.id).filter((one) => one !== name);
  const [{ data, error: trouble }, look] = useFollow(other ? `/datasets/${name}/merge?other=${encodeURIComponent(other)}` : null, []);
  const { busy, error, run } = useAct();
  const seen = other && data?.theirs.startsWith(`${other}@`) ? data : null;
  const left = seen && !rule ? seen.count - Object.keys(decisions).length : 0;
  const save = async (event) => {
    event.preventDefault();
    const body = { other: seen.theirs, decisions, ...(rule && { rule }) };
    const made = await run(() => request(`/datasets/${name}/merge`, { method: "POST", body }));
    if (!made) return;
    onClose();
    onMade(made);
  };
  return (
    <Dialog title={`Merge into ${name}`} onClose={onClose} className="dl-commit">
      <form className="dr-form" onSubmit={save}>
        <SelectField
          label="What is merged"
          value={other}
          options={[["", others.length ? "Choose a dataset" : "There is no other dataset"], ...others.map((one) => [one, one])]}
          onChange={(value) => {
            setOther(value);
            setDecisions({});
          }}
        />
        {trouble && other && <Trouble error={trouble} onRetry={look} />}
        {other && !seen && !trouble && <Waiting rows={2} />}
        {seen && <Conflicts seen={seen} decisions={decisions} rule={rule} setRule={setRule} onDecide={(image, side) => setDecisions({ ...decisions, [image]: side })} show={show} />}
        <FormError error={error} />
        <footer className="dr-dialog-foot">
          {left > 0 && <span className="dr-caption">{plural(left, "picture")} to decide</span>}
          <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="dr-button dr-button-main" disabled={busy || !seen || left > 0}>
            Merge
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
