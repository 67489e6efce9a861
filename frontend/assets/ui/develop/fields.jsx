// One field of a form, by its kind. Values go out at once; what is refused is said at the field.

import { useEffect, useId, useRef, useState } from "react";
import { RotateCcw, Sparkles } from "lucide-react";
import { request } from "../api.js";
import { IconButton } from "../ui.jsx";
import { CurveField } from "./curve.jsx";
import { PictureField, PicturesField } from "./reference.jsx";
import { fromShare, refusalOf, same, say, tidy, toShare } from "./schema.js";

const clean = (value) => (value === null || value === undefined ? "" : String(value));

function NumberField({ field, value, bound, onChange, invalid }) {
  const [text, setText] = useState(clean(value));
  const [refused, setRefused] = useState("");
  const latest = useRef("");
  latest.current = text;
  useEffect(() => {
    // What is being typed stays as it is while it means the same: `0.` is on its way to `0.5`.
    if (latest.current.trim() === "" || Number(latest.current.replace(",", ".")) !== value) setText(clean(value));
    setRefused("");
  }, [value]);
  const take = (next) => {
    setText(next);
    const why = refusalOf(field, next);
    setRefused(why);
    if (why) return;
    onChange(next.trim() === "" ? null : Number(next.replace(",", ".")));
  };
  const nudge = (by) => {
    setRefused("");
    onChange(tidy(field, (Number(value) || 0) + by * field.step));
  };
  const empty = value === null || value === undefined;
  const share = empty ? 0.5 : toShare(field, Number(value));
  return (
    <>
      <div className="dv-number">
        {field.slider && (
          <input
            type="range"
            className={`dr-range dv-range${empty ? " dv-range-off" : ""}`}
            min={0}
            max={1}
            step={0.0005}
            value={share}
            style={{ "--at": share, "--from": field.min < 0 && field.max > 0 ? toShare(field, 0) : 0 }}
            aria-label={field.label}
            aria-valuetext={`${clean(value) || "automatic"} ${field.unit}`.trim()}
            onChange={(event) => {
              onChange(fromShare(field, Number(event.target.value)));
            }}
            onKeyDown={(event) => {
              const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
              if (!by || event.altKey) return;
              event.preventDefault();
              nudge(event.shiftKey ? by * 10 : by);
            }}
            onDoubleClick={() => onChange(undefined)}
          />
        )}
        <div className="dv-number-box">
          <input
            {...bound}
            aria-invalid={refused || invalid ? true : undefined}
            className="dr-input"
            inputMode="decimal"
            value={text}
            placeholder="auto"
            data-undo="page"
            onFocus={(event) => event.target.select()}
            onBlur={() => {
              setText(clean(value));
              setRefused("");
            }}
            onChange={(event) => take(event.target.value)}
            onKeyDown={(event) => {
              const by = { ArrowDown: -1, ArrowUp: 1 }[event.key];
              if (!by || event.altKey) return;
              event.preventDefault();
              nudge(event.shiftKey ? by * 10 : by);
            }}
          />
          {field.unit && <span aria-hidden>{field.unit}</span>}
        </div>
      </div>
      {refused && (
        <p className="dr-field-error" role="alert">
          {refused}
        </p>
      )}
    </>
  );
}

function ChoiceField({ field, value, bound, onChange }) {
  const few = field.options.length <= 4 && field.options.join("").length <= 24;
  if (few) {
    return (
      <div className="dv-segments" role="radiogroup" aria-label={field.label}>
        {field.options.map((option) => (
          <label key={option}>
            <input type="radio" name={bound.id} checked={value === option} onChange={() => onChange(option)} />
            <span>{say(option)}</span>
          </label>
        ))}
      </div>
    );
  }
  return (
    <select {...bound} className="dr-input dr-select" value={clean(value)} onChange={(event) => onChange(field.options.find((option) => String(option) === event.target.value))}>
      {field.options.map((option) => (
        <option key={option} value={option}>
          {say(option)}
        </option>
      ))}
    </select>
  );
}

function SwitchField({ value, bound, onChange }) {
  return (
    <button type="button" {...bound} role="switch" aria-checked={Boolean(value)} className="dv-switch" onClick={() => onChange(!value)}>
      <i aria-hidden />
    </button>
  );
}

