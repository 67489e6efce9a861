// The rail beside the grid: where in the view one is, by what orders it, and a way to anywhere.

import { useMemo, useRef, useState } from "react";
import { bytes, month, percent } from "./format.js";
import { spots, valueAt } from "./scale.js";

const WORDS = {
  ingested_at: (value) => month(value.slice(0, 7)),
  taken_at: (value) => month(value.slice(0, 7)),
  // Numbers in names are compared with zeros before them.
  name: (value) => value.replace(/0+(?=\d)/g, ""),
  quality: (value) => percent(value),
  bytes: (value) => bytes(value),
};
WORDS.group = (value) => value;
WORDS.likeness = () => "";
const NONE = { taken_at: "No date" };
const STEP = { ArrowUp: -0.01, ArrowDown: 0.01, PageUp: -0.1, PageDown: 0.1 };

/** `at` is the share of the view above the first row shown; `onJump(position)` leads to a picture. */
export function Scrubber({ source, sort, at, onJump }) {
  const rail = useRef(null);
  const [over, setOver] = useState(null);
  const [held, setHeld] = useState(false);
  const key = sort.replace("-", "");
  const total = source.total ?? 0;
  const marks = useMemo(() => {
    const first = key === "likeness" ? null : source.at(0);
    return first ? [{ position: 0, value: first[key] ?? first.quality?.score ?? null }, ...source.marks] : source.marks;
  }, [source, source.marks, source.version, key]);
  const ticks = useMemo(() => spots(marks, key, total), [marks, key, total]);
  const say = (share) => {
    const value = valueAt(marks, share * total);
    return value === null || value === undefined ? NONE[key] || "" : WORDS[key](value);
  };
  const shareOf = (event) => {
    const box = rail.current.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientY - box.top) / box.height));
  };
  const jump = (share) => onJump(Math.min(total - 1, Math.max(0, Math.round(share * total))));
  const shown = over ?? at;
  return (
    <div
      ref={rail}
      className={`dr-scrubber${held ? " dr-scrubber-held" : ""}`}
      role="slider"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label="Place in the view"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(at * 100)}
      aria-valuetext={say(at)}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        setHeld(true);
        setOver(shareOf(event));
        jump(shareOf(event));
      }}
      onPointerMove={(event) => {
        if (!held && event.pointerType !== "mouse") return;
        setOver(shareOf(event));
        if (held) jump(shareOf(event));
      }}
      onPointerUp={() => setHeld(false)}
      onPointerCancel={() => setHeld(false)}
      onPointerLeave={() => !held && setOver(null)}
      onKeyDown={(event) => {
        const goal = event.key === "Home" ? 0 : event.key === "End" ? 1 : event.key in STEP ? at + STEP[event.key] : null;
        if (goal === null) return;
        event.preventDefault();
        event.stopPropagation();
        jump(Math.min(1, Math.max(0, goal)));
      }}
    >
      {ticks.map((tick) => (
        <span key={tick.words} className="dr-scrubber-tick" aria-hidden style={{ top: `${tick.share * 100}%` }}>
          {tick.words}
        </span>
      ))}
      <i className="dr-scrubber-thumb" aria-hidden style={{ top: `${at * 100}%` }} />
      {(over !== null || held) && (
        <strong className="dr-scrubber-words" aria-hidden style={{ top: `${shown * 100}%` }}>
          {say(shown)}
        </strong>
      )}
    </div>
  );
}
