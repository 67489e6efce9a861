// The classes: by number key, or found by a few letters where there are many.

import { useEffect, useRef, useState } from "react";
import { Plus, Search } from "lucide-react";
import { tint } from "../learn/parts.jsx";

export const KEYED = 9;

/** Classes that fit what was typed; those beginning with it first. */
export function fitting(labels, typed) {
  const words = typed.trim().toLowerCase();
  if (!words) return labels;
  const fits = labels.filter((one) => one.toLowerCase().includes(words));
  return [...fits.filter((one) => one.toLowerCase().startsWith(words)), ...fits.filter((one) => !one.toLowerCase().startsWith(words))];
}

export function Classes({ labels, on, guess, many, words, search, onChoose, onNew }) {
  const [typed, setTyped] = useState("");
  const field = useRef(null);
  search.current = field.current;
  useEffect(() => {
    search.current = field.current;
  });
  const shown = fitting(labels, typed);
  const fresh = typed.trim();
  const isNew = fresh && !labels.some((one) => one.toLowerCase() === fresh.toLowerCase());
  const choose = (label) => {
    setTyped("");
    field.current?.blur();
    onChoose(label);
  };
  const enter = (event) => {
    if (event.key === "Escape") {
      setTyped("");
      field.current.blur();
    }
    if (event.key !== "Enter" || !fresh) return;
    event.preventDefault();
    if (shown.length) choose(shown[0]);
    else if (isNew) {
      onNew(fresh);
      choose(fresh);
    }
  };
  return (
    <section className="an-classes" aria-label={words}>
      <label className="an-search">
        <Search size={15} aria-hidden />
        <input ref={field} type="search" aria-label="Search classes, or name a new one" placeholder={labels.length > KEYED ? "Search classes  /" : "Search or add a class  /"} maxLength={200} value={typed} onChange={(event) => setTyped(event.target.value)} onKeyDown={enter} />
      </label>
      <ul aria-label="Classes">
        {shown.map((label) => {
          const place = labels.indexOf(label);
          return (
            <li key={label}>
              <button type="button" className="an-class" aria-pressed={on.includes(label)} aria-keyshortcuts={place < KEYED ? String(place + 1) : undefined} onClick={() => choose(label)}>
                <i style={{ background: tint(place) }} aria-hidden />
                <span>{label}</span>
                {label === guess && <em>looks like it</em>}
                {place < KEYED && <kbd aria-hidden>{place + 1}</kbd>}
              </button>
            </li>
          );
        })}
        {isNew && (
          <li>
            <button type="button" className="an-class an-class-new" onClick={() => (onNew(fresh), choose(fresh))}>
              <Plus size={14} aria-hidden />
              <span>
                New class <b>{fresh}</b>
              </span>
            </button>
          </li>
        )}
      </ul>
      {many && <p className="dr-caption">A picture may show several.</p>}
    </section>
  );
}
