// Boxes and outlines in a picture: what is there, and what a model found.

import { percent } from "../format.js";

const kind = (mark) => (mark.confidence === null ? "there" : mark.right ? "found" : "wrong");

/**
 * Drawn over a picture of such a size (any unit). `fit` says how the picture lies in its place, as SVG has it; `colours` gives each class its own.
 * Solid lines are what is there, dashed ones what was found, red ones found wrong.
 */
export function Drawn({ marks, width, height, fit = "none", colours = null, named = false }) {
  const letters = Math.sqrt(width * height) / (fit === "none" ? 42 : 12);
  return (
    <svg className="dl-drawn" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio={fit} aria-hidden>
      {marks.map((mark, at) => {
        const [left, top] = [Math.min(...mark.outline.map((one) => one[0])) * width, Math.min(...mark.outline.map((one) => one[1])) * height];
        const words = [named && mark.label, mark.is_box && mark.confidence !== null && percent(mark.confidence)].filter(Boolean).join(" ");
        return (
          <g key={at} className={`dl-drawn-${kind(mark)}`} style={colours && { "--tint": colours(mark.label) }}>
            <polygon points={mark.outline.map(([x, y]) => `${x * width},${y * height}`).join(" ")} />
            {words && (
              <text x={left} y={Math.max(letters, top - letters * 0.25)} fontSize={letters}>
                {words}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}

/** What the lines mean. */
export function Key({ boxes }) {
  return (
    <p className="dl-key dr-caption">
      <i className="dl-drawn-there" aria-hidden /> what is there <i className="dl-drawn-found" aria-hidden /> what was found{boxes ? ", and how sure it was" : ""} <i className="dl-drawn-wrong" aria-hidden /> found wrong
    </p>
  );
}
