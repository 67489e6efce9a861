// Adding a step: every operation of this machine, found by its name, other words for it, or its family.

import { useEffect, useId, useMemo, useRef, useState } from "react";
import { Search } from "lucide-react";
import { title } from "../format.js";
import { useFocusTrap } from "../ui.jsx";
import { iconOf } from "./icons.js";
import { search } from "./schema.js";

export function Palette({ operations, categories, onAdd, onClose }) {
  const root = useRef(null);
  const list = useRef(null);
  const id = useId();
  const [typed, setTyped] = useState("");
  const [family, setFamily] = useState("");
  const [at, setAt] = useState(0);
  useFocusTrap(root);
  useEffect(() => root.current?.querySelector("input")?.focus(), []);
  const found = useMemo(() => search(operations.filter((one) => !family || one.category === family), typed), [operations, family, typed]);
  useEffect(() => setAt(0), [typed, family]);
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at, found]);
  const onKeyDown = (event) => {
    const goals = { ArrowDown: Math.min(found.length - 1, at + 1), ArrowUp: Math.max(0, at - 1) };
    if (event.key in goals) setAt(goals[event.key]);
    else if (event.key === "Enter" && found[at]) onAdd(found[at]);
    else if (event.key === "Escape") onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="dr-shade dv-palette-shade" onMouseDown={(event) => event.target === event.currentTarget && onClose()}>
      <div ref={root} className="dv-palette" role="dialog" aria-modal="true" aria-label="Add a step" tabIndex={-1} onKeyDown={onKeyDown}>
        <div className="dv-palette-search">
          <Search size={16} aria-hidden />
          <input role="combobox" aria-expanded="true" aria-controls={id} aria-activedescendant={found[at] ? `${id}-${at}` : undefined} aria-label="Search operations" placeholder="Search: sharpen, horizon, film grain …" value={typed} onChange={(event) => setTyped(event.target.value)} />
          <kbd aria-hidden>Esc</kbd>
        </div>
        <div className="dr-chips dv-families" role="group" aria-label="Families">
          {["", ...categories.filter((one) => operations.some((operation) => operation.category === one))].map((one) => (
            <button key={one} type="button" className="dr-chip" aria-pressed={family === one} onClick={() => setFamily(one)}>
              {one === "hdr" ? "HDR" : title(one || "all")}
            </button>
          ))}
        </div>
        <ul ref={list} id={id} role="listbox" aria-label="Operations" className="dv-operations">
          {found.map((one, index) => {
            const Icon = iconOf(one.category);
            return (
              <li key={one.name} id={`${id}-${index}`} role="option" aria-selected={index === at} onMouseMove={() => index !== at && setAt(index)} onClick={() => onAdd(one)}>
                <Icon size={16} strokeWidth={1.7} aria-hidden />
                <div>
                  <strong>{one.title}</strong>
                  <span>{one.summary}</span>
                </div>
              </li>
            );
          })}
        </ul>
        {!found.length && <p className="dv-nothing dr-muted">No operation is called that. Try another word, or all families.</p>}
      </div>
    </div>
  );
}
