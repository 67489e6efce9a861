// What the pages about learning share: the frame with its tabs, things read again as they change, figures in words.

import { useCallback, useEffect, useRef, useState } from "react";
import { Boxes, ChartSpline, Database, FileChartColumn, FlaskConical } from "lucide-react";
import { request } from "../api.js";
import { title } from "../format.js";
import { useLive } from "../live.js";
import { Tabs } from "../reading.jsx";

const TABS = [
  ["/datasets", "Datasets", Database],
  ["/training", "Training", ChartSpline],
  ["/experiments", "Experiments", FlaskConical],
  ["/models", "Models", Boxes],
  ["/report", "Reports", FileChartColumn],
];

/** The frame of each of the pages; `above` leads back to where one came from. */
export function LearnPage({ title, lead, tools, children, above }) {
  return (
    <main className="dr-activity dl-page" id="content" tabIndex={-1}>
      <Tabs label="Learning" pages={TABS} />
      {above}
      <header className="dl-head">
        <div>
          <h1>{title}</h1>
          {lead && <p className="dr-muted">{lead}</p>}
        </div>
        {tools && <div className="dr-page-tools">{tools}</div>}
      </header>
      {children}
    </main>
  );
}

/** Something read over REST, again when a live event of such a type says that it changed, and every `every` ms if given. */
export function useFollow(path, types, every = 0) {
  const [state, setState] = useState({ path, data: null, error: null });
  const latest = useRef(path);
  latest.current = path;
  const look = useCallback(async () => {
    if (!path) return;
    try {
      const data = await request(path);
      if (latest.current === path) setState({ path, data, error: null });
    } catch (error) {
      if (latest.current === path) setState((old) => ({ path, data: old.path === path ? old.data : null, error }));
    }
  }, [path]);
  useEffect(() => {
    look();
  }, [look]);
  useEffect(() => {
    if (!every) return undefined;
    const timer = setInterval(() => !document.hidden && look(), every);
    return () => clearInterval(timer);
  }, [look, every]);
  useLive((event) => (event.type === "resync" || types.some((type) => event.type.startsWith(type))) && look());
  return [state.path === path ? state : { data: null, error: null }, look];
}

const NAMES = { accuracy: "Accuracy", macro_f1: "Mean F1", loss: "Loss", calibration_error: "Calibration error", map50: "mAP at 0.5", miou: "Mean IoU", mean_dice: "Mean Dice", pixel_accuracy: "Pixels right", iou: "IoU", dice: "Dice", map: "mAP", exact: "Exactly right", psnr: "PSNR, dB", ssim: "SSIM", psnr_before: "PSNR before, dB", better: "Came nearer", likeness: "Likeness", style: "Way to the style", kept: "Still to be seen", ap50: "AP at 0.5", ap: "AP", f1: "F1", count: "Examples" };
export const metricName = (name) => NAMES[name] || title(name);

/** The figure of a validation that decides, by the task. */
export function scoreOf(validation) {
  const name = ["accuracy", "map50", "miou", "map", "psnr", "likeness"].find((one) => Number.isFinite(validation?.[one]));
  return name ? { name, value: validation[name] } : null;
}
export const figure = (value, digits = 3) => (value === null || value === undefined ? "–" : value.toFixed(digits));

/** A figure with the line of its interval below. */
export function Worth({ metric }) {
  const held = metric.low !== null && metric.low !== undefined;
  return (
    <div className="dr-tile dl-worth">
      <dt>{metricName(metric.name)}</dt>
      <dd>{figure(metric.value)}</dd>
      {held ? (
        <dd className="dr-tile-note">
          {metric.high <= 1 && (
            <i className="dl-interval" aria-hidden>
              <b style={{ left: `${metric.low * 100}%`, width: `${(metric.high - metric.low) * 100}%` }} />
              <u style={{ left: `${metric.value * 100}%` }} />
            </i>
          )}
          <span title="It holds the true value in 95 of 100 cases">
            95 %: {figure(metric.low)} – {figure(metric.high)}
          </span>
        </dd>
      ) : (
        <dd className="dr-tile-note">{metric.name.includes("loss") || metric.name.includes("error") ? "less is better" : "more is better"}</dd>
      )}
    </div>
  );
}

export const STATES = { queued: "Waiting", running: "Learning", paused: "Paused", done: "Done", failed: "Failed", cancelled: "Cancelled" };

export function State({ state }) {
  return <span className={`dr-badge dr-badge-${state === "failed" ? "bad" : state}`}>{STATES[state]}</span>;
}

/** Examples of each class as a bar that is divided, and in words for who cannot see it. */
export function Balance({ labels, counts, large = false }) {
  const total = counts.reduce((sum, one) => sum + one, 0);
  if (!total) return null;
  return (
    <div className={`dl-balance${large ? " dl-balance-large" : ""}`} role="img" aria-label={`Classes: ${labels.slice(0, 20).map((label, at) => `${label} ${counts[at]}`).join(", ")}`}>
      {counts.map((one, at) => (
        <i key={labels[at]} title={`${labels[at]}: ${one}`} style={{ width: `${(one / total) * 100}%`, background: tint(at) }} />
      ))}
    </div>
  );
}

/** The colour of a class; ten that differ, then again. */
export const tint = (at) => `var(--dl-${at % 10})`;
