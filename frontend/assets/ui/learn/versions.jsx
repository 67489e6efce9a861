// The versions of a dataset, and what is done with one: named, made the newest again, branched, merged, split anew, deleted.

import { useState } from "react";
import { Copy, Download, GitBranch, GitCompareArrows, GitMerge, RotateCcw, Shuffle, Tag, Trash2, X } from "lucide-react";
import { toast } from "sonner";
import { request } from "../api.js";
import { moment, plural } from "../format.js";
import { Confirm, Dialog, FormError, TextField, complain, useAct } from "../forms.jsx";
import { useRefusal } from "../me.js";
import { Section } from "../reading.jsx";
import { Expand } from "./expand.jsx";
import { Export } from "./export.jsx";
import { Merge } from "./merge.jsx";
import { More } from "./more.jsx";

const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const TAG = /^[a-z][a-z0-9_-]{0,63}$/;

/** Says what came of making a version, and leads to it. */
function told(made, onGo) {
  const { version } = made;
  toast.success(made.new ? `${version.id}: ${plural(version.total, "example")}, ${version.origin}.` : `${version.id} says the very same already.`);
  onGo(version);
}

/** A dialog with one name to give. */
function NameForm({ title, words, label, pattern, taken, verb, send, onClose }) {
  const [name, setName] = useState("");
  const { busy, error, run } = useAct();
  const wrong = name && !pattern.test(name) ? "Small letters, digits, - and _ only." : "";
  const save = async (event) => {
    event.preventDefault();
    if (await run(() => send(name))) onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="dr-form" onSubmit={save}>
        <p className="dr-muted">{words}</p>
        <TextField label={label} required maxLength={64} value={name} error={wrong} hint={taken?.(name)} onChange={(event) => setName(event.target.value)} />
        <FormError error={error} />
        <footer className="dr-dialog-foot">
          <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="dr-button dr-button-main" disabled={busy || !pattern.test(name)}>
            {verb}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function SplitForm({ version, onClose, onMade }) {
  const [shares, setShares] = useState({ train: 70, validation: 15, test: 15 });
  const { busy, error, run } = useAct();
  const whole = Object.values(shares).reduce((sum, one) => sum + Number(one), 0) === 100;
  const save = async (event) => {
    event.preventDefault();
    const ratios = Object.fromEntries(Object.entries(shares).map(([split, share]) => [split, Number(share) / 100]));
    const made = await run(() => request(`/datasets/${version.id}/split`, { method: "POST", body: { ratios } }));
    if (!made) return;
    onClose();
    onMade(made);
  };
  return (
    <Dialog title={`Split ${version.id} anew?`} onClose={onClose}>
      <form className="dr-form" onSubmit={save}>
        <p className="dr-muted">A further version has the same pictures and labels, in splits that are drawn anew; near duplicates stay together. What was learnt before cannot be compared with what is learnt from it.</p>
        <div className="dl-thirds">
          {[
            ["train", "To learn from, %"],
            ["validation", "To choose by, %"],
            ["test", "To judge by, %"],
          ].map(([split, words]) => (
            <TextField key={split} label={words} type="number" min={split === "train" ? 1 : 0} max={100} value={shares[split]} onChange={(event) => setShares({ ...shares, [split]: event.target.value })} />
          ))}
        </div>
        {!whole && <p className="dr-field-error">The three shares must come to 100.</p>}
        <FormError error={error} />
        <footer className="dr-dialog-foot">
          <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="dr-button dr-button-main" disabled={busy || !whole}>
            Split anew
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function Asked({ kind, version, newest, tags, show, onClose, onGo, onLook }) {
  const made = (found) => told(found, onGo);
  const name = version.dataset;
  if (kind === "export") return <Export version={version} onClose={onClose} />;
  if (kind === "split") return <SplitForm version={version} onClose={onClose} onMade={made} />;
  if (kind === "expand") return <Expand version={version} onClose={onClose} onMade={() => onGo()} />;
  if (kind === "merge") return <Merge name={name} show={show} onClose={onClose} onMade={made} />;
  if (kind === "tag") {
    const send = async (tag) => {
      await request(`/datasets/${version.id}/tag`, { method: "POST", body: { tag } });
      onLook();
      return true;
    };
    const taken = (tag) => (tags[tag] ? `Version ${tags[tag]} has it now, and loses it.` : `${name}@${tag || "golden"} is this version then.`);
    return <NameForm title={`Tag ${version.id}`} words="A tag is a name for a version, until another one gets it." label="Name" pattern={TAG} taken={taken} verb="Tag" send={send} onClose={onClose} />;
  }
  if (kind === "branch") {
    const send = async (other) => {
      made(await request(`/datasets/${version.id}/branch`, { method: "POST", body: { name: other } }));
      return true;
    };
    return <NameForm title={`A branch of ${version.id}`} words="A new dataset begins with this version and goes its own way; it can be merged again. No picture is copied." label="Name of the new dataset" pattern={NAME} verb="Branch" send={send} onClose={onClose} />;
  }
  if (kind === "restore") {
    const restore = async () => made(await request(`/datasets/${version.id}/restore`, { method: "POST", body: {} }));
    return <Confirm title={`Restore ${version.id}?`} words={`A further version says the very same and becomes the newest, after ${newest.id}. Nothing is lost.`} verb="Restore" onClose={onClose} onConfirm={restore} />;
  }
  const remove = async () => {
    await request(`/datasets/${version.id}`, { method: "DELETE" });
    toast.success(`${version.id} is deleted; its pictures stay.`);
    onGo(null);
  };
  return <Confirm title={`Delete ${version.id}?`} words="It cannot be taken back. Pictures stay; a version that something was made of is not deleted." verb="Delete" onClose={onClose} onConfirm={remove} />;
}

const ITEMS = [
  ["tag", "Tag", Tag],
  ["restore", "Restore", RotateCcw],
  ["branch", "Branch", GitBranch],
  ["merge", "Merge another one into it", GitMerge],
  ["split", "Split anew", Shuffle],
  ["expand", "Expand", Copy],
  ["export", "Export", Download],
  ["delete", "Delete", Trash2],
];

function MoreOfVersion({ version, newest, onAsk }) {
  const refused = { images: useRefusal("images:read"), datasets: useRefusal("datasets:write") };
  const fits = (kind) => (kind === "restore" ? version.id !== newest.id : kind === "merge" || kind === "expand" ? version.id === newest.id : true);
  const items = ITEMS.filter(([kind]) => fits(kind)).map(([kind, words, Mark]) => [kind, words, Mark, Boolean(refused[kind === "export" ? "images" : "datasets"])]);
  return <More version={version} items={items} onChoose={(kind) => onAsk({ kind, version })} />;
}

function Tags({ version, tags, onLook }) {
  const refusal = useRefusal("datasets:write");
  const own = Object.keys(tags).filter((tag) => tags[tag] === version.number).sort();
  if (!own.length) return null;
  const remove = (tag) => request(`/datasets/${version.id}/tag`, { method: "POST", body: { tag, remove: true } }).then(onLook, complain);
  return (
    <span className="dl-version-tags">
      {own.map((tag) => (
        <span key={tag} className="dr-badge">
          {tag}
          {!refusal && (
            <button type="button" aria-label={`Take the tag ${tag} away`} onClick={() => remove(tag)}>
              <X size={11} aria-hidden />
            </button>
          )}
        </span>
      ))}
    </span>
  );
}

export function Versions({ all, chosen, before, show, onGo, onLook }) {
  const [asked, setAsked] = useState(null);
  const { items: versions, tags } = all;
  const go = (version) => onGo({ name: version?.dataset, version: "", before: "" });
  return (
    <Section id="versions" title="Versions">
      <ol className="dr-rows dl-versions">
        {versions.map((one) => (
          <li key={one.id} className={one.id === chosen ? "dl-on" : ""}>
            <button type="button" aria-current={one.id === chosen ? "true" : undefined} onClick={() => onGo({ version: String(one.number), before: "" })}>
              <strong>{one.id}</strong>
              <span className="dr-caption" title={moment(one.created_at)}>
                {plural(one.total, "example")} · {one.message || one.origin}
              </span>
            </button>
            <Tags version={one} tags={tags} onLook={onLook} />
            {one.id !== chosen && (
              <button type="button" className="dr-icon-button" aria-label={`What differs between ${one.id} and ${chosen}`} title="What differs" aria-pressed={before === String(one.number)} onClick={() => onGo({ before: before === String(one.number) ? "" : String(one.number) })}>
                <GitCompareArrows size={16} aria-hidden />
              </button>
            )}
            <MoreOfVersion version={one} newest={versions[0]} onAsk={setAsked} />
          </li>
        ))}
      </ol>
      {asked && <Asked {...asked} newest={versions[0]} tags={tags} show={show} onClose={() => setAsked(null)} onGo={(version) => (version || versions.length > 1 ? go(version || versions[0]) : onGo({ name: "", version: "", before: "" }))} onLook={onLook} />}
    </Section>
  );
}
