// The condition of a rule: rows of what must hold, a form that makes another, and the expression itself.

import { useEffect, useId, useState } from "react";
import { Plus, X } from "lucide-react";
import { request } from "../api.js";
import { title } from "../format.js";
import { useOnce } from "../reading.jsx";
import { SearchBox } from "../search.jsx";
import { IconButton } from "../ui.jsx";
import { PATTERN, conditionOf, operatorsOf, partsOf, withPart, withoutPart } from "./language.js";

const COMMON = ["camera", "tag", "rating", "taken", "format", "quality", "gps", "name"];

/** Values of a field that are there, as many as are offered while an expression is written. */
function useValues(field) {
  const [found, setFound] = useState([]);
  useEffect(() => {
    setFound([]);
    if (!field || !["text", "value"].includes(field.kind) || field.choices?.length) return undefined;
    const abort = new AbortController();
    const text = `${field.name}:`;
    request(`/query/complete?${new URLSearchParams({ q: text, at: String(text.length) })}`, { signal: abort.signal }).then((answer) => setFound(answer.items), () => {});
    return () => abort.abort();
  }, [field]);
  return found;
}

const PLACE = ["Latitude", "Longitude", "Kilometres around"];

function ValueFields({ field, operator, values, onChange }) {
  const pattern = operator === PATTERN;
  const known = useValues(pattern ? null : field);
  const id = useId();
  const set = (at, value) => onChange(Object.assign([...values], { [at]: value }));
  const choices = field.kind === "yes_no" ? ["yes", "no"] : field.choices || [];
  if (field.kind === "place") {
    return (
      <div className="ru-place">
        {PLACE.map((words, at) => (
          <input key={words} className="dr-input" type="number" step="any" aria-label={words} placeholder={words} value={values[at] ?? ""} onChange={(event) => set(at, event.target.value)} />
        ))}
      </div>
    );
  }
  if (choices.length) {
    return (
      <select className="dr-input dr-select" aria-label="Value" value={values[0] ?? ""} onChange={(event) => set(0, event.target.value)}>
        <option value="">Choose …</option>
        {choices.map((one) => (
          <option key={one} value={one}>
            {title(one)}
          </option>
        ))}
      </select>
    );
  }
  const kinds = { number: { inputMode: "decimal", placeholder: field.example.split(/[<>=:]+/).at(-1) }, date: { placeholder: "2026, 2026-06 or 2026-06-01" } };
  const shown = pattern ? { placeholder: "^nikon d[0-9]+$", spellCheck: false, autoCapitalize: "off" } : kinds[field.kind];
  return (
    <>
      <input className="dr-input" aria-label="Value" maxLength={pattern ? 300 : 200} list={known.length ? id : undefined} {...shown} value={values[0] ?? ""} onChange={(event) => set(0, event.target.value)} />
      {known.length > 0 && (
        <datalist id={id}>
          {known.map((one) => (
            <option key={one.text} value={one.text.replace(/^"|"$/g, "")} />
          ))}
        </datalist>
      )}
    </>
  );
}

/** Field, question, value: what each takes is what the field is made of. */
function NewCondition({ fields, onAdd }) {
  const [name, setName] = useState("camera");
  const [operator, setOperator] = useState(":");
  const [values, setValues] = useState([]);
  const field = fields.find((one) => one.name === name);
  if (!field) return null;
  const operators = operatorsOf(field);
  const condition = conditionOf(field, operator, values);
  const choose = (next) => {
    setName(next);
    setOperator(operatorsOf(fields.find((one) => one.name === next))[0][0]);
    setValues([]);
  };
  const add = () => {
    if (!condition) return;
    onAdd(condition);
    setValues([]);
  };
  const common = COMMON.map((one) => fields.find((other) => other.name === one)).filter(Boolean);
  const option = (one) => (
    <option key={one.name} value={one.name}>
      {title(one.name)}
    </option>
  );
  return (
    <div className="ru-new" role="group" aria-label="Another condition" onKeyDown={(event) => event.key === "Enter" && event.target.matches("input") && (event.preventDefault(), add())}>
      <select className="dr-input dr-select" aria-label="Field" value={name} onChange={(event) => choose(event.target.value)}>
        <optgroup label="Often asked">{common.map(option)}</optgroup>
        <optgroup label="All others">{fields.filter((one) => !common.includes(one)).map(option)}</optgroup>
      </select>
      {field.kind === "place" ? (
        <span className="ru-near">near</span>
      ) : (
        <select className="dr-input dr-select" aria-label="How" value={operator} onChange={(event) => setOperator(event.target.value)}>
          {operators.map(([sign, words]) => (
            <option key={sign} value={sign}>
              {words}
            </option>
          ))}
        </select>
      )}
      <ValueFields field={field} operator={operator} values={values} onChange={setValues} />
      <button type="button" className="dr-button" disabled={!condition} onClick={add}>
        <Plus size={14} aria-hidden /> Add
      </button>
      <p className="dr-caption">{field.about}</p>
    </div>
  );
}

export function Conditions({ where, readOnly, onChange }) {
  const [{ data }] = useOnce("/query/fields");
  const parts = partsOf(where);
  return (
    <div className="ru-conditions">
      {parts.length > 0 ? (
        <ul className="ru-parts" aria-label="All of these">
          {parts.map((part, at) => (
            <li key={`${at}-${part}`}>
              <code>{part}</code>
              {!readOnly && <IconButton icon={X} size={14} label={`Without ${part}`} onClick={() => onChange(withoutPart(where, at))} />}
            </li>
          ))}
        </ul>
      ) : (
        <p className="dr-muted">Every picture that comes in.</p>
      )}
      {!readOnly && (
        <>
          {data && <NewCondition fields={data.items.filter((one) => one.kind !== "likeness")} onAdd={(part) => onChange(withPart(where, part))} />}
          <div className="ru-expression">
            <span className="dr-caption">Or write it</span>
            <SearchBox always value={where} label="Condition" placeholder="camera:nikon rating>=4 -tag:done" onText={onChange} onChange={onChange} />
          </div>
        </>
      )}
    </div>
  );
}
