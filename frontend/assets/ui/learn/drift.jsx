// How the pictures and labels of one version differ from those of another.

import { number, title } from "../format.js";
import { figure } from "./parts.jsx";

const CLASSES = 12;

function Looks({ drift }) {
  if (drift.told_apart === null) return <p className="dr-muted">There are too few pictures to tell the two apart by their looks.</p>;
  return (
    <p>
      By their looks the two are told apart with <strong>{figure(drift.told_apart)}</strong>{" "}
      <span className="dr-muted">
        ({figure(drift.told_low)} to {figure(drift.told_high)} in 95 of 100 cases; 0.5 is chance, 1 is always).
      </span>
    </p>
  );
}

export function Drift({ drift }) {
  return (
    <div className="dq-drift">
      <p>
        <strong>{drift.drifted ? `It is another population than ${drift.against}.` : `Nothing speaks of another population than ${drift.against}.`}</strong>
      </p>
      <Looks drift={drift} />
      <div className="dq-tables">
        <table className="dq-table">
          <caption className="dr-caption">Measures of the pictures</caption>
          <thead>
            <tr>
              <th scope="col">Measure</th>
              <th scope="col">Before</th>
              <th scope="col">Now</th>
              <th scope="col">
                <abbr title="Population stability index: below 0.1 alike, above 0.25 another population">PSI</abbr>
              </th>
              <th scope="col">Verdict</th>
            </tr>
          </thead>
          <tbody>
            {drift.features.map((one) => (
              <tr key={one.feature}>
                <th scope="row">{title(one.feature)}</th>
                <td>{number(one.before, 2)}</td>
                <td>{number(one.after, 2)}</td>
                <td>{figure(one.psi)}</td>
                <td className={one.drifted ? "dq-bad" : "dq-good"}>{one.drifted ? "drifted" : "alike"}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <table className="dq-table">
          <caption className="dr-caption">
            Classes: {number(drift.label_shift * 100)} % of the labels lie otherwise{drift.labels_shifted ? ", more than chance brings about" : ""}
          </caption>
          <thead>
            <tr>
              <th scope="col">Class</th>
              <th scope="col">Before</th>
              <th scope="col">Now</th>
            </tr>
          </thead>
          <tbody>
            {drift.labels.slice(0, CLASSES).map((one) => (
              <tr key={one.label}>
                <th scope="row">{one.label}</th>
                <td>{number(one.before * 100)} %</td>
                <td>{number(one.after * 100)} %</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
