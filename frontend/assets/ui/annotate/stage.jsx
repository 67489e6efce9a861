// The picture, large: zoomed and moved about, with its boxes where there are any.

import { useEffect, useRef, useState } from "react";
import { ImageOff } from "lucide-react";
import { fileUrl } from "../api.js";
import { percent } from "../format.js";
import { tint } from "../learn/parts.jsx";
import { between, moved, placeIn, resized } from "./boxes.js";

const GRIPS = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
const CLICK = 4; // pixels that a hand trembles

const style = (box) => ({ left: `${box.x * 100}%`, top: `${box.y * 100}%`, width: `${box.width * 100}%`, height: `${box.height * 100}%` });

function Drawn({ one, at, of, colour, on, scale, onChoose, onGrab }) {
  return (
    <div
      className={`an-box${on ? " an-box-on" : ""}`}
      style={{ ...style(one.box), "--tint": colour, "--thin": 1 / scale }}
      role="button"
      tabIndex={0}
      aria-pressed={on}
      aria-label={`${one.label}, box ${at + 1} of ${of}`}
      data-box={at}
      onFocus={() => onChoose(at)}
      onPointerDown={(event) => onGrab(event, at, "")}
    >
      <span className="an-box-name" aria-hidden>
        {one.label}
      </span>
      {on && GRIPS.map((sides) => <i key={sides} className={`an-grip an-grip-${sides}`} aria-hidden onPointerDown={(event) => onGrab(event, at, sides)} />)}
    </div>
  );
}

/** Follows a pointer from where it went down; `onMove` gets where it is, `onEnd` whether it moved at all. */
function follow(event, onMove, onEnd) {
  const { clientX, clientY, pointerId } = event;
  let far = false;
  const move = (one) => {
    if (one.pointerId !== pointerId) return;
    far ||= Math.hypot(one.clientX - clientX, one.clientY - clientY) >= CLICK;
    if (far) onMove(one);
  };
  const end = (one) => {
    if (one.pointerId !== pointerId) return;
    for (const [name, hear] of [["pointermove", move], ["pointerup", end], ["pointercancel", end]]) removeEventListener(name, hear);
    onEnd(far);
  };
  for (const [name, hear] of [["pointermove", move], ["pointerup", end], ["pointercancel", end]]) addEventListener(name, hear);
}

export function Stage({ item, said, boxes, labels, chosen, fresh, stage, zooming, onChoose, onBoxes }) {
  const { zoom, to, by } = zooming;
  const picture = useRef(null);
  const [draft, setDraft] = useState(null); // boxes while one is being dragged, or drawn
  const [gone, setGone] = useState(false);
  useEffect(() => {
    setDraft(null);
    setGone(false);
  }, [item.key]);
  useEffect(() => {
    const root = stage.current;
    const wheel = (event) => {
      event.preventDefault();
      to((old) => old * Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)), { x: event.clientX, y: event.clientY });
    };
    root.addEventListener("wheel", wheel, { passive: false });
    return () => root.removeEventListener("wheel", wheel);
  }, [stage, to]);

  const grab = (event, at, sides) => {
    if (event.button !== 0) return;
    event.stopPropagation();
    const from = placeIn(picture.current, event);
    const before = said[at].box;
    let now = said;
    follow(
      event,
      (one) => {
        const here = placeIn(picture.current, one);
        const [dx, dy] = [here.x - from.x, here.y - from.y];
        const box = sides ? resized(before, sides, dx, dy) : moved(before, dx, dy);
        now = said.map((other, place) => (place === at ? { ...other, box } : other));
        setDraft(now);
      },
      (far) => {
        setDraft(null);
        if (far) onBoxes(now, at);
      },
    );
  };
  const pan = (event) => {
    let last = event;
    follow(event, (one) => {
      by(one.clientX - last.clientX, one.clientY - last.clientY);
      last = one;
    }, () => {});
  };
  const down = (event) => {
    if (event.button === 1 || (event.button === 0 && !boxes)) {
      event.preventDefault();
      pan(event);
      return;
    }
    if (event.button !== 0 || !picture.current) return;
    event.preventDefault();
    document.activeElement?.blur?.();
    onChoose(null);
    const from = placeIn(picture.current, event);
    let box = null;
    follow(
      event,
      (one) => {
        box = between(from, placeIn(picture.current, one));
        setDraft(box ? [...said, { kind: "detection", label: fresh, box }] : null);
      },
      () => {
        setDraft(null);
        if (box && fresh) onBoxes([...said, { kind: "detection", label: fresh, box }], said.length);
      },
    );
  };
  const shown = draft || said;
  const colour = (label) => tint(Math.max(0, labels.indexOf(label)));
  const ratio = item.width && item.height ? item.width / item.height : 1;
  return (
    <div ref={stage} className={`an-stage${boxes ? " an-stage-boxes" : zoom.scale > 1 ? " an-stage-near" : ""}`} onPointerDown={down} onDoubleClick={(event) => !boxes && to((old) => (old > 1 ? 1 : 3), { x: event.clientX, y: event.clientY })}>
      <div className="an-fit" style={{ "--ratio": ratio, transform: `translate(${zoom.x}px, ${zoom.y}px) scale(${zoom.scale})` }}>
        <div ref={picture} className="an-picture">
          {gone ? (
            <p className="an-gone">
              <ImageOff size={28} strokeWidth={1.3} aria-hidden /> This picture is no longer in the library.
            </p>
          ) : (
            <img key={item.key} src={fileUrl(item.key, "preview")} alt="The picture to label" draggable={false} onError={() => setGone(true)} />
          )}
          {boxes && shown.map((one, at) => <Drawn key={at} one={one} at={at} of={shown.length} colour={colour(one.label)} on={at === chosen} scale={zoom.scale} onChoose={onChoose} onGrab={grab} />)}
        </div>
      </div>
      {zoom.scale > 1 && (
        <button type="button" className="an-zoom" onPointerDown={(event) => event.stopPropagation()} onClick={() => to(1)}>
          {percent(zoom.scale)} of the window · fit
        </button>
      )}
    </div>
  );
}
