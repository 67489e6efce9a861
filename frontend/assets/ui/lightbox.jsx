// One picture as large as the window, with everything known of it beside.

import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { Check, ChevronLeft, ChevronRight, Columns2, Crosshair, Download, Heart, Info, Pipette as PipetteIcon, RotateCcw, RotateCw, SlidersHorizontal, X, ZoomIn, ZoomOut } from "lucide-react";
import { Link, useNavigate } from "react-router";
import { toast } from "sonner";
import { fileUrl, request } from "./api.js";
import { Compared, MOST } from "./compared.jsx";
import { useHistory } from "./develop/kept.js";
import { FocusPlace } from "./focus.jsx";
import { count, percent } from "./format.js";
import { askHelp, useDialogKeys } from "./hotkeys.js";
import { insteadOf, undoing } from "./offers.js";
import { Pipette } from "./pipette.jsx";
import { Rating } from "./rating.jsx";
import { IconButton, Trouble, useFocusTrap, useMedia, useStored } from "./ui.jsx";
import { Details } from "./details.jsx";
import { smallUrl } from "./small.js";
import { Filmstrip, NEIGHBOURS } from "./strip.jsx";
import { LARGE, Tiles } from "./tiles.jsx";
import { laid, turned, turnOf } from "./turning.js";
import { useZoom } from "./zoom.js";

