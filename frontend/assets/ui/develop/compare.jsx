// Before and after: what is compared with what, and how alike they are.

import { useEffect, useMemo, useState } from "react";
import { Columns2, Flame, Image, ScanSearch, SquareSplitHorizontal, Zap } from "lucide-react";
import { isMap } from "../compare/places.js";
import { number } from "../format.js";
import { IconButton } from "../ui.jsx";
import { framed, recipeOf } from "./document.js";
import { compare } from "./pixels.js";
import { usePreview } from "./preview.js";

export const MODES = [
  ["single", "After alone", Image],
  ["slider", "Before and after, with a boundary", SquareSplitHorizontal],
  ["side", "Side by side", Columns2],
  ["flicker", "By turns", Zap],
  ["heat", "What differs", Flame],
  ["ssim", "Where it is unlike (SSIM)", ScanSearch],
];

export function ModeButtons({ mode, onMode }) {
  return (
    <div className="dv-modes dr-desk-only" role="group" aria-label="Before and after">
      {MODES.map(([key, words, icon]) => (
        <IconButton key={key} icon={icon} size={17} label={words} hint="Y" aria-pressed={mode === key} onClick={() => onMode(key)} />
      ))}
    </div>
  );
}

/** The picture before: the same crop and turn, without anything that changes how it looks. Measured beside what it is now. */
export function useBefore({ id, doc, keep, catalogue, mode, after }) {
  const text = useMemo(() => JSON.stringify(recipeOf(framed(doc), { keep: (step) => keep(step) && catalogue.byName[step.name].moves_pixels, bare: true })), [doc, keep, catalogue]);
  const before = usePreview(id, text, { active: mode !== "single", longSide: after?.longSide });
  const [found, setFound] = useState(null);
  const first = before.found?.recipe === text ? before.found.blob : null;
  const second = after?.blob;
  useEffect(() => {
    let gone = false;
    if (mode === "single" || !first || !second) {
      setFound(null);
      return undefined;
    }
    compare(first, second, isMap(mode) ? mode : null).then((next) => !gone && setFound(next), () => {});
    return () => {
      gone = true;
    };
  }, [mode, first, second]);
  return { url: before.url, found };
}

export function Likeness({ found }) {
  if (!found) return null;
  return (
    <span className="dv-likeness" title="Structural similarity of brightness, before and after; 1 is the same picture">
      SSIM <strong>{number(found.likeness, 3)}</strong>
      <span> · {number(found.visible * 100)} % of the pixels differ</span>
    </span>
  );
}
