// Curves over steps: of a training as it learns, of several beside each other.

import { useEffect, useMemo, useState } from "react";
import { Plot } from "./plot.jsx";
import { nearest, short, smoothed } from "./ticks.js";

export function useWidth(ref) {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!ref.current) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.round(entry.contentRect.width)));
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, [ref]);
  return width;
}

const columns = (points) => ({ x: points.map((one) => one[0]), y: points.map((one) => one[1]) });

/** A curve as it is drawn: the band around it, every figure faintly, and a smooth line or dots. */
function tracesOf({ name, tone, points, dots, band }) {
  // The pointer is told by the line above the drawing, for all curves at once.
  const quiet = { type: "scatter", name, hoverinfo: "none", showlegend: false };
  const found = [];
  if (band?.length > 1) {
    const around = [...band.map(([x, , high]) => [x, high]), ...[...band].reverse().map(([x, low]) => [x, low])];
    found.push({ ...quiet, ...columns(around), mode: "lines", fill: "toself", hoverinfo: "skip", opacity: 0.35, look: (colours) => ({ line: { width: 0 }, fillcolor: colours.tone(tone) }) });
  }
  if (!dots && !band) found.push({ ...quiet, ...columns(points), mode: "lines", hoverinfo: "skip", opacity: 0.3, look: (colours) => ({ line: { width: 1, color: colours.tone(tone) } }) });
  const line = dots || band ? points : smoothed(points);
  found.push({ ...quiet, ...columns(line), mode: dots || points.length === 1 ? "lines+markers" : "lines", cliponaxis: false, look: (colours) => ({ line: { width: 2, color: colours.tone(tone) }, marker: { size: 6 } }) });
  return found;
}

/**
 * Curves over steps; drawing to the side shows a part, a double click all again, arrows go along.
 * `series` are {name, points: [[x, y]], tone, dots, band: [[x, low, high]]}; `low` and `high` bound the axis where the values say nothing of their own.
 */
export function Curves({ title, series, low, high, end, height = 200 }) {
  const [at, setAt] = useState(null);
  const [keyed, setKeyed] = useState(null);
  const shown = series.filter((one) => one.points.length);
  const lastX = Math.max(end || 0, ...shown.flatMap((one) => one.points.map(([x]) => x)), 1);
  const key = JSON.stringify(shown);
  const traces = useMemo(() => shown.flatMap(tracesOf), [key]);
  const values = shown.flatMap((one) => one.points.map(([, y]) => y));
  const [least, most] = [low ?? Math.min(...values), high ?? Math.max(...values)];
  const room = (most - least || Math.abs(most) || 1) * 0.06;
  const from = low ?? least - room;
  const to = high ?? most + room;
  const layout = useMemo(
    () => ({
      hovermode: "x", spikedistance: -1,
      x: { range: [0, lastX * 1.01], nticks: 7, tickformat: "~s", showgrid: false, showspikes: true, spikemode: "across", spikethickness: 1, spikedash: "solid", spikesnap: "cursor" },
      y: { nticks: 5, fixedrange: true, range: [from, to] },
      margin: { l: 46, r: 12, t: 6, b: 26 },
    }),
    [lastX, from, to],
  );
  const found = at === null ? null : shown.map((one) => ({ ...one, point: nearest(one.points, at) }));
  const onKey = (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const next = Math.min(lastX, Math.max(0, (at ?? lastX) + (by * lastX) / 40));
    setAt(next);
    setKeyed(next);
  };
  const leave = () => {
    setAt(null);
    setKeyed(null);
  };
  const words = shown.map((one) => `${one.name} ${short(one.points.at(-1)[1])} at step ${Math.round(one.points.at(-1)[0])}`).join(", ");
  return (
    <figure className="dl-chart">
      <figcaption>
        <strong>{title}</strong>
        {series.length > 1 &&
          series.map((one) => (
            <span key={one.name}>
              <i style={{ background: one.tone }} aria-hidden /> {one.name}
            </span>
          ))}
        {found?.length > 0 && (
          <output>
            step {Math.round(found[0].point[0])}
            {found.map((one) => (
              <b key={one.name} style={{ color: one.tone }}>
                {short(one.point[1])}
              </b>
            ))}
          </output>
        )}
      </figcaption>
      <div className="dl-plot" style={{ height }} role="img" aria-label={`${title}: ${words || "nothing yet"}`} tabIndex={0} onPointerLeave={leave} onBlur={leave} onKeyDown={onKey}>
        {shown.length > 0 ? <Plot traces={traces} layout={layout} height={height} cursor={keyed} onHover={(x) => x !== null && setAt(x)} /> : <p className="dr-muted">Nothing yet: the first figures come within seconds.</p>}
      </div>
    </figure>
  );
}
