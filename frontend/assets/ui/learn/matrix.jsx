// Models on datasets: what each is worth where, what was judged by an earlier version only, and what was not judged yet.

import { useState } from "react";
import { Link } from "react-router";
import { request } from "../api.js";
import { Gated, complain } from "../forms.jsx";
import { Section } from "../reading.jsx";
import { figure, metricName, useFollow } from "./parts.jsx";

const version = (id) => `/datasets?name=${id.split("@")[0]}&version=${id.split("@")[1]}`;

function Judge({ cell, begun, onBegin, again }) {
  const judging = begun.includes(`${cell.model} ${cell.dataset}`);
  return (
    <Gated permission="training:write" className="dr-button dr-button-small" disabled={judging} aria-label={`Judge ${cell.model} by ${cell.dataset}`} onClick={() => onBegin(cell)}>
      {judging ? "Judging…" : again ? "Anew" : "Judge"}
    </Gated>
  );
}

function Cell({ cell, begun, onBegin }) {
  if (cell.state === "unfit") return <td title="It has other classes, or nothing to judge by">–</td>;
  if (cell.state === "missing")
    return (
      <td className="dl-missing">
        <Judge cell={cell} begun={begun} onBegin={onBegin} />
      </td>
    );
  const { metric } = cell;
  const stale = cell.state === "stale";
  return (
    <td className={stale ? "dl-stale" : ""}>
      <Link to={`/report?id=${cell.report}`} title={`${metricName(metric.name)} on ${cell.judged_on}${metric.low === null ? "" : `, 95 %: ${figure(metric.low)} – ${figure(metric.high)}`}`}>
        <strong>{figure(metric.value)}</strong>
        {metric.low !== null && (
          <span className="dr-caption">
            {figure(metric.low)} – {figure(metric.high)}
          </span>
        )}
      </Link>
      {stale && (
        <span className="dl-stale-note">
          <span className="dr-caption">by {cell.judged_on}</span> <Judge again cell={cell} begun={begun} onBegin={onBegin} />
        </span>
      )}
    </td>
  );
}

/** Rows and columns that the server answers with at a time. */
const ROWS = 40;
const COLUMNS = 24;

export function Matrix() {
  const [at, setAt] = useState({ row: 0, column: 0 });
  const [{ data }] = useFollow(`/evaluations?row=${at.row}&column=${at.column}`, ["models", "datasets"]);
  const [begun, setBegun] = useState([]);
  if (!data?.models.length || !data.datasets.length) return null;
  const begin = (cell) => {
    const key = `${cell.model} ${cell.dataset}`;
    setBegun((before) => [...before, key]);
    request("/evaluations", { method: "POST", body: { model: cell.model, dataset: cell.dataset } }).catch((problem) => {
      complain(problem);
      setBegun((before) => before.filter((one) => one !== key));
    });
  };
  const lacking = data.cells.filter((cell) => ["missing", "stale"].includes(cell.state) && !begun.includes(`${cell.model} ${cell.dataset}`));
  const cells = new Map(data.cells.map((cell) => [`${cell.model} ${cell.dataset}`, cell]));
  const turns = [
    ["row", "models", data.models.length, data.total_models, ROWS],
    ["column", "datasets", data.datasets.length, data.total_datasets, COLUMNS],
  ];
  return (
    <Section
      id="evaluations"
      title="Worth on each dataset"
      hint="The figure that decides, with its interval. Grey ones are of an earlier version of the dataset."
      tools={
        lacking.length > 1 && (
          <Gated permission="training:write" className="dr-button dr-button-small" title="Those that are missing, and those of an earlier version" onClick={() => lacking.forEach(begin)}>
            Judge all {lacking.length}
          </Gated>
        )
      }
    >
      <div className="dl-wide" tabIndex={0} role="region" aria-label="Models on datasets">
        <table className="dl-table dl-evaluations">
          <thead>
            <tr>
              <th scope="col">Model</th>
              {data.datasets.map((one) => (
                <th key={one.id} scope="col">
                  <Link to={version(one.id)}>{one.id}</Link>
                  <span className="dr-caption">{one.judged_by || "nothing to judge by"}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.models.map((model) => (
              <tr key={model.id}>
                <th scope="row">
                  <Link to={`/models?name=${model.id.split("@")[0]}`}>{model.id}</Link> <span className="dr-caption">{model.aliases.join(", ")}</span>
                </th>
                {data.datasets.map((one) => (
                  <Cell key={one.id} cell={cells.get(`${model.id} ${one.id}`)} begun={begun} onBegin={begin} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {turns.map(([key, words, shown, total, step]) => total > shown && (
        <p key={key} className="dl-turns dr-caption">
          <button type="button" className="dr-button dr-button-small" disabled={!data[key]} onClick={() => setAt({ ...at, [key]: Math.max(0, data[key] - step) })}>
            Earlier {words}
          </button>
          {words} {data[key] + 1} – {data[key] + shown} of {total}
          <button type="button" className="dr-button dr-button-small" disabled={data[key] + shown >= total} onClick={() => setAt({ ...at, [key]: data[key] + step })}>
            Further {words}
          </button>
        </p>
      ))}
    </Section>
  );
}
