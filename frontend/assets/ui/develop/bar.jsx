// The bar above the picture: its name, undo and redo, before and after, settings to and fro.

import { ArrowLeft, ClipboardPaste, Copy, Eye, Redo2, Undo2 } from "lucide-react";
import { bytes } from "../format.js";
import { useRefusal } from "../me.js";
import { IconButton } from "../ui.jsx";

export function Bar({ picture, history, held, onUndo, onRedo, onHold, onCopy, onPaste, onBack, onSave, onApply, ready, children, more }) {
  const mayNot = useRefusal("presets:write");
  const undone = history.entries[history.at];
  const next = history.entries[history.at + 1];
  return (
    <header className="dr-bar-top dv-bar">
      <IconButton icon={ArrowLeft} label="Back to the gallery" hint="Esc" onClick={onBack} />
      <div className="dv-name">
        <strong>{picture.name}</strong>
        <span>
          {picture.width} × {picture.height} · {bytes(picture.bytes)}
        </span>
      </div>
      <div className="dr-bar-tools">
        <IconButton icon={Undo2} label={history.at ? `Undo: ${undone.words}` : "Nothing to undo"} hint="Ctrl Z" disabled={!history.at} onClick={onUndo} />
        <IconButton icon={Redo2} label={next ? `Redo: ${next.words}` : "Nothing to redo"} hint="Ctrl ⇧ Z" disabled={!next} onClick={onRedo} />
        <IconButton icon={Eye} label="Original, while held" hint="\" aria-pressed={held} onPointerDown={() => onHold(true)} onPointerUp={() => onHold(false)} onPointerLeave={() => onHold(false)} />
        {children}
        <span className="dv-rule dr-desk-only" aria-hidden />
        <IconButton icon={Copy} label="Copy settings" hint="Ctrl C" className="dr-desk-only" onClick={onCopy} />
        <IconButton icon={ClipboardPaste} label="Paste settings" hint="Ctrl V" className="dr-desk-only" onClick={onPaste} />
        <button type="button" className="dr-button dr-button-quiet dr-desk-only" disabled={!ready || Boolean(mayNot)} title={mayNot || "Save as preset (S)"} onClick={onSave}>
          Save preset
        </button>
        <button type="button" className="dr-button dr-button-main" disabled={!ready} title="Make the pictures (Ctrl Enter)" onClick={onApply}>
          Make
        </button>
        {more}
      </div>
    </header>
  );
}
