// A new training: what to learn from, what to learn and how long, with what to expect; the rest lies behind a fold.

import { useEffect, useMemo, useRef, useState } from "react";
import { Brush, Gauge, ListChecks, Play, Plus, ScanSearch, Spline, Tags, WandSparkles, X } from "lucide-react";
import { Link } from "react-router";
import { request } from "../api.js";
import { bytes, count, duration, number, plural } from "../format.js";
import { FormError, Gated, SelectField, TextField, useAct } from "../forms.jsx";
import { useRefusal } from "../me.js";
import { HUB, MIXED, NOTHING, NUMBERS, PLAIN, SPACES, bodyOf, dimensionOf, unsaid, wrongField } from "./given.js";
import { useFollow } from "./parts.jsx";
import { Policy } from "./policy.jsx";
import { StyleFields } from "./style.jsx";

const TASKS = [
  ["classification", "Tell pictures apart", "Each picture is of one class", Tags],
  ["multilabel", "Say all that is there", "Several classes a picture", ListChecks],
  ["detection", "Find things", "Boxes around them, each of a class", ScanSearch],
  ["segmentation", "Outline things", "Each pixel of a class, or none", Spline],
  ["enhancement", "Improve pictures", "From pairs: noise out, a look in", WandSparkles],
  ["style", "Paint in a style", "That of one picture", Brush],
];
const BUDGETS = [
  [120, "2 min", "a try"],
  [480, "8 min", "a few hundred pictures"],
  [1800, "30 min", "some thousand"],
  [7200, "2 h", "many thousand"],
  [null, "No limit", "as long as the epochs take"],
];
const URGENT = [
  ["normal", "normal: in its turn"],
  ["low", "low: rests for urgent ones"],
  ["high", "high: before all others"],
];
const RESIDUAL = [
  ["", "residual: a few hundred pictures"],
  ["residual-deep", "residual-deep: some thousand"],
  ["residual-tiny", "residual-tiny: to try things out"],
];
const MODELS = {
  classification: RESIDUAL,
  multilabel: RESIDUAL,
  detection: [
    ["", "spotter: a few hundred pictures"],
    ["spotter-tiny", "spotter-tiny: to try things out"],
  ],
  segmentation: [
    ["", "segmenter: a few hundred pictures"],
    ["segmenter-tiny", "segmenter-tiny: to try things out"],
  ],
  enhancement: [
    ["", "retoucher: some dozen pairs"],
    ["retoucher-tiny", "retoucher-tiny: to try things out"],
  ],
  style: [
    ["", "painter: some dozen photographs"],
    ["painter-tiny", "painter-tiny: to try things out"],
  ],
};
/** What the server foretells of it, a moment after the last change, and once it was measured. */
function useEstimate(body, measured) {
  const [found, setFound] = useState({ data: null, error: null });
  const words = body.dataset && !unsaid(body.options) ? JSON.stringify(body) : "";
  useEffect(() => {
    if (!words) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      request("/training-runs/estimate", { method: "POST", body: JSON.parse(words), signal: abort.signal }).then(
        (data) => setFound({ data, error: null }),
        (error) => error.name !== "AbortError" && setFound({ data: null, error }),
      );
    }, 250);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [words, measured]);
  return found;
}

/** Has a few steps done, and tells when they are. */
function useMeasure(body) {
  const [state, setState] = useState({ operation: null, done: "", error: null });
  const { operation } = state;
  const failed = (error) => setState((before) => ({ ...before, operation: null, error }));
  useEffect(() => {
    if (!operation) return undefined;
    if (operation.error) failed({ title: "It cannot be learnt like this", message: operation.error.cause, remedy: operation.error.remedy });
    if (operation.state === "cancelled") failed(null);
    if (operation.state === "done") setState({ operation: null, done: operation.id + Date.now(), error: null });
    if (["done", "failed", "cancelled"].includes(operation.state)) return undefined;
    const timer = setTimeout(() => request(`/operations/${operation.id}`).then((found) => setState((before) => (before.operation ? { ...before, operation: found } : before)), failed), 700);
    return () => clearTimeout(timer);
  }, [operation]);
  const begin = () => request("/training-runs/measure", { method: "POST", body }).then((found) => setState({ operation: found, done: "", error: null }), failed);
  return { ...state, begin, clear: () => setState((before) => ({ ...before, error: null })) };
}

