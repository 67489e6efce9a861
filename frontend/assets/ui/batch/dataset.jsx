// Chosen pictures become part of a dataset: which one, what they show, and what comes of it before it is done.

import { useState } from "react";
import { useNavigate } from "react-router";
import { toast } from "sonner";
import { request } from "../api.js";
import { finished } from "../bulk.js";
import { count, plural } from "../format.js";
import { Dialog, FormError, SelectField, TextField, complain, useAct } from "../forms.jsx";
import { useRefusal } from "../me.js";
import { undoing } from "../offers.js";
import { useAnswer } from "../reading.jsx";

const FITS = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const TYPING = 400;
const NEW = "\n";
const WAYS = [
  ["label", "One class", "Say what all of them show"],
  ["tags", "Their tags", "Each tag chosen is a class"],
  ["said", "As said so far", "Imports, and people who labelled"],
  ["none", "None yet", "To be labelled later"],
];

/** What is sent: which pictures, and what is said of them; null while something is lacking. */
export function versionOf({ name, selection, way, label, tags }) {
  const said = { label: { label: label.trim() }, tags: { labels_from: "tags", classes: tags }, said: { labels_from: "labels" }, none: { labels_from: "labels", unlabelled: true } }[way];
  const lacking = !FITS.test(name) || (way === "label" && !label.trim()) || (way === "tags" && !tags.length);
  return lacking ? null : { name, selection, add: true, ...said };
}

/** What a version would be, in words. */
export function wordsOf(found, name) {
  const there = found.known ? `, ${count(found.known)} in ${name} already` : "";
  const changed = found.changed ? `, of which ${count(found.changed)} get another class` : "";
  const left = found.skipped ? `. ${plural(found.skipped, "picture")} left out: nothing is said of ${found.skipped === 1 ? "it" : "them"}` : "";
  const total = found.total === null ? ". So many are looked at when they are added" : `. The ${found.version ? "next version" : "dataset"} will have ${plural(found.total, "example")}`;
  return `${plural(found.new, "picture")} ${found.new === 1 ? "is" : "are"} new${there}${changed}${left}${total}.`;
}

async function add(body, navigate) {
  const words = `Adding to ${body.name}`;
  const began = await request("/datasets", { method: "POST", body });
  const id = `operation-${began.id}`;
  const work = await finished(began, words);
  if (work.state !== "done") {
    toast.error(`Nothing was added to ${body.name}`, { id, description: work.error?.cause || "It was stopped before the end." });
    return;
  }
  const version = `${body.name}@${work.result.version}`;
  if (!work.changed) {
    toast.success(`${version} says the very same.`, { id });
    return;
  }
  const undo = () => request(`/datasets/${version}`, { method: "DELETE" }).then(() => toast.success(`Undone: ${version} is gone.`, { id }), complain);
  toast.success(`${version}: ${plural(work.result.examples, "example")}.`, {
    id,
    ...undoing(undo),
    cancel: { label: "Open", onClick: () => navigate(`/datasets?name=${body.name}&version=${work.result.version}`) },
  });
}

function Classes({ way, onWay, label, onLabel, tags, onTags, known, labels }) {
  return (
    <>
      <fieldset className="dl-choices dl-choices-2">
        <legend>What they show</legend>
        {WAYS.map(([value, words, hint]) => (
          <label key={value} className="dl-choice">
            <input type="radio" name="batch-way" checked={way === value} onChange={() => onWay(value)} />
            <strong>{words}</strong>
            <span>{hint}</span>
          </label>
        ))}
      </fieldset>
      {way === "label" && (
        <>
          <TextField label="Class" list="dr-batch-classes" maxLength={200} placeholder="boots" value={label} onChange={(event) => onLabel(event.target.value)} />
          <datalist id="dr-batch-classes">
            {labels.map((one) => (
              <option key={one} value={one} />
            ))}
          </datalist>
        </>
      )}
      {way === "tags" && (
        <div className="dl-tags" role="group" aria-label="Tags that become classes">
          {known.map((one) => (
            <button key={one.value} type="button" className="dr-chip" aria-pressed={tags.includes(one.value)} onClick={() => onTags(tags.includes(one.value) ? tags.filter((other) => other !== one.value) : [...tags, one.value])}>
              {one.value} <span>{count(one.count)}</span>
            </button>
          ))}
          {!known.length && <p className="dr-muted">None of these pictures has a tag.</p>}
        </div>
      )}
    </>
  );
}

/** `goal` is what is chosen. */
export function DatasetDialog({ goal, onClose }) {
  const navigate = useNavigate();
  const why = useRefusal("datasets:write");
  const { found: page } = useAnswer("datasets", (signal) => request("/datasets?limit=200", { signal }), 0);
  const { found: spread } = useAnswer(JSON.stringify(goal.selection), (signal) => request("/images/values", { method: "POST", body: goal.selection, signal }), 0);
  const [chosen, setChosen] = useState(null);
  const [fresh, setFresh] = useState("");
  const [way, setWay] = useState("label");
  const [label, setLabel] = useState("");
  const [tags, setTags] = useState([]);
  const { busy, error, run } = useAct();
  const there = page?.items || [];
  const into = chosen ?? there[0]?.id ?? NEW;
  const name = into === NEW ? fresh : into;
  const labels = page?.versions.find((one) => one.dataset === into)?.labels || [];
  const body = versionOf({ name, selection: goal.selection, way, label, tags });
  const told = useAnswer(body && JSON.stringify(body), (signal) => request("/datasets/preview", { method: "POST", body, signal }), TYPING);
  const wrong = fresh && !FITS.test(fresh) ? "Small letters, digits, - and _ only." : "";
  const submit = (event) => {
    event.preventDefault();
    if (!body || !told.found || why) return;
    run(async () => {
      const adding = add(body, navigate);
      onClose();
      await adding.catch(complain);
    });
  };
  return (
    <Dialog title={`Add ${plural(goal.total, "picture")} to a dataset`} onClose={onClose}>
      <form className="dr-form dr-batch-form" onSubmit={submit}>
        {there.length > 0 && <SelectField label="Dataset" value={into} options={[...there.map((one) => [one.id, one.id]), [NEW, "A new one …"]]} onChange={setChosen} />}
        {into === NEW && <TextField label="Name of the new dataset" maxLength={64} placeholder="shoes" error={wrong} value={fresh} onChange={(event) => setFresh(event.target.value)} />}
        <Classes way={way} onWay={setWay} label={label} onLabel={setLabel} tags={tags} onTags={setTags} known={spread?.fields.tags.values || []} labels={labels} />
        <p className="dr-batch-told" role="status">
          {body ? told.found && !told.busy ? wordsOf(told.found, name) : told.error ? "" : "Looking …" : "What is in the dataset already stays, with its splits."}
        </p>
        {told.found?.classes && Object.keys(told.found.classes).length > 0 && <p className="dr-caption">{Object.entries(told.found.classes).slice(0, 12).map(([one, number]) => `${one} ${count(number)}`).join(" · ")}</p>}
        <FormError error={error || told.error} />
        <footer className="dr-dialog-foot">
          <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="dr-button dr-button-main" title={why || undefined} disabled={busy || !body || !told.found || told.busy || Boolean(why)}>
            Add {told.found && !told.busy ? plural(told.found.new + told.found.known, "picture") : "them"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
