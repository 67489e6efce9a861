// Several pictures beside each other: zoomed and moved as one, judged on the spot.

import { useEffect, useRef, useState } from "react";
import { Maximize2, Minus, X } from "lucide-react";
import { toast } from "sonner";
import { fileUrl, request } from "./api.js";
import { change } from "./bulk.js";
import { useLoaded } from "./compare/loaded.js";
import { alike, Pair, useLikeness } from "./compare/pair.jsx";
import { columnsFor } from "./compare/places.js";
import { rests, useComparing } from "./compare/state.js";
import { BlindButton, PairFields, WayButtons } from "./compare/tools.jsx";
import { usePointers } from "./develop/viewer.jsx";
import { bytes, percent } from "./format.js";
import { complain } from "./forms.jsx";
import { useDialogKeys } from "./hotkeys.js";
import { LookedAt } from "./looked.jsx";
import { Rating } from "./rating.jsx";
import { IconButton, useFocusTrap, useMedia } from "./ui.jsx";
import { useZoom } from "./zoom.js";

/** Pictures that fit beside each other. */
export const MOST = 6;
const CLOSEST = 48; // so that a hundred megapixels in a pane come to one pixel of the picture on one of the screen
const NEAR = 1.3;
const SHOWABLE = /^image\/(jpeg|png|webp|gif|avif|bmp)$/;
const ZOOMING = [[["+"], ["−"]], "Zoom all of them"];

/** The pictures, in their order; what is gone is left out. */
function usePictures(ids) {
  const [found, setFound] = useState(() => new Map());
  const wanted = ids.join();
  useEffect(() => {
    const abort = new AbortController();
    const put = (id, one) => setFound((old) => new Map(old).set(id, one));
    for (const id of wanted.split(",")) {
      request(`/images/${id}`, { signal: abort.signal }).then((one) => put(id, one), (problem) => problem.name !== "AbortError" && put(id, null));
    }
    return () => abort.abort();
  }, [wanted]);
  return [found, (id, change) => setFound((old) => new Map(old).set(id, { ...old.get(id), ...change }))];
}

/** What is compared of a picture in twos: its preview, and looked at closely all of it, where the browser can show that. */
async function loadOf({ id, media_type }, near, signal) {
  const found = await fetch(fileUrl(id, near && SHOWABLE.test(media_type) ? "original" : "preview"), { signal });
  if (!found.ok) throw new Error("This picture cannot be shown.");
  return { blob: await found.blob() };
}

/** `hidden` are words in the place of the name, with `onChoose` for whoever does not know it. */
function Pane({ picture, zoom, near, number, hidden, onChoose, onRate, onOpen, onDrop }) {
  return (
    <figure className="dv-pane dr-compared-pane" aria-label={hidden || picture.name}>
      <LookedAt picture={picture} words={hidden || picture.name} zoom={zoom} near={near} />
      <figcaption data-handle>
        <span className="dr-compared-name">
          <strong title={hidden || picture.name}>{hidden || picture.name}</strong>
          {!hidden && (
            <span>
              {picture.width} × {picture.height} · {bytes(picture.bytes)}
              {picture.quality && ` · quality ${percent(picture.quality.score)}`}
            </span>
          )}
        </span>
        {hidden ? (
          <button type="button" className="dr-button dr-button-small" aria-label={`Choose ${hidden}`} onClick={onChoose}>
            Choose
          </button>
        ) : (
          <>
            <Rating value={picture.rating} onRate={onRate} />
            <IconButton icon={Maximize2} size={15} label={`Open ${picture.name} alone`} onClick={onOpen} />
            <IconButton icon={Minus} size={15} label={`Leave ${picture.name} out`} disabled={number <= 2} onClick={onDrop} />
          </>
        )}
      </figcaption>
    </figure>
  );
}

