// A dataset that follows its pictures: what of, what came of looking last, and how that is changed, switched off or ended.

import { useState } from "react";
import { Pause, Pencil, Play, Radar, X } from "lucide-react";
import { Link } from "react-router";
import { toast } from "sonner";
import { request } from "../api.js";
import { inTree, useCollections } from "../collections.js";
import { ago, duration, moment, plural } from "../format.js";
import { Dialog, FormError, Gated, SelectField, TextField, complain, useAct } from "../forms.jsx";
import { Section } from "../reading.jsx";
import { useNow } from "../ui.jsx";
import { Tags, useTags } from "./commit.jsx";
import { EMPTY_FOLLOW, followOf } from "./given.js";
import { useFollow } from "./parts.jsx";

const SOURCES = [
  ["folders", "Folders: boots/1.jpg is a boot"],
  ["tags", "Tags: each that is chosen"],
  ["labels", "What was said about them"],
];
const TASKS = [
  ["", "Make versions only"],
  ["classification", "Learn to tell them apart"],
  ["multilabel", "Learn to say all that is there"],
  ["detection", "Learn to find things"],
  ["segmentation", "Learn to outline things"],
];

/** What is followed, by name of the dataset. */
export function useFollowed() {
  const [{ data }, look] = useFollow("/followed-datasets", ["datasets"]);
  return [data?.items || [], look];
}

