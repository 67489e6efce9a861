// Trainings beside each other: a table that sorts, curves of those that are chosen, what options lead where, and two models on the same pictures.

import { useMemo, useState } from "react";
import { FlaskConical } from "lucide-react";
import { Link, useSearchParams } from "react-router";
import { ago, count, duration, percent, plural } from "../format.js";
import { Section, Waiting } from "../reading.jsx";
import { Trouble, useNow } from "../ui.jsx";
import { Curves } from "./chart.jsx";
import { LearnPage, State, figure, metricName, scoreOf, tint, useFollow } from "./parts.jsx";
import { Parallel } from "./parallel.jsx";
import { Shots, usePictures } from "./pictures.jsx";
import { across, meanOf, setsOf } from "./seeds.js";
import { SideBySide } from "./side.jsx";
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

function Chosen({ chosen, items, options }) {
  // As many as may be chosen, so that hooks keep their number.
  const runs = [useRun(chosen[0]), useRun(chosen[1]), useRun(chosen[2]), useRun(chosen[3]), useRun(chosen[4]), useRun(chosen[5])];
  const [apart, setApart] = useState(false);
  const read = new Map(chosen.map((id, at) => [id, runs[at]]));
  const found = chosen.map((id) => items.find((one) => one.id === id)).filter((one) => one && read.get(one.id));
  const sets = setsOf(found, options);
  const several = sets.some((set) => set.length > 1);
  const shown = apart ? found.map((one) => [one]) : sets;
  const series = (points, dots) =>
    shown.map((set, at) => {
      const curves = set.map((one) => points(read.get(one.id)).filter((point) => Number.isFinite(point[1])));
      const name = `${at + 1}: ${set[0].model || set[0].dataset}${set.length > 1 ? `, mean of ${set.length} seeds` : ""}`;
      const tone = tint(chosen.indexOf(set[0].id));
      return set.length > 1 ? { name, tone, ...across(curves) } : { name, tone, points: curves[0], dots };
    });
  const score = scoreOf(read.get(found[0]?.id)?.history.at(-1))?.name || "accuracy";
  return (
    <Section id="curves" title="How they learnt" hint={several && !apart ? "Trainings that differ in their seed alone are one line: their mean, within what holds the true one in 95 of 100 cases." : `${count(found.length)} of at most ${MOST}`}>
      {several && (
        <label className="dl-check">
          <input type="checkbox" checked={apart} onChange={(event) => setApart(event.target.checked)} /> Each by itself
        </label>
      )}
      <div className="dl-charts">
        <Curves title="Loss" series={series((run) => run.curve.map((one) => [one.step, one.loss]))} />
        <Curves title={`${metricName(score)} in validation`} series={series((run) => run.history.map((one) => [one.step, one[score]]), true)} />
      </div>
    </Section>
  );
}

/** What comes of the same options with several seeds. */
function Seeds({ items, options, onShow }) {
  const sets = setsOf(items.filter((one) => one.score !== null), options).filter((set) => set.length > 1);
  if (!sets.length) return null;
  const told = options.filter((name) => name !== "seed" && new Set(sets.map((set) => String(set[0].options[name]))).size > 1);
  const rows = sets.map((set) => ({ set, ...meanOf(set.map((one) => one.score)) })).sort((a, b) => b.mean - a.mean);
  return (
    <Section id="seeds" title="Over several seeds" hint="The same options, other chance: the mean, and what holds the true one in 95 of 100 cases.">
      <div className="dl-wide" tabIndex={0} role="region" aria-label="Table of what several seeds came to">
        <table className="dl-table dl-experiments">
          <thead>
            <tr>
              {["Learnt from", ...told, "Seeds", metricName(sets[0][0].score_name)].map((words) => (
                <th key={words} scope="col">
                  {words}
                </th>
              ))}
              <th>
                <span className="dr-hidden">What can be done</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ set, mean, low, high }) => (
              <tr key={set[0].id}>
                <td>{set[0].dataset}</td>
                {told.map((name) => (
                  <td key={name}>{tell(set[0].options[name])}</td>
                ))}
                <td>{set.length}</td>
                <td>
                  <strong>{figure(mean)}</strong>{" "}
                  <span className="dr-caption">
                    {figure(low)} – {figure(high)}
                  </span>
                </td>
                <td className="dl-tools">
                  <button type="button" className="dr-button dr-button-small" onClick={() => onShow(set.slice(0, MOST).map((one) => one.id))}>
                    Show
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
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
  const [within, setWithin] = useState(null);
  const choose = (now) => setParams(now.length ? { show: now.join(",") } : {}, { replace: true });
  const toggle = (id) => choose(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id].slice(-MOST));
  const judged = chosen.map((id) => items.find((one) => one.id === id)).filter((one) => one.report);
  const comparable = judged.length > 1 && judged.every((one) => one.task === "classification" && one.dataset === judged[0].dataset);
  return (
    <LearnPage title="Experiments" lead="Trainings beside each other: choose some to see how they learnt, and where they disagree.">
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
        <Section id="trainings" title="Trainings" hint={within ? `${plural(within.size, "training")} of ${items.length} within what is marked below.` : "What differs between them has a column."}>
          <Table items={within ? items.filter((one) => within.has(one.id)) : items} options={data.options} chosen={chosen} onToggle={toggle} />
        </Section>
      )}
      {chosen.length > 0 && <Chosen chosen={chosen} items={items} options={data.options} />}
      {judged.length > 1 && !comparable && <p className="dr-muted">Models of the same task on the same version of a dataset can be compared picture by picture.</p>}
      {comparable && <SideBySide reports={judged.map((one) => one.report)} />}
      {comparable && judged.length === 2 && <Compared one={judged[0].report} other={judged[1].report} />}
      {items.length > 1 && <Parallel items={items} options={data.options} chosen={chosen} onToggle={toggle} onWithin={setWithin} />}
      {data && <Seeds items={items} options={data.options} onShow={choose} />}
    </LearnPage>
  );
}
