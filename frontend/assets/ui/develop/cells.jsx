// Several recipes of one picture beside each other, each with its size and how alike it is to what is there now.

import { useEffect, useMemo, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { Check, Columns2, Save, X } from "lucide-react";
import { bytes, number } from "../format.js";
import { useDialogKeys } from "../hotkeys.js";
import { IconButton, useFocusTrap } from "../ui.jsx";
import { recipeOf } from "./document.js";
import { compare } from "./pixels.js";
import { fetchPreview } from "./preview.js";
import { Recipes } from "./recipes.jsx";
import { writing } from "./variants.js";

const SIDE = 480;
const AT_ONCE = 2;
const MOST = 6;

/** Previews of all cells, a few at a time; those of cells that are no longer wanted are given up. */
function useCells(id, cells, keep, now, longSide = SIDE) {
  const [found, setFound] = useState({});
  useEffect(() => {
    const abort = new AbortController();
    const left = [...cells];
    setFound({});
    const work = async (reference) => {
      while (left.length && !abort.signal.aborted) {
        const cell = left.shift();
        try {
          const made = await fetchPreview(id, recipeOf(cell.doc, { keep, bare: true }), { longSide, ...writing(cell.doc), signal: abort.signal });
          const { likeness } = await compare(reference, made.blob);
          if (!abort.signal.aborted) setFound((old) => ({ ...old, [cell.id]: { url: URL.createObjectURL(made.blob), size: made.blob.size, ratio: made.width / made.height, likeness } }));
        } catch (problem) {
          if (problem.name !== "AbortError" && !abort.signal.aborted) setFound((old) => ({ ...old, [cell.id]: { problem } }));
        }
      }
    };
    fetchPreview(id, now, { longSide, signal: abort.signal })
      .then((made) => Promise.all(Array.from({ length: AT_ONCE }, () => work(made.blob))))
      .catch(() => {});
    return () => abort.abort();
  }, [id, cells, keep, now, longSide]);
  const all = useRef(found);
  all.current = found;
  useEffect(() => () => Object.values(all.current).forEach((one) => one.url && URL.revokeObjectURL(one.url)), []);
  return found;
}

const within = (scale) => Math.min(MOST, Math.max(1, scale));
const inside = (share) => Math.min(100, Math.max(0, share));

/** One zoom for all cells: what is pointed at in one is looked at in each; by keys, too. */
function useSharedZoom(root) {
  const [zoom, setZoom] = useState({ scale: 1, x: 50, y: 50 });
  useEffect(() => {
    const element = root.current;
    const onWheel = (event) => {
      const cell = event.target.closest(".dv-cell-picture");
      if (!cell) return;
      event.preventDefault();
      const box = cell.getBoundingClientRect();
      const place = [((event.clientX - box.left) / box.width) * 100, ((event.clientY - box.top) / box.height) * 100];
      setZoom((old) => {
        const scale = within(old.scale * Math.exp(-event.deltaY * 0.002));
        return old.scale > 1 && scale > 1 ? { ...old, scale } : { scale, x: place[0], y: place[1] };
      });
    };
    element?.addEventListener("wheel", onWheel, { passive: false });
    return () => element?.removeEventListener("wheel", onWheel);
  }, [root]);
  const by = (factor) => setZoom((old) => ({ ...old, scale: within(old.scale * factor) }));
  const move = (dx, dy) => setZoom((old) => ({ ...old, x: inside(old.x + dx / old.scale), y: inside(old.y + dy / old.scale) }));
  return { zoom, by, move };
}

/** One of them, to be chosen; a double click takes it. */
function Cell({ words, found, zoom, chosen, onChoose, onUse }) {
  return (
    <button type="button" className="dv-cell" aria-pressed={chosen} aria-label={words} onClick={onChoose} onDoubleClick={onUse}>
      <span className="dv-cell-picture">
        {found?.url ? <img src={found.url} alt="" draggable={false} style={{ transform: `scale(${zoom.scale})`, transformOrigin: `${zoom.x}% ${zoom.y}%` }} /> : found?.problem ? <em className="dr-field-error">{found.problem.message}</em> : <i className="dr-skeleton" />}
      </span>
      <span className="dv-cell-words">
        <strong>{words}</strong>
        <span>{found?.url ? `${bytes(found.size)} · SSIM ${number(found.likeness, 3)}` : "…"}</span>
      </span>
    </button>
  );
}

/**
 * A dialog that shows cells beside each other, of which one is taken.
 *
 * `cells` are `{id, words, doc}`; `fits` tells whether one can be taken; `tools` stand beside the title.
 */
export function Beside({ title, tools, id, doc, keep, cells, columns, longSide, caption, use, fits = () => true, onUse, onSave, onClose }) {
  const root = useRef(null);
  useFocusTrap(root);
  const { zoom, by, move } = useSharedZoom(root);
  const [chosen, setChosen] = useState(null);
  const [closer, setCloser] = useState(false);
  const now = useMemo(() => recipeOf(doc, { keep, bare: true }), [doc, keep]);
  const found = useCells(id, cells, keep, now, longSide);
  const pick = cells.find((cell) => cell.id === chosen);
  const step = (to) => {
    const at = cells.findIndex((cell) => cell.id === chosen);
    const next = Math.min(cells.length - 1, Math.max(0, at < 0 ? 0 : at + to));
    setChosen(cells[next]?.id ?? null);
    root.current?.querySelectorAll(".dv-cell")[next]?.focus();
  };
  const pan = (key, words, x, y) => ({ keys: [key], words, move: true, off: zoom.scale <= 1, act: () => move(x, y) });
  const onKeyDown = useDialogKeys(
    title,
    [
      { keys: ["ArrowLeft"], words: "The one before", move: true, act: () => step(-1) },
      { keys: ["ArrowRight"], words: "The next one", move: true, act: () => step(1) },
      { keys: ["ArrowUp"], words: "The one above", move: true, act: () => step(-columns) },
      { keys: ["ArrowDown"], words: "The one below", move: true, act: () => step(columns) },
      { keys: ["+", "="], words: "Look closer at all of them", act: () => by(1.4) },
      { keys: ["-"], words: "Look from farther away", act: () => by(1 / 1.4) },
      pan("a", "Move left", -20, 0),
      pan("d", "Move right", 20, 0),
      pan("w", "Move up", 0, -20),
      pan("s", "Move down", 0, 20),
      { keys: ["c"], words: "Compare it with what you have now", off: !pick, act: () => setCloser(true) },
      { keys: ["Escape"], words: "Close", move: true, act: onClose },
    ],
    // Fields and choices above the grid have keys of their own.
    (event) => event.key !== "Escape" && event.target.closest("input, select, .dv-outputs") !== null,
  );
  return (
    <div ref={root} className="dv-variants" role="dialog" aria-modal="true" aria-label={title} tabIndex={-1} onKeyDown={onKeyDown}>
      <div className="dv-variants-head">
        <h2>{title}</h2>
        {tools}
        <span className="dv-push" />
        <IconButton icon={X} label="Close" hint="Esc" onClick={onClose} />
      </div>
      <div className="dv-variants-grid" style={{ "--columns": columns }}>
        {cells.map((cell) => (
          <Cell key={cell.id} words={cell.words} found={found[cell.id]} zoom={zoom} chosen={chosen === cell.id} onChoose={() => setChosen(cell.id)} onUse={() => onUse(cell)} />
        ))}
      </div>
      <footer>
        <p className="dr-caption">{caption}</p>
        <span className="dv-push" />
        <button type="button" className="dr-button" disabled={!pick} onClick={() => setCloser(true)}>
          <Columns2 size={15} aria-hidden /> Look closer
        </button>
        <button type="button" className="dr-button" disabled={!pick} onClick={() => onSave(pick.doc)}>
          <Save size={15} aria-hidden /> Make this a preset
        </button>
        <button type="button" className="dr-button dr-button-main" disabled={!pick || !fits(pick)} onClick={() => onUse(pick)}>
          <Check size={15} aria-hidden /> {use}
        </button>
      </footer>
      {closer && pick && createPortal(
        <Recipes title={`${pick.words} and what you have now`} id={id} cells={[{ id: "now", words: "Now", doc }, pick]} keep={keep} start="slider" fits={(one) => one.id !== "now" && fits(one)} use={use} onUse={onUse} onSave={onSave} onClose={() => setCloser(false)} />,
        document.querySelector(".radix-themes") || document.body,
      )}
    </div>
  );
}
