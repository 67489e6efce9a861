// Filters along a measure: bars with the counts of what there is, and handles to set from where to where.

import { useMemo, useState } from "react";
import { count, day, month as monthName, percent, plural } from "./format.js";
import { MEASURED, inWords, placesOf, rangeIn, withRange } from "./measured.js";
import { lastDay } from "./query.js";
import { Span } from "./span.jsx";

export function Section({ name, children, onClear }) {
  return (
    <section className="dr-filter" aria-label={name}>
      <header>
        <h3>{name}</h3>
        {onClear && (
          <button type="button" className="dr-link" onClick={onClear} aria-label={`Clear ${name.toLowerCase()}`}>
            Clear
          </button>
        )}
      </header>
      {children}
    </section>
  );
}

/** A field of the query language that is measured; `found` are its bars, none where no picture is left to count. */
export function Measured({ field, found, view, onChange }) {
  const range = rangeIn(view.where, field);
  const { name, words } = MEASURED[field];
  if ((!found || found.counts.length < 2) && !range) return null;
  const clear = () => onChange({ where: withRange(view.where, field, null, null) });
  const edges = found?.edges || [];
  const settle = (from, to) => onChange({ where: withRange(view.where, field, from > 0 ? edges[from] : null, to < edges.length - 1 ? edges[to] : null) });
  return (
    <Section name={name} onClear={range ? clear : null}>
      {found && <Span label={name} heights={found.counts} at={placesOf(edges, range)} words={(at) => words(edges[at])} onSet={settle} />}
      <p className="dr-caption">{inWords(field, range || [null, null])}</p>
    </Section>
  );
}

/** Months as bars; a click takes one month, with Shift a range. */
export function Months({ values, view, onChange }) {
  const bars = useMemo(() => [...values].reverse(), [values]);
  const range = view.taken_from || view.taken_to;
  const byYear = bars.length > 30;
  const groups = useMemo(() => {
    if (!byYear) return bars.map((one) => ({ ...one, from: one.value, to: one.value, name: monthName(one.value) }));
    const years = new Map();
    for (const one of bars) years.set(one.value.slice(0, 4), (years.get(one.value.slice(0, 4)) || 0) + one.count);
    return [...years].map(([year, total]) => ({ value: year, count: total, from: `${year}-01`, to: `${year}-12`, name: year }));
  }, [bars, byYear]);
  if (!groups.length && !range) return null;
  const largest = Math.max(1, ...groups.map((one) => one.count));
  const from = view.taken_from.slice(0, 7);
  const to = view.taken_to.slice(0, 7);
  const isIn = (one) => range && (!from || one.to >= from) && (!to || one.from <= to);
  const choose = (one, extend) => {
    if (extend && range) {
      const first = from && from < one.from ? from : one.from;
      const last = to && to > one.to ? to : one.to;
      onChange({ taken_from: `${first}-01`, taken_to: lastDay(last) });
    } else if (from === one.from && to === one.to) onChange({ taken_from: "", taken_to: "" });
    else onChange({ taken_from: `${one.from}-01`, taken_to: lastDay(one.to) });
  };
  const words = !range
    ? groups.length > 1
      ? `${groups[0].name} – ${groups.at(-1).name}`
      : groups[0]?.name
    : from === to && from
      ? monthName(from)
      : `${view.taken_from ? day(view.taken_from) : "Any"} – ${view.taken_to ? day(view.taken_to) : "now"}`;
  const held = groups.flatMap((one, at) => (!range || isIn(one) ? [at] : []));
  const ends = held.length ? [held[0], held.at(-1) + 1] : [0, groups.length];
  const settle = (first, last) => onChange(last - first === groups.length ? { taken_from: "", taken_to: "" } : { taken_from: `${groups[first].from}-01`, taken_to: lastDay(groups[last - 1].to) });
  const edge = (at) => groups[Math.min(at, groups.length - 1)].name;
  const shown = (
    <div className="dr-bars" role="group" aria-label="Months">
      {groups.map((one) => (
        <button
          key={one.value}
          type="button"
          className={`dr-bar${range && !isIn(one) ? " dr-bar-off" : ""}${isIn(one) ? " dr-bar-on" : ""}`}
          aria-pressed={Boolean(isIn(one))}
          aria-label={`${one.name}, ${plural(one.count, "picture")}`}
          title={`${one.name} · ${count(one.count)}`}
          onClick={(event) => choose(one, event.shiftKey)}
        >
          <span style={{ height: `${Math.max(8, (one.count / largest) * 100)}%` }} />
        </button>
      ))}
    </div>
  );
  return (
    <Section name="Date taken" onClear={range ? () => onChange({ taken_from: "", taken_to: "" }) : null}>
      {groups.length > 1 ? (
        <Span label="date" ends={["Earliest", "Latest"]} heights={groups.map((one) => one.count)} at={ends} words={(at, which) => edge(which ? at - 1 : at)} onSet={settle}>
          {shown}
        </Span>
      ) : (
        shown
      )}
      <p className="dr-caption">{words}</p>
    </Section>
  );
}

export function Quality({ values, view, onChange }) {
  const counts = Array.from({ length: 10 }, (_, tenth) => values.find((one) => Math.round(Number(one.value) * 10) === tenth)?.count || 0);
  const largest = Math.max(...counts);
  const least = Number(view.quality_min || 0);
  const [moving, setMoving] = useState(null);
  const shown = moving ?? least;
  const commit = () => {
    if (moving !== null && moving !== least) onChange({ quality_min: moving ? String(moving) : "" });
    setMoving(null);
  };
  if (!largest && !least) return null;
  return (
    <Section name="Quality" onClear={least ? () => onChange({ quality_min: "" }) : null}>
      <div className="dr-bars dr-bars-quality" aria-hidden>
        {counts.map((value, tenth) => (
          <div key={tenth} className={`dr-bar${tenth / 10 + 0.1 <= shown + 0.001 ? " dr-bar-off" : ""}`}>
            <span style={{ height: value ? `${Math.max(6, (value / (largest || 1)) * 100)}%` : 0 }} />
          </div>
        ))}
      </div>
      <input
        type="range"
        className="dr-range"
        style={{ "--at": shown }}
        min={0}
        max={0.95}
        step={0.05}
        value={shown}
        aria-label="Least quality"
        aria-valuetext={shown ? `at least ${percent(shown)}` : "any"}
        onChange={(event) => setMoving(Number(event.target.value))}
        onPointerUp={commit}
        onKeyUp={commit}
        onBlur={commit}
      />
      <p className="dr-caption">{shown ? `At least ${percent(shown)}` : "Any quality"}</p>
    </Section>
  );
}
