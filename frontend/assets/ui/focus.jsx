// The place that must stay when a picture is cropped: put on the picture by hand or by keys, taken away, taken back.

import { useEffect, useRef, useState } from "react";
import { Crosshair } from "lucide-react";
import { clamped } from "./colours.js";
import { useChange } from "./describe.jsx";
import { percent } from "./format.js";
import { useDialogKeys } from "./hotkeys.js";
import { useRefusal } from "./me.js";

const STEP = 0.01; // of the picture, for each press of an arrow key
const FAR = 0.1; // and with Shift
const RATIOS = ["1:1", "4:5", "16:9"];
const words = ([x, y]) => `${percent(x)} from the left, ${percent(y)} from the top`;

/** The largest crop of a ratio around a place, as shares: what `smart_crop` keeps. */
export function cropAround([x, y], picture, ratio) {
  const [wide, tall] = ratio.split(":").map(Number);
  const width = Math.min(1, ((wide / tall) * picture.height) / picture.width);
  const height = Math.min(1, ((tall / wide) * picture.width) / picture.height);
  const start = (middle, length) => Math.min(1 - length, Math.max(0, middle - length / 2));
  return { left: start(x, width), top: start(y, height), width, height };
}

/** Lies over the stage while the place is chosen; the picture is shown as the camera held it. */
export function FocusPlace({ picture, stage, onChanged, onClose }) {
  const root = useRef(null);
  const change = useChange(picture, onChanged);
  const refused = useRefusal("images:edit");
  const [at, setAt] = useState(picture.focus || [0.5, 0.5]);
  const [box, setBox] = useState(null);
  const held = useRef(false);
  useEffect(() => {
    root.current.focus();
    const look = () => {
      const shown = stage.current?.querySelector(".dr-picture")?.getBoundingClientRect();
      const over = root.current?.getBoundingClientRect();
      if (shown && over) setBox({ left: shown.left - over.left, top: shown.top - over.top, width: shown.width, height: shown.height });
    };
    look();
    const watcher = new ResizeObserver(look);
    watcher.observe(root.current);
    return () => watcher.disconnect();
  }, [stage]);
  const place = (event) => {
    const over = root.current.getBoundingClientRect();
    if (box) setAt([clamped((event.clientX - over.left - box.left) / box.width), clamped((event.clientY - over.top - box.top) / box.height)]);
  };
  const by = (x, y) => (event) => setAt(([left, top]) => [clamped(left + x * (event.shiftKey ? FAR : STEP)), clamped(top + y * (event.shiftKey ? FAR : STEP))]);
  const arrow = (key, said, x, y) => ({ keys: [key, `Shift+${key}`], words: said, move: true, act: by(x, y) });
  const before = picture.focus ? picture.focus : "none";
  const keep = () => {
    if (refused) return;
    const rounded = at.map((one) => Number(one.toFixed(4)));
    change({ focus: rounded }, `Crops keep the place ${words(rounded)}`, { focus: before });
    onClose();
  };
  const remove = () => {
    if (refused || !picture.focus) return;
    change({ focus: "none" }, "Crops look for themselves what to keep", { focus: before });
    onClose();
  };
  const onKeyDown = useDialogKeys("The place that must stay", [
    arrow("ArrowLeft", "To the left", -1, 0),
    arrow("ArrowRight", "To the right", 1, 0),
    arrow("ArrowUp", "Upwards", 0, -1),
    arrow("ArrowDown", "Downwards", 0, 1),
    { keys: ["Enter"], words: "Keep it", act: keep },
    { keys: ["Delete", "Backspace"], words: "Take it away", off: !picture.focus, act: remove },
    { keys: ["Escape", "k"], words: "Leave it", move: true, act: onClose },
  ], (event) => event.key === "Enter" && event.target.matches("button"));
  return (
    <div className="dr-focus" onKeyDown={onKeyDown}>
      <div
        ref={root}
        className="dr-focus-area"
        tabIndex={0}
        role="application"
        aria-label="Choose the place that must stay: arrows move it, with Shift further, Enter keeps it, Delete takes it away"
        onPointerDown={(event) => {
          held.current = true;
          event.currentTarget.setPointerCapture(event.pointerId);
          place(event);
        }}
        onPointerMove={(event) => held.current && place(event)}
        onPointerUp={() => (held.current = false)}
        onPointerCancel={() => (held.current = false)}
      >
        {box && (
          <div className="dr-focus-on" style={box} aria-hidden>
            {RATIOS.map((ratio) => {
              const crop = cropAround(at, picture, ratio);
              return (
                <i key={ratio} style={Object.fromEntries(Object.entries(crop).map(([side, share]) => [side, `${share * 100}%`]))}>
                  <span>{ratio}</span>
                </i>
              );
            })}
            <Crosshair size={28} strokeWidth={1.5} style={{ left: `${at[0] * 100}%`, top: `${at[1] * 100}%` }} />
          </div>
        )}
      </div>
      <div className="dr-focus-bar" role="group" aria-label="The place that must stay">
        <span role="status">{words(at)}</span>
        <button type="button" className="dr-button dr-button-small dr-button-quiet" disabled={!picture.focus || Boolean(refused)} title={refused || undefined} onClick={remove}>
          Take it away
        </button>
        <button type="button" className="dr-button dr-button-small" onClick={onClose}>
          Cancel
        </button>
        <button type="button" className="dr-button dr-button-small dr-button-main" disabled={Boolean(refused)} title={refused || undefined} onClick={keep}>
          Keep it
        </button>
      </div>
    </div>
  );
}

/** Where the place lies, beside the picture, and the way to change it. */
export const KeptInCrops = ({ focus, onPlace }) => (
  <>
    {focus ? words(focus) : "What draws the eye"}{" "}
    <button type="button" className="dr-link" aria-label="Choose the place that must stay in crops" onClick={onPlace}>
      {focus ? "Change" : "Choose"}
    </button>
  </>
);
