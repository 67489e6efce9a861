// How it is compared: the ways, the two that are compared, and whether names are hidden.

import { Columns2, EyeOff, Flame, LayoutGrid, ScanSearch, SquareSplitHorizontal, Zap } from "lucide-react";
import { IconButton } from "../ui.jsx";

const WAYS = [
  ["all", "All beside each other", LayoutGrid],
  ["slider", "Two, with a boundary", SquareSplitHorizontal],
  ["side", "Two, side by side", Columns2],
  ["flicker", "Two, by turns", Zap],
  ["heat", "What differs", Flame],
  ["ssim", "Where they are unlike (SSIM)", ScanSearch],
];

/** The ways to compare as buttons. */
export function WayButtons({ comparing }) {
  return (
    <div className="dv-modes" role="group" aria-label="Ways to compare">
      {WAYS.map(([key, words, icon]) => (
        <IconButton key={key} icon={icon} size={17} label={words} hint="Y" aria-pressed={comparing.way === key} onClick={() => comparing.setWay(key)} />
      ))}
    </div>
  );
}

/** Which two are compared; `nameOf(id)` names one. */
export function PairFields({ comparing, nameOf }) {
  const { order, pair, put, way } = comparing;
  if (way === "all" || order.length < 2) return null;
  return (
    <div className="dv-pair-fields" role="group" aria-label="The two that are compared">
      {["a", "b"].map((side, index) => (
        <select key={side} className="dr-input dr-select" aria-label={index ? "Second picture" : "First picture"} value={pair[index]} onChange={(event) => put(side, Number(event.target.value))}>
          {order.map((id, at) => (
            <option key={id} value={at}>
              {at + 1}. {nameOf(id)}
            </option>
          ))}
        </select>
      ))}
    </div>
  );
}

export function BlindButton({ comparing }) {
  return <IconButton icon={EyeOff} size={17} label={comparing.blind ? "Show the names" : "Hide the names"} hint="N" aria-pressed={comparing.blind} onClick={comparing.hide} />;
}
