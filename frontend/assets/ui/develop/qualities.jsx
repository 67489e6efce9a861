// What a quality costs and keeps: bytes and likeness over the qualities of a format, of this picture; a click chooses one.

import { request } from "../api.js";
import { bytes, number } from "../format.js";
import { FormError } from "../forms.jsx";
import { useAnswer } from "../reading.jsx";
import { nearestOf, places } from "./curve-places.js";

const MEASURED = [30, 45, 60, 70, 80, 88, 95];
const PAUSE = 250;

/** `recipe` is what is done to the picture, `output` how it is written. */
export function Qualities({ id, recipe, output, onChoose }) {
  const { quality, adaptive: _, ...options } = output;
  const body = JSON.stringify({ recipe, output: options, qualities: quality ? places(MEASURED, quality) : MEASURED });
  const { found, error, busy } = useAnswer(body, (signal) => request(`/images/${id}/quality-curve`, { method: "POST", body: JSON.parse(body), signal }), PAUSE);
  if (error) return <FormError error={error} />;
  if (!found) return <i className="dr-skeleton dv-qualities-wait" aria-label="Measuring" />;
  const most = Math.max(...found.points.map((one) => one.bytes));
  const least = Math.min(...found.points.map((one) => one.likeness));
  const here = nearestOf(found.points, quality ?? found.usual);
  const line = found.points.map((one, index) => `${((index + 0.5) / found.points.length) * 100},${100 - ((one.likeness - least) / (1 - least || 1)) * 100}`).join(" ");
  return (
    <figure className={`dv-qualities ${busy ? "dv-qualities-busy" : ""}`}>
      <figcaption>
        Size (bars) and likeness (line) of this picture{found.basis === "sample" ? ", from sixteen parts of it: sizes are estimates" : ""}
      </figcaption>
      <div className="dv-qualities-plot">
        {found.points.length > 1 && (
          <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden>
            <polyline points={line} />
          </svg>
        )}
        {found.points.map((one) => {
          const words = `${one.quality ? `Quality ${one.quality}` : "Without loss"}: ${bytes(one.bytes)}, likeness ${number(one.likeness, 3)}`;
          return (
            <button key={one.quality} type="button" aria-pressed={one === here} aria-label={words} title={words} disabled={!one.quality} onClick={() => onChoose(one.quality)}>
              <i style={{ height: `${Math.max(3, (one.bytes / most) * 100)}%` }} aria-hidden />
              <b>{one.quality ?? "all"}</b>
              <span>{bytes(one.bytes)}</span>
            </button>
          );
        })}
      </div>
      {here && (
        <p className="dr-caption">
          {here.quality ? `At ${here.quality}` : "Without loss"}: {bytes(here.bytes)}, likeness {number(here.likeness, 3)}. 0.96 is good, 0.98 is hard to tell apart.
        </p>
      )}
    </figure>
  );
}
