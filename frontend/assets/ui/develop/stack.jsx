// The steps in order: chosen, moved by hand or keyboard, switched off, copied, deleted. The chosen one shows its form.

import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { Copy, Eye, EyeOff, GripVertical, LoaderCircle, Plus, Trash2, TriangleAlert } from "lucide-react";
import { IconButton } from "../ui.jsx";
import { StepForm } from "./form.jsx";
import { iconOf } from "./icons.js";
import { missingOf, summary } from "./schema.js";

/** Dragging rows by their grip: tells where the row would go, and moves it once it is let go. */
function useSorting(list, onMove) {
  const [drag, setDrag] = useState(null);
  const begin = (event, key, index) => {
    if (event.button) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const rows = [...list.current.children].map((row) => row.getBoundingClientRect());
    setDrag({ key, from: index, to: index, rows, startY: event.clientY, by: 0 });
  };
  const move = (event) => {
    if (!drag) return;
    const by = event.clientY - drag.startY;
    const middle = drag.rows[drag.from].top + 22 + by;
    const to = drag.rows.findIndex((row) => middle < row.bottom);
    setDrag({ ...drag, by, to: to < 0 ? drag.rows.length - 1 : to });
  };
  const end = (keep) => {
    if (drag && keep && drag.to !== drag.from) onMove(drag.key, drag.to);
    setDrag(null);
  };
  return { drag, begin, move, end };
}

function Row({ step, index, total, operation, fields, chosen, error, left, computing, sorting, tools, children, extra }) {
  const Icon = operation ? iconOf(operation.category) : TriangleAlert;
  const name = operation?.title || step.name;
  const onKeyDown = (event) => {
    if (event.target !== event.currentTarget) return;
    const moves = { ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: total - 1 };
    if (event.altKey && event.key in moves) tools.move(step.key, moves[event.key]);
    else if (event.key === "Delete" || event.key === "Backspace") tools.remove(step.key);
    else if (!event.altKey && event.key in moves) tools.focus(moves[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const { drag } = sorting;
  const dragged = drag?.key === step.key;
  const shift = drag && !dragged ? (index > drag.from && index <= drag.to ? -1 : index < drag.from && index >= drag.to ? 1 : 0) : 0;
  const height = drag ? drag.rows[drag.from].height + 4 : 0;
  return (
    <li className={`dv-row${chosen ? " dv-row-open" : ""}${step.on ? "" : " dv-row-off"}${dragged ? " dv-row-held" : ""}${error ? " dv-row-bad" : ""}`} style={{ transform: dragged ? `translateY(${drag.by}px)` : shift ? `translateY(${shift * height}px)` : undefined }}>
      <div className="dv-row-head">
        <span className="dv-grip" aria-hidden title="Drag to move" onPointerDown={(event) => sorting.begin(event, step.key, index)} onPointerMove={sorting.move} onPointerUp={() => sorting.end(true)} onPointerCancel={() => sorting.end(false)}>
          <GripVertical size={14} />
        </span>
        <button type="button" className="dv-row-name" data-row={index} aria-expanded={chosen} aria-label={`Step ${index + 1}: ${name}${step.on ? "" : ", switched off"}`} aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown Delete" onClick={() => tools.choose(chosen ? null : step.key)} onKeyDown={onKeyDown}>
          <Icon size={16} strokeWidth={1.7} aria-hidden />
          <span>
            <strong>{name}</strong>
            <small>{error ? error.words : left || summary(fields, step.params)}</small>
          </span>
          {computing && <LoaderCircle size={14} className="dv-spin" aria-label="Computing" />}
        </button>
        <IconButton icon={step.on ? Eye : EyeOff} size={15} label={step.on ? `Switch ${name} off` : `Switch ${name} on`} aria-pressed={!step.on} onClick={() => tools.toggle(step.key)} />
      </div>
      {chosen && (
        <div className="dv-row-body">
          {left && !error && (
            <p className="dv-row-left" role="status">
              {left}. This is told of the preview; the picture in full size is judged by itself.
            </p>
          )}
          {children}
          <footer>
            {extra}
            <span className="dv-push" />
            <IconButton icon={Copy} size={15} label={`Duplicate ${name}`} onClick={() => tools.copy(step.key)} />
            <IconButton icon={Trash2} size={15} label={`Delete ${name}`} hint="Del" onClick={() => tools.remove(step.key)} />
          </footer>
        </div>
      )}
    </li>
  );
}

export function Stack({ doc, catalogue, chosen, error, left, computing, tools, onAdd, extraOf, onPick, before }) {
  const list = useRef(null);
  const sorting = useSorting(list, tools.move);
  const focused = useRef(null);
  const focus = (index) => list.current?.querySelector(`[data-row="${Math.min(doc.steps.length - 1, Math.max(0, index))}"]`)?.focus();
  const own = {
    ...tools,
    focus,
    move: (key, to) => {
      focused.current = Math.min(doc.steps.length - 1, Math.max(0, to));
      tools.move(key, to);
    },
    remove: (key) => {
      focused.current = Math.max(0, doc.steps.findIndex((step) => step.key === key) - 1);
      tools.remove(key);
    },
  };
  const newest = useRef(doc.next);
  // A step that was just added is where the keyboard goes on, once the search has given the focus back.
  useEffect(() => {
    if (doc.next > newest.current && chosen === doc.next - 1) focus(doc.steps.findIndex((step) => step.key === chosen));
    newest.current = doc.next;
  }, [doc, chosen]);
  // Before anything else happens: a second key may follow at once.
  useLayoutEffect(() => {
    if (focused.current === null) return;
    focus(focused.current);
    focused.current = null;
  }, [doc, chosen]);
  return (
    <div className="dv-stack">
      {before}
      <ol ref={list} aria-label="Steps">
        {doc.steps.map((step, index) => {
          const operation = catalogue.byName[step.name];
          const fields = catalogue.fields(step.name);
          const open = step.key === chosen;
          const needed = missingOf(fields, step.params);
          const wrong = !operation ? { words: "This machine has no such operation." } : needed ? { field: needed.name, words: `Needs ${needed.label.toLowerCase()}: left out until then.` } : error?.key === step.key ? error : null;
          return (
            <Row key={step.key} step={step} index={index} total={doc.steps.length} operation={operation} fields={fields} chosen={open} error={wrong} left={step.on ? left[step.key] : null} computing={computing.has(step.key)} sorting={sorting} tools={own} extra={open && extraOf(step, operation)}>
              {open && operation && <StepForm operation={operation} fields={fields} step={step} error={wrong} onPick={onPick} onSet={(values, words) => tools.set(step.key, values, `${operation.title}: ${words}`)} />}
            </Row>
          );
        })}
      </ol>
      <button type="button" className="dv-add" onClick={onAdd}>
        <Plus size={16} aria-hidden /> Add a step <kbd aria-hidden>/</kbd>
      </button>
      {!doc.steps.length && !doc.rest.raw && <p className="dv-hint dr-muted">Nothing is done to this picture yet. Begin with a step, or with a preset.</p>}
    </div>
  );
}
