// Bars with two handles: from one of their edges to another, by pointer or by keys.

import { useState } from "react";

/**
 * `heights` are the bars, `at` the edges of the two handles (0 is before the first bar, the number of bars after the last);
 * `words(edge, which)` tells what an edge stands for at the first or the second handle, `onSet(from, to)` is told when a handle is let go.
 */
export function Span({ label, ends = ["Least", "Most"], heights, at, words, onSet, children }) {
  const [moved, setMoved] = useState(null);
  const [from, to] = moved || at;
  const last = heights.length;
  const largest = Math.max(1, ...heights);
  const move = (which) => (event) => {
    const value = Number(event.target.value);
    // Between the handles there is always a bar.
    setMoved(which ? [from, Math.max(value, from + 1)] : [Math.min(value, to - 1), to]);
  };
  const settle = () => {
    if (moved && (moved[0] !== at[0] || moved[1] !== at[1])) onSet(...moved);
    setMoved(null);
  };
  const handle = (which, name) => (
    <input
      type="range"
      className="dr-range dr-span-handle"
      min={0}
      max={last}
      step={1}
      value={which ? to : from}
      aria-label={`${name} ${label.toLowerCase()}`}
      aria-valuetext={words(which ? to : from, which)}
      onChange={move(which)}
      onPointerUp={settle}
      onKeyUp={settle}
      onBlur={settle}
    />
  );
  return (
    <div className="dr-span" style={{ "--from": from / last, "--to": to / last, "--bars": last }}>
      {children || (
        <div className="dr-bars dr-bars-quality" aria-hidden>
          {heights.map((value, bar) => (
            <div key={bar} className={`dr-bar${bar < from || bar >= to ? " dr-bar-off" : ""}`}>
              <span style={{ height: value ? `${Math.max(6, (value / largest) * 100)}%` : 0 }} />
            </div>
          ))}
        </div>
      )}
      <div className="dr-span-handles">
        {handle(0, ends[0])}
        {handle(1, ends[1])}
      </div>
    </div>
  );
}