function Expected({ data, error, more }) {
  if (error) return <FormError error={error} />;
  if (!data) return <p className="dr-caption">…</p>;
  const extra = more.search ? Number(more.minutes) * 60 : 0;
  const parts = [`${count(data.counts.train || 0)} pictures to learn from, ${count(data.counts.test || data.counts.validation || 0)} to be judged by`];
  const time = (data.seconds ?? data.budget_seconds) + extra;
  if (data.low !== null && duration(data.low + extra) !== duration(data.high + extra)) parts.push(`${duration(data.low + extra)} to ${duration(data.high + extra)}`);
  if (data.seconds !== null) parts.push(`each shown about ${plural(data.epochs, "time")}`, `at ${number(data.pictures_per_second, 0)} pictures/s as measured here`);
  else parts.push("the speed is not known before it is measured");
  if (data.memory_bytes !== null) parts.push(`${bytes(data.memory_bytes)} of ${bytes(data.memory_total_bytes)} memory`);
  if (data.accumulate > 1) parts.push(`${data.accumulate} × ${data.batch_size} pictures a step`);
  if (data.cost !== null) parts.push(`about ${number(data.cost, 2)} ${data.currency}`);
  if (data.waits) parts.push(`${plural(data.waits, "training")} before it`);
  return (
    <p role="status">
      <strong>{data.seconds === null && data.budget_seconds === null ? "Time unknown" : `${data.seconds === null ? "At most" : "About"} ${duration(time)}`}</strong>
      <span className="dr-muted"> · {parts.join(" · ")}</span>
    </p>
  );
}

function Choice({ name, value, chosen, onChoose, words, hint, icon: Icon }) {
  return (
    <label className="dl-choice">
      <input type="radio" name={name} checked={value === chosen} onChange={() => onChoose(value)} />
      <strong>
        {Icon && <Icon size={15} strokeWidth={1.75} aria-hidden />} {words}
      </strong>
      <span>{hint}</span>
    </label>
  );
}

/** Weights of others to begin with, and what of them learns. */
function Weights({ more, set, field, wrong }) {
  const [{ data }] = useFollow("/backbones", []);
  const options = [["", "from nothing"], ...(data?.items || []).map((one) => [one.name, `${one.name}, ${bytes(one.bytes)}`]), ...(data?.hub ? [[HUB, "from the hub…"]] : [])];
  return (
    <>
      <SelectField label="Begin with" options={options} value={more.weights} error={wrong("weights")} hint={data && options.length === 1 ? "Folders of weights go into backbones in the home folder." : ""} onChange={(weights) => set({ ...more, weights })} />
      {more.weights === HUB && <TextField label="Owner and name on the hub" placeholder="google/vit-base-patch16-224" maxLength={190} {...field("hub")} error={wrong("weights")} />}
      {more.weights && <SelectField label="What of it learns" options={[["", "all of it"], ["head", "the last layer"], ["lora", "small matrices beside it (LoRA)"]]} value={more.tune} onChange={(tune) => set({ ...more, tune })} />}
      {more.weights && more.tune === "lora" && <TextField label="Rank of the matrices" type="number" min={1} max={256} placeholder="8" {...field("lora_rank")} error={wrong("lora_rank")} />}
    </>
  );
}

