// Curves drawn by hand: a few hundred points need no library of several megabytes.

import { useEffect, useId, useRef, useState } from "react";
import { nearest, short, smoothed, ticks } from "./ticks.js";

const PAD = { left: 46, right: 14, top: 10, bottom: 24 };

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

/**
 * Curves over steps.
 * `series` are {name, points: [[x, y]], tone, dots, band: [[x, low, high]]}; `low` and `high` bound the axis where the values say nothing of their own.
 */
export function Curves({ title, series, low, high, end, height = 200 }) {
  const box = useRef(null);
  const width = useWidth(box);
  const [at, setAt] = useState(null);
  const id = useId();
  const shown = series.filter((one) => one.points.length);
  const all = shown.flatMap((one) => one.points);
  const lastX = Math.max(end || 0, ...all.map((one) => one[0]), 1);
  const values = all.map((one) => one[1]);
  const least = low ?? Math.min(...values);
  const most = high ?? Math.max(...values);
  const room = most - least || Math.abs(most) || 1;
  const from = low ?? least - room * 0.06;
  const to = high ?? most + room * 0.06;
  const inner = { width: Math.max(10, width - PAD.left - PAD.right), height: height - PAD.top - PAD.bottom };
  const x = (value) => PAD.left + (value / lastX) * inner.width;
  const y = (value) => PAD.top + (1 - (value - from) / (to - from || 1)) * inner.height;
  const path = (points) => points.map(([px, py], index) => `${index ? "L" : "M"}${x(px).toFixed(1)} ${y(py).toFixed(1)}`).join("");
  const found = at === null ? null : shown.map((one) => ({ ...one, point: nearest(one.points, at) }));
  const onMove = (event) => {
    const left = event.clientX - box.current.getBoundingClientRect().left;
    setAt(Math.min(lastX, Math.max(0, ((left - PAD.left) / inner.width) * lastX)));
  };
  const onKey = (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    setAt((old) => Math.min(lastX, Math.max(0, (old ?? lastX) + (by * lastX) / 40)));
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
      <div ref={box} className="dl-plot" style={{ height }} role="img" aria-label={`${title}: ${words || "nothing yet"}`} tabIndex={0} onPointerMove={onMove} onPointerLeave={() => setAt(null)} onBlur={() => setAt(null)} onKeyDown={onKey}>
        {width > 0 && shown.length > 0 && (
          <svg width={width} height={height} aria-hidden>
            <clipPath id={id}>
              <rect x={PAD.left - 4} y={0} width={inner.width + 8} height={height} />
            </clipPath>
            {ticks(from, to, 4).map((value) => (
              <g key={value}>
                <line x1={PAD.left} x2={PAD.left + inner.width} y1={y(value)} y2={y(value)} className="dl-rule" />
                <text x={PAD.left - 8} y={y(value) + 4} textAnchor="end">
                  {short(value)}
                </text>
              </g>
            ))}
            {ticks(0, lastX, width < 420 ? 3 : 6).map((value) => (
              <text key={value} x={x(value)} y={height - 6} textAnchor="middle">
                {short(value)}
              </text>
            ))}
            <g clipPath={`url(#${id})`}>
              {shown.map((one) => (
                <g key={one.name} style={{ color: one.tone }}>
                  {one.band?.length > 1 && <path d={`${path(one.band.map(([px, , top]) => [px, top]))}L${path([...one.band].reverse().map(([px, bottom]) => [px, bottom])).slice(1)}Z`} className="dl-band" />}
                  {!one.dots && !one.band && <path d={path(one.points)} className="dl-line dl-line-raw" />}
                  <path d={path(one.dots || one.band ? one.points : smoothed(one.points))} className="dl-line" />
                  {(one.dots || one.points.length === 1) && one.points.map(([px, py]) => <circle key={px} cx={x(px)} cy={y(py)} r={3} fill="currentColor" />)}
                </g>
              ))}
              {found?.map((one) => <circle key={one.name} cx={x(one.point[0])} cy={y(one.point[1])} r={4.5} className="dl-here" style={{ color: one.tone }} />)}
              {at !== null && <line x1={x(at)} x2={x(at)} y1={PAD.top} y2={height - PAD.bottom} className="dl-rule dl-rule-here" />}
            </g>
          </svg>
        )}
        {!shown.length && <p className="dr-muted">Nothing yet: the first figures come within seconds.</p>}
      </div>
    </figure>
  );
}
