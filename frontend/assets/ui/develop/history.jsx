// Everything that was done to the picture, newest last; a click goes back to it.

import { useEffect, useRef } from "react";
import { RotateCcw, Trash2 } from "lucide-react";

export function HistoryList({ history, onJump, onOver, onClear, children }) {
  const list = useRef(null);
  useEffect(() => {
    list.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }, [history.at]);
  return (
    <div className="dv-history">
      {children}
      <ol ref={list}>
        {history.entries.map((entry, at) => (
          <li key={at}>
            <button type="button" aria-current={at === history.at ? "step" : undefined} className={at > history.at ? "dv-undone" : ""} onClick={() => onJump(at)}>
              {entry.words}
            </button>
          </li>
        ))}
      </ol>
      <p className="dr-caption">It is kept for you, for this picture, in every browser. The original never changes.</p>
      <div className="dv-history-foot">
        {history.entries[history.at].doc.steps.length > 0 && (
          <button type="button" className="dr-button dr-button-small" onClick={onOver}>
            <RotateCcw size={14} aria-hidden /> Start over
          </button>
        )}
        {(history.entries.length > 1 || history.snapshots.length > 0) && (
          <button type="button" className="dr-button dr-button-small" onClick={onClear}>
            <Trash2 size={14} aria-hidden /> Clear history
          </button>
        )}
      </div>
    </div>
  );
}
