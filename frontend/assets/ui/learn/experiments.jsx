// Trainings beside each other: a table that sorts, curves of those that are chosen, what options lead where, and two models on the same pictures.

import { useMemo, useState } from "react";
import { FlaskConical } from "lucide-react";
import { Link, useSearchParams } from "react-router";
import { ago, count, duration, percent } from "../format.js";
import { Section, Waiting } from "../reading.jsx";
import { Trouble, useNow } from "../ui.jsx";
import { Curves } from "./chart.jsx";
import { LearnPage, State, figure, metricName, scoreOf, tint, useFollow } from "./parts.jsx";
import { Parallel } from "./parallel.jsx";
import { Shots, usePictures } from "./pictures.jsx";
import { short } from "./ticks.js";

const MOST = 6;
const tell = (value) => (value === null || value === undefined ? "–" : typeof value === "number" ? short(value) : String(value));

function Table({ items, options, chosen, onToggle }) {
  const [[key, way], setBy] = useState(["created_at", -1]);
  const now = useNow(10_000);
  const value = (one) => (options.includes(key) ? one.options[key] : one[key]);
  const rows = [...items].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === y) return 0;
    if (x === null || x === undefined) return 1;
    if (y === null || y === undefined) return -1;
    return (x < y ? -1 : 1) * way;
  });
  const head = (name, words) => (
    <th key={name} scope="col" aria-sort={name === key ? (way > 0 ? "ascending" : "descending") : undefined}>
      <button type="button" onClick={() => setBy([name, name === key ? -way : -1])}>
        {words} <span aria-hidden>{name === key ? (way > 0 ? "↑" : "↓") : ""}</span>
      </button>
    </th>
  );
  return (
    <div className="dl-wide" tabIndex={0} role="region" aria-label="Table of the trainings">
      <table className="dl-table dl-experiments">
        <thead>
          <tr>
            <th scope="col">Show</th>
            {head("created_at", "Training")}
            {head("state", "State")}
            {head("score", "Worth")}
            {head("seconds", "Took")}
            {options.map((name) => head(name, name))}
          </tr>
        </thead>
        <tbody>
          {rows.map((one) => (
            <tr key={one.id} className={chosen.includes(one.id) ? "dl-on" : ""}>
              <td>
                <input type="checkbox" aria-label={`Show the training of ${one.model || one.dataset}, ${ago(one.created_at, now)}`} checked={chosen.includes(one.id)} onChange={() => onToggle(one.id)} />
              </td>
              <td>
                <Link to={`/training?run=${one.id}`}>
                  <strong>{one.model || one.dataset}</strong>
                </Link>
                <span className="dr-caption"> {ago(one.created_at, now)}</span>
              </td>
              <td>
                <State state={one.state} />
              </td>
              <td title={one.low === null ? undefined : `95 %: ${figure(one.low)} – ${figure(one.high)}`}>
                {one.score === null ? "–" : figure(one.score)} <span className="dr-caption">{one.score_name && `${metricName(one.score_name)}${one.judged ? "" : ", validation"}`}</span>
              </td>
              <td>{one.seconds === null ? "–" : duration(one.seconds)}</td>
              {options.map((name) => (
                <td key={name}>{tell(one.options[name])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The curve of one training, read when it is chosen. */
function useRun(id) {
  return useFollow(id ? `/training-runs/${id}` : "", [])[0].data?.training;
}

function Chosen({ chosen, items }) {
  // As many as may be chosen, so that hooks keep their number.
  const runs = [useRun(chosen[0]), useRun(chosen[1]), useRun(chosen[2]), useRun(chosen[3]), useRun(chosen[4]), useRun(chosen[5])];
  const found = chosen.map((id, at) => [items.find((one) => one.id === id), runs[at], tint(at)]).filter(([one, run]) => one && run);
  const series = (points, dots) => found.map(([one, run, tone], at) => ({ name: `${at + 1}: ${one.model || one.dataset}`, tone, points: points(run).filter((point) => Number.isFinite(point[1])), dots }));
  const score = scoreOf(found[0]?.[1].history.at(-1))?.name || "accuracy";
  return (
    <Section id="curves" title="How they learnt" hint={`${count(found.length)} of at most ${MOST}`}>
      <div className="dl-charts">
        <Curves title="Loss" series={series((run) => run.curve.map((one) => [one.step, one.loss]))} />
        <Curves title={`${metricName(score)} in validation`} series={series((run) => run.history.map((one) => [one.step, one[score]]), true)} />
      </div>
    </Section>
  );
}

function Compared({ one, other }) {
  const [{ data, error }, look] = useFollow(`/reports/${one}/compare?other=${other}`, []);
  const [show, lightbox] = usePictures();
  if (error) return <Trouble error={error} onRetry={look} />;
  if (!data) return <Waiting rows={2} />;
  const [first, second] = data.models;
  const tile = (words, value) => (
    <div className="dr-tile">
      <dt>{words}</dt>
      <dd>{count(value)}</dd>
      <dd className="dr-tile-note">{percent(value / (data.count || 1))}</dd>
    </div>
  );
  return (
    <Section id="compared" title={`${first} beside ${second}`} hint={`On the same ${count(data.count)} pictures; those on which they disagree most come first.`}>
      <dl className="dr-tiles dl-tiles-4">
        {tile("Both right", data.both_right)}
        {tile(`Only ${first}`, data.one_right)}
        {tile(`Only ${second}`, data.other_right)}
        {tile("Neither", data.none_right)}
      </dl>
      <Shots
        pictures={data.pictures}
        show={show}
        words={(picture) => `${picture.label}: ${picture.one} by ${first}, ${picture.other} by ${second}`}
        below={(picture) => (
          <p className="dl-mistake">
            <span>
              <b>{picture.label}</b>: <em>{picture.one}</em> / <em>{picture.other}</em>
            </span>
            <span className="dr-caption">
              {percent(picture.one_right)} / {percent(picture.other_right)} for what it is
            </span>
          </p>
        )}
      />
      {lightbox}
    </Section>
  );
}

export function Experiments() {
  const [{ data, error }, look] = useFollow("/experiments", ["training", "models"]);
  const [params, setParams] = useSearchParams();
  const items = useMemo(() => data?.items || [], [data]);
  const chosen = (params.get("show") || "").split(",").filter((id) => items.some((one) => one.id === id));
  const toggle = (id) => {
    const now = chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id].slice(-MOST);
    setParams(now.length ? { show: now.join(",") } : {}, { replace: true });
  };
  const judged = chosen.map((id) => items.find((one) => one.id === id)).filter((one) => one.report);
  const comparable = judged.length === 2 && judged.every((one) => one.task === "classification") && judged[0].dataset === judged[1].dataset;
  return (
    <LearnPage title="Experiments" lead="Trainings beside each other: choose some to see how they learnt, two to see where they disagree.">
      {error && !data && <Trouble error={error} onRetry={look} />}
      {!data && !error && <Waiting rows={4} />}
      {data && !items.length && (
        <div className="dr-empty dl-empty">
          <FlaskConical size={40} strokeWidth={1.25} aria-hidden />
          <h2>Nothing tried yet</h2>
          <p>
            Every <Link to="/training">training</Link> is a row here.
          </p>
        </div>
      )}
      {items.length > 0 && (
        <Section id="trainings" title="Trainings" hint="What differs between them has a column.">
          <Table items={items} options={data.options} chosen={chosen} onToggle={toggle} />
        </Section>
      )}
      {chosen.length > 0 && <Chosen chosen={chosen} items={items} />}
      {judged.length === 2 && !comparable && <p className="dr-muted">Models of the same task on the same version of a dataset can be compared picture by picture.</p>}
      {comparable && <Compared one={judged[0].report} other={judged[1].report} />}
      {items.length > 1 && <Parallel items={items} options={data.options} chosen={chosen} onToggle={toggle} />}
    </LearnPage>
  );
}
