// The picture, zoomed and moved by hand; beside, under or over what it was before.

import { useEffect, useRef, useState } from "react";
import { MoveHorizontal } from "lucide-react";
import { isMap } from "../compare/places.js";
import { useMedia } from "../ui.jsx";

const BLINK = 700;
const SAMPLED = 4096;

export function Canvas({ bitmap, className }) {
  const canvas = useRef(null);
  useEffect(() => {
    if (!canvas.current || !bitmap) return;
    canvas.current.width = bitmap.width;
    canvas.current.height = bitmap.height;
    canvas.current.getContext("2d").drawImage(bitmap, 0, 0);
  }, [bitmap]);
  return bitmap ? <canvas ref={canvas} className={className} aria-hidden /> : null;
}

/** Reads colours of a picture that lies in the browser's memory. */
export function useSampler(blob) {
  const canvas = useRef(null);
  useEffect(() => {
    let gone = false;
    canvas.current = null;
    if (!blob) return undefined;
    createImageBitmap(blob).then((bitmap) => {
      if (gone) return;
      const made = document.createElement("canvas");
      // A colour is read as well from a smaller copy of a picture in full size.
      const shrink = Math.min(1, SAMPLED / Math.max(bitmap.width, bitmap.height));
      made.width = Math.max(1, Math.round(bitmap.width * shrink));
      made.height = Math.max(1, Math.round(bitmap.height * shrink));
      made.getContext("2d", { willReadFrequently: true }).drawImage(bitmap, 0, 0, made.width, made.height);
      bitmap.close();
      canvas.current = made;
    }, () => {});
    return () => {
      gone = true;
    };
  }, [blob]);
  return (x, y) => {
    const made = canvas.current;
    if (!made || x < 0 || y < 0 || x >= 1 || y >= 1) return null;
    return [...made.getContext("2d").getImageData(Math.floor(x * made.width), Math.floor(y * made.height), 1, 1).data.slice(0, 3)];
  };
}

/** Where something happened, as seen from the middle of the stage: two panes are zoomed as one. */
function inMiddle(event, stage) {
  const box = stage.getBoundingClientRect();
  const pane = (event.target.closest(".dv-pane") || stage).getBoundingClientRect();
  return { x: event.clientX - pane.left - pane.width / 2 + box.left + box.width / 2, y: event.clientY - pane.top - pane.height / 2 + box.top + box.height / 2 };
}

