// Several models on the same pictures: who is right where, with the difference to the first, and where they disagree.

import { count, percent } from "../format.js";
import { Section, Waiting } from "../reading.jsx";
import { Trouble } from "../ui.jsx";
import { useFollow } from "./parts.jsx";
import { Shots, usePictures } from "./pictures.jsx";

const points = (value) => `${value > 0 ? "+" : value < 0 ? "−" : "±"}${Math.abs(value * 100).toFixed(1)}`;

export function Difference({ delta }) {
  if (!delta) return null;
  const sure = delta.low > 0 ? "dl-better" : delta.high < 0 ? "dl-worse" : "";
  return (
    <span className={`dr-caption ${sure}`} title="Difference to the first in percentage points, with what holds the true one in 95 of 100 cases">
      {points(delta.value)} ({points(delta.low)} to {points(delta.high)})
    </span>
  );
}

export function SideBySide({ reports }) {
  const [{ data, error }, look] = useFollow(`/comparisons?${reports.map((one) => `report=${encodeURIComponent(one)}`).join("&")}`, []);
  const [show, lightbox] = usePictures();
  if (error) return <Trouble error={error} onRetry={look} />;
  if (!data) return <Waiting rows={3} />;
  return (
    <Section id="slices" title="Part by part" hint={`What each has right of the same ${count(data.count)} pictures, and of parts of them; green and red differences are surely there.`}>
      <div className="dl-wide dl-slices" tabIndex={0} role="region" aria-label="What each model has right, part by part">
        <table className="dl-table dl-experiments">
          <thead>
            <tr>
              <th scope="col">Pictures</th>
              <th scope="col">Count</th>
              {data.models.map((name, at) => (
                <th key={reports[at]} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.slices.map((one) => (
              <tr key={`${one.by} ${one.name}`}>
                <td>{one.by === "all" ? <strong>All</strong> : <>{one.name} <span className="dr-caption">{one.by}</span></>}</td>
                <td>{count(one.count)}</td>
                {one.right.map((right, at) => (
                  <td key={reports[at]}>
                    {percent(right)} <Difference delta={one.deltas[at]} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {reports.length > 2 && (
        <Shots
          pictures={data.pictures}
          show={show}
          words={(picture) => `${picture.label}: ${picture.told.map((told, at) => `${told.said} by ${data.models[at]}`).join(", ")}`}
          below={(picture) => (
            <p className="dl-mistake">
              <span>
                <b>{picture.label}</b>: <em>{picture.told.map((told) => told.said).join(" / ")}</em>
              </span>
            </p>
          )}
        />
      )}
      {lightbox}
    </Section>
  );
}