const SHOWABLE = new Set(["image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "image/bmp", "image/x-ms-bmp"]);
const ZOOMING = [[["+"], ["−"]], "Zoom"];
const PANNING = [[["↑"], ["↓"]], "Move what is zoomed"];
const SETTLED = 150;
const TURNING = [[["R"], ["⇧", "R"]], "Turn right, left"];
const CLOSEST = 32; // so that 250 megapixels come to one pixel of the picture on one of the screen

/** Everything known of a picture; `version` changes when it may have changed. */
function useDetail(id, version) {
  const [state, setState] = useState({ id: null });
  useEffect(() => {
    const abort = new AbortController();
    // Held arrow keys pass many pictures; only one that stays is looked up.
    const timer = setTimeout(() => {
      request(`/images/${id}`, { signal: abort.signal })
        .then((picture) => setState({ id, picture }))
        .catch((error) => error.name !== "AbortError" && setState({ id, error }));
    }, 60);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [id, version]);
  return [state.id === id ? state : { id }, (picture) => setState({ id: picture.id, picture })];
}

/** A picture that is no longer shown is no longer loaded: it may be gone the next moment. */
const loading = (image) => () => image.removeAttribute("src");

function Picture({ item, zoom, stage, full, tiled, turn, over }) {
  const box = useRef(null);
  const [preview, setPreview] = useState(false);
  const [original, setOriginal] = useState(false);
  useEffect(() => {
    setPreview(false);
    setOriginal(false);
  }, [item.id]);
  const ratio = item.width / item.height;
  const shape = turn % 180 ? 1 / ratio : ratio;
  const style = {
    transform: `translate(${zoom.x}px, ${zoom.y}px) scale(${zoom.scale})`,
    // A layer of its own would be drawn at the size that fits and then enlarged: blurred.
    willChange: zoom.scale > 1 ? "auto" : undefined,
    aspectRatio: shape,
    "--ratio": shape,
  };
  const wide = (box.current?.offsetWidth || 1) * (turn % 180 ? ratio : 1);
  return (
    <div key={item.id} ref={box} className="dr-picture" style={style}>
      <div className="dr-laid" data-turn={turn} style={{ ...laid(turn, ratio), backgroundImage: `url(data:image/webp;base64,${item.placeholder})` }}>
        <img ref={loading} src={smallUrl(item.id)} alt="" className={preview ? "dr-gone" : ""} draggable={false} />
        <img ref={loading} src={fileUrl(item.id, "preview")} alt={item.name} className={preview ? "dr-seen" : "dr-unseen"} draggable={false} onLoad={() => setPreview(true)} />
        {full && <img ref={loading} src={fileUrl(item.id, "original")} alt="" className={original ? "dr-seen" : "dr-unseen"} draggable={false} onLoad={() => setOriginal(true)} />}
        {tiled && <Tiles id={item.id} zoom={zoom} stage={stage.current} fitted={wide} turn={turn} />}
        {over}
      </div>
    </div>
  );
}

function usePointers(stage, { zoom, to, by, onStep, onClose }) {
  const drag = useRef(null);
  const latest = useRef({});
  latest.current = { zoom, to, by };
  useEffect(() => {
    const element = stage.current;
    // React's wheel listeners are passive and could not stop the page from zooming.
    const onWheel = (event) => {
      event.preventDefault();
      latest.current.to((scale) => scale * Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), { x: event.clientX, y: event.clientY });
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [stage]);
  return {
    onPointerDown: (event) => {
      if (event.button === 0) {
        drag.current = { x: event.clientX, y: event.clientY, startX: event.clientX, startY: event.clientY, moved: false };
        event.currentTarget.setPointerCapture(event.pointerId);
      }
    },
    onPointerMove: (event) => {
      const from = drag.current;
      if (!from) return;
      if (Math.hypot(event.clientX - from.startX, event.clientY - from.startY) > 6) from.moved = true;
      by(event.clientX - from.x, event.clientY - from.y);
      drag.current = { ...from, x: event.clientX, y: event.clientY };
    },
    onPointerUp: (event) => {
      const from = drag.current;
      drag.current = null;
      if (!from) return;
      const dx = event.clientX - from.startX;
      const dy = event.clientY - from.startY;
      if (!from.moved) {
        if (event.target === event.currentTarget && event.pointerType === "mouse") onClose();
      } else if (zoom.scale === 1 && event.pointerType === "touch") {
        if (Math.abs(dx) > 48 && Math.abs(dx) > Math.abs(dy)) onStep(dx < 0 ? 1 : -1);
        else if (dy > 90) onClose();
      }
    },
    onPointerCancel: () => {
      drag.current = null;
    },
  };
}

function Turning({ onTurn, className }) {
  return (
    <>
      <IconButton icon={RotateCcw} label="Turn left" hint="⇧ R" className={className} onClick={() => onTurn(-90)} />
      <IconButton icon={RotateCw} label="Turn right" hint="R" className={className} onClick={() => onTurn(90)} />
    </>
  );
}

/** How far a picture is turned, and a way to turn it: a step in what Develop does to it, the original stays. */
function useTurn(id) {
  // Held arrow keys pass many pictures; the server is asked about one that stays.
  const { doc, act } = useHistory(id, SETTLED);
  const turn = useMemo(() => turnOf(doc), [doc]);
  const onTurn = (by) => {
    const words = (angle) => (angle > 0 ? "Turned right" : "Turned left");
    act((old) => turned(old, by), words(by));
    toast.success(words(by), {
      id: insteadOf("turned"),
      description: "The original stays as it is. Develop has the turn as a step, and makes the picture.",
      ...undoing(() => act((old) => turned(old, -by), words(-by))),
    });
  };
  return [turn, onTurn];
}

/** `keys` are those for the picture beside moving and zooming: rating, choosing, the trash. */
export function Lightbox({ source, selection, acting, keys: more, id, position, onMove, onClose }) {
  const root = useRef(null);
  const stage = useRef(null);
  const wide = useMedia("(min-width: 860px)");
  const [wanted, setInfo] = useStored("info", true);
  const [sheet, setSheet] = useState(false);
  const [picking, setPicking] = useState(false);
  const [placing, setPlacing] = useState(false);
  const [comparing, setComparing] = useState(null);
  const [turn, onTurn] = useTurn(id);
  const info = wide ? wanted : sheet;
  const toggleInfo = () => (wide ? setInfo(!wanted) : setSheet(!sheet));
  const there = position >= 0 ? source.at(position) : null;
  // A rating or a tag given by a key is shown beside, too.
  const [{ picture, error }, setPicture] = useDetail(id, there && [there.rating, there.favourite, there.label, there.tags.join()].join());
  const item = there || picture;
  const { zoom, to, by } = useZoom(id, stage, CLOSEST);
  useFocusTrap(root);
  useSyncExternalStore(selection.subscribe, selection.snapshot, selection.snapshot);
  const chosen = selection.has(id);
  const loaded = useRef(new Set());

  const total = source.total ?? 0;
  const step = useCallback(
    (by) => {
      const next = position + by;
      if (position >= 0 && next >= 0 && next < total) onMove(next);
    },
    [position, total, onMove],
  );
  useEffect(() => {
    if (position < 0) return;
    source.want(Math.max(0, position - NEIGHBOURS), Math.min(total - 1, position + NEIGHBOURS));
    loaded.current.add(id);
    for (const near of [position + 1, position - 1]) {
      const other = near >= 0 && source.at(near);
      // Once: a picture that was just open may lie in the trash by now.
      if (!other || loaded.current.has(other.id)) continue;
      loaded.current.add(other.id);
      new Image().src = fileUrl(other.id, "preview");
    }
  }, [source, id, position, total, source.version]);

  const pixels = useCallback(() => {
    // One picture pixel on one screen pixel.
    const shown = stage.current?.querySelector(".dr-picture")?.offsetWidth || 1;
    const across = turn % 180 ? item?.height : item?.width;
    return item ? Math.max(1.5, across / shown / devicePixelRatio) : 2;
  }, [item, turn]);
  // It is put on the whole picture, as the camera held it.
  const place = () => (setPicking(false), to(1), setPlacing(!placing));
  const compare = () => {
    const next = source.at(position + 1) || source.at(position - 1);
    const few = !selection.all && selection.ids.size > 1 && selection.ids.size <= MOST;
    if (few) setComparing([...selection.ids]);
    else if (next) setComparing([id, next.id]);
  };
  const goTo = (other) => {
    const at = source.find(other);
    setComparing(null);
    if (at >= 0) onMove(at);
  };
  const alone = total < 2;
  const onChanged = (changed) => {
    setPicture(changed);
    const { title, caption, tags, rating, favourite, label } = changed;
    source.patch((other) => other === changed.id, () => ({ title, caption, tags, rating, favourite, label }));
  };
  const toggleZoom = (point) => to(zoom.scale > 1 ? 1 : pixels(), point);
  const pointers = usePointers(stage, { zoom, to, by, onStep: step, onClose });
  const navigate = useNavigate();
  const develop = source.developing ? source.developing(id) : `/develop?image=${id}&view=${encodeURIComponent(source.query)}&at=${position}`;

  const steps = (key, words, act) => ({ keys: [key], words, move: true, act });
  const onKeyDown = useDialogKeys(
    "Picture",
    [
      { ...steps("ArrowLeft", "Previous picture", () => (zoom.scale > 1 ? by(80, 0) : step(-1))), off: zoom.scale <= 1 && position <= 0 },
      { ...steps("ArrowRight", "Next picture", () => (zoom.scale > 1 ? by(-80, 0) : step(1))), off: zoom.scale <= 1 && position >= total - 1 },
      { ...steps("ArrowUp", "Move up", () => by(0, 80)), group: PANNING, off: zoom.scale <= 1 },
      { ...steps("ArrowDown", "Move down", () => by(0, -80)), group: PANNING, off: zoom.scale <= 1 },
      { ...steps("Home", "First picture", () => onMove(0)), off: position < 0 },
      { ...steps("End", "Last picture", () => onMove(total - 1)), off: position < 0 },
      { keys: ["i"], words: "Details", act: toggleInfo },
      { keys: ["z"], words: "Full size", act: () => toggleZoom() },
      { keys: ["p"], words: "Pictures of a colour of this one", act: () => (setPlacing(false), setPicking(true)) },
      { keys: ["k"], words: "The place that must stay in crops", act: () => place() },
      { keys: ["d"], words: "Develop", act: () => navigate(develop) },
      { keys: ["r"], words: "Turn right", group: TURNING, act: () => onTurn(90) },
      { keys: ["Shift+r"], words: "Turn left", group: TURNING, act: () => onTurn(-90) },
      { keys: ["c"], words: "Compare with those chosen, or with the next", off: alone, act: compare },
      { keys: ["+", "="], words: "Zoom in", group: ZOOMING, move: true, act: () => to((scale) => scale * 1.4) },
      { keys: ["-"], words: "Zoom out", group: ZOOMING, move: true, act: () => to((scale) => scale / 1.4) },
      ...more,
      { keys: ["?"], words: "This help", move: true, act: askHelp },
      { keys: ["Escape"], words: zoom.scale > 1 ? "Whole picture" : "Close", move: true, act: () => (zoom.scale > 1 ? to(1) : onClose()) },
    ],
    (event) => info && event.target.closest(".dr-lightbox-info") && event.key.startsWith("Arrow"),
  );
  const close = zoom.scale > 1.02;
  const tiled = item && (!SHOWABLE.has(item.media_type) || item.width * item.height > LARGE);
  return (
    <div ref={root} className="dr-lightbox radix-themes dark" data-accent-color="amber" data-gray-color="gray" role="dialog" aria-modal="true" aria-label={item ? item.name : "Picture"} tabIndex={-1} onKeyDown={onKeyDown}>
      <div className="dr-lightbox-bar">
        <IconButton icon={X} label="Close" hint="Esc" onClick={onClose} />
        <div className="dr-lightbox-title">
          <strong>{item?.name}</strong>
          {position >= 0 && (
            <span>
              {count(position + 1)} of {count(total)}
            </span>
          )}
        </div>
        {item && <Rating value={item.rating} onRate={acting.rate} className="dr-desk-only" />}
        {item && <IconButton icon={Heart} label={item.favourite ? "No longer a favourite" : "Favourite"} hint="F" aria-pressed={item.favourite} className={item.favourite ? "dr-heart-on" : ""} onClick={() => acting.favourite(!item.favourite)} />}
        <IconButton icon={Check} label={chosen ? "Choose no longer" : "Choose"} hint="X" aria-pressed={chosen} className={chosen ? "dr-check-on" : ""} onClick={() => more.find((one) => one.keys[0] === "x").act()} />
        {zoom.scale > 1 && <span className="dr-zoom">{percent(zoom.scale / pixels())}</span>}
        <IconButton icon={zoom.scale > 1 ? ZoomOut : ZoomIn} label={zoom.scale > 1 ? "Fit to window" : "Full size"} hint="Z" onClick={() => toggleZoom()} />
        <IconButton icon={PipetteIcon} label="Pictures of a colour" hint="P" aria-pressed={picking} className="dr-desk-only" onClick={() => (setPlacing(false), setPicking(!picking))} />
        <IconButton icon={Crosshair} label="The place that must stay in crops" hint="K" aria-pressed={placing} className="dr-desk-only" disabled={!picture} onClick={place} />
        {item && <Turning onTurn={onTurn} className="dr-desk-only" />}
        <IconButton icon={Columns2} label="Compare with those chosen, or with the next" hint="C" className="dr-desk-only" disabled={alone} onClick={compare} />
        <Link className="dr-button dr-button-small dr-desk-only" to={develop} title="Develop (D)">
          <SlidersHorizontal size={15} strokeWidth={1.75} aria-hidden /> Develop
        </Link>
        <a className="dr-icon-button" href={fileUrl(id, "original")} download={item?.name} aria-label="Download the original" title="Download the original">
          <Download size={18} strokeWidth={1.75} aria-hidden />
        </a>
        <IconButton icon={Info} label="Details" hint="I" aria-pressed={info} onClick={toggleInfo} />
      </div>
      <div className="dr-lightbox-stage">
        <div ref={stage} className={`dr-stage${zoom.scale > 1 ? " dr-stage-zoomed" : ""}`} onDoubleClick={(event) => toggleZoom({ x: event.clientX, y: event.clientY })} {...pointers}>
          {item && <Picture item={item} zoom={zoom} stage={stage} full={close && !tiled} tiled={close && tiled} turn={picking || placing ? 0 : turn} over={source.over?.(item)} />}
          {!item && error && <Trouble error={error} />}
        </div>
        {picking && item && <Pipette id={id} stage={stage} onPick={(hex) => navigate(`/?where=${encodeURIComponent(`colour:${hex}`)}`)} onClose={() => (setPicking(false), root.current?.focus())} />}
        {placing && picture && <FocusPlace key={id} picture={picture} stage={stage} onChanged={onChanged} onClose={() => (setPlacing(false), root.current?.focus())} />}
        {position > 0 && <IconButton icon={ChevronLeft} size={26} label="Previous picture" hint="←" className="dr-step dr-step-back" onClick={() => step(-1)} />}
        {position >= 0 && position < total - 1 && <IconButton icon={ChevronRight} size={26} label="Next picture" hint="→" className="dr-step dr-step-on" onClick={() => step(1)} />}
      </div>
      {item && (
        <div className="dr-lightbox-hand" role="group" aria-label="Judge and turn">
          <Rating value={item.rating} onRate={acting.rate} large />
          <span className="dr-push" />
          <Turning onTurn={onTurn} />
          <IconButton icon={Columns2} label="Compare with the next" disabled={alone} onClick={compare} />
          <Link className="dr-icon-button" to={develop} aria-label="Develop" title="Develop">
            <SlidersHorizontal size={18} strokeWidth={1.75} aria-hidden />
          </Link>
        </div>
      )}
      {position >= 0 && total > 1 && <Filmstrip source={source} position={position} onMove={onMove} />}
      {info && (
        <aside className="dr-lightbox-info" aria-label="Details" tabIndex={-1}>
          {picture ? <Details picture={picture} onChanged={onChanged} onPlace={() => (setSheet(false), place())} onChoose={(ids) => (selection.only(ids), onClose())} /> : error ? <Trouble error={error} /> : <div className="dr-details-wait" aria-hidden>{[70, 45, 90, 80, 60, 85].map((width) => <i key={width} className="dr-skeleton" style={{ width: `${width}%` }} />)}</div>}
        </aside>
      )}
      {comparing && <Compared ids={comparing} onOpen={goTo} onRated={(other, rating) => source.patch((one) => one === other, () => ({ rating }))} onClose={() => (setComparing(null), root.current?.focus())} />}
    </div>
  );
}
