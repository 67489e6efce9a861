// Activity: the queue, batches as they run, files that failed and why, runs and services.

import { useEffect, useState } from "react";
import { Ban, Check, CircleCheckBig, Download, ExternalLink, RotateCw, X } from "lucide-react";
import { Link } from "react-router";
import { toast } from "sonner";
import { API, request } from "./api.js";
import { Approvals } from "./approvals.jsx";
import { finished, offerAct, undo } from "./bulk.js";
import { useShortcuts } from "./hotkeys.js";
import { ago, bytes, count, duration, moment, number, plural, title } from "./format.js";
import { useLive } from "./live.js";
import { useRefusal } from "./me.js";
import { useRead } from "./polled.js";
import { Waiting } from "./reading.jsx";
import { IconButton, Trouble, useNow } from "./ui.jsx";
import { ServiceList, stateTone, useHealth } from "./shell.jsx";
import { Urgency } from "./urgency.jsx";
import { Works } from "./works.jsx";

function Tile({ name, value, hint, tone }) {
  return (
    <div className={`dr-tile${tone ? ` dr-tile-${tone}` : ""}`}>
      <dt>{name}</dt>
      <dd>{value}</dd>
      <dd className="dr-tile-note">{hint}</dd>
    </div>
  );
}

function Queue({ queue }) {
  const idle = queue.files_left === 0;
  const late = (seconds, most) => (seconds === null || seconds === undefined ? "wait" : seconds > most ? "warn" : "");
  return (
    <dl className="dr-tiles">
      <Tile name="In the queue" value={count(queue.files_left)} hint={idle ? "Nothing waits" : `${plural(queue.files_left, "file").replace(/^\S+ /, "")} in ${plural(queue.batches, "batch", "batches")}`} />
      <Tile name="Oldest" value={idle ? "–" : duration(queue.oldest_seconds)} hint={idle ? "No file waits" : "has waited"} />
      <Tile name="Rate" value={queue.rate ? number(queue.rate) : "–"} hint={queue.rate ? "files a second" : "No batch runs"} />
      <Tile name="Time left" value={idle ? "–" : duration(queue.seconds_left)} hint={idle ? "All is done" : queue.seconds_left === null ? "not known yet" : "at this rate"} />
      <Tile name="Sensor" value={duration(queue.sensor_lag_seconds)} hint="since it looked" tone={late(queue.sensor_lag_seconds, 60)} />
      <Tile name="Daemon" value={duration(queue.daemon_lag_seconds)} hint="since its sign of life" tone={late(queue.daemon_lag_seconds, 60)} />
    </dl>
  );
}

const LINKS = { training: (id) => `/training?run=${id}`, renditions: () => null, operation: () => null };

