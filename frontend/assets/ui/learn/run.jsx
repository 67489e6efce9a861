// One training, live: how far it is, how it learns, why it failed, what came of it.

import { useState } from "react";
import { Ban, Boxes, ExternalLink, FileChartColumn, Pause, Play, RotateCw, SquareCheck, Trash2 } from "lucide-react";
import { Link, useNavigate } from "react-router";
import { toast } from "sonner";
import { request } from "../api.js";
import { count, duration, moment, number, plural } from "../format.js";
import { Confirm, Gated } from "../forms.jsx";
import { Section, Waiting } from "../reading.jsx";
import { Bar, Trouble } from "../ui.jsx";
import { Urgency } from "../urgency.jsx";
import { Curves } from "./chart.jsx";
import { PanelStrip } from "./panel.jsx";
import { short } from "./ticks.js";
import { LearnPage, State, Worth, figure, metricName, scoreOf, useFollow } from "./parts.jsx";

const LOOK = 1500;
const WHY = { finished: "Every epoch was trained.", budget: "The time was up.", patience: "It got no better any more.", stopped: "Somebody stopped it; its best is kept." };
const isPaused = (run) => run.state === "paused";
const isOpen = (run) => run.state === "queued" || run.state === "running";

function Tile({ name, value, hint }) {
  return (
    <div className="dr-tile">
      <dt>{name}</dt>
      <dd>{value}</dd>
      <dd className="dr-tile-note">{hint}</dd>
    </div>
  );
}

function Progress({ run, left }) {
  const score = scoreOf(run.history.at(-1));
  const seconds = run.finished_at && run.started_at ? (new Date(run.finished_at) - new Date(run.started_at)) / 1000 : null;
  return (
    <>
      {(isOpen(run) || isPaused(run)) && <Bar className="dl-progress" value={run.step} of={run.steps || 1} label="Steps of the training" />}
      <dl className="dr-tiles">
        {isOpen(run) ? <Tile name="Time left" value={duration(left)} hint={run.state === "queued" ? "waits for its turn" : left === null ? "not known yet" : "as measured"} /> : <Tile name="Took" value={duration(seconds)} hint={WHY[run.stopped] || STOPPED[run.state] || ""} />}
        <Tile name="Step" value={count(run.step)} hint={run.steps ? `of ${count(run.steps)}` : "of a number not known yet"} />
        <Tile name={score ? metricName(score.name) : "Worth"} value={figure(score?.value)} hint={score ? "in validation" : "no validation yet"} />
        <Tile name="Loss" value={figure(run.loss)} hint="of the last steps" />
        <Tile name="Learning rate" value={run.rate === null ? "–" : short(run.rate)} hint={`epoch ${count(run.epoch)} of ${count(run.config.epochs)}`} />
        <Tile name="Speed" value={run.pictures_per_second === null ? "–" : number(run.pictures_per_second, 0)} hint="pictures a second" />
      </dl>
    </>
  );
}
const STOPPED = { paused: "It rests, and goes on from here.", cancelled: "It was cancelled.", failed: "It failed." };

function Learning({ run }) {
  // A training that went astray has losses that are no numbers.
  const points = (name) => run.curve.filter((one) => Number.isFinite(one[name])).map((one) => [one.step, one[name]]);
  const told = (name) => run.history.filter((one) => Number.isFinite(one[name])).map((one) => [one.step, one[name]]);
  const score = scoreOf(run.history.at(-1))?.name || "accuracy";
  return (
    <div className="dl-charts">
      <Curves
        title="Loss"
        end={run.steps}
        series={[
          { name: "learning", points: points("loss"), tone: "var(--dl-0)" },
          { name: "validation", points: told("loss"), tone: "var(--dl-1)", dots: true },
        ]}
      />
      <Curves title={`${metricName(score)} in validation`} end={run.steps} high={score === "psnr" ? undefined : 1} series={[{ name: metricName(score), points: told(score), tone: "var(--dl-2)", dots: true }]} />
      <Curves title="Learning rate" height={130} end={run.steps} low={0} series={[{ name: "rate", points: points("rate"), tone: "var(--dl-3)" }]} />
    </div>
  );
}

