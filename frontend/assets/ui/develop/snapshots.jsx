// Snapshots: what was made of a picture, kept under a name; up to six of them beside each other.

import { useMemo, useState } from "react";
import { Bookmark, Check, Columns2, X } from "lucide-react";
import { IconButton } from "../ui.jsx";
import { SNAPSHOTS } from "./document.js";
import { Recipes } from "./recipes.jsx";

const NOW = "now";

function Name({ one, onRename }) {
  const [words, setWords] = useState(one.words);
  const done = () => (words.trim() ? onRename(words.trim()) : setWords(one.words));
  return <input className="dv-snapshot-name" aria-label={`Name of ${one.words}`} value={words} maxLength={60} onChange={(event) => setWords(event.target.value)} onBlur={done} onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()} />;
}

/** Those of this picture: kept, named, gone back to, removed. */
export function SnapshotList({ history, snapshots, onKeep, onUse, onCompare }) {
  const kept = history.snapshots;
  return (
    <section className="dv-snapshots" aria-label="Snapshots">
      <header>
        <button type="button" className="dr-button dr-button-small" disabled={kept.length >= SNAPSHOTS} onClick={onKeep}>
          <Bookmark size={14} aria-hidden /> Keep as a snapshot
        </button>
        {kept.length > 0 && (
          <button type="button" className="dr-button dr-button-small" onClick={onCompare}>
            <Columns2 size={14} aria-hidden /> Compare
          </button>
        )}
      </header>
      {kept.length > 0 && (
        <ul>
          {kept.map((one) => (
            <li key={one.key}>
              <Name one={one} onRename={(words) => snapshots.rename(one.key, words)} />
              <IconButton icon={Check} size={15} label={`Use ${one.words}`} onClick={() => onUse(one)} />
              <IconButton icon={X} size={15} label={`Remove ${one.words}`} onClick={() => snapshots.drop(one.key)} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** All of them beside each other and beside what is there now, and two of them in every way. */
export function Snapshots({ id, doc, history, keep, onUse, onSave, onClose }) {
  const cells = useMemo(() => {
    const same = history.snapshots.some((one) => JSON.stringify(one.doc.steps) === JSON.stringify(doc.steps));
    return [...(same ? [] : [{ id: NOW, words: "Now", doc }]), ...history.snapshots.map((one) => ({ ...one, id: one.key }))];
  }, [history.snapshots, doc]);
  return <Recipes title="Snapshots" id={id} cells={cells} keep={keep} fits={(one) => one.id !== NOW} use="Go on with this" onUse={onUse} onSave={onSave} onClose={onClose} />;
}
