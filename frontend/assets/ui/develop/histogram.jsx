// The histogram of what is shown, with the shares that are cut off at either end.

import { useEffect, useRef, useState } from "react";
import { number } from "../format.js";
import { measure } from "./pixels.js";

const HEIGHT = 76;

/** What is measured of a picture; the last one stays until the next is there. */
export function useMeasured(blob) {
  const [found, setFound] = useState(null);
  useEffect(() => {
    let gone = false;
    if (!blob) return undefined;
    measure(blob).then((next) => !gone && setFound(next), () => {});
    return () => {
      gone = true;
    };
  }, [blob]);
  return found;
}

function path(bins, top) {
  let line = `M0 ${HEIGHT}`;
  for (let at = 0; at < 256; at += 2) line += `L${at} ${(HEIGHT - Math.min(1, Math.sqrt((bins[at] + bins[at + 1]) / top)) * (HEIGHT - 3)).toFixed(1)}`;
  return `${line}L255 ${HEIGHT}Z`;
}

const share = (value) => (value === 0 ? "0 %" : value < 0.001 ? "< 0.1 %" : `${number(value * 100)} %`);

export function Histogram({ found, marks, onMarks }) {
  const top = useRef(1);
  if (found) {
    // The ends would press everything else flat.
    let most = 1;
    for (const bins of [found.red, found.green, found.blue]) for (let at = 4; at < 252; at += 2) most = Math.max(most, bins[at] + bins[at + 1]);
    top.current = most;
  }
  const words = found ? `Histogram. ${share(found.low)} of the picture is black, ${share(found.high)} is cut off at white.` : "Histogram";
  return (
    <figure className="dv-histogram">
      <svg viewBox={`0 0 255 ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={words}>
        {[64, 128, 191].map((x) => (
          <path key={x} d={`M${x} 0V${HEIGHT}`} className="dv-histogram-grid" />
        ))}
        {found && ["red", "green", "blue"].map((name) => <path key={name} d={path(found[name], top.current)} className={`dv-${name}`} />)}
      </svg>
      <figcaption>
        <button type="button" aria-pressed={marks} className={found?.low > 0.01 ? "dv-cut" : ""} title="Show what is cut off in the picture (J)" onClick={onMarks}>
          <i className="dv-cut-low" aria-hidden /> Shadows {found ? share(found.low) : "–"}
        </button>
        <button type="button" aria-pressed={marks} className={found?.high > 0.01 ? "dv-cut" : ""} title="Show what is cut off in the picture (J)" onClick={onMarks}>
          Highlights {found ? share(found.high) : "–"} <i className="dv-cut-high" aria-hidden />
        </button>
      </figcaption>
    </figure>
  );
}
