// A colour taken from a picture: point at a place of it, and look for pictures of that colour.

import { useEffect, useRef, useState } from "react";
import { fileUrl } from "./api.js";
import { useDialogKeys } from "./hotkeys.js";
import { clamped, colourAt } from "./colours.js";

const STEP = 0.01; // of the picture, for each press of an arrow key
const SIDE = 512; // pixels of the copy that colours are read from

/** The pixels of a picture, small; null until they are there. */
function usePixels(id) {
  const [pixels, setPixels] = useState(null);
  useEffect(() => {
    let on = true;
    const image = new Image();
    image.onload = () => {
      const scale = Math.min(1, SIDE / Math.max(image.naturalWidth, image.naturalHeight));
      const canvas = document.createElement("canvas");
      canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
      canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
      const context = canvas.getContext("2d", { willReadFrequently: true });
      context.drawImage(image, 0, 0, canvas.width, canvas.height);
      if (on) setPixels(context.getImageData(0, 0, canvas.width, canvas.height));
    };
    image.src = fileUrl(id, "preview");
    return () => {
      on = false;
    };
  }, [id]);
  return pixels;
}

/** Lies over the stage; `onPick(hex)` is told of the colour that was chosen. */
export function Pipette({ id, stage, onPick, onClose }) {
  const root = useRef(null);
  const pixels = usePixels(id);
  const [at, setAt] = useState({ x: 0.5, y: 0.5 });
  useEffect(() => root.current?.focus(), []);
  const box = stage.current?.querySelector(".dr-picture")?.getBoundingClientRect();
  const over = root.current?.getBoundingClientRect();
  const hex = pixels ? colourAt(pixels, at.x, at.y) : null;
  const move = (event) => box && setAt({ x: clamped((event.clientX - box.left) / box.width), y: clamped((event.clientY - box.top) / box.height) });
  const by = (x, y) => setAt((old) => ({ x: clamped(old.x + x * STEP), y: clamped(old.y + y * STEP) }));
  const arrow = (key, words, x, y) => ({ keys: [key], words, move: true, act: () => by(x, y) });
  const pick = () => hex && onPick(hex);
  const onKeyDown = useDialogKeys("A colour", [
    arrow("ArrowLeft", "To the left", -1, 0),
    arrow("ArrowRight", "To the right", 1, 0),
    arrow("ArrowUp", "Upwards", 0, -1),
    arrow("ArrowDown", "Downwards", 0, 1),
    { keys: ["Enter", " "], words: "Pictures of this colour", act: pick },
    { keys: ["Escape", "p"], words: "No colour", move: true, act: onClose },
  ]);
  return (
    <div ref={root} className="dr-pipette" tabIndex={0} role="application" aria-label="Choose a colour of the picture: arrows move, Enter looks for it" onKeyDown={onKeyDown} onPointerMove={move} onPointerDown={move} onClick={pick}>
      {box && over && (
        <div className="dr-pipette-at" style={{ left: box.left - over.left + at.x * box.width, top: box.top - over.top + at.y * box.height }}>
          <i style={{ background: hex || "transparent" }} aria-hidden />
          <span role="status">{hex || "Looking …"}</span>
        </div>
      )}
    </div>
  );
}
