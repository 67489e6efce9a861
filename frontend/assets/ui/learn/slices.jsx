// Parts of the pictures that a model was judged by: where it is weaker than elsewhere.

import { useState } from "react";
import { Images } from "lucide-react";
import { count, percent, plural } from "../format.js";
import { Section } from "../reading.jsx";
import { useFollow } from "./parts.jsx";

const NAMES = { label: "Class", camera: "Camera", lens: "Lens", format: "Format", shape: "Shape", year: "Year", tag: "Tag", megapixels: "Megapixels", iso: "ISO", brightness: "Brightness", sharpness: "Sharpness", contrast: "Contrast" };

/** A share on a line from 0 to 1 with its interval, and a mark where all the others are. */
function Span({ share, others }) {
  const at = (value) => `${value * 100}%`;
  return (
    <span className="dl-span" aria-hidden>
      <i className="dl-span-between" style={{ left: at(share.low), width: at(share.high - share.low) }} />
      <i className="dl-span-others" style={{ left: at(others) }} />
      <i className="dl-span-value" style={{ left: at(share.value) }} />
    </span>
  );
}

function Row({ one, named, show }) {
  const points = Math.round(one.apart * 1000) / 10;
  return (
    <tr>
      <td>
        {named && <span className="dr-caption">{NAMES[one.dimension]} </span>}
        <strong>{one.value}</strong>
      </td>
      <td>
        <span className="dl-span-cell" title={`95 %: ${percent(one.share.low)} to ${percent(one.share.high)}; the others ${percent(one.share.value - one.apart)}`}>
          {percent(one.share.value)} <Span share={one.share} others={one.share.value - one.apart} />
        </span>
      </td>
      <td className={one.telling ? (one.apart < 0 ? "dl-worse" : "dl-better") : "dr-muted"}>
        {points || one.telling ? `${points > 0 ? "+" : ""}${points} points${one.telling ? "" : ", may be chance"}` : "the same"}
      </td>
      <td>{count(one.share.count)}</td>
      <td className="dl-tools">
        {one.wrong.length > 0 && (
          <button type="button" className="dr-button dr-button-small" aria-label={`Look at ${plural(one.wrong.length, "picture")} of ${one.value} that it got wrong`} onClick={() => show(one.wrong)}>
            <Images size={14} aria-hidden /> {one.wrong.length === 12 ? "The worst 12" : `${count(one.wrong.length)} wrong`}
          </button>
        )}
      </td>
    </tr>
  );
}

export function Slices({ id, show }) {
  const [by, setBy] = useState("");
  const [{ data }] = useFollow(`/reports/${id}/slices`, []);
  if (!data || !data.dimensions.length) return null;
  const rows = by ? data.slices.filter((one) => one.dimension === by) : data.weakest;
  return (
    <Section
      id="slices"
      title="Where it is weaker"
      hint="Parts of the pictures beside all the others. The line is its share of right ones with the interval, the mark is that of the others."
      tools={
        <label className="dl-by">
          <span className="dr-caption">Divide by</span>
          <select className="dr-input dr-select" value={by} onChange={(event) => setBy(event.target.value)}>
            <option value="">everything: the weakest</option>
            {data.dimensions.map((one) => (
              <option key={one} value={one}>
                {NAMES[one].toLowerCase()}
              </option>
            ))}
          </select>
        </label>
      }
    >
      {!rows.length ? (
        <p className="dr-none">{by ? "No part has five pictures." : "No part is surely weaker than the rest."}</p>
      ) : (
        <div className="dl-wide" tabIndex={0} role="region" aria-label="Parts of the pictures">
          <table className="dl-table dl-table-slices">
            <thead>
              <tr>
                <th>Part</th>
                <th>Right</th>
                <th>Beside the others</th>
                <th>Pictures</th>
                <th>
                  <span className="dr-hidden">Those it got wrong</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((one) => (
                <Row key={`${one.dimension} ${one.value}`} one={one} named={!by} show={show} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}
