// A curve through points, drawn by hand: drag a point, click to add one, double-click or Delete to take one away.

import { useRef, useState } from "react";

const SIZE = 232;
const EDGE = 8;
const clamp = (value) => Math.min(1, Math.max(0, value));
const STRAIGHT = [[0, 0], [1, 1]];
const round = (value) => Number(clamp(value).toFixed(3));

/** Points of a monotone cubic through what is given (Fritsch and Carlson 1980), as the operation draws it. */
export function through(points, steps = 48) {
  const [xs, ys] = [points.map((one) => one[0]), points.map((one) => one[1])];
  const slopes = xs.slice(1).map((x, at) => (ys[at + 1] - ys[at]) / (x - xs[at] || 1e-6));
  const tangents = xs.map((_, at) => {
    if (at === 0) return slopes[0] ?? 0;
    if (at === xs.length - 1) return slopes.at(-1) ?? 0;
    const [before, after] = [slopes[at - 1], slopes[at]];
    return before * after <= 0 ? 0 : (2 * before * after) / (before + after);
  });
  return Array.from({ length: steps + 1 }, (_, step) => {
    const x = step / steps;
    if (x <= xs[0]) return [x, ys[0]];
    if (x >= xs.at(-1)) return [x, ys.at(-1)];
    const at = xs.findIndex((one) => one > x) - 1;
    const width = xs[at + 1] - xs[at];
    const t = (x - xs[at]) / width;
    const [t2, t3] = [t * t, t * t * t];
    return [x, (2 * t3 - 3 * t2 + 1) * ys[at] + (t3 - 2 * t2 + t) * width * tangents[at] + (3 * t2 - 2 * t3) * ys[at + 1] + (t3 - t2) * width * tangents[at + 1]];
  });
}

/** Curves of single channels are folded away until they are bent. */
export function CurveField(props) {
  if (props.field.initial?.length) return <Curve {...props} />;
  return (
    <details className="dv-group" open={props.value?.length > 0 || undefined}>
      <summary className="dr-muted">{props.value?.length ? "Bent" : "Straight"}</summary>
      <Curve {...props} />
    </details>
  );
}

function Curve({ field, value, onChange }) {
  const points = value?.length ? value : STRAIGHT;
  const box = useRef(null);
  const held = useRef(-1);
  const [chosen, setChosen] = useState(-1);
  const placeOf = (event) => {
    const area = box.current.getBoundingClientRect();
    const unit = area.width / (SIZE + 2 * EDGE);
    return [clamp(((event.clientX - area.left) / unit - EDGE) / SIZE), clamp(1 - ((event.clientY - area.top) / unit - EDGE) / SIZE)];
  };
  const put = (at, [x, y]) => {
    const left = at === 0 ? 0 : points[at - 1][0] + 0.01;
    const right = at === points.length - 1 ? 1 : points[at + 1][0] - 0.01;
    onChange(points.map((one, index) => (index === at ? [round(Math.min(right, Math.max(left, x))), round(y)] : one)));
  };
  const drop = (at) => {
    if (points.length <= 2) return;
    setChosen(-1);
    onChange(points.filter((_, index) => index !== at));
  };
  const onDown = (event) => {
    if (event.button) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const place = placeOf(event);
    const near = points.findIndex((one) => Math.hypot(one[0] - place[0], one[1] - place[1]) < 0.06);
    if (near >= 0) held.current = near;
    else {
      const at = points.findIndex((one) => one[0] > place[0]);
      held.current = at < 0 ? points.length : at;
      onChange([...points.slice(0, held.current), place.map(round), ...points.slice(held.current)]);
    }
    setChosen(held.current);
  };
  const onKey = (event, at) => {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (event.key === "Delete" || event.key === "Backspace") drop(at);
    else if (by && !event.altKey) put(at, [points[at][0] + by[0] * (event.shiftKey ? 0.05 : 0.01), points[at][1] + by[1] * (event.shiftKey ? 0.05 : 0.01)]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const line = through(points).map(([x, y]) => `${(x * SIZE).toFixed(1)},${((1 - y) * SIZE).toFixed(1)}`).join(" ");
  return (
    <svg ref={box} className={`dv-curve dv-curve-${field.name}`} viewBox={`${-EDGE} ${-EDGE} ${SIZE + 2 * EDGE} ${SIZE + 2 * EDGE}`} role="group" aria-label={`${field.label}: a curve of ${points.length} points`} onPointerDown={onDown} onPointerMove={(event) => held.current >= 0 && put(held.current, placeOf(event))} onPointerUp={() => { held.current = -1; }} onPointerCancel={() => { held.current = -1; }}>
      {[0.25, 0.5, 0.75].map((at) => (
        <path key={at} className="dv-curve-grid" d={`M${at * SIZE} 0V${SIZE}M0 ${at * SIZE}H${SIZE}`} />
      ))}
      <path className="dv-curve-grid" d={`M0 ${SIZE}L${SIZE} 0`} />
      <polyline points={line} />
      {points.map(([x, y], at) => (
        <circle key={at} tabIndex={0} role="slider" aria-label={`Point ${at + 1}`} aria-valuenow={y} aria-valuetext={`${Math.round(x * 100)} % becomes ${Math.round(y * 100)} %`} className={at === chosen ? "dv-chosen" : ""} cx={x * SIZE} cy={(1 - y) * SIZE} r={5} onDoubleClick={() => drop(at)} onKeyDown={(event) => onKey(event, at)} />
      ))}
    </svg>
  );
}