function Turns({ waiting, onLook }) {
  const now = useNow(5000);
  if (!waiting?.length) return null;
  return (
    <section className="dr-section" aria-labelledby="turns">
      <header>
        <h2 id="turns">
          Waiting for their turn <span className="dr-count">{count(waiting.length)}</span>
        </h2>
      </header>
      <ul className="dr-rows">
        {waiting.map((one) => {
          const words = one.title[0].toUpperCase() + one.title.slice(1);
          const to = one.mine && LINKS[one.kind](one.id);
          return (
            <li key={one.id} className="dr-batch dr-batch-queued">
              <div className="dr-batch-head">
                {to ? (
                  <Link to={to} className="dr-batch-name">
                    {words}
                  </Link>
                ) : (
                  <span className="dr-batch-name">{words}</span>
                )}
                <Urgency kind={one.kind} id={one.id} priority={one.priority} mine={one.mine} onDone={onLook}>
                  {one.priority !== "normal" && <span className="dr-badge">{title(one.priority)}</span>}
                </Urgency>
                <span className="dr-batch-when" title={moment(one.since)}>
                  {ago(one.since, now)}
                </span>
              </div>
              <p className="dr-batch-facts">
                <strong>{one.place === 1 ? "Next" : `${one.place}.`}</strong>
                <span>{one.why}</span>
              </p>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

const STATES = { queued: "Waiting", running: "Running", done: "Done", cancelled: "Cancelled" };

function BatchRow({ batch, now, onCancel }) {
  const why = useRefusal("batches:write");
  const share = (value) => `${batch.total ? (value / batch.total) * 100 : 0}%`;
  const open = batch.state === "queued" || batch.state === "running";
  const facts = [];
  if (batch.added) facts.push(`${count(batch.added)} added`);
  if (batch.duplicates) facts.push(`${count(batch.duplicates)} known already`);
  if (batch.failed) facts.push(`${count(batch.failed)} failed`);
  if (!facts.length && open) facts.push(batch.state === "queued" ? "waits for a run" : "starting");
  return (
    <li className={`dr-batch dr-batch-${batch.state}`}>
      <div className="dr-batch-head">
        <Link to={`/?batch=${encodeURIComponent(batch.id)}`} className="dr-batch-name">
          {plural(batch.total, "file")} from {batch.connector}
        </Link>
        <span className={`dr-badge dr-badge-${batch.state}`}>{STATES[batch.state]}</span>
        <span className="dr-batch-when" title={moment(batch.created_at)}>
          {ago(batch.created_at, now)}
        </span>
        <span className="dr-batch-tools">
          {batch.dagster_run_url && (
            <a className="dr-icon-button" href={batch.dagster_run_url} target="_blank" rel="noreferrer" aria-label="Run in Dagster" title="Run in Dagster">
              <ExternalLink size={15} aria-hidden />
            </a>
          )}
          {open && <IconButton icon={Ban} size={15} label={why ? `You may not cancel it. ${why}` : "Cancel this batch"} disabled={Boolean(why)} onClick={() => onCancel(batch)} />}
        </span>
      </div>
      {open && (
        <div className="dr-progress dr-progress-parts" role="progressbar" aria-label={`Batch of ${plural(batch.total, "file")}`} aria-valuemin={0} aria-valuemax={batch.total} aria-valuenow={batch.done}>
          <span className="dr-part-added" style={{ width: share(batch.added) }} />
          <span className="dr-part-known" style={{ width: share(batch.duplicates) }} />
          <span className="dr-part-failed" style={{ width: share(batch.failed) }} />
        </div>
      )}
      <p className="dr-batch-facts">
        {open && batch.done > 0 && (
          <strong>
            {count(batch.done)} of {count(batch.total)}
          </strong>
        )}
        <span>{facts.join(" · ")}</span>
        {batch.state === "running" && batch.rate && <span>{number(batch.rate)} / s</span>}
        {batch.state === "running" && batch.seconds_left !== null && <span>{duration(batch.seconds_left)} left</span>}
        {batch.state === "done" && batch.started_at && batch.finished_at && <span>in {duration((new Date(batch.finished_at) - new Date(batch.started_at)) / 1000)}</span>}
        {batch.attempt > 1 && <span>attempt {batch.attempt}</span>}
        <span className="dr-push">{bytes(batch.total_bytes)}</span>
      </p>
    </li>
  );
}

function Batches() {
  const [{ data, error }, look, set] = useRead("/batches?limit=12", ["batch.queued", "batch.started", "batch.finished", "resync"]);
  const now = useNow(5000);
  useLive((event) => {
    if (event.type !== "batch.progress") return;
    set((old) => (old.data ? { ...old, data: { ...old.data, items: old.data.items.map((one) => (one.id === event.data.id ? { ...one, ...event.data } : one)) } } : old));
  });
  const onCancel = async (batch) => {
    try {
      await request(`/batches/${batch.id}/cancel`, { method: "POST" });
      toast.success("The batch stops. Pictures already added stay.");
    } catch (problem) {
      toast.error(problem.title, { description: problem.message });
    }
    look();
  };
  return (
    <section className="dr-section" aria-labelledby="batches">
      <header>
        <h2 id="batches">Batches</h2>
      </header>
      {error && !data && <Trouble error={error} onRetry={look} />}
      {!data && !error && <Waiting rows={3} />}
      {data && !data.items.length && <p className="dr-none">No batch yet. Drop pictures anywhere, or copy them into the inbox folder.</p>}
      {data?.items.length > 0 && (
        <ul className="dr-rows">
          {data.items.map((batch) => (
            <BatchRow key={batch.id} batch={batch} now={now} onCancel={onCancel} />
          ))}
        </ul>
      )}
    </section>
  );
}

function FailureRow({ failure, now, onAct, busy, why }) {
  return (
    <li className="dr-failure">
      <div className="dr-failure-words">
        <p>
          <strong>{failure.title}</strong>
          <code className="dr-code">{failure.code}</code>
        </p>
        <p>{failure.cause}</p>
        <p className="dr-remedy">{failure.remedy}</p>
        <p className="dr-failure-path">
          <code title={failure.path}>{failure.path}</code>
          <span>
            {bytes(failure.bytes)} · {ago(failure.last_at, now)}
            {failure.attempts > 1 && ` · tried ${failure.attempts} times`}
          </span>
        </p>
      </div>
      <div className="dr-failure-tools">
        <button type="button" className="dr-button dr-button-small" disabled={busy || Boolean(why)} title={why || undefined} onClick={() => onAct("retry", [failure.id])}>
          <RotateCw size={13} aria-hidden /> Retry
        </button>
        <IconButton icon={X} size={16} label="Dismiss" disabled={busy || Boolean(why)} onClick={() => onAct("dismiss", [failure.id])} />
      </div>
    </li>
  );
}

function Failures() {
  const [code, setCode] = useState("");
  const why = useRefusal("failures:write");
  const [{ data, error }, look] = useRead(`/failures?state=open&limit=50${code && `&code=${code}`}`, ["failures", "resync"]);
  const [busy, setBusy] = useState(false);
  const now = useNow(10_000);
  const codes = Object.entries(data?.open_by_code || {}).sort((a, b) => b[1] - a[1]);
  const total = codes.reduce((sum, [, value]) => sum + value, 0);
  const onAct = async (action, ids) => {
    setBusy(true);
    try {
      const done = await request(`/failures/${action}`, { method: "POST", body: ids ? { ids } : { all: true, ...(code && { code }) } });
      const words = ids ? "One file" : plural(code ? data.open_by_code[code] : total, "file");
      const ended = done.operation && (await finished(done.operation, action === "retry" ? "Trying files again" : "Dismissing files"));
      const id = ended ? `operation-${ended.id}` : undefined;
      if (ended && ended.state !== "done") toast.error(action === "retry" ? "Some files were not tried again" : "Some files were not dismissed", { id, description: ended.error?.cause || "It was stopped before the end." });
      else if (done.ids?.length && !ended) offerAct(`${words} dismissed.`, () => request("/failures/dismiss", { method: "POST", body: { ids: done.ids, back: true } }).then(look), `${words} listed again.`);
      else toast.success(action === "retry" ? `${words} will be tried again.` : `${words} dismissed.`, { id });
      await look();
    } catch (problem) {
      toast.error(problem.title, { description: `${problem.message} ${problem.remedy}` });
    }
    setBusy(false);
  };
  useEffect(() => {
    if (code && data && !data.open_by_code[code]) setCode("");
  }, [code, data]);
  return (
    <section className="dr-section" aria-labelledby="failures">
      <header>
        <h2 id="failures">
          Could not be read {total > 0 && <span className="dr-count">{count(total)}</span>}
        </h2>
        {total > 0 && (
          <div className="dr-section-tools">
            <button type="button" className="dr-button dr-button-small dr-button-quiet" disabled={busy || Boolean(why)} title={why || undefined} onClick={() => onAct("dismiss")}>
              Dismiss all
            </button>
            <button type="button" className="dr-button dr-button-small" disabled={busy || Boolean(why)} title={why || undefined} onClick={() => onAct("retry")}>
              <RotateCw size={13} aria-hidden /> Retry all
            </button>
          </div>
        )}
      </header>
      {codes.length > 1 && (
        <div className="dr-codes" role="group" aria-label="By cause">
          <button type="button" className="dr-chip" aria-pressed={!code} onClick={() => setCode("")}>
            All
          </button>
          {codes.map(([name, value]) => (
            <button key={name} type="button" className="dr-chip" aria-pressed={code === name} onClick={() => setCode(code === name ? "" : name)}>
              {title(name.replace(/^image_/, ""))} <span>{count(value)}</span>
            </button>
          ))}
        </div>
      )}
      {error && !data && <Trouble error={error} onRetry={look} />}
      {!data && !error && <Waiting rows={2} />}
      {data && !data.items.length && (
        <p className="dr-none">
          <CircleCheckBig size={16} aria-hidden /> Every file so far could be read.
        </p>
      )}
      {data?.items.length > 0 && (
        <ul className="dr-rows">
          {data.items.map((failure) => (
            <FailureRow key={failure.id} failure={failure} now={now} onAct={onAct} busy={busy} why={why} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Runs() {
  const [{ data, error }, look] = useRead("/runs?limit=10", ["run.", "batch.started", "batch.finished", "resync"]);
  const now = useNow(5000);
  return (
    <section className="dr-section" aria-labelledby="runs">
      <header>
        <h2 id="runs">Recent runs</h2>
      </header>
      {error && !data && <Trouble error={error} onRetry={look} />}
      {!data && !error && <Waiting rows={3} />}
      {data && !data.items.length && <p className="dr-none">No run yet.</p>}
      <ul className="dr-runs">
        {data?.items.map((run) => (
          <li key={run.id}>
            <a href={run.dagster_url} target="_blank" rel="noreferrer" aria-label={`${title(run.job)}, ${run.state}, open in Dagster`}>
              <i className={`dr-dot dr-dot-${{ succeeded: "good", failed: "bad", running: "busy" }[run.state] || "wait"}`} aria-hidden />
              <span className="dr-run-name">{title(run.job)}</span>
              <span className="dr-muted">{run.finished_at && run.started_at ? duration((new Date(run.finished_at) - new Date(run.started_at)) / 1000) : title(run.state)}</span>
              <span className="dr-muted dr-run-when">{run.started_at ? ago(run.started_at, now) : ""}</span>
              <ExternalLink size={13} aria-hidden />
              {run.cause && <span className="dr-run-cause">{run.cause}</span>}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

const VERDICT = { ok: "All work", starting: "Starting", degraded: "Needs attention", offline: "No connection" };

export function Activity() {
  useShortcuts("Activity", [{ keys: ["Mod+z"], words: "Take the last change back", act: () => undo() }]);
  const [{ data: queue, error }, look] = useRead("/queue", ["batch.queued", "batch.finished", "training.changed", "operation.", "renditions.changed", "resync"]);
  const { health, state } = useHealth();
  const bundleRefused = useRefusal("system:write");
  useEffect(() => {
    if (location.hash) setTimeout(() => document.querySelector(location.hash)?.scrollIntoView({ block: "start" }), 400);
  }, []);
  return (
    <main className="dr-activity" id="content" tabIndex={-1}>
      <header className="dr-page-head">
        <h1>Activity</h1>
      </header>
      {queue ? <Queue queue={queue} /> : error ? <Trouble error={error} /> : <div className="dr-tiles dr-tiles-wait" aria-hidden>{[1, 2, 3, 4, 5, 6].map((at) => <i key={at} className="dr-skeleton" />)}</div>}
      <div className="dr-columns">
        <div>
          <Approvals />
          <Turns waiting={queue?.waiting} onLook={look} />
          <Works />
          <Batches />
          <Failures />
        </div>
        <div>
          <section className="dr-section" aria-labelledby="services">
            <header>
              <h2 id="services">Services</h2>
              <span className={`dr-verdict dr-verdict-${stateTone(state)}`} role="status">
                {stateTone(state) === "good" && <Check size={14} aria-hidden />} {VERDICT[state] || "Looking"}
              </span>
            </header>
            {health ? <ServiceList health={health} /> : <Waiting rows={3} />}
            {!bundleRefused && (
              <p className="dr-services-more">
                <a className="dr-button dr-button-small" href={`${API}/system/diagnostics`} download="darkroom-diagnostics.zip">
                  <Download size={14} aria-hidden /> Download a diagnostic bundle
                </a>
              </p>
            )}
          </section>
          <Runs />
        </div>
      </div>
    </main>
  );
}