/** Wheel, drag and pinch on the stage; a press that does not move is a click on the picture. */
export function usePointers(stage, { zoom, to, by, onHover, onClick }) {
  const held = useRef(new Map());
  const last = useRef({ moved: false, spread: 0 });
  const latest = useRef({});
  latest.current = { zoom, to, by };
  useEffect(() => {
    const element = stage.current;
    // React's wheel listeners are passive and could not stop the page from zooming.
    const onWheel = (event) => {
      event.preventDefault();
      latest.current.to((scale) => scale * Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), inMiddle(event, element));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [stage]);
  const place = (event) => {
    const box = event.currentTarget.querySelector(".dv-picture")?.getBoundingClientRect();
    return box ? [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height] : [-1, -1];
  };
  return {
    onPointerDown: (event) => {
      if (event.button || event.target.closest("[data-handle]")) return;
      held.current.set(event.pointerId, event);
      last.current = { moved: false, x: event.clientX, y: event.clientY, spread: 0 };
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerMove: (event) => {
      onHover(...place(event), event.target.closest(".dv-picture") !== null || held.current.size > 0);
      if (!held.current.has(event.pointerId)) return;
      held.current.set(event.pointerId, event);
      const [one, other] = [...held.current.values()];
      if (other) {
        const spread = Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
        const { spread: before } = last.current;
        if (before) to((scale) => (scale * spread) / before, { x: (one.clientX + other.clientX) / 2, y: (one.clientY + other.clientY) / 2 });
        last.current = { ...last.current, moved: true, spread };
        return;
      }
      const [dx, dy] = [event.clientX - last.current.x, event.clientY - last.current.y];
      if (!last.current.moved && Math.hypot(dx, dy) < 4) return;
      by(dx, dy);
      last.current = { ...last.current, moved: true, x: event.clientX, y: event.clientY };
    },
    onPointerUp: (event) => {
      if (!held.current.delete(event.pointerId)) return;
      if (!last.current.moved && !held.current.size) onClick(...place(event));
    },
    onPointerCancel: (event) => held.current.delete(event.pointerId),
    onPointerLeave: () => onHover(-1, -1, false),
  };
}

export function Divider({ at, onMove, label = "Boundary between before and after", words = `${Math.round(at)} % before` }) {
  const held = useRef(false);
  const step = (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
    const ends = { Home: 0, End: 100 };
    if (by) onMove(Math.min(100, Math.max(0, at + by * (event.shiftKey ? 10 : 2))));
    else if (event.key in ends) onMove(ends[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      data-handle
      className="dv-divider"
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(at)}
      aria-valuetext={words}
      style={{ left: `${at}%` }}
      onKeyDown={step}
      onPointerDown={(event) => {
        held.current = true;
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (!held.current) return;
        const box = event.currentTarget.parentElement.getBoundingClientRect();
        onMove(Math.min(100, Math.max(0, ((event.clientX - box.left) / box.width) * 100)));
      }}
      onPointerUp={() => {
        held.current = false;
      }}
    >
      <i aria-hidden>
        <MoveHorizontal size={15} strokeWidth={2} />
      </i>
    </div>
  );
}

/** Changes by itself between before and after; by key or button where somebody wants nothing to move. */
export function useFlicker(active) {
  const still = useMedia("(prefers-reduced-motion: reduce)");
  const [first, setFirst] = useState(false);
  useEffect(() => {
    setFirst(false);
    if (!active || still) return undefined;
    const timer = setInterval(() => setFirst((old) => !old), BLINK);
    return () => clearInterval(timer);
  }, [active, still]);
  return [first, () => setFirst((old) => !old), still];
}

/** Whether two pictures are larger above each other than side by side. */
export function stacked(element, ratio) {
  if (!element) return false;
  const { clientWidth: width, clientHeight: height } = element;
  return Math.min(width, (height * ratio) / 2) > Math.min(width / 2, height * ratio);
}

export function Pane({ ratio, zoom, label, children }) {
  return (
    <div className="dv-pane">
      <div className="dv-picture" style={{ "--ratio": ratio, aspectRatio: ratio, transform: `translate(${zoom.x}px, ${zoom.y}px) scale(${zoom.scale})`, "--zoom": zoom.scale }}>
        {children}
      </div>
      {label && <span className="dv-pane-label">{label}</span>}
    </div>
  );
}

export function Viewer({ name, waiting, after, before, original, ratio, beforeRatio, mode, split, onSplit, marks, heat, overlay, zooming, stage, backdrop, picking, onHover, onClick, stale }) {
  const { zoom, to, by } = zooming;
  const pointers = usePointers(stage, { zoom, to, by, onHover, onClick });
  const [first, turn, still] = useFlicker(mode === "flicker");
  const showing = original || (mode === "flicker" && first);
  const picture = (url, words) => <img src={url} alt={words} draggable={false} />;
  const side = mode === "side" && before && !original;
  const over = side && stacked(stage.current, ratio);
  return (
    <div ref={stage} className={`dv-stage dv-back-${backdrop}${side ? " dv-stage-two" : ""}${over ? " dv-stage-over" : ""}${zoom.scale > 1 ? " dv-zoomed" : ""}${picking ? " dv-picking" : ""}${stale ? " dv-stale" : ""}`} {...pointers} onDoubleClick={(event) => !event.target.closest("[data-handle]") && !picking && to(zoom.scale > 1 ? 1 : 2.5, inMiddle(event, event.currentTarget))}>
      {side && (
        <Pane ratio={ratio} zoom={zoom} label="Before">
          {picture(before, "Before")}
        </Pane>
      )}
      <Pane ratio={original ? beforeRatio : ratio} zoom={zoom} label={original ? "Original" : side ? "After" : mode === "flicker" ? (first ? "Before" : "After") : mode === "heat" ? "Difference" : mode === "ssim" ? "Where it is unlike" : ""}>
        {waiting && !after && <img src={waiting} alt="" draggable={false} className="dv-waiting" />}
        {after && picture(after, showing ? "" : name)}
        {original && picture(original, `${name}, original`)}
        {!original && before && mode === "flicker" && first && picture(before, `${name}, before`)}
        {!original && before && mode === "slider" && (
          <>
            <img src={before} alt="" draggable={false} style={{ clipPath: `inset(0 ${100 - split}% 0 0)` }} />
            <Divider at={split} onMove={onSplit} />
          </>
        )}
        {!original && isMap(mode) && <Canvas bitmap={heat} className="dv-heat" />}
        {!original && marks && !isMap(mode) && <Canvas bitmap={marks} className="dv-marks" />}
        {!original && overlay}
      </Pane>
      {mode === "slider" && !original && (
        <>
          <span className="dv-pane-label dv-label-left">Before</span>
          <span className="dv-pane-label dv-label-right">After</span>
        </>
      )}
      {mode === "flicker" && still && !original && (
        <button type="button" data-handle className="dr-button dr-button-small dv-flicker" onClick={turn}>
          Show {first ? "after" : "before"}
        </button>
      )}
    </div>
  );
}
