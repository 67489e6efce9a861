// Long work: exports, imports, recipes on many pictures, backups, with how far each is, what came of it and why not.

import { Ban, Download, ExternalLink, Undo2 } from "lucide-react";
import { toast } from "sonner";
import { request } from "./api.js";
import { undo } from "./bulk.js";
import { ago, moment } from "./format.js";
import { useRefusal } from "./me.js";
import { useRead } from "./polled.js";
import { Waiting } from "./reading.jsx";
import { Bar, IconButton, Trouble, useNow } from "./ui.jsx";
import { EVENTS, OPEN, RECENT, STATES, factsOf, together } from "./works.js";

function Row({ work, now, why, onCancel, onUndo }) {
  const open = work.state === "queued" || work.state === "running";
  return (
    <li className={`dr-batch dr-work-${work.state}`}>
      <div className="dr-batch-head">
        <span className="dr-batch-name" title={work.title}>
          {work.title}
        </span>
        <span className={`dr-badge dr-badge-${work.state}`}>{STATES[work.state]}</span>
        <span className="dr-batch-when" title={moment(work.created_at)}>
          {ago(work.created_at, now)}
        </span>
        <span className="dr-batch-tools">
          {work.links.file && (
            <a className="dr-icon-button" href={work.links.file} download aria-label={`Download what came of: ${work.title}`} title="Download">
              <Download size={15} aria-hidden />
            </a>
          )}
          {work.dagster_run_url && (
            <a className="dr-icon-button" href={work.dagster_run_url} target="_blank" rel="noreferrer" aria-label="Run in Dagster" title="Run in Dagster">
              <ExternalLink size={15} aria-hidden />
            </a>
          )}
          {work.can_undo && <IconButton icon={Undo2} size={15} label={why || "Take it back"} disabled={Boolean(why)} onClick={() => onUndo(work)} />}
          {work.can_cancel && <IconButton icon={Ban} size={15} label={why || `Stop: ${work.title}`} disabled={Boolean(why)} onClick={() => onCancel(work)} />}
        </span>
      </div>
      {open && work.total > 0 && <Bar value={work.done} of={work.total} label={work.title} />}
      <p className="dr-batch-facts">
        {factsOf(work).map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
      </p>
      {work.error && (
        <p className="dr-work-error">
          {work.error.cause} {work.error.remedy}
        </p>
      )}
    </li>
  );
}

export function Works() {
  const [recent, lookRecent] = useRead(RECENT, EVENTS);
  const [open, lookOpen] = useRead(OPEN, EVENTS);
  const now = useNow(5000);
  const why = useRefusal("operations:write");
  const look = () => Promise.all([lookRecent(), lookOpen()]);
  const there = recent.data && open.data;
  const items = there ? together(recent.data.items, open.data.items) : [];
  const onCancel = async (work) => {
    try {
      await request(`/operations/${work.id}/cancel`, { method: "POST" });
      toast.success("It stops. What is done stays.");
    } catch (problem) {
      toast.error(problem.title, { description: problem.message });
    }
    look();
  };
  if (there && !items.length) return null;
  const error = recent.error || open.error;
  return (
    <section className="dr-section" aria-labelledby="works">
      <header>
        <h2 id="works">Long work</h2>
      </header>
      {error && !there && <Trouble error={error} onRetry={look} />}
      {!there && !error && <Waiting rows={2} />}
      {items.length > 0 && (
        <ul className="dr-rows">
          {items.map((work) => (
            <Row key={work.id} work={work} now={now} why={why} onCancel={onCancel} onUndo={(one) => undo(one.id).then(look)} />
          ))}
        </ul>
      )}
    </section>
  );
}
