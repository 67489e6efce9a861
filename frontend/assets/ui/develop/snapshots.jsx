// Snapshots: what was made of a picture, kept under a name; up to six of them beside each other.

import { useMemo, useState } from "react";
import { Bookmark, Check, Columns2, X } from "lucide-react";
import { IconButton, useMedia } from "../ui.jsx";
import { Beside } from "./cells.jsx";
import { SNAPSHOTS } from "./document.js";

const SIDE = 1024;
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

/** All of them beside each other and beside what is there now, looked at with one zoom. */
export function Snapshots({ id, doc, history, keep, onUse, onSave, onClose }) {
  const phone = useMedia("(max-width: 640px)");
  const cells = useMemo(() => {
    const same = history.snapshots.some((one) => JSON.stringify(one.doc.steps) === JSON.stringify(doc.steps));
    return [...(same ? [] : [{ id: NOW, words: "Now", doc }]), ...history.snapshots.map((one) => ({ ...one, id: one.key }))];
  }, [history.snapshots, doc]);
  return (
    <Beside
      title="Snapshots"
      id={id}
      doc={doc}
      keep={keep}
      cells={cells}
      columns={phone ? 1 : cells.length > 4 ? 3 : Math.min(2, cells.length)}
      longSide={SIDE}
      caption="Bytes of the preview, and how alike it is to what you have now. Turn the wheel over one to look closer at all of them."
      use="Go on with this"
      fits={(one) => one.id !== NOW}
      onUse={onUse}
      onSave={onSave}
      onClose={onClose}
    />
  );
}
