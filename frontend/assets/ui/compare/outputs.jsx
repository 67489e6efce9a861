// What was made of a picture in several ways, up to six: beside each other, two of them in every way, with names or without.

import { useEffect, useRef, useState } from "react";
import { X } from "lucide-react";
import { compare } from "../develop/pixels.js";
import { Pane, usePointers } from "../develop/viewer.jsx";
import { bytes, number, percent } from "../format.js";
import { useDialogKeys } from "../hotkeys.js";
import { IconButton, useFocusTrap, useMedia } from "../ui.jsx";
import { useZoom } from "../zoom.js";
import { useLoaded } from "./loaded.js";
import { alike, Pair, useLikeness } from "./pair.jsx";
import { columnsFor } from "./places.js";
import { rests, useComparing } from "./state.js";
import { BlindButton, PairFields, WayButtons } from "./tools.jsx";

const CLOSEST = 16;

/** How alike each is to the first, as soon as both are there. */
function useToFirst(outputs, found) {
  const [told, setTold] = useState({});
  const first = found[outputs[0]?.id]?.blob;
  const keys = outputs.map((one) => one.key ?? one.id).join("\n");
  useEffect(() => {
    let gone = false;
    (async () => {
      for (const { id } of outputs) {
        const blob = found[id]?.blob;
        if (!first || !blob || gone) continue;
        const { likeness } = await compare(first, blob).catch(() => ({}));
        if (!gone && likeness !== undefined) setTold((old) => ({ ...old, [id]: likeness }));
      }
    })();
    return () => {
      gone = true;
    };
  }, [first, found, keys]);
  return told;
}

function Shown({ output, loaded, words, facts, zoom, at, blind, chosen, onChoose }) {
  return (
    <figure className={`dv-shown${chosen ? " dv-shown-chosen" : ""}`} aria-label={words}>
      <Pane ratio={loaded?.ratio || 1} zoom={zoom}>
        {loaded?.url ? <img src={loaded.url} alt={words} draggable={false} /> : loaded?.problem ? <em className="dr-field-error dv-pane-problem">{loaded.problem.message}</em> : <i className="dr-skeleton dv-shown-wait" />}
      </Pane>
      <figcaption data-handle>
        <span className="dr-compared-name">
          <strong title={words}>
            {at + 1}. {words}
          </strong>
          {!blind && <span>{facts}</span>}
        </span>
        <button type="button" className="dr-button dr-button-small" aria-pressed={chosen} aria-label={`${blind ? "Choose" : "Take"} ${words}`} onClick={() => onChoose(output.id)}>
          {blind ? "Choose" : chosen ? "Taken" : "Take"}
        </button>
      </figcaption>
    </figure>
  );
}

/**
 * `outputs` are `{ id, words, load(signal) }`, the first is what the others are compared with; `load` gives `{ blob }`.
 * `tools` stand beside the title, `children(output)` at the foot, for the one that was taken; `hint` says what the figures mean.
 */
export function Outputs({ title, tools, outputs, hint, start, children, onClose }) {
  const root = useRef(null);
  const stage = useRef(null);
  useFocusTrap(root);
  const ids = outputs.map((one) => one.id);
  const [taken, setTaken] = useState(null);
  const comparing = useComparing(ids, { start, onChosen: setTaken });
  const { way, order, pair, blind } = comparing;
  const zooming = useZoom(title, stage, CLOSEST);
  const { zoom, to, by } = zooming;
  const pointers = usePointers(stage, { zoom, to, by, onHover: () => {}, onClick: () => {} });
  const wide = useMedia("(min-width: 700px)");
  const loaded = useLoaded(outputs);
  const told = useToFirst(outputs, loaded);
  const byId = Object.fromEntries(outputs.map((one) => [one.id, one]));
  const wordsOf = (id) => (blind ? `Picture ${order.indexOf(id) + 1}` : byId[id].words);
  const [a, b] = pair.map((at) => ({ ...loaded[order[at]], words: wordsOf(order[at]) }));
  const found = useLikeness(way === "all" ? null : a.blob, way === "all" ? null : b.blob, way);
  const factsOf = (id) => {
    const one = loaded[id];
    if (!one?.blob) return "";
    return [bytes(one.blob.size), id !== outputs[0].id && told[id] !== undefined && `SSIM ${number(told[id], 3)} to ${outputs[0].words}`].filter(Boolean).join(" · ");
  };
  const pan = (key, words, x, y) => ({ keys: [key], words, move: true, off: zoom.scale <= 1, act: () => by(x, y) });
  const onKeyDown = useDialogKeys("Comparing", [
    ...comparing.keys,
    { keys: ["+", "="], words: "Zoom in", move: true, act: () => to((scale) => scale * 1.4) },
    { keys: ["-"], words: "Zoom out", move: true, act: () => to((scale) => scale / 1.4) },
    { keys: ["z"], words: "Closer, or whole pictures", act: () => to(zoom.scale > 1 ? 1 : 3) },
    pan("a", "Move left", 80, 0),
    pan("d", "Move right", -80, 0),
    pan("w", "Move up", 0, 80),
    pan("s", "Move down", 0, -80),
    { keys: ["Escape"], words: zoom.scale > 1 ? "Whole pictures" : "Close", move: true, act: () => (zoom.scale > 1 ? to(1) : onClose()) },
  ], rests);
  return (
    <div ref={root} className="dv-outputs" role="dialog" aria-modal="true" aria-label={title} tabIndex={-1} onKeyDown={onKeyDown}>
      <div className="dv-outputs-head">
        <h2>{title}</h2>
        {tools}
        <WayButtons comparing={comparing} />
        <BlindButton comparing={comparing} />
        <PairFields comparing={comparing} nameOf={wordsOf} />
        <span className="dv-outputs-told" aria-live="polite">
          {way === "all" ? (zoom.scale > 1 ? percent(zoom.scale) : "") : alike(found)}
        </span>
        <span className="dv-push" />
        <IconButton icon={X} label="Close" hint="Esc" onClick={onClose} />
      </div>
      <div ref={stage} className={`dv-stage dv-back-auto dv-outputs-stage${way === "all" ? " dv-outputs-all" : ""}${zoom.scale > 1 ? " dv-zoomed" : ""}`} style={{ "--columns": columnsFor(order.length, wide) }} {...pointers} onDoubleClick={(event) => !event.target.closest("[data-handle]") && to(zoom.scale > 1 ? 1 : 3)}>
        {way === "all" ? (
          order.map((id, at) => <Shown key={id} output={byId[id]} loaded={loaded[id]} words={wordsOf(id)} facts={factsOf(id)} zoom={zoom} at={at} blind={blind} chosen={!blind && taken === id} onChoose={(one) => (blind ? comparing.choose(one) : setTaken(one))} />)
        ) : (
          <Pair a={a} b={b} way={way} zoom={zoom} stage={stage} split={comparing.split} onSplit={comparing.setSplit} found={found} />
        )}
      </div>
      <div className="dv-outputs-foot">
        {comparing.chosen !== null && !blind ? <p className="dr-caption">You chose {byId[comparing.chosen]?.words}.</p> : <p className="dr-caption dv-keys-hint">{hint}</p>}
        {children?.(!blind && taken !== null ? byId[taken] : null)}
      </div>
    </div>
  );
}
