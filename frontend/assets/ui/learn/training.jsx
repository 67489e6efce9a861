// The page of trainings: a new one by three choices, those that were, and one of them live when the address names it.

import { useState } from "react";
import { ArrowLeft, ChartSpline } from "lucide-react";
import { Link, useSearchParams } from "react-router";
import { ago, duration, plural } from "../format.js";
import { Section, Waiting } from "../reading.jsx";
import { Bar, Trouble, useNow } from "../ui.jsx";
import { LearnPage, State, figure, metricName, scoreOf, useFollow } from "./parts.jsx";
import { Run } from "./run.jsx";
import { Start } from "./start.jsx";

const LOOK = 3000;

function Row({ view, now }) {
  const run = view.training;
  const score = scoreOf(run.history.at(-1));
  const took = run.finished_at && run.started_at ? (new Date(run.finished_at) - new Date(run.started_at)) / 1000 : null;
  return (
    <li>
      <Link to={`/training?run=${run.id}`} className="dl-row dl-row-run">
        <span className="dl-row-name">
          <strong>{run.dataset}</strong>
          <span className="dr-muted">{run.state === "failed" ? view.title || run.cause : `${run.config.model}, ${run.config.image_size} px`}</span>
        </span>
        <span className="dl-row-score">
          {score && (
            <>
              <strong>{figure(score.value)}</strong>
              <span className="dr-caption">{metricName(score.name)} in validation</span>
            </>
          )}
        </span>
        <span className="dl-row-progress">
          {run.state === "running" ? (
            <>
              <Bar value={run.step} of={run.steps} label={`Training on ${run.dataset}`} />
              <span className="dr-caption">{view.seconds_left === null ? "starting" : `${duration(view.seconds_left)} left`}</span>
            </>
          ) : (
            <span className="dr-caption">{took !== null ? `in ${duration(took)}` : run.state === "queued" ? "waits for its turn" : ""}</span>
          )}
        </span>
        <span className="dl-row-when">
          <State state={run.state} />
          <span className="dr-caption">{ago(run.created_at, now)}</span>
        </span>
      </Link>
    </li>
  );
}

function Runs() {
  const [open, setOpen] = useState(false);
  const [{ data, error }, look] = useFollow("/training-runs?limit=50", ["training"], open ? LOOK : 0);
  const any = Boolean(data?.items.some((one) => one.training.state === "running"));
  if (data && any !== open) setOpen(any);
  const now = useNow(10_000);
  return (
    <Section id="runs" title="Trainings" hint={data?.items.length ? plural(data.items.length, "training") : ""}>
      {error && !data && <Trouble error={error} onRetry={look} />}
      {!data && !error && <Waiting rows={3} />}
      {data?.items.length === 0 && (
        <div className="dr-empty dl-empty">
          <ChartSpline size={40} strokeWidth={1.25} aria-hidden />
          <h2>Nothing learnt yet</h2>
          <p>Choose a dataset and how long it may take. You see it learn, and get a report of what it is worth.</p>
        </div>
      )}
      {data?.items.length > 0 && (
        <ul className="dr-rows dl-rows">
          {data.items.map((one) => (
            <Row key={one.training.id} view={one} now={now} />
          ))}
        </ul>
      )}
    </Section>
  );
}

export function Training() {
  const [params, setParams] = useSearchParams();
  const run = params.get("run");
  if (run) {
    return (
      <Run
        key={run}
        id={run}
        above={
          <Link to="/training" className="dl-back">
            <ArrowLeft size={15} aria-hidden /> All trainings
          </Link>
        }
      />
    );
  }
  return (
    <LearnPage title="Training" lead="Three choices; everything else has defaults that were measured.">
      <Start wanted={params.get("dataset") || ""} onStarted={(id) => setParams({ run: id })} />
      <Runs />
    </LearnPage>
  );
}
