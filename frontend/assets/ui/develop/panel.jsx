// The panel beside the picture: histogram, steps, presets, history.

import { Histogram } from "./histogram.jsx";

const TABS = [["edit", "Steps"], ["presets", "Presets"], ["history", "History"]];

export function Panel({ measured, marks, onMarks, tab, onTab, count, children }) {
  const move = (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const next = TABS[(TABS.findIndex(([key]) => key === tab) + by + TABS.length) % TABS.length][0];
    onTab(next);
    event.currentTarget.querySelector(`#dv-tab-${next}`)?.focus();
  };
  return (
    <aside className="dv-panel" aria-label="What is done">
      <Histogram found={measured} marks={marks} onMarks={onMarks} />
      <div className="dv-tabs" role="tablist" aria-label="Panel" onKeyDown={move}>
        {TABS.map(([key, words]) => (
          <button key={key} type="button" role="tab" id={`dv-tab-${key}`} tabIndex={tab === key ? 0 : -1} aria-selected={tab === key} aria-controls="dv-panel-body" onClick={() => onTab(key)}>
            {words}
            {key === "edit" && count > 0 && <span>{count}</span>}
          </button>
        ))}
      </div>
      <div className="dv-panel-body" id="dv-panel-body" role="tabpanel" aria-labelledby={`dv-tab-${tab}`} tabIndex={-1}>
        {children}
      </div>
    </aside>
  );
}
