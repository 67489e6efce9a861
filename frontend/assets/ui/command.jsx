// The palette: pages, what can be done on this one, pictures, and whatever has a name, found by a few letters.

import { useEffect, useId, useMemo, useRef, useState } from "react";
import { Boxes, CornerDownLeft, FileChartColumn, FolderTree, GraduationCap, Image as Picture, Layers, Search, Tag } from "lucide-react";
import { useNavigate } from "react-router";
import { fileUrl, request } from "./api.js";
import { EVERYWHERE, commandsOf, declared } from "./hotkeys.js";
import { matching } from "./matching.js";
import { useFocusTrap } from "./ui.jsx";

const PAUSE = 150;
const PICTURES = 5;
const OTHERS = 6;

/** Where each kind of thing leads, and how it is called. */
const KINDS = {
  collection: ["Collection", FolderTree, (id) => `/?collection=${id}`],
  tag: ["Tag", Tag, (id) => `/?tag=${encodeURIComponent(id)}`],
  dataset: ["Dataset", Layers, (id) => `/datasets?name=${encodeURIComponent(id)}`],
  model: ["Model", Boxes, (id) => `/models?name=${encodeURIComponent(id)}`],
  training: ["Training", GraduationCap, (id) => `/training?run=${encodeURIComponent(id)}`],
  report: ["Report", FileChartColumn, (id) => `/report?id=${encodeURIComponent(id)}`],
};

/** What is found of the words by an address that takes them; whoever may see nothing of it is shown nothing. */
function useFound(words, from) {
  const [found, setFound] = useState([]);
  useEffect(() => {
    if (words.length < 2) {
      setFound([]);
      return undefined;
    }
    const abort = new AbortController();
    const timer = setTimeout(() => {
      request(`${from}${encodeURIComponent(words)}`, { signal: abort.signal }).then((page) => setFound(page.items), () => {});
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [words, from]);
  return found;
}

function Sign({ row }) {
  if (row.picture) return <img src={fileUrl(row.picture, "thumbnail")} alt="" />;
  const Icon = KINDS[row.kind]?.[1] || (row.kind === "picture" ? Picture : CornerDownLeft);
  return <Icon size={16} strokeWidth={1.7} aria-hidden />;
}

export function CommandPalette({ onClose }) {
  const root = useRef(null);
  const list = useRef(null);
  const id = useId();
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const [commands] = useState(() => commandsOf(declared()));
  const words = typed.trim();
  const pictures = useFound(words, `/images?limit=${PICTURES}&q=`);
  const named = useFound(words, `/query/names?limit=${OTHERS}&q=`);
  useFocusTrap(root);
  useEffect(() => root.current?.querySelector("input")?.focus(), []);
  const rows = useMemo(() => {
    const here = matching(commands, words, (one) => one.words).map((one) => ({ ...one, hint: one.section === EVERYWHERE ? "" : one.section }));
    if (!words) return here;
    return [
      ...here,
      ...named.map(({ kind, id: known, name, about }) => ({ kind, words: name, hint: about ? `${KINDS[kind][0]} · ${about}` : KINDS[kind][0], to: KINDS[kind][2](known) })),
      ...pictures.map((one) => ({ kind: "picture", words: one.title || one.name, hint: one.title ? one.name : "Picture", picture: one.id, to: `/?image=${one.id}` })),
    ];
  }, [commands, words, named, pictures]);
  useEffect(() => setAt(0), [words]);
  const chosen = Math.min(at, rows.length - 1);
  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: "nearest" });
  }, [chosen, rows]);
  const run = (row) => {
    onClose();
    // Once the focus is back where it was: what is done may take it elsewhere.
    setTimeout(() => (row.to ? navigate(row.to) : row.act()));
  };
  const onKeyDown = (event) => {
    if (event.key === "ArrowDown") setAt(Math.min(rows.length - 1, chosen + 1));
    else if (event.key === "ArrowUp") setAt(Math.max(0, chosen - 1));
    else if (event.key === "Enter" && rows[chosen]) run(rows[chosen]);
    else if (event.key === "Escape") onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="dr-shade dr-command-shade" onMouseDown={(event) => event.target === event.currentTarget && onClose()}>
      <div ref={root} className="dr-command" role="dialog" aria-modal="true" aria-label="Go anywhere, do anything" tabIndex={-1} onKeyDown={onKeyDown}>
        <div className="dr-command-search">
          <Search size={16} aria-hidden />
          <input role="combobox" aria-expanded={rows.length > 0} aria-controls={id} aria-autocomplete="list" aria-activedescendant={rows[chosen] ? `${id}-${chosen}` : undefined} aria-label="Find pages, commands, pictures" placeholder="Pages, commands, pictures, tags, datasets, models …" spellCheck={false} autoComplete="off" maxLength={200} value={typed} onChange={(event) => setTyped(event.target.value)} />
          <kbd aria-hidden>Esc</kbd>
        </div>
        <ul ref={list} id={id} role="listbox" aria-label="Found">
          {rows.map((row, index) => (
            <li key={`${row.hint}${row.to || row.words}`} id={`${id}-${index}`} role="option" aria-selected={index === chosen} onMouseMove={() => index !== chosen && setAt(index)} onClick={() => run(row)}>
              <Sign row={row} />
              <span>{row.words}</span>
              {row.hint && <small>{row.hint}</small>}
              {row.keys?.length > 0 && (
                <span className="dr-command-keys" aria-hidden>
                  {row.keys.map((one) => (
                    <kbd key={one}>{one}</kbd>
                  ))}
                </span>
              )}
            </li>
          ))}
        </ul>
        {!rows.length && (
          <p className="dr-command-none dr-muted" role="status">
            Nothing is called that.
          </p>
        )}
      </div>
    </div>
  );
}
