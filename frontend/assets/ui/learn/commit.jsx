// Makes a version of a dataset of pictures of the library: which ones, and where their classes come from.

import { useEffect, useState } from "react";
import { toast } from "sonner";
import { request } from "../api.js";
import { finished } from "../bulk.js";
import { inTree, useCollections } from "../collections.js";
import { count, plural } from "../format.js";
import { Dialog, FormError, SelectField, TextField, useAct } from "../forms.jsx";

const FITS = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const SHARES = [
  ["train", "To learn from, %"],
  ["validation", "To choose by, %"],
  ["test", "To judge by, %"],
];

/** Tags of the pictures meant, most first; and how many pictures there are. */
export function useTags(query) {
  const [found, setFound] = useState(null);
  const words = new URLSearchParams(query).toString();
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      request(`/facets${words && `?${words}`}`, { signal: abort.signal }).then(setFound, () => {});
    }, 200);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [words]);
  return found;
}

export function Tags({ facets, chosen, onChange }) {
  if (!facets) return null;
  if (!facets.tag.length) return <p className="dr-muted">None of these pictures has a tag. Choose pictures in the gallery and press T to tag them.</p>;
  return (
    <div className="dl-tags" role="group" aria-label="Tags that become classes">
      {facets.tag.map((one) => (
        <button key={one.value} type="button" className="dr-chip" aria-pressed={chosen.includes(one.value)} onClick={() => onChange(chosen.includes(one.value) ? chosen.filter((other) => other !== one.value) : [...chosen, one.value])}>
          {one.value} <span>{count(one.count)}</span>
        </button>
      ))}
    </div>
  );
}

/** The version that an operation makes, once it is there; null where there comes none. */
async function made(began, name) {
  const id = `operation-${began.id}`;
  const work = await finished(began, `Making a version of ${name}`);
  if (work.state !== "done") {
    toast.error(`There is no new version of ${name}`, { id, description: work.error?.cause || "It was stopped before the end." });
    return null;
  }
  const { version, examples, skipped } = work.result;
  const left = skipped ? ` ${plural(skipped, "picture")} of no class left out.` : "";
  toast.success(work.changed ? `${name}@${version}: ${plural(examples, "example")}.${left}` : `${name}@${version} says the very same.`, { id });
  return (await request(`/datasets/${name}@${version}`)).version;
}

export function Commit({ name: given, onClose, onDone }) {
  const [name, setName] = useState(given);
  const [collection, setCollection] = useState("");
  const [q, setQ] = useState("");
  const [from, setFrom] = useState("tags");
  const [classes, setClasses] = useState([]);
  const [shares, setShares] = useState({ train: 70, validation: 15, test: 15 });
  const [message, setMessage] = useState("");
  const { busy, error, run } = useAct();
  const collections = useCollections() || [];
  const query = { ...(q.trim() && { q: q.trim() }), ...(collection && { collection }) };
  const facets = useTags(query);
  const whole = Object.values(shares).reduce((sum, one) => sum + Number(one), 0) === 100;
  const wrong = name && !FITS.test(name) ? "Small letters, digits, - and _ only." : "";
  const fits = FITS.test(name) && whole && (from === "labels" || classes.length >= 2);
  const save = async (event) => {
    event.preventDefault();
    const ratios = Object.fromEntries(Object.entries(shares).map(([split, share]) => [split, Number(share) / 100]));
    const body = { name, query, labels_from: from, ratios, message, ...(from === "tags" && { classes }) };
    const began = await run(() => request("/datasets", { method: "POST", body }));
    if (!began) return;
    onClose();
    const version = await made(began, name);
    if (version) onDone(version);
  };
  return (
    <Dialog title={given ? `New version of ${given}` : "New dataset"} onClose={onClose} className="dl-commit">
      <form className="dr-form" onSubmit={save}>
        {!given && <TextField label="Name" required maxLength={64} placeholder="shoes" error={wrong} value={name} onChange={(event) => setName(event.target.value)} />}
        <div className="dl-pair">
          <SelectField label="Pictures" value={collection} options={[["", "The whole library"], ...inTree(collections).map((one) => [one.id, `${"\u2003".repeat(one.depth)}${one.name}`])]} onChange={setCollection} />
          <TextField label="With these words" type="search" placeholder="any" value={q} onChange={(event) => setQ(event.target.value)} />
        </div>
        <fieldset className="dl-choices dl-choices-2">
          <legend>Classes come from</legend>
          {[
            ["tags", "Tags", "Each tag chosen is a class"],
            ["labels", "What was said", "Imports, and people who labelled"],
          ].map(([value, words, hint]) => (
            <label key={value} className="dl-choice">
              <input type="radio" name="from" checked={from === value} onChange={() => setFrom(value)} />
              <strong>{words}</strong>
              <span>{hint}</span>
            </label>
          ))}
        </fieldset>
        {from === "tags" && <Tags facets={facets} chosen={classes} onChange={setClasses} />}
        <p className="dr-caption" role="status">
          {facets && `${plural(facets.total, "picture")} meant.`} {from === "tags" && `${plural(classes.length, "class", "classes")} chosen, two at least.`}
        </p>
        <details className="dl-fold">
          <summary>Splits and message</summary>
          <div className="dl-thirds">
            {SHARES.map(([split, words]) => (
              <TextField key={split} label={words} type="number" min={split === "train" ? 1 : 0} max={100} value={shares[split]} onChange={(event) => setShares({ ...shares, [split]: event.target.value })} />
            ))}
          </div>
          {!whole && <p className="dr-field-error">The three shares must come to 100.</p>}
          <p className="dr-caption">Pictures that an earlier version has placed stay in their split; near duplicates stay together.</p>
          <TextField label="What changed" maxLength={2000} value={message} onChange={(event) => setMessage(event.target.value)} />
        </details>
        <FormError error={error} />
        <footer className="dr-dialog-foot">
          <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="dr-button dr-button-main" disabled={busy || !fits}>
            {given ? "Commit" : "Make"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