/** What a search varies: an option and a range or values in each row. */
function Space({ rows, onChange, wrong }) {
  const put = (at, place, value) => onChange(rows.map((row, other) => (other === at ? row.map((one, column) => (column === place ? value : one)) : row)));
  return (
    <fieldset className="dl-space">
      <legend>What varies</legend>
      {rows.map(([name, words], at) => (
        <div key={at} className="dl-space-row">
          <TextField label="Option" value={name} error={wrong(name)} onChange={(event) => put(at, 0, event.target.value)} />
          <TextField label="Between, or one of" value={words} error={dimensionOf(words) ? "" : "Write 0.1..0.5, 0.001..0.1:log, 10..40:whole or 16,32,64."} onChange={(event) => put(at, 1, event.target.value)} />
          <button type="button" className="dr-icon-button" aria-label={`Do not vary ${name || "this"}`} disabled={rows.length === 1} onClick={() => onChange(rows.filter((_, other) => other !== at))}>
            <X size={15} aria-hidden />
          </button>
        </div>
      ))}
      <button type="button" className="dr-button dr-button-small" onClick={() => onChange([...rows, ["", ""]])}>
        <Plus size={14} aria-hidden /> Another option
      </button>
    </fieldset>
  );
}

function More({ dataset, task, more, set, found }) {
  const [looking, setLooking] = useState(false);
  const hurry = useRefusal("queue:first");
  const fold = useRef(null);
  const where = found?.field;
  useEffect(() => {
    // These two stand above it.
    if (where && !["style", "features"].includes(where)) fold.current.open = true;
  }, [where]);
  const wrong = (name) => (found && found.field === name ? found.words : "");
  const field = (key) => ({ value: more[key], onChange: (event) => set({ ...more, [key]: event.target.value }) });
  const check = (key, words) => (
    <label className="dl-check">
      <input type="checkbox" checked={more[key]} onChange={(event) => set({ ...more, [key]: event.target.checked })} /> {words}
    </label>
  );
  return (
    <details ref={fold} className="dl-fold">
      <summary>Advanced</summary>
      <div className="dl-advanced">
        {MIXED.includes(task) && <Weights more={more} set={set} field={field} wrong={wrong} />}
        {!(MIXED.includes(task) && more.weights) && <SelectField label="Architecture" options={MODELS[task]} value={more.model} onChange={(model) => set({ ...more, model })} />}
        {NUMBERS.map(([key, words, standard, limits]) => (
          <TextField key={key} label={words} type="number" placeholder={MIXED.includes(task) && more.weights ? "that of the weights" : standard[task]} error={wrong(key)} {...limits} {...field(key)} />
        ))}
        {task === "style" && <TextField label="How much of a picture is kept" type="number" min={0} max={1} step="any" placeholder="0.025" hint="More shows more of it, and less of the style." error={wrong("keep")} {...field("keep")} />}
        <SelectField label="Rare classes" options={[["", "count as they are"], ["balanced", "count more"]]} value={more.class_weights} onChange={(weights) => set({ ...more, class_weights: weights })} />
        <TextField label="Seed" type="number" min={0} placeholder="0" {...field("seed")} />
        <SelectField label="How urgent" options={hurry ? URGENT.slice(0, 2) : URGENT} value={more.priority} onChange={(priority) => set({ ...more, priority })} />
        <TextField label="Costs at most" type="number" min={0} step="any" placeholder="whatever its time costs" error={wrong("budget_cost")} {...field("cost")} />
        <TextField label="Name of the model" placeholder="that of the dataset" maxLength={64} {...field("name")} />
      </div>
      {!["enhancement", "style"].includes(task) && dataset && (
        <details className="dl-fold dl-policy-fold" onToggle={(event) => setLooking(event.currentTarget.open)}>
          <summary>How pictures are changed{more.augment === PLAIN ? "" : `: ${more.augment.strength}${Object.keys(more.augment.values).length ? ", with values of your own" : ""}`}</summary>
          {looking && <Policy key={`${dataset} ${task}`} dataset={dataset} task={task} more={more} set={set} />}
        </details>
      )}
      {check("promote", "Make the result champion by itself when it is better")}
      {check("strict", "Refuse a version with near duplicates in several splits")}
      {SPACES[task] && check("search", "Look for better options first")}
      {SPACES[task] && more.search && <Space rows={more.space ?? SPACES[task].filter(([name]) => !more[name])} wrong={wrong} onChange={(space) => set({ ...more, space })} />}
      {SPACES[task] && more.search && (
        <div className="dl-pair">
          <TextField label="Trials at most" type="number" min={2} max={1000} {...field("trials")} />
          <TextField label="Minutes for them" type="number" min={1} {...field("minutes")} />
        </div>
      )}
    </details>
  );
}

