// What stands above the lines: a click orders by a column, its edge makes it wider, and a menu says which there are.

import { useRef, useState } from "react";
import { ArrowDown, ArrowUp, Columns3, RotateCcw } from "lucide-react";
import { Popover } from "@radix-ui/themes";
import { COLUMNS, NARROWEST, WIDEST, chosenOf, fitted, putBefore, shifted, templateOf, toggled, widened } from "./columns.js";
import { IconButton } from "./ui.jsx";

const STEP = 16;

/** The menu takes the focus, not the first of its small buttons, which would show what it is for. */
function toItself(event) {
  event.preventDefault();
  event.currentTarget.focus();
}

/** The right edge of a column: dragged, or moved by the arrow keys; a double click gives it back its own width. */
function Edge({ column, onWidth }) {
  const drag = useRef(null);
  const name = COLUMNS[column.key].words;
  const now = (element) => column.width || element.parentElement.offsetWidth;
  const onPointerDown = (event) => {
    event.preventDefault();
    event.stopPropagation();
    event.currentTarget.setPointerCapture(event.pointerId);
    // The column itself is not dragged along.
    event.currentTarget.parentElement.draggable = false;
    drag.current = { x: event.clientX, width: now(event.currentTarget) };
  };
  const onPointerMove = (event) => drag.current && onWidth(drag.current.width + event.clientX - drag.current.x);
  const onPointerUp = (event) => {
    drag.current = null;
    event.currentTarget.parentElement.draggable = true;
  };
  const onKeyDown = (event) => {
    const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (!by && event.key !== "Home") return;
    event.preventDefault();
    event.stopPropagation();
    onWidth(by ? now(event.currentTarget) + by : null);
  };
  return (
    <i
      role="separator"
      tabIndex={0}
      className="dr-list-edge"
      aria-orientation="vertical"
      aria-label={`Width of ${name}`}
      aria-valuemin={NARROWEST}
      aria-valuemax={WIDEST}
      aria-valuenow={column.width || COLUMNS[column.key].least}
      title="Drag, or use ← and →; double click for its own width"
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={onPointerUp}
      onDoubleClick={() => onWidth(null)}
      onKeyDown={onKeyDown}
    />
  );
}

/** Which columns there are, in which order. */
function ColumnMenu({ text, shown, onText }) {
  const chosen = chosenOf(text).map((one) => one.key);
  const others = Object.keys(COLUMNS).filter((key) => !chosen.includes(key));
  const hidden = chosen.filter((key) => !shown.some((one) => one.key === key));
  return (
    <Popover.Root>
      <Popover.Trigger>
        <button type="button" className="dr-icon-button dr-list-choose" aria-label="Columns" title="Columns">
          <Columns3 size={16} strokeWidth={1.75} aria-hidden />
        </button>
      </Popover.Trigger>
      <Popover.Content align="end" className="dr-popover" aria-label="Columns" onOpenAutoFocus={toItself}>
        <ul className="dr-columns-list">
          {[...chosen, ...others].map((key) => {
            const at = chosen.indexOf(key);
            const name = COLUMNS[key].words;
            return (
              <li key={key}>
                <label>
                  <input type="checkbox" checked={at >= 0} disabled={key === "name"} onChange={() => onText(toggled(text, key))} /> {name}
                  {hidden.includes(key) && <span className="dr-muted"> · no room</span>}
                </label>
                {at >= 0 && (
                  <>
                    <IconButton icon={ArrowUp} size={14} label={`${name} further left`} disabled={at === 0} onClick={() => onText(shifted(text, key, -1))} />
                    <IconButton icon={ArrowDown} size={14} label={`${name} further right`} disabled={at === chosen.length - 1} onClick={() => onText(shifted(text, key, 1))} />
                  </>
                )}
              </li>
            );
          })}
        </ul>
        <button type="button" className="dr-button dr-button-small" disabled={!text} onClick={() => onText("")}>
          <RotateCcw size={13} aria-hidden /> As usual
        </button>
      </Popover.Content>
    </Popover.Root>
  );
}

/** `text` names the columns that were chosen, `shown` are those that fit into `width`. A second click on an order turns it. */
export function ListHead({ sort, text = "", shown = fitted("", 900), width, onSort, onText }) {
  const [over, setOver] = useState(null);
  const dragged = useRef(null);
  const end = () => {
    dragged.current = null;
    setOver(null);
  };
  const drop = (key) => {
    if (dragged.current && dragged.current !== key) onText(putBefore(text, dragged.current, key));
    end();
  };
  return (
    <div className="dr-list-head" role="group" aria-label="Columns" style={{ gridTemplateColumns: templateOf(shown), width }}>
      <i />
      <i />
      {shown.map((column) => {
        const { words, order } = COLUMNS[column.key];
        const key = order?.replace("-", "");
        const on = key && sort.replace("-", "") === key;
        const next = on ? (sort.startsWith("-") ? key : `-${key}`) : order;
        const moving = onText && {
          draggable: true,
          onDragStart: (event) => {
            dragged.current = column.key;
            event.dataTransfer.effectAllowed = "move";
          },
          onDragOver: (event) => {
            if (!dragged.current) return;
            event.preventDefault();
            setOver(column.key);
          },
          onDrop: () => drop(column.key),
          onDragEnd: end,
        };
        return (
          <span key={column.key} className={`dr-list-column${over === column.key && dragged.current !== column.key ? " dr-list-over" : ""}`} {...moving}>
            {order ? (
              <button type="button" aria-pressed={on} aria-label={`Order by ${words.toLowerCase()}`} onClick={() => onSort(next)}>
                {words} {on && <span aria-hidden>{sort.startsWith("-") ? "↓" : "↑"}</span>}
              </button>
            ) : (
              <span>{words}</span>
            )}
            {onText && <Edge column={column} onWidth={(wide) => onText(widened(text, column.key, wide))} />}
          </span>
        );
      })}
      {onText && <ColumnMenu text={text} shown={shown} onText={onText} />}
    </div>
  );
}
