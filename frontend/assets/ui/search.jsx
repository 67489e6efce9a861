// The search box: plain words, or an expression of the query language, with what may stand there next.

import { useEffect, useId, useRef, useState } from "react";
import { CircleAlert, Search, X } from "lucide-react";
import { request } from "./api.js";
import { count } from "./format.js";
import { completed, isExpression } from "./query.js";

const TYPING = 220;

/** What may stand at the caret, and what is wrong with the whole; asked for while somebody writes an expression. */
function useCompletion(text, caret, on) {
  const [found, setFound] = useState(null);
  useEffect(() => {
    if (!on || !text.trim()) {
      setFound(null);
      return undefined;
    }
    const asked = new AbortController();
    const params = new URLSearchParams({ q: text, at: String(caret) });
    const timer = setTimeout(() => {
      request(`/query/complete?${params}`, { signal: asked.signal })
        .then((answer) => setFound({ ...answer, text }))
        .catch(() => {});
    }, TYPING / 2);
    return () => {
      clearTimeout(timer);
      asked.abort();
    };
  }, [text, caret, on]);
  return on && found?.text === text ? found : null;
}

/** What is wrong, unless it is what is just being written and may still be completed. */
function mistakeOf(found) {
  const mistake = found?.mistake;
  if (!mistake || !found.items.length) return mistake || null;
  return mistake.position >= found.begin && mistake.position <= found.end ? null : mistake;
}

/** Whether the word at the caret can be taken as it is: nothing completes it, or it says already what would. */
const isWhole = (found) => !found.items.length || found.items.some((one) => one.text === found.text.slice(found.begin, found.end));

/** The expression with what is wrong in it marked, and why. */
function Mistake({ id, text, mistake }) {
  const end = mistake.position + mistake.length;
  return (
    <p className="dr-search-mistake" id={id} role="status">
      <CircleAlert size={14} aria-hidden />
      <span>
        <code aria-hidden>
          {text.slice(0, mistake.position)}
          <mark>{text.slice(mistake.position, end) || "\u2009"}</mark>
          {text.slice(end)}
        </code>
        {mistake.message[0].toUpperCase() + mistake.message.slice(1)}. {mistake.suggestion && `Did you mean ${mistake.suggestion}?`}
      </span>
    </p>
  );
}

function Options({ id, items, at, onChoose }) {
  return (
    <ul className="dr-search-options" id={id} role="listbox" aria-label="What may stand here">
      {items.map((one, place) => (
        // The box keeps the focus: what is pressed is taken before it could lose it.
        <li key={one.text} id={`${id}-${place}`} role="option" aria-selected={place === at} onPointerDown={(event) => { event.preventDefault(); onChoose(one); }}>
          <b>{one.text}</b>
          <span>{one.about}</span>
          {one.count != null && <i>{count(one.count)}</i>}
        </li>
      ))}
    </ul>
  );
}

/**
 * `always` takes every text as an expression; `onText` is told of each letter, `onChange` of what can be read.
 */
export function SearchBox({ value, onChange, field, always = false, onText, label = "Search pictures", placeholder = "Search names, tags, or rating>=4 camera:…" }) {
  const spoken = (text) => (always ? Boolean(text.trim()) : isExpression(text));
  const [text, setText] = useState(value);
  const [caret, setCaret] = useState(value.length);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const id = useId();
  const own = useRef(null);
  const input = field || own;
  const timer = useRef(0);
  const typed = useRef(value);
  const found = useCompletion(text, caret, open);
  // Plain words are looked for in names and tags; what pictures show is a choice beside them.
  const items = [...(found?.items || []), ...(found?.phrase && !always ? [{ text: found.phrase, about: "Pictures that show this", whole: true }] : [])];
  const mistake = spoken(text) ? mistakeOf(found) : null;
  useEffect(() => {
    // The address may change elsewhere (back button, a chip); what is being typed wins.
    if (value !== typed.current) {
      setText(value);
      typed.current = value;
    }
  }, [value]);
  useEffect(() => setAt(-1), [text]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const tell = (next) => {
    typed.current = next.trim();
    onChange(typed.current);
  };
  const type = (next, place = next.length, wait = TYPING) => {
    setText(next);
    onText?.(next);
    setCaret(place);
    setOpen(true);
    clearTimeout(timer.current);
    // An expression is looked for once it can be read and its last word is whole: until then the view stays as it is.
    if (!spoken(next)) timer.current = setTimeout(() => tell(next), wait);
  };
  useEffect(() => {
    if (found && spoken(text) && isWhole(found)) settle();
  }, [found]);
  const settle = () => {
    if (found && !found.mistake && text.trim() !== typed.current) tell(text);
  };
  const choose = (one) => {
    const [next, place] = one.whole ? [one.text, one.text.length] : completed(text, found, one);
    type(next, place);
    requestAnimationFrame(() => input.current?.setSelectionRange(place, place));
  };
  const clear = () => {
    type("", 0, 0);
    setOpen(false);
  };
  const onKeyDown = (event) => {
    const listed = open && items.length > 0;
    if (listed && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setAt((old) => (old + step + items.length + (old < 0 && step < 0 ? 1 : 0)) % items.length);
    } else if (listed && at >= 0 && (event.key === "Enter" || event.key === "Tab")) {
      event.preventDefault();
      choose(items[at]);
    } else if (event.key === "Enter") {
      if (spoken(text)) settle();
      else type(text, caret, 0);
      setOpen(spoken(text) && Boolean(found?.mistake));
    } else if (event.key === "Escape") {
      // One thing at a time: the list, then the words, then the box.
      if (listed) setOpen(false);
      else if (text) clear();
      else event.currentTarget.blur();
    }
  };
  const shown = open && items.length > 0;
  return (
    <div className="dr-search" role={always ? undefined : "search"}>
      <Search size={16} aria-hidden />
      <input
        ref={input}
        type="search"
        role="combobox"
        aria-autocomplete="list"
        aria-expanded={shown}
        aria-controls={`${id}-list`}
        aria-activedescendant={shown && at >= 0 ? `${id}-list-${at}` : undefined}
        aria-invalid={Boolean(mistake)}
        aria-describedby={mistake ? `${id}-mistake` : undefined}
        value={text}
        maxLength={2000}
        spellCheck={false}
        autoComplete="off"
        placeholder={placeholder}
        aria-label={label}
        onChange={(event) => type(event.target.value, event.target.selectionStart)}
        onSelect={(event) => setCaret(event.target.selectionStart)}
        onBlur={() => {
          if (spoken(text)) settle();
          setOpen(false);
        }}
        onKeyDown={onKeyDown}
      />
      {text ? (
        <button type="button" aria-label="Clear search" onClick={clear}>
          <X size={15} aria-hidden />
        </button>
      ) : (
        field && <kbd aria-hidden>/</kbd>
      )}
      {(shown || (open && mistake)) && (
        <div className="dr-search-popup">
          {shown && <Options id={`${id}-list`} items={items} at={at} onChoose={choose} />}
          {mistake && <Mistake id={`${id}-mistake`} text={text} mistake={mistake} />}
        </div>
      )}
    </div>
  );
}