function Trials({ search }) {
  const best = (one) => (one.scores.length ? Math.max(...one.scores) : -1);
  const found = [...search.found].sort((a, b) => best(b) - best(a)).slice(0, 12);
  return (
    <Section id="trials" title="Search for better options" hint={`${plural(search.found.length, "trial")} of ${count(search.trials)}, ${duration(search.seconds)}`}>
      <div className="dl-wide">
        <table className="dl-table">
          <thead>
            <tr>
              <th>Trial</th>
              <th>Options</th>
              <th>State</th>
              <th>Best</th>
            </tr>
          </thead>
          <tbody>
            {found.map((one) => (
              <tr key={one.number} className={one.number === search.chosen ? "dl-on" : ""}>
                <td>{one.number}</td>
                <td className="dl-options">{Object.entries(one.options).map(([name, value]) => `${name} ${typeof value === "number" ? Number(value.toPrecision(3)) : value}`).join(", ")}</td>
                <td>{one.state}</td>
                <td>{one.scores.length ? figure(best(one)) : one.cause || "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Result({ run }) {
  const [{ data, error }] = useFollow(`/reports/${run.report}`, []);
  if (error) return <Trouble error={error} />;
  return (
    <Section
      id="result"
      title="What came of it"
      tools={
        <div className="dr-section-tools">
          <Link className="dr-button dr-button-small" to={`/models?name=${run.model?.split("@")[0]}`}>
            <Boxes size={14} aria-hidden /> {run.model}
          </Link>
          <Link className="dr-button dr-button-small dr-button-main" to={`/report?id=${run.report}`}>
            <FileChartColumn size={14} aria-hidden /> Report
          </Link>
        </div>
      }
    >
      {data ? (
        <dl className="dr-tiles dl-tiles-4">
          {data.report.metrics.slice(0, 4).map((one) => (
            <Worth key={one.name} metric={one} />
          ))}
        </dl>
      ) : (
        <Waiting rows={1} />
      )}
    </Section>
  );
}

function Failure({ view }) {
  return (
    <div className="dl-failure" role="alert">
      <strong>{view.title || "The training failed"}</strong>
      <p>{view.training.cause?.replace(`${view.title}: `, "")}</p>
      {view.remedy && <p className="dr-muted">{view.remedy}</p>}
      <Link className="dr-button dr-button-small" to={`/training?dataset=${encodeURIComponent(view.training.dataset)}`}>
        <RotateCw size={13} aria-hidden /> Start another
      </Link>
    </div>
  );
}

function flat(config, before = "") {
  return Object.entries(config).flatMap(([key, value]) => (value && typeof value === "object" ? flat(value, `${before}${key}.`) : [[before + key, value === null ? "none" : String(value)]]));
}

/** How near a training came to the version that it made again. */
function nearness({ apart, figures }) {
  const weights = apart === null ? "weights cannot be compared" : apart === 0 ? "the very same weights" : `weights differ by up to ${apart.toPrecision(2)}`;
  return [weights, ...figures.slice(0, 2).map((one) => `${metricName(one.name)} ${figure(one.before)} → ${figure(one.after)}`)].join(", ");
}

function Facts({ run, view }) {
  return (
    <Section
      id="facts"
      title="How it was asked for"
      tools={
        view.run_url && (
          <a className="dr-link" href={view.run_url} target="_blank" rel="noreferrer">
            Run in Dagster <ExternalLink size={12} aria-hidden />
          </a>
        )
      }
    >
      <dl className="dl-facts">
        <dt>Dataset</dt>
        <dd>
          <Link to={`/datasets?name=${run.dataset.split("@")[0]}&version=${run.dataset.split("@")[1]}`}>{run.dataset}</Link>
        </dd>
        <dt>Asked for</dt>
        <dd>{moment(run.created_at)}</dd>
        <dt>Architecture</dt>
        <dd>
          {run.config.model}, {run.config.image_size} px
        </dd>
        <dt>Budget</dt>
        <dd>{run.config.budget_seconds === null ? "none" : duration(run.config.budget_seconds)}</dd>
        {run.reproduces && <dt>Makes again</dt>}
        {run.reproduces && (
          <dd>
            <Link to={`/models?name=${run.reproduces.split("@")[0]}`}>{run.reproduces}</Link>
            {run.reproduction && ` · ${nearness(run.reproduction)}`}
          </dd>
        )}
        {run.workers > 1 && <dt>Workers</dt>}
        {run.workers > 1 && <dd>{run.workers}</dd>}
        {run.attempt > 1 && <dt>Attempt</dt>}
        {run.attempt > 1 && <dd>{run.attempt}: a run that died was replaced</dd>}
        {run.left_out > 0 && <dt>Left out</dt>}
        {run.left_out > 0 && <dd>{plural(run.left_out, "picture")} that could not be decoded</dd>}
      </dl>
      <details className="dl-fold">
        <summary>The whole configuration</summary>
        <dl className="dl-facts dl-facts-code">
          {flat(run.config).map(([key, value]) => (
            <div key={key}>
              <dt>{key}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </details>
    </Section>
  );
}

export function Run({ id, above }) {
  const [open, setOpen] = useState(true);
  const [{ data: view, error }, look] = useFollow(`/training-runs/${id}`, ["training"], open ? LOOK : 0);
  const [asking, setAsking] = useState("");
  const navigate = useNavigate();
  const run = view?.training;
  // A paused one is looked at until its process has let go of it.
  const lively = run && (isOpen(run) || (isPaused(run) && run.run_id !== null));
  if (run && lively !== open) setOpen(lively);
  const [busy, setBusy] = useState(false);
  const turn = async (verb) => {
    setBusy(true);
    try {
      await request(`/training-runs/${id}/${verb}`, { method: "POST" });
      look();
    } catch (error) {
      toast.error(error.message, { description: error.remedy });
    }
    setBusy(false);
  };
  const cancel = async () => {
    await request(`/training-runs/${id}/cancel`, { method: "POST" });
    toast.success("The training stops within seconds.");
    look();
  };
  const remove = async () => {
    await request(`/training-runs/${id}`, { method: "DELETE" });
    toast.success("The training is deleted.");
    navigate("/training");
  };
  return (
    <LearnPage
      title={run ? `Training on ${run.dataset}` : "Training"}
      lead={
        run && (
          <>
            <State state={run.state} /> {(isOpen(run) || isPaused(run)) && <Urgency kind="training" id={id} priority={run.priority} owner={run.owner} onDone={look} />}
          </>
        )
      }
      above={above}
      tools={
        run &&
        (isOpen(run) || isPaused(run) ? (
          <>
            {isPaused(run) ? (
              <Gated permission="training:write" className="dr-button dr-button-main" disabled={busy || run.run_id !== null} onClick={() => turn("resume")}>
                <Play size={15} aria-hidden /> {run.run_id === null ? "Resume" : "Pausing…"}
              </Gated>
            ) : (
              <Gated permission="training:write" className="dr-button" disabled={busy} onClick={() => turn("pause")}>
                <Pause size={15} aria-hidden /> Pause
              </Gated>
            )}
            {run.state === "running" && !(run.search && run.search.chosen === null) && (
              <Gated permission="training:write" className="dr-button" disabled={busy || run.stopping} title="It ends now: its best checkpoint is kept and judged" onClick={() => turn("stop")}>
                <SquareCheck size={15} aria-hidden /> {run.stopping ? "Stopping…" : "Stop and keep"}
              </Gated>
            )}
            <Gated permission="training:write" className="dr-button" onClick={() => setAsking("cancel")}>
              <Ban size={15} aria-hidden /> Cancel
            </Gated>
          </>
        ) : (
          <>
            <Gated permission="training:write" className="dr-button" onClick={() => navigate(`/training?dataset=${encodeURIComponent(run.dataset)}`)}>
              <RotateCw size={15} aria-hidden /> Another on it
            </Gated>
            <Gated permission="training:write" className="dr-icon-button" aria-label="Delete the training" title="Delete the training" onClick={() => setAsking("delete")}>
              <Trash2 size={16} aria-hidden />
            </Gated>
          </>
        ))
      }
    >
      {error && !view && <Trouble error={error} onRetry={look} />}
      {!view && !error && <Waiting rows={4} />}
      {run?.state === "failed" && <Failure view={view} />}
      {run && <Progress run={run} left={view.seconds_left} />}
      {run?.report && <Result run={run} />}
      {run?.search && <Trials search={run.search} />}
      {run && <Learning run={run} />}
      {run && <PanelStrip id={run.id} validations={run.history.length} />}
      {run && <Facts run={run} view={view} />}
      {asking === "delete" && <Confirm title="Delete the training?" words="Its checkpoint and the reports on it go with it, and it cannot be taken back. One that a version of a model came of is not deleted." verb="Delete" onClose={() => setAsking("")} onConfirm={remove} />}
      {asking === "cancel" && <Confirm title="Cancel the training?" words="Its process ends within seconds, and nothing of it is kept." verb="Cancel the training" onClose={() => setAsking("")} onConfirm={cancel} />}
    </LearnPage>
  );
}