/** `ids` are two to six; `onOpen(id)` looks at one alone, `onRated` is told when one was rated. */
export function Compared({ ids: given, onOpen, onRated, onClose }) {
  const root = useRef(null);
  const stage = useRef(null);
  const [left, setLeft] = useState(given.slice(0, MOST));
  const [found, patch] = usePictures(left);
  const wide = useMedia("(min-width: 700px)");
  const zooming = useZoom(given.join(), stage, CLOSEST);
  const { zoom, to, by } = zooming;
  const pointers = usePointers(stage, { zoom, to, by, onHover: () => {}, onClick: () => {} });
  useFocusTrap(root);
  const rate = async (id, rating) => {
    const before = found.get(id).rating;
    patch(id, { rating });
    try {
      await change({ ids: [id] }, { type: "edit", edit: { rating } }, rating ? `rated ${rating}` : "without a rating");
      onRated?.(id, rating);
    } catch (problem) {
      patch(id, { rating: before });
      complain(problem);
    }
  };
  const shown = left.filter((id) => found.get(id) !== null);
  const comparing = useComparing(shown, { onChosen: (id) => toast.success(`You chose ${found.get(id).name}.`) });
  const { way, order, blind } = comparing;
  const two = way !== "all";
  const near = zoom.scale > NEAR;
  const wordsOf = (id) => (blind ? `Picture ${order.indexOf(id) + 1}` : found.get(id)?.name || "");
  const known = order.filter((id) => found.get(id));
  const loaded = useLoaded(known.map((id) => ({ id, key: `${id}${near}`, load: (signal) => loadOf(found.get(id), near, signal) })), two);
  const [a, b] = comparing.pair.map((at) => ({ ...loaded[order[at]], words: wordsOf(order[at]) }));
  const likeness = useLikeness(two ? a.blob : null, two ? b.blob : null, way);
  const pan = (keys, words, x, y) => ({ keys: two ? keys.slice(0, 1) : keys, words, move: true, off: zoom.scale <= 1, act: () => by(x, y) });
  const onKeyDown = useDialogKeys("Comparing", [
    ...comparing.keys,
    { keys: ["+", "="], words: "Zoom in", group: ZOOMING, move: true, act: () => to((scale) => scale * 1.4) },
    { keys: ["-"], words: "Zoom out", group: ZOOMING, move: true, act: () => to((scale) => scale / 1.4) },
    { keys: ["z"], words: "Closer, or whole pictures", act: () => to(zoom.scale > 1 ? 1 : 3) },
    pan(["a", "ArrowLeft"], "Move left", 80, 0),
    pan(["d", "ArrowRight"], "Move right", -80, 0),
    pan(["w", "ArrowUp"], "Move up", 0, 80),
    pan(["s", "ArrowDown"], "Move down", 0, -80),
    { keys: ["Escape"], words: zoom.scale > 1 ? "Whole pictures" : "Close", move: true, act: () => (zoom.scale > 1 ? to(1) : onClose()) },
  ], rests);
  const told = zoom.scale > 1 ? `${percent(zoom.scale)} of what fits` : two ? "" : "Wheel or + to look closer, all at once";
  return (
    <div ref={root} className="dr-compared radix-themes dark" data-accent-color="amber" data-gray-color="gray" role="dialog" aria-modal="true" aria-label={`${shown.length} pictures beside each other`} tabIndex={-1} onKeyDown={onKeyDown}>
      <header>
        <IconButton icon={X} label="Close" hint="Esc" onClick={onClose} />
        <h2>Compare {shown.length}</h2>
        <WayButtons comparing={comparing} />
        <BlindButton comparing={comparing} />
        <PairFields comparing={comparing} nameOf={wordsOf} />
        <span className="dr-compared-zoom" role={two ? "status" : undefined}>
          {[two && alike(likeness), told].filter(Boolean).join(" · ")}
        </span>
      </header>
      <div ref={stage} className={`dv-stage dr-compared-stage${two ? " dr-compared-two" : ""}${zoom.scale > 1 ? " dv-zoomed" : ""}`} style={{ "--columns": two ? 1 : columnsFor(shown.length, wide) }} {...pointers} onDoubleClick={(event) => !event.target.closest("[data-handle]") && to(zoom.scale > 1 ? 1 : 3)}>
        {two ? (
          <Pair a={a} b={b} way={way} zoom={zoom} stage={stage} split={comparing.split} onSplit={comparing.setSplit} found={likeness} />
        ) : (
          order.map((id) => {
            const picture = found.get(id);
            if (!picture) return <i key={id} className="dr-skeleton dr-compared-pane" />;
            return <Pane key={id} picture={picture} zoom={zoom} near={near} number={shown.length} hidden={blind && wordsOf(id)} onChoose={() => comparing.choose(id)} onRate={(stars) => rate(id, stars)} onOpen={() => onOpen(id)} onDrop={() => setLeft(left.filter((other) => other !== id))} />;
          })
        )}
      </div>
    </div>
  );
}