export function Start({ wanted, onStarted }) {
  const [{ data }] = useFollow("/datasets?limit=200", ["datasets"]);
  const [dataset, setDataset] = useState(wanted);
  const [said, setTask] = useState(null);
  // What is said of the pictures tells what can be learnt of them, until somebody chooses.
  const [{ data: version }] = useFollow(dataset && said === null ? `/datasets/${dataset}` : "", []);
  const task = said ?? version?.task ?? TASKS[0][0];
  const [budget, setBudget] = useState(480);
  const [more, setMore] = useState(NOTHING);
  const { busy, error, run, setError } = useAct();
  const offered = useMemo(() => (data?.versions || []).map((one) => [one.id, `${one.id}: ${plural(one.total, "example")}, ${plural(one.labels.length, "class", "classes")}`]), [data]);
  const options = !dataset || offered.some(([id]) => id === dataset) ? offered : [[dataset, dataset], ...offered];
  useEffect(() => {
    if (!dataset && offered.length) setDataset(offered[0][0]);
  }, [dataset, offered]);
  const body = bodyOf({ dataset, task, budget }, more);
  const unfit = more.search && (more.space ?? []).some(([name, words]) => !name.trim() || !dimensionOf(words));
  const lacking = !dataset || unsaid(body.options) || unfit;
  const measure = useMeasure(body);
  const expected = useEstimate(body, measure.done);
  const wrong = wrongField(error || measure.error || expected.error);
  if (data && !offered.length && !wanted)
    return (
      <section className="dl-start dl-start-none">
        <p className="dr-muted">
          There is nothing to learn from yet. <Link to="/datasets">Make a dataset</Link> first.
        </p>
      </section>
    );
  const start = async (event) => {
    event?.preventDefault();
    const made = await run(() => request("/training-runs", { method: "POST", body }));
    if (made) onStarted(made.training.id);
  };
  // An architecture is of one task.
  const choose = (value) => {
    setTask(value);
    setMore({ ...more, model: "", augment: PLAIN, space: null });
  };
  const change = (set) => (value) => {
    setError(null);
    measure.clear();
    set(value);
  };
  return (
    <form className="dl-start" onSubmit={start} aria-label="New training">
      <div className="dl-three">
        <SelectField label="1 · Learn from" options={options.length ? options : [["", "…"]]} value={dataset} onChange={change(setDataset)} />
        <fieldset className="dl-choices">
          <legend>2 · To do what</legend>
          {TASKS.map(([value, words, hint, icon]) => (
            <Choice key={value} name="task" value={value} chosen={task} onChoose={change(choose)} words={words} hint={hint} icon={icon} />
          ))}
        </fieldset>
        <fieldset className="dl-choices dl-choices-budget">
          <legend>3 · For how long at most</legend>
          {BUDGETS.map(([value, words, hint]) => (
            <Choice key={words} name="budget" value={value} chosen={budget} onChoose={change(setBudget)} words={words} hint={hint} />
          ))}
        </fieldset>
      </div>
      {task === "style" && <StyleFields more={more} set={change(setMore)} wrong={(name) => (wrong?.field === name ? wrong.words : "")} />}
      <More dataset={dataset} task={task} more={more} set={change(setMore)} found={wrong} />
      <footer>
        <div className="dl-expected">{!lacking && <Expected {...expected} more={more} />}</div>
        <Gated permission="training:write" className="dr-button" disabled={Boolean(measure.operation) || lacking || Boolean(expected.error)} onClick={measure.begin} title="A few steps with some of the pictures tell time, memory and cost">
          <Gauge size={15} aria-hidden /> {measure.operation ? "Measuring…" : "Measure"}
        </Gated>
        <Gated permission="training:write" className="dr-button dr-button-main" disabled={busy || lacking || Boolean(expected.error)} onClick={start}>
          <Play size={15} aria-hidden /> Start training
        </Gated>
      </footer>
      <FormError error={error || measure.error} />
    </form>
  );
}
