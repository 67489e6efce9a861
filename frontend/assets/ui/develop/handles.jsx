// What is dragged on the picture itself. Which handles an operation has is declared with it; here is what each kind looks like.

import { useRef, useState } from "react";
import { direction, fitted, levelled, pulled, rounded } from "./places.js";

const GRIPS = { nw: "Top left corner", n: "Top edge", ne: "Top right corner", e: "Right edge", se: "Bottom right corner", s: "Bottom edge", sw: "Bottom left corner", w: "Left edge" };
const RATIOS = [["Free", null], ["Original", 0], ["1:1", 1], ["4:5", 0.8], ["3:2", 1.5], ["16:9", 16 / 9], ["9:16", 9 / 16]];
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP = 0.01;

/** Dragging on an overlay: `move(dx, dy, place)` in shares of it, from where the drag began. */
function useDrag(root) {
  const held = useRef(null);
  const place = (event) => {
    const box = root.current.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  return (begin) => ({
    "data-handle": true,
    onPointerDown: (event) => {
      if (event.button) return;
      event.stopPropagation();
      event.currentTarget.setPointerCapture(event.pointerId);
      const from = place(event);
      held.current = { from, move: begin(from) };
    },
    onPointerMove: (event) => {
      if (!held.current) return;
      const [x, y] = place(event);
      held.current.move(x - held.current.from[0], y - held.current.from[1], [x, y]);
    },
    onPointerUp: () => {
      held.current?.move.end?.();
      held.current = null;
    },
    onPointerCancel: () => {
      held.current = null;
    },
  });
}

/** Keys of a handle that has the focus. */
const onArrows = (act) => (event) => {
  const by = ARROWS[event.key];
  if (!by || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  const step = event.shiftKey ? STEP * 5 : STEP;
  act(by[0] * step, by[1] * step);
};

const percentOf = (value) => `${Math.round(value * 100)} %`;

function Box({ values, ratio: shape, onSet }) {
  const root = useRef(null);
  const drag = useDrag(root);
  const [chosen, setChosen] = useState("Free");
  const wanted = RATIOS.find(([name]) => name === chosen)[1];
  const ratio = wanted === null ? null : wanted === 0 ? 1 : wanted / shape;
  const box = { left: values.left, top: values.top, right: values.right, bottom: values.bottom };
  const pull = (grip) => (dx, dy) => onSet(pulled(box, grip, dx, dy, ratio));
  const choose = (name) => {
    setChosen(name);
    const next = RATIOS.find(([one]) => one === name)[1];
    if (next !== null) onSet(fitted(box, next === 0 ? 1 : next / shape));
  };
  const style = { "--l": box.left, "--t": box.top, "--r": box.right, "--b": box.bottom };
  return (
    <div ref={root} className="dv-overlay" style={style}>
      <div className="dv-crop-shade" aria-hidden />
      <div className="dv-crop" role="group" aria-label={`Crop from ${percentOf(box.left)}, ${percentOf(box.top)} to ${percentOf(box.right)}, ${percentOf(box.bottom)}`} tabIndex={0} onKeyDown={onArrows(pull("move"))} {...drag(() => pull("move"))}>
        <i className="dv-thirds" aria-hidden />
        {Object.entries(GRIPS).map(([grip, words]) => (
          <button key={grip} type="button" className={`dv-crop-grip dv-crop-${grip}`} aria-label={`${words} of the crop`} onKeyDown={onArrows(pull(grip))} {...drag(() => pull(grip))} />
        ))}
      </div>
      <div className="dv-float" data-handle>
        <div className="dv-segments" role="radiogroup" aria-label="Proportions">
          {RATIOS.map(([name]) => (
            <label key={name}>
              <input type="radio" name="dv-ratio" checked={chosen === name} onChange={() => choose(name)} />
              <span>{name}</span>
            </label>
          ))}
        </div>
      </div>
    </div>
  );
}

function Knob({ x, y, label, onMove, drag, className = "" }) {
  return (
    <button
      type="button"
      className={`dv-knob ${className}`}
      style={{ "--x": x, "--y": y }}
      aria-label={`${label}: ${percentOf(x)} from the left, ${percentOf(y)} from the top`}
      onKeyDown={onArrows((dx, dy) => onMove(rounded(x + dx), rounded(y + dy)))}
      {...drag(() => (dx, dy) => onMove(rounded(x + dx), rounded(y + dy)))}
    />
  );
}

function Point({ values, onSet }) {
  const root = useRef(null);
  const drag = useDrag(root);
  // A place is two parameters, or one of two numbers.
  const [px, py] = values.place || [values.x, values.y];
  const set = (x, y) => onSet("place" in values ? { place: [x, y] } : { x, y });
  return (
    <div ref={root} className="dv-overlay dv-aim" {...drag(([x, y]) => (set(rounded(x), rounded(y)), (dx, dy, [ax, ay]) => set(rounded(ax), rounded(ay))))}>
      <Knob x={px ?? 0.5} y={py ?? 0.5} label="Place" onMove={set} drag={drag} className="dv-knob-ring" />
    </div>
  );
}

const CORNERS = [["top_left", "Top left"], ["top_right", "Top right"], ["bottom_right", "Bottom right"], ["bottom_left", "Bottom left"]];

function Corners({ values, onSet }) {
  const root = useRef(null);
  const drag = useDrag(root);
  const line = CORNERS.map(([name]) => values[name].map((one) => one * 100).join(",")).join(" ");
  return (
    <div ref={root} className="dv-overlay">
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden>
        <path className="dv-outside" fillRule="evenodd" d={`M0 0H100V100H0ZM${line.replaceAll(" ", "L")}Z`} />
        <polygon points={line} />
      </svg>
      {CORNERS.map(([name, words]) => (
        <Knob key={name} x={values[name][0]} y={values[name][1]} label={`${words} corner`} onMove={(x, y) => onSet({ [name]: [x, y] })} drag={drag} />
      ))}
    </div>
  );
}

/** A line along what should be level or upright; drawn on what the step has made so far, so that it corrects that. */
function Level({ values, ratio, onSet, onTyped }) {
  const root = useRef(null);
  const drag = useDrag(root);
  const [line, setLine] = useState(null);
  const begin = ([x, y]) => {
    let end = [x, y];
    const move = (dx, dy, place) => {
      end = place;
      setLine([x, y, ...place]);
    };
    move.end = () => {
      setLine(null);
      const [dx, dy] = [(end[0] - x) * ratio, end[1] - y];
      if (Math.hypot(dx, dy) > 0.03) onSet({ angle: Number(((values.angle || 0) + levelled(dx, dy)).toFixed(1)) });
    };
    return move;
  };
  const nudge = (dx, dy) => onTyped(Number(((values.angle || 0) + Math.sign(dx - dy) * (Math.abs(dx || dy) > STEP ? 1 : 0.1)).toFixed(1)));
  return (
    <div ref={root} className="dv-overlay dv-aim" tabIndex={0} role="slider" aria-label="Turn" aria-valuenow={values.angle || 0} aria-valuetext={`${values.angle || 0}° clockwise`} onKeyDown={onArrows(nudge)} {...drag(begin)}>
      <i className="dv-grid-lines" aria-hidden />
      {line && (
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden>
          <line x1={line[0] * 100} y1={line[1] * 100} x2={line[2] * 100} y2={line[3] * 100} />
        </svg>
      )}
      {!line && <span className="dv-tip">Draw a line along what should be level or upright</span>}
    </div>
  );
}

function Direction({ values, ratio, handle, onSet }) {
  const root = useRef(null);
  const drag = useDrag(root);
  const turn = ((values.angle || 0) * Math.PI) / 180;
  // What is meant on a square is dragged on one.
  const wide = handle.relative ? 1 : ratio;
  const [dx, dy] = [Math.cos(turn) / wide, -Math.sin(turn)];
  const length = 0.34 / Math.max(Math.abs(dx), Math.abs(dy));
  const aim = (x, y) => onSet({ angle: direction((x - 0.5) * wide, y - 0.5) });
  const [tip, tail] = [[0.5 + dx * length, 0.5 + dy * length], [0.5 - dx * length, 0.5 - dy * length]];
  return (
    <div ref={root} className="dv-overlay dv-aim" {...drag(([x, y]) => (aim(x, y), (mx, my, [px, py]) => aim(px, py)))}>
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden>
        <line x1={tail[0] * 100} y1={tail[1] * 100} x2={tip[0] * 100} y2={tip[1] * 100} />
      </svg>
      <i className="dv-knob dv-knob-small" style={{ "--x": tail[0], "--y": tail[1] }} aria-hidden />
      <Knob x={tip[0]} y={tip[1]} label={`Direction, ${values.angle || 0}°`} onMove={aim} drag={drag} />
    </div>
  );
}

function Band({ values, ratio, onSet }) {
  const root = useRef(null);
  const drag = useDrag(root);
  const turn = (values.angle * Math.PI) / 180;
  // Along the band: to the right, and up where it is turned anticlockwise. Everything is in heights of the picture.
  const edge = (offset) => {
    const at = (x) => values.centre + (offset - x * Math.sin(turn)) / Math.cos(turn || 1e-9);
    return [at(-ratio / 2), at(ratio / 2)];
  };
  const lines = [-values.width / 2, 0, values.width / 2].map(edge);
  const reach = values.width / 2 / Math.cos(turn || 1e-9);
  return (
    <div ref={root} className="dv-overlay">
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden>
        {lines.map(([left, right], at) => (
          <line key={at} className={at === 1 ? "dv-thin" : ""} x1={0} y1={left * 100} x2={100} y2={right * 100} />
        ))}
      </svg>
      <Knob x={0.5} y={values.centre} label="Middle of the band" onMove={(x, y) => onSet({ centre: rounded(y) })} drag={drag} />
      <Knob x={0.5} y={Math.min(1, values.centre + reach)} label="Width of the band" onMove={(x, y) => onSet({ width: rounded(2 * Math.abs(y - values.centre) * Math.cos(turn)) })} drag={drag} className="dv-knob-small" />
      <Knob x={0.85} y={Math.min(1, Math.max(0, values.centre - 0.35 * ratio * Math.tan(turn)))} label="Turn of the band" onMove={(x, y) => onSet({ angle: Math.max(-80, Math.min(80, direction((x - 0.5) * ratio || 1e-3, y - values.centre))) })} drag={drag} className="dv-knob-small" />
    </div>
  );
}

const KINDS = { box: Box, point: Point, corners: Corners, level: Level, direction: Direction, band: Band };

/** The handle of a step, over the picture that the step gets (or has made, where that is the same size). */
export function Handles({ handle, params, fields, ratio, onSet }) {
  const Kind = KINDS[handle.kind];
  const field = (role) => fields.find((one) => one.name === handle.fields[role]);
  const values = Object.fromEntries(Object.keys(handle.fields).map((role) => [role, params[handle.fields[role]] ?? field(role)?.initial ?? null]));
  const set = (changed) => onSet({ ...Object.fromEntries(Object.entries(changed).map(([role, value]) => [handle.fields[role], within(field(role), value)])), ...handle.sets });
  return <Kind handle={handle} values={values} ratio={ratio} onSet={set} onTyped={(angle) => set({ angle })} />;
}

function within(field, value) {
  if (typeof value !== "number" || !field || field.min === undefined) return value;
  return Math.min(field.max ?? Infinity, Math.max(field.min ?? -Infinity, value));
}

/** Which steps are shown while a handle is used: those before, and after it those that leave everything in its place. */
export function shownWith(doc, key, handle, byName, params) {
  const index = doc.steps.findIndex((step) => step.key === key);
  const moves = (step) => byName[step.name]?.moves_pixels;
  const own = handle.kind === "level" ? typeof params[handle.fields.angle] === "number" || byName[doc.steps[index].name].name === "rotate" : !moves(doc.steps[index]);
  return (step) => {
    const at = doc.steps.indexOf(step);
    if (at === index) return own;
    return at < index || !moves(step);
  };
}
