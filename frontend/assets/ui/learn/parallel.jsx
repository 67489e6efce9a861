// Which options lead where: a line for each training through an axis for each option, to what it came to.

import { useEffect, useRef, useState } from "react";
import { X } from "lucide-react";
import { Section } from "../reading.jsx";
import { useWidth } from "./chart.jsx";
import { metricName, tint } from "./parts.jsx";
import { short } from "./ticks.js";

const PAD = { left: 56, right: 56, top: 28, bottom: 26 };
const HEIGHT = 260;
const AXES = 7;

/** Where values lie on an axis from 0 to 1: numbers by size (by their logarithm where they span a lot), words in order. */
function axisOf(name, values) {
  const known = values.filter((one) => one !== null && one !== undefined);
  const numbers = known.every((one) => typeof one === "number");
  if (!numbers) {
    const words = [...new Set(known.map(String))].sort();
    return { name, at: (value) => (words.length > 1 ? words.indexOf(String(value)) / (words.length - 1) : 0.5), ends: [words[0], words.at(-1)], told: (share) => words[Math.round(share * (words.length - 1))] };
  }
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const ratio = low > 0 && high / low > 20;
  const turn = ratio ? Math.log : (value) => value;
  const back = ratio ? Math.exp : (value) => value;
  return { name, at: (value) => (high > low ? (turn(value) - turn(low)) / (turn(high) - turn(low)) : 0.5), ends: [short(low), short(high)], told: (share) => short(back(turn(low) + share * (turn(high) - turn(low)))) };
}

/** Whether what a training was told, or came to, lies within a part of an axis. */
function isWithin(axis, one, [low, high]) {
  const value = axis.value(one);
  if (value === null || value === undefined) return false;
  return axis.at(value) >= low - 1e-9 && axis.at(value) <= high + 1e-9;
}

