// Snapshots: what was made of a picture, kept under a name; up to six of them beside each other.

import { useMemo, useRef, useState } from "react";
import { Bookmark, Check, Columns2, Save, X } from "lucide-react";
import { IconButton, useFocusTrap, useMedia } from "../ui.jsx";
import { Cell, useCells, useSharedZoom } from "./cells.jsx";
import { recipeOf, SNAPSHOTS } from "./document.js";

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
  const root = useRef(null);
  useFocusTrap(root);
  const phone = useMedia("(max-width: 640px)");
  const zoom = useSharedZoom(root);
  const [chosen, setChosen] = useState(null);
  const cells = useMemo(() => {
    const same = history.snapshots.some((one) => JSON.stringify(one.doc.steps) === JSON.stringify(doc.steps));
    return [...(same ? [] : [{ id: NOW, words: "Now", doc }]), ...history.snapshots.map((one) => ({ ...one, id: one.key }))].slice(0, SNAPSHOTS + 1);
  }, [history.snapshots, doc]);
  const now = useMemo(() => recipeOf(doc, { keep, bare: true }), [doc, keep]);
  const found = useCells(id, cells, keep, now, SIDE);
  const pick = cells.find((one) => one.id === chosen);
  const columns = phone ? 1 : cells.length > 4 ? 3 : Math.min(2, cells.length);
  return (
    <div ref={root} className="dv-variants" role="dialog" aria-modal="true" aria-label="Snapshots" tabIndex={-1} onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <div className="dv-variants-head">
        <h2>Snapshots</h2>
        <span className="dv-push" />
        <IconButton icon={X} label="Close" hint="Esc" onClick={onClose} />
      </div>
      <div className="dv-variants-grid" style={{ "--columns": columns }}>
        {cells.map((one) => (
          <Cell key={one.id} words={one.words} found={found[one.id]} zoom={zoom} chosen={chosen === one.id} onChoose={() => setChosen(one.id)} onUse={() => onUse(one)} />
        ))}
      </div>
      <footer>
        <p className="dr-caption">Bytes of the preview, and how alike it is to what you have now. Turn the wheel over one to look closer at all of them.</p>
        <span className="dv-push" />
        <button type="button" className="dr-button" disabled={!pick} onClick={() => onSave(pick.doc)}>
          <Save size={15} aria-hidden /> Make this a preset
        </button>
        <button type="button" className="dr-button dr-button-main" disabled={!pick || pick.id === NOW} onClick={() => onUse(pick)}>
          <Check size={15} aria-hidden /> Go on with this
        </button>
      </footer>
    </div>
  );
}