function ColourField({ field, value, bound, onChange, onPick }) {
  const [text, setText] = useState(clean(value));
  useEffect(() => setText(clean(value)), [value]);
  const take = (next) => {
    setText(next);
    if (/^#[0-9a-f]{6}([0-9a-f]{2})?$/i.test(next)) onChange(next);
    else if (next === "" && field.nullable) onChange(null);
  };
  return (
    <div className="dv-colour">
      <input type="color" aria-label={`${field.label}, chosen by eye`} value={(value || "#808080").slice(0, 7)} onChange={(event) => onChange(event.target.value + (value?.slice(7) || ""))} />
      <input {...bound} className="dr-input" value={text} spellCheck={false} maxLength={9} placeholder={field.nullable ? "none" : "#rrggbb"} onChange={(event) => take(event.target.value)} onBlur={() => setText(clean(value))} />
      {onPick && (
        <button type="button" className="dr-button dr-button-small" onClick={() => onPick((colour) => onChange(colour))}>
          Pick
        </button>
      )}
    </div>
  );
}

function ListField({ value, names, onChange, label, step = 0.01 }) {
  const put = (at, text) => {
    const next = [...(value || names.map(() => 0))];
    next[at] = Number(text);
    if (Number.isFinite(next[at])) onChange(next);
  };
  return (
    <div className="dv-list">
      {names.map((name, at) => (
        <label key={name}>
          <span>{name}</span>
          <input className="dr-input" type="number" step={step} aria-label={`${label}, ${name}`} value={Number((value?.[at] ?? 0).toFixed(4))} onChange={(event) => put(at, event.target.value)} />
        </label>
      ))}
    </div>
  );
}

function JsonField({ value, bound, onChange }) {
  const [text, setText] = useState(JSON.stringify(value));
  const [bad, setBad] = useState(false);
  useEffect(() => setText(JSON.stringify(value)), [value]);
  return (
    <>
      <input
        {...bound}
        className="dr-input dv-mono"
        value={text}
        spellCheck={false}
        onChange={(event) => {
          setText(event.target.value);
          try {
            onChange(event.target.value.trim() ? JSON.parse(event.target.value) : null);
            setBad(false);
          } catch {
            setBad(true);
          }
        }}
      />
      {bad && <p className="dr-field-error">This is no list of values yet, as [0, 0.5, 1].</p>}
    </>
  );
}

const TextField = ({ field, value, bound, onChange }) =>
  field.kind === "text" ? (
    <textarea {...bound} className="dr-input dv-text" rows={2} maxLength={field.maxLength} value={clean(value)} spellCheck={false} onChange={(event) => onChange(event.target.value)} />
  ) : (
    <input {...bound} className="dr-input" maxLength={field.maxLength} value={clean(value)} spellCheck={false} onChange={(event) => onChange(event.target.value === "" && field.nullable ? null : event.target.value)} />
  );

const WordsField = ({ value, bound, onChange }) => (
  <input {...bound} className="dr-input" defaultValue={(value || []).join(", ")} placeholder="Words, with commas between" onChange={(event) => onChange(event.target.value.split(",").map((one) => one.trim()).filter(Boolean))} />
);

/** Under which licence the weights came that a model began with: what is made with it may be bound by that. */
function Licence({ model, brought }) {
  const [words, setWords] = useState(null);
  const [name, which] = (model || "").split("@");
  const own = brought.find((one) => one.id === model) || (!/^\d+$/.test(which) && brought.find((one) => one.name === name));
  useEffect(() => {
    setWords(null);
    if (!name || own) return undefined;
    const abort = new AbortController();
    request(`/models/${encodeURIComponent(name)}`, { signal: abort.signal }).then(
      (found) => setWords(found.licences[/^\d+$/.test(which) ? which : found.model.aliases[which || "champion"]] || "unknown"),
      () => {},
    );
    return () => abort.abort();
  }, [name, which, own]);
  if (own) return <p className="dr-caption">{[`Licence: ${own.licence}`, own.about, usualOf(own)].filter(Boolean).join(". ")}</p>;
  return words && <p className="dr-caption">{words === "none" ? "No licence of others: it learnt from nothing but its pictures." : `Licence of the weights it began with: ${words}`}</p>;
}

/** What whoever brought a model said of how pictures are shown to it. */
function usualOf({ usual }) {
  const said = Object.entries(usual).filter(([, value]) => value !== null && value.length !== 0);
  return said.length > 0 && `Unless it is changed here: ${said.map(([name, value]) => `${name.replaceAll("_", " ")} ${[value].flat().join(", ")}`).join("; ")}`;
}

const trained = (line) => [...Object.keys(line.aliases).sort().map((alias) => `${line.id}@${alias}`), `${line.id}@${line.latest}`];
/** A name alone follows the newest version, a number stays. */
const carried = (brought) => [...new Set(brought.map((one) => one.name))].flatMap((name) => [name, ...brought.filter((one) => one.name === name).map((one) => one.id)]);

/** Models of the registry: an alias follows what it leads to, the newest version stays itself; and those that others trained. */
function ModelField({ field, value, bound, onChange }) {
  const [lines, setLines] = useState(null);
  const [brought, setBrought] = useState([]);
  useEffect(() => {
    const abort = new AbortController();
    const ask = (path) => request(path, { signal: abort.signal }).then((found) => found.items, (error) => (error.name === "AbortError" ? null : []));
    Promise.all([ask("/models?limit=100"), ask("/brought-models")]).then(([ours, others]) => {
      if (abort.signal.aborted) return;
      setLines(ours);
      setBrought(others);
    });
    return () => abort.abort();
  }, []);
  const [ours, others] = [(lines || []).flatMap(trained), carried(brought)];
  const kept = value && ![...ours, ...others].includes(value) ? [value] : [];
  const options = (all) =>
    all.map((one) => (
      <option key={one} value={one}>
        {one}
      </option>
    ));
  return (
    <>
      <select {...bound} className="dr-input dr-select" value={clean(value)} onChange={(event) => onChange(event.target.value || (field.required ? undefined : ""))}>
        <option value="">{lines === null ? "Looking for models" : "Choose a model"}</option>
        {options([...kept, ...ours])}
        {others.length > 0 && <optgroup label="Trained by others">{options(others)}</optgroup>}
      </select>
      <Licence model={value} brought={brought} />
      {lines && !ours.length && !others.length && <p className="dr-caption">The library has no model that you may use: train one, or bring one with `darkroom brought-model add`.</p>}
    </>
  );
}

const INPUTS = {
  number: NumberField,
  choice: ChoiceField,
  switch: SwitchField,
  colour: ColourField,
  curve: CurveField,
  picture: PictureField,
  pictures: PicturesField,
  point: (props) => <ListField {...props} names={["x", "y"]} label={props.field.label} />,
  triple: (props) => <ListField {...props} names={["R", "G", "B"]} label={props.field.label} step={0.05} />,
  named: (props) => <ListField {...props} names={props.field.names} label={props.field.label} step={props.field.step} />,
  words: WordsField,
  json: JsonField,
  line: TextField,
  text: TextField,
  file: TextField,
  model: ModelField,
};
const ELSEWHERE = { file: "Recipes of the library read no files: they run with `darkroom apply`." };

/** A field with its name, what it is for, and a way back to its default. */
export function ParamField({ field, value, onChange, error, about = false, onPick, describe = true }) {
  const id = useId();
  const given = value === undefined ? field.initial : value;
  const Input = INPUTS[field.kind];
  const differs = value !== undefined && !same(value, field.initial);
  const unset = field.nullable && (given === null || given === undefined);
  const hint = ELSEWHERE[field.kind];
  const grouped = ["point", "triple", "named"].includes(field.kind) || field.kind === "curve";
  const bound = { id, "aria-describedby": error || hint ? `${id}-about` : undefined, "aria-invalid": error || about ? true : undefined };
  return (
    <div className={`dv-field dv-field-${field.kind}${error || about ? " dv-field-bad" : ""}`} data-field={field.name}>
      <div className="dv-field-head">
        {grouped || (field.kind === "choice" && field.options.length <= 4) ? (
          <span title={field.help}>{field.label}</span>
        ) : (
          <label htmlFor={id} title={field.help}>
            {field.label}
          </label>
        )}
        {field.required && <i className="dv-needed">needed</i>}
        {unset && (field.kind === "number" || field.kind === "switch") && (
          <span className="dv-auto">
            <Sparkles size={11} aria-hidden /> automatic
          </span>
        )}
        {differs && <IconButton icon={RotateCcw} size={12} label={`Reset ${field.label}`} className="dv-reset" onClick={() => onChange(undefined)} />}
      </div>
      <Input field={field} value={given} bound={bound} onChange={onChange} onPick={onPick} invalid={Boolean(error || about)} />
      {(error || hint) && (
        <p id={`${id}-about`} className={error ? "dr-field-error" : "dr-caption"} role={error ? "alert" : undefined}>
          {error || hint}
        </p>
      )}
      {describe && field.help && !error && <p className="dv-help">{field.help}</p>}
    </div>
  );
}