export function Parallel({ items, options, chosen, onToggle, onWithin }) {
  const box = useRef(null);
  const width = useWidth(box);
  const [marks, setMarks] = useState({});
  const [drag, setDrag] = useState(null);
  const scored = items.filter((one) => one.score !== null);
  const name = scored[0]?.score_name;
  const rows = scored.filter((one) => one.score_name === name);
  const held = useRef(onWithin);
  held.current = onWithin;
  const axesRef = useRef([]);
  const inside = (one) => axesRef.current.every((axis) => !marks[axis.name] || isWithin(axis, one, marks[axis.name]));
  const key = JSON.stringify([marks, rows.map((one) => one.id)]);
  useEffect(() => {
    held.current(Object.keys(marks).length ? new Set(rows.filter(inside).map((one) => one.id)) : null);
    // `key` says all that this follows from.
  }, [key]);
  if (rows.length < 2) return null;
  const worth = axisOf(metricName(name), rows.map((one) => one.score));
  const differ = options.filter((option) => new Set(rows.map((one) => String(one.options[option]))).size > 1).slice(0, AXES);
  const axes = [...differ.map((option) => ({ ...axisOf(option, rows.map((one) => one.options[option])), value: (one) => one.options[option] })), { ...worth, value: (one) => one.score }];
  axesRef.current = axes;
  const x = (at) => PAD.left + (axes.length > 1 ? (at / (axes.length - 1)) * Math.max(10, width - PAD.left - PAD.right) : 0);
  const y = (share) => PAD.top + (1 - share) * (HEIGHT - PAD.top - PAD.bottom);
  const shareAt = (event) => Math.min(1, Math.max(0, 1 - (event.clientY - box.current.getBoundingClientRect().top - PAD.top) / (HEIGHT - PAD.top - PAD.bottom)));
  const begin = (axis) => (event) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag({ name: axis.name, from: shareAt(event), to: shareAt(event) });
  };
  const move = (event) => drag && setDrag({ ...drag, to: shareAt(event) });
  const end = () => {
    if (!drag) return;
    const { [drag.name]: _, ...rest } = marks;
    const [low, high] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
    setMarks(high - low > 0.02 ? { ...rest, [drag.name]: [low, high] } : rest);
    setDrag(null);
  };
  /** Arrows move what is kept, with Shift its upper end; Escape keeps all again. */
  const onKey = (axis) => (event) => {
    const by = { ArrowUp: 0.05, ArrowDown: -0.05 }[event.key];
    const { [axis.name]: mark = [0.75, 1], ...rest } = marks;
    if (event.key === "Escape" || event.key === "Delete") {
      if (!marks[axis.name]) return;
      setMarks(rest);
    } else if (by) {
      const [low, high] = mark;
      const far = Math.min(1 - high, Math.max(-low, by));
      const next = !marks[axis.name] ? mark : event.shiftKey ? [low, Math.min(1, Math.max(low + 0.05, high + by))] : [low + far, high + far];
      setMarks({ ...rest, [axis.name]: next });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const keptOf = (axis) => (marks[axis.name] ? `${axis.told(marks[axis.name][0])} to ${axis.told(marks[axis.name][1])} kept` : "all kept");
  const markOf = (axis) => (drag?.name === axis.name ? [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)] : marks[axis.name]);
  const line = (one) => axes.map((axis, at) => [x(at), axis.value(one)]).filter(([, value]) => value !== null && value !== undefined);
  const path = (one) => axes.map((axis, at) => [x(at), axis.value(one), axis]).filter(([, value]) => value !== null && value !== undefined).map(([px, value, axis], at) => `${at ? "L" : "M"}${px.toFixed(1)} ${y(axis.at(value)).toFixed(1)}`).join("");
  const best = rows.reduce((one, other) => (other.score > one.score ? other : one));
  const words = `${rows.length} trainings over ${axes.map((axis) => axis.name).join(", ")}; the best is ${best.model || best.dataset} with ${short(best.score)}`;
  return (
    <Section id="options" title="What options lead where" hint={differ.length ? "The greener a line, the better; choose one to show it, or draw along an axis (by keyboard: Tab to it, then arrows) to keep what lies there in the table." : "They were all told the same."}>
      {Object.keys(marks).length > 0 && (
        <p className="dl-marks">
          {Object.entries(marks).map(([axis, [low, high]]) => (
            <button key={axis} type="button" className="dr-chip" onClick={() => setMarks(Object.fromEntries(Object.entries(marks).filter(([other]) => other !== axis)))}>
              {axis}: {axes.find((one) => one.name === axis)?.told(low)} – {axes.find((one) => one.name === axis)?.told(high)} <X size={12} aria-label="no longer" />
            </button>
          ))}
        </p>
      )}
      <div ref={box} className="dl-parallel" style={{ height: HEIGHT }}>
        {width > 0 && (
          <svg width={width} height={HEIGHT} role="img" aria-label={words}>
            {rows.map((one) => (
              <path
                key={one.id}
                d={line(one).length > 1 ? path(one) : ""}
                className={`dl-parallel-line${chosen.includes(one.id) ? " dl-parallel-on" : ""}${inside(one) ? "" : " dl-parallel-off"}`}
                style={{ stroke: chosen.includes(one.id) ? tint(chosen.indexOf(one.id)) : `color-mix(in oklab, var(--grass-9) ${Math.round(worth.at(one.score) * 100)}%, var(--tomato-9))` }}
                onClick={() => onToggle(one.id)}
              />
            ))}
            {axes.map((axis, at) => (
              <g key={axis.name}>
                <line x1={x(at)} x2={x(at)} y1={PAD.top} y2={HEIGHT - PAD.bottom} className="dl-rule" />
                {markOf(axis) && <rect x={x(at) - 7} width={14} y={y(markOf(axis)[1])} height={Math.max(2, y(markOf(axis)[0]) - y(markOf(axis)[1]))} className="dl-mark" />}
                <rect x={x(at) - 11} width={22} y={PAD.top - 6} height={HEIGHT - PAD.top - PAD.bottom + 12} className="dl-grip" data-axis={axis.name} onPointerDown={begin(axis)} onPointerMove={move} onPointerUp={end} onPointerCancel={end} />
                <text x={x(at)} y={14} textAnchor="middle" className="dl-parallel-name">
                  {axis.name}
                </text>
                <text x={x(at)} y={HEIGHT - 8} textAnchor="middle">
                  {axis.ends[0]}
                </text>
                <text x={x(at) + 6} y={PAD.top + 4}>
                  {axis.ends[1]}
                </text>
              </g>
            ))}
          </svg>
        )}
        {width > 0 &&
          axes.map((axis, at) => (
            <button key={axis.name} type="button" className="dl-axis" style={{ left: x(at) - 11, top: PAD.top - 6, height: HEIGHT - PAD.top - PAD.bottom + 12 }} aria-label={`${axis.name}: ${keptOf(axis)}`} title="Arrows move what is kept, Shift and arrows its upper end, Escape keeps all" onKeyDown={onKey(axis)} />
          ))}
      </div>
    </Section>
  );
}
