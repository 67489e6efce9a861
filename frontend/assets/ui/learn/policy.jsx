// How pictures are changed while a model learns: the policy beside what it does to some of them.

import { useEffect, useId, useState } from "react";
import { Dices } from "lucide-react";
import { request } from "../api.js";
import { percent } from "../format.js";
import { FormError, SelectField } from "../forms.jsx";
import { Try } from "./ablations.jsx";
import { PLAIN, STRENGTHS, VALUES, optionsOf } from "./given.js";
import { tint } from "./parts.jsx";

const ROWS = 4;
const DRAWS = 5;

function Slider({ name, words, most, step, tell, value, usual, onChange }) {
  const id = useId();
  const shown = value === undefined ? usual : value;
  return (
    <div className={`dl-slider${value === undefined ? "" : " dl-slider-set"}`}>
      <label htmlFor={id}>{words}</label>
      <output htmlFor={id}>{shown === undefined ? "…" : tell(shown)}</output>
      <input id={id} name={name} type="range" className="dr-range" style={{ "--at": (shown ?? 0) / most }} min={0} max={most} step={step} value={shown ?? 0} onChange={(event) => onChange(Number(event.target.value))} />
    </div>
  );
}

/** What the server draws by a policy, a moment after the last change. */
function useDraws(dataset, task, more, seed) {
  const [state, setState] = useState({ data: null, error: null, busy: false });
  const body = JSON.stringify({ task, seed, pictures: ROWS, draws: DRAWS, options: optionsOf(more, ["augment", "image_size"]) });
  useEffect(() => {
    const abort = new AbortController();
    setState((before) => ({ ...before, busy: true }));
    const timer = setTimeout(() => {
      request(`/datasets/${dataset}/augment-preview`, { method: "POST", body: JSON.parse(body), signal: abort.signal }).then(
        (data) => setState({ data, error: null, busy: false }),
        (error) => error.name !== "AbortError" && setState({ data: null, error, busy: false }),
      );
    }, 300);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [dataset, body]);
  return state;
}

function Cell({ sheet, at, row, rows, columns, boxes, names, words, share }) {
  return (
    <div className="dl-draw" role="img" aria-label={words} title={words}>
      <img src={sheet} alt="" draggable={false} style={{ width: `${columns * 100}%`, left: `${-at * 100}%`, top: `${-row * 100}%`, height: `${rows * 100}%` }} />
      {boxes.map((box, place) => (
        <i key={place} style={{ left: `${box.left * 100}%`, top: `${box.top * 100}%`, width: `${(box.right - box.left) * 100}%`, height: `${(box.bottom - box.top) * 100}%`, borderColor: tint(names.indexOf(box.label)) }} />
      ))}
      {share !== undefined && <b>{percent(share)}</b>}
    </div>
  );
}

function Draws({ data, busy }) {
  const columns = DRAWS + 1;
  const sheet = `data:${data.media_type};base64,${data.sheet}`;
  const names = [...new Set(data.rows.flatMap((row) => row.boxes.map((box) => box.label)))].sort();
  const labelOf = (key) => data.rows.find((row) => row.key === key)?.labels.join(", ") || "another picture";
  return (
    <div className="dl-draws" aria-busy={busy} style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
      {data.rows.map((row, at) =>
        [{ boxes: row.boxes, other: null }, ...row.draws].map((draw, place) => (
          <Cell
            key={`${row.key}-${place}`}
            sheet={sheet}
            at={place}
            row={at}
            rows={data.rows.length}
            columns={columns}
            boxes={draw.boxes}
            names={names}
            share={draw.other ? draw.share : undefined}
            words={`${row.labels.join(", ") || "A picture"}${place ? `, changed${draw.other ? `: ${percent(draw.share)} of it, the rest is ${labelOf(draw.other)}` : ""}` : " as it is"}`}
          />
        )),
      )}
    </div>
  );
}

/** `without`: values that are not offered. */
export function Policy({ dataset, task, more, set, without = [] }) {
  const [seed, setSeed] = useState(0);
  const { data, error, busy } = useDraws(dataset, task, more, seed);
  const policy = more.augment;
  const change = (augment) => set({ ...more, augment });
  const values = VALUES.filter(([name, , , , , tasks]) => !without.includes(name) && (!tasks || tasks.includes(task) || policy.values[name] !== undefined));
  const own = Object.keys(policy.values).filter((name) => !without.includes(name)).length;
  return (
    <div className="dl-policy">
      <div className="dl-policy-form">
        <SelectField label="How much" options={STRENGTHS} value={policy.strength} onChange={(strength) => change({ ...PLAIN, strength })} />
        {values.map(([name, words, most, step, tell]) => (
          <Slider key={name} name={name} words={words} most={most} step={step} tell={tell} value={policy.values[name]} usual={data?.policy[name]} onChange={(value) => change({ ...policy, values: { ...policy.values, [name]: value } })} />
        ))}
        {own > 0 && (
          <button type="button" className="dr-link" onClick={() => change({ ...policy, values: {} })}>
            Back to what the strength stands for
          </button>
        )}
      </div>
      <div>
        {data && <Draws data={data} busy={busy} />}
        {!data && !error && <div className="dl-draws-none dr-caption">Drawing…</div>}
        <FormError error={error} />
        <p className="dl-policy-foot">
          <span className="dr-caption">On the left each picture as it is, then as the model may see it{data?.rows.some((row) => row.draws.some((draw) => draw.other)) ? "; where another shines through, how much is left of the first" : ""}.</span>
          <button type="button" className="dr-button" onClick={() => setSeed(seed + 1)}>
            <Dices size={15} aria-hidden /> Other draws
          </button>
        </p>
        <Try dataset={dataset} task={task} more={more} />
      </div>
    </div>
  );
}
