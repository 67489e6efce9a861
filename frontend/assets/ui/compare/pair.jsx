// Two pictures on top of each other: with a boundary, by turns, or as a map of what differs; or side by side.

import { useEffect, useState } from "react";
import { number, percent } from "../format.js";
import { compare } from "../develop/pixels.js";
import { Canvas, Divider, Pane, stacked, useFlicker } from "../develop/viewer.jsx";
import { isMap } from "./places.js";

/** How alike two pictures are, and a map of where they are not; nothing until both are there. */
export function useLikeness(one, other, way) {
  const [state, setState] = useState({ found: null });
  const map = isMap(way) ? way : null;
  useEffect(() => {
    let gone = false;
    if (!one || !other) {
      setState({ found: null });
      return undefined;
    }
    compare(one, other, map).then((found) => !gone && setState({ found, map }), () => {});
    return () => {
      gone = true;
    };
  }, [one, other, map]);
  return state.map === map ? state.found : null;
}

/** Words for how alike they are. */
export const alike = (found) => found && `SSIM ${number(found.likeness, 3)} · ${percent(found.visible)} of the pixels differ`;

/**
 * `a` and `b` are `{ url, blob, ratio, words }`, the first at the left or below. `children(way)` may stand in it, such as tiles.
 */
export function Pair({ a, b, way, zoom, stage, split, onSplit, found }) {
  const [first, turn, still] = useFlicker(way === "flicker");
  const side = way === "side";
  const ratio = b.ratio || a.ratio || 1;
  const picture = (one, style) => one.url && <img src={one.url} alt={one.words} draggable={false} style={style} />;
  const missing = (one) => one.problem && <em className="dr-field-error dv-pane-problem">{one.problem.message}</em>;
  if (side) {
    return (
      <div className={`dv-pair dv-stage-two${stacked(stage.current, ratio) ? " dv-stage-over" : ""}`}>
        {[a, b].map((one, at) => (
          <Pane key={at} ratio={one.ratio || ratio} zoom={zoom} label={one.words}>
            {picture(one)}
            {missing(one)}
          </Pane>
        ))}
      </div>
    );
  }
  const bitmap = found?.bitmap;
  return (
    <div className="dv-pair">
      <Pane ratio={ratio} zoom={zoom} label={way === "flicker" ? (first ? a.words : b.words) : isMap(way) ? (way === "ssim" ? "Where they are unlike: bright is unlike (SSIM)" : "How much each pixel differs") : ""}>
        {picture(b)}
        {missing(a) || missing(b)}
        {way === "slider" && a.url && b.url && (
          <>
            {picture(a, { clipPath: `inset(0 ${100 - split}% 0 0)` })}
            <Divider at={split} onMove={onSplit} label="Boundary between the two" words={`${Math.round(split)} % ${a.words}`} />
          </>
        )}
        {way === "flicker" && first && picture(a)}
        {isMap(way) && <Canvas bitmap={bitmap} className="dv-heat" />}
      </Pane>
      {way === "slider" && (
        <>
          <span className="dv-pane-label dv-label-left">{a.words}</span>
          <span className="dv-pane-label dv-label-right">{b.words}</span>
        </>
      )}
      {way === "flicker" && still && (
        <button type="button" data-handle className="dr-button dr-button-small dv-flicker" onClick={turn}>
          Show {first ? b.words : a.words}
        </button>
      )}
    </div>
  );
}