function Edit({ name, found, onClose, onDone }) {
  const [form, setForm] = useState(() => (found ? formOf(found.follow) : EMPTY_FOLLOW));
  const { busy, error, run } = useAct();
  const collections = useCollections() || [];
  const facets = useTags({ ...(form.q && { q: form.q }), ...(form.collection && { collection: form.collection }) });
  const set = (key) => (value) => setForm({ ...form, [key]: value });
  const typed = (key) => ({ value: form[key], onChange: (event) => setForm({ ...form, [key]: event.target.value }) });
  const fits = form.from !== "tags" || form.classes.length >= 2;
  const save = async (event) => {
    event.preventDefault();
    const body = followOf(form, found?.follow);
    const made = await run(() => request(`/datasets/${name}/following`, { method: "PUT", body, ...(found && { revision: found.revision }) }));
    if (!made) return;
    onDone();
    onClose();
  };
  return (
    <Dialog title={`${name} follows its pictures`} onClose={onClose} className="dl-commit">
      <form className="dr-form" onSubmit={save}>
        <div className="dl-pair">
          <SelectField label="Pictures" value={form.collection} options={[["", "The whole library"], ...inTree(collections).map((one) => [one.id, `${"\u2003".repeat(one.depth)}${one.name}`])]} onChange={set("collection")} />
          <TextField label="With these words" type="search" placeholder="any" {...typed("q")} />
        </div>
        <SelectField label="Classes come from" options={SOURCES} value={form.from} onChange={set("from")} />
        {form.from === "tags" && <Tags facets={facets} chosen={form.classes} onChange={set("classes")} />}
        <div className="dl-pair">
          <TextField label="New pictures that make a version" type="number" min={1} required {...typed("at_least")} />
          <TextField label="Once it was quiet for, seconds" type="number" min={0} max={86400} required {...typed("quiet")} />
        </div>
        <SelectField label="With every version" options={TASKS} value={form.task} onChange={set("task")} />
        {form.task && (
          <>
            <div className="dl-pair">
              <TextField label="Minutes at most" type="number" min={0.1} step="any" placeholder="no limit" {...typed("minutes")} />
              <TextField label="Again after days without" type="number" min={1} placeholder="never" {...typed("every_days")} />
            </div>
            <label className="dl-check">
              <input type="checkbox" checked={form.promote} onChange={(event) => set("promote")(event.target.checked)} /> Make the result champion by itself when it is better
            </label>
          </>
        )}
        <FormError error={error} />
        <footer className="dr-dialog-foot">
          <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="dr-button dr-button-main" disabled={busy || !fits}>
            {found ? "Save" : "Follow"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function formOf({ query, labels_from, classes, at_least, quiet_seconds, training, every_days }) {
  return {
    collection: query.collection || "",
    q: query.q || "",
    from: labels_from,
    classes: classes || [],
    at_least: String(at_least),
    quiet: String(quiet_seconds),
    task: training?.task || "",
    minutes: training ? (training.budget_seconds ? String(training.budget_seconds / 60) : "") : EMPTY_FOLLOW.minutes,
    every_days: every_days ? String(every_days) : "",
    promote: training ? training.promote : true,
  };
}

function words({ query, labels_from, classes, at_least, quiet_seconds }, names) {
  const of = query.collection ? names.get(query.collection) || "a collection" : "the whole library";
  const rest = Object.entries(query).filter(([key, value]) => !["collection", "sort"].includes(key) && value !== null && value !== "" && !(Array.isArray(value) && !value.length) && value !== false);
  const classed = { folders: "classes by folder", tags: `classes by ${plural(classes?.length || 0, "tag")}`, labels: "classes as they were said" }[labels_from];
  return `Pictures of ${of}${rest.length ? `, ${rest.map(([key, value]) => `${key} ${value}`).join(", ")}` : ""}; ${classed}. A version after ${plural(at_least, "new picture")}, once nothing came for ${duration(quiet_seconds)}.`;
}

/** How a dataset follows its pictures, in the column beside it. */
export function Following({ name }) {
  const [items, look] = useFollowed();
  const [editing, setEditing] = useState(false);
  const collections = useCollections() || [];
  const now = useNow(10_000);
  const found = items.find((one) => one.id === name);
  const change = (method, body, told) =>
    request(`/datasets/${name}/following`, { method, revision: found.revision, ...(body && { body }) }).then(() => {
      look();
      toast.success(told);
    }, complain);
  const { follow } = found || {};
  return (
    <Section id="following" title="Follows its pictures" hint={found ? "" : "New pictures make a version by themselves, and a training of it."}>
      {!found && (
        <Gated permission="datasets:write" className="dr-button dr-button-small" onClick={() => setEditing(true)}>
          <Radar size={14} aria-hidden /> Let it follow
        </Gated>
      )}
      {found && (
        <div className="dl-following">
          <p>
            <span className={`dr-badge ${follow.enabled ? "dr-badge-running" : ""}`}>{follow.enabled ? "On" : "Off"}</span> {words(follow, new Map(collections.map((one) => [one.id, one.name])))}
          </p>
          <p>
            {follow.training ? `Each is learnt from: ${follow.training.task}, ${follow.training.budget_seconds ? `${duration(follow.training.budget_seconds)} at most` : "without limit"}${follow.training.promote ? ", champion if better" : ""}${follow.every_days ? `; again after ${plural(follow.every_days, "day")} without` : ""}.` : "None is learnt from by itself."}
          </p>
          <p className="dr-muted" title={found.looked_at ? moment(found.looked_at) : undefined}>
            {found.looked_at ? `Looked at ${ago(found.looked_at, now)}: ${found.told}` : "Not looked at yet."} {found.training && <Link to={`/training?run=${found.training}`}>The last training</Link>}
          </p>
          <p className="dl-following-tools">
            <Gated permission="datasets:write" className="dr-button dr-button-small" onClick={() => setEditing(true)}>
              <Pencil size={14} aria-hidden /> Change
            </Gated>
            <Gated permission="datasets:write" className="dr-button dr-button-small" onClick={() => change("PUT", { ...follow, enabled: !follow.enabled }, follow.enabled ? `${name} rests.` : `${name} follows its pictures again.`)}>
              {follow.enabled ? <Pause size={14} aria-hidden /> : <Play size={14} aria-hidden />} {follow.enabled ? "Switch off" : "Switch on"}
            </Gated>
            <Gated permission="datasets:write" className="dr-button dr-button-small" onClick={() => change("DELETE", null, `${name} stays as it is.`)}>
              <X size={14} aria-hidden /> End
            </Gated>
          </p>
        </div>
      )}
      {editing && <Edit name={name} found={found} onClose={() => setEditing(false)} onDone={look} />}
    </Section>
  );
}

/** Those that follow their pictures and have no version yet: they are no datasets so far. */
export function Expecting({ known }) {
  const [items] = useFollowed();
  const waiting = items.filter((one) => !known.includes(one.id));
  if (!waiting.length) return null;
  return (
    <Section id="expecting" title="Waiting for their first pictures">
      <ul className="dr-rows dl-moves">
        {waiting.map((one) => (
          <li key={one.id}>
            <strong>{one.id}</strong>
            <p className="dr-muted">{one.told || "Not looked at yet."}</p>
          </li>
        ))}
      </ul>
    </Section>
  );
}
