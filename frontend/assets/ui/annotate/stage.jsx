// The picture, large: zoomed and moved about, with its boxes and outlines where there are any.

import { useEffect, useRef, useState } from "react";
import { ImageOff } from "lucide-react";
import { fileUrl } from "../api.js";
import { percent } from "../format.js";
import { tint } from "../learn/parts.jsx";
import { between, placeIn } from "./boxes.js";
import { Outlined, Pending } from "./outline.jsx";
import { boxed, drawnOutline, movedThing, outlined, resizedThing, withCorner, withMore } from "./outlines.js";
import { follow, usePinch } from "./pointing.js";

const GRIPS = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
const NEAR = 12; // pixels within which a corner is hit
const LOOSE = 1.5; // pixels that an outline may be off the line that was drawn

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

/** What a pointer does to the things in a picture. */
function useHands({ kind, item, things, fresh, stage, picture, zooming, chosen, pending, onChoose, onThings, onCorner, onPending, onClassless, setDraft, setOver }) {
  const { zoom, by } = zooming;
  const changed = (at, thing) => things.map((one, place) => (place === at ? thing : one));
  const drag = (event, at, next, onStill) => {
    if (event.button !== 0) return;
    event.stopPropagation();
    const from = placeIn(picture.current, event);
    let now = things;
    follow(
      event,
      (one) => {
        const here = placeIn(picture.current, one);
        now = changed(at, next(here.x - from.x, here.y - from.y, here));
        setDraft(now);
      },
      (far, givenUp) => {
        setDraft(null);
        if (far && !givenUp) onThings(now, at);
        else if (!far) onStill?.();
      },
    );
  };
  const grab = (event, at, sides) => {
    const thing = things[at];
    drag(event, at, (dx, dy) => (sides ? resizedThing(thing, sides, dx, dy) : movedThing(thing, dx, dy)), () => onCorner(null));
  };
  const grabCorner = (event, which, more) => {
    const thing = more ? withMore(things[chosen], which) : things[chosen];
    const held = more ? [which[0], which[1] + 1] : which;
    drag(event, chosen, (dx, dy, here) => withCorner(thing, held, [here.x, here.y]), () => !more && onCorner(which));
  };
  const pan = (event) => {
    let last = event;
    follow(event, (one) => {
      by(one.clientX - last.clientX, one.clientY - last.clientY);
      last = one;
    }, () => {});
  };
  const drawBox = (event) => {
    const from = placeIn(picture.current, event);
    let box = null;
    follow(
      event,
      (one) => {
        box = between(from, placeIn(picture.current, one));
        setDraft(box ? [...things, boxed(fresh, box)] : null);
      },
      (_, givenUp) => {
        setDraft(null);
        if (box && fresh && !givenUp) onThings([...things, boxed(fresh, box)], things.length);
      },
    );
  };
  const high = () => picture.current.getBoundingClientRect().height;
  const ratio = item.width && item.height ? item.width / item.height : 1;
  const finish = (corners) => {
    const outline = corners && drawnOutline(corners, ratio, LOOSE / high());
    onPending(null);
    setOver(null);
    if (outline && fresh) onThings([...things, outlined(fresh, [outline])], things.length);
  };
  const isAt = ([x, y], here) => Math.hypot((here.x - x) * ratio, here.y - y) * high() < NEAR;
  const drawOutline = (event) => {
    const from = placeIn(picture.current, event);
    if (pending && pending.length > 2 && isAt(pending[0], from)) return finish(pending);
    if (pending && isAt(pending.at(-1), from)) return undefined;
    const line = [...(pending || []), [from.x, from.y]];
    return follow(
      event,
      (one) => {
        const here = placeIn(picture.current, one);
        line.push([here.x, here.y]);
        onPending([...line]);
      },
      (far, givenUp) => {
        if (givenUp) onPending(pending);
        else if (far && !pending) finish(line);
        else onPending(line);
      },
    );
  };
  const down = (event) => {
    if (event.button === 1 || (event.button === 0 && !kind)) {
      event.preventDefault();
      pan(event);
      return undefined;
    }
    if (event.button !== 0 || !picture.current) return undefined;
    event.preventDefault();
    document.activeElement?.blur?.();
    onChoose(null);
    if (!fresh) return onClassless();
    return kind === "outlines" ? drawOutline(event) : drawBox(event);
  };
  const hover = (event) => {
    if (!pending || !picture.current) return;
    const here = placeIn(picture.current, event);
    setOver([here.x, here.y]);
  };
  return { grab, grabCorner, down, hover, finish };
}

/** `kind` is what can be drawn: `boxes`, `outlines`, or nothing. */
export function Stage(given) {
  const { kind, item, things, labels, chosen, corner, pending, fresh, stage, zooming, finishing, onChoose, onPending } = given;
  const { zoom, to } = zooming;
  const picture = useRef(null);
  const [draft, setDraft] = useState(null); // things while one is being dragged, or drawn
  const [over, setOver] = useState(null);
  const [gone, setGone] = useState(false);
  const hands = useHands({ ...given, picture, setDraft, setOver });
  finishing.current = () => hands.finish(pending);
  useEffect(() => {
    setDraft(null);
    setOver(null);
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
  usePinch(stage, zooming);
  const shown = draft || things;
  const colour = (label) => tint(Math.max(0, labels.indexOf(label)));
  const ratio = item.width && item.height ? item.width / item.height : 1;
  const still = (event) => event.stopPropagation();
  const twice = (event) => {
    if (!kind) to((old) => (old > 1 ? 1 : 3), { x: event.clientX, y: event.clientY });
    else if (pending) hands.finish(pending);
  };
  return (
    <div ref={stage} className={`an-stage${kind ? " an-stage-boxes" : zoom.scale > 1 ? " an-stage-near" : ""}`} onPointerDown={hands.down} onPointerMove={hands.hover} onDoubleClick={twice}>
      <div className="an-fit" style={{ "--ratio": ratio, transform: `translate(${zoom.x}px, ${zoom.y}px) scale(${zoom.scale})` }}>
        <div ref={picture} className="an-picture">
          {gone ? (
            <p className="an-gone">
              <ImageOff size={28} strokeWidth={1.3} aria-hidden /> This picture is no longer in the library.
            </p>
          ) : (
            <img key={item.key} src={fileUrl(item.key, "preview")} alt="The picture to label" draggable={false} onError={() => setGone(true)} />
          )}
          {kind &&
            shown.map((one, at) => {
              const about = { at, of: shown.length, colour: colour(one.label), on: at === chosen, scale: zoom.scale, onChoose, onGrab: hands.grab };
              return one.outlines.length ? <Outlined key={at} {...about} thing={one} corner={corner} onGrabCorner={hands.grabCorner} /> : <Drawn key={at} {...about} one={one} />;
            })}
          {pending && <Pending corners={pending} over={over} scale={zoom.scale} colour={colour(fresh)} />}
        </div>
      </div>
      {pending ? (
        <div className="an-drawing" onPointerDown={still}>
          <button type="button" disabled={pending.length < 3} onClick={() => hands.finish(pending)}>
            Close the outline
          </button>
          <button type="button" onClick={() => onPending(null)}>
            Drop it
          </button>
        </div>
      ) : (
        zoom.scale > 1 && (
          <button type="button" className="an-zoom" onPointerDown={still} onClick={() => to(1)}>
            {percent(zoom.scale)} of the window · fit
          </button>
        )
      )}
    </div>
  );
}
