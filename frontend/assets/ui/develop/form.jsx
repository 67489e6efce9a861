// The form of a step, made from the schema of its operation.

import { ParamField } from "./fields.jsx";

function Group({ field, value, onChange }) {
  const given = value || {};
  const touched = field.fields.some((one) => given[one.name] !== undefined && given[one.name] !== one.initial);
  return (
    <details className="dv-group" open={touched || undefined}>
      <summary>
        <i className={`dv-band dv-band-${field.name}`} aria-hidden />
        {field.label}
        {touched && <i className="dr-dot dr-dot-busy" title="Changed" />}
      </summary>
      {field.fields.map((one) => (
        <ParamField key={one.name} field={one} value={given[one.name]} describe={false} onChange={(next) => onChange({ ...given, [one.name]: next === undefined ? one.initial : next })} />
      ))}
    </details>
  );
}

/** What an operation finds out by itself is only shown where somebody has set it. */
const found = (field, params) => field.nullable && ["triple", "json"].includes(field.kind) && params[field.name] === undefined;

export function StepForm({ operation, fields, step, error, onSet, onPick }) {
  const misplaced = error && !fields.some((field) => field.name === error.field);
  return (
    <div className="dv-form">
      <p className="dv-summary">{operation.summary}</p>
      {error && misplaced && (
        <p className="dr-field-error" role="alert">
          {error.words}
        </p>
      )}
      {!operation.previews && <p className="dr-caption">A small copy shows this only roughly: look at it in full quality.</p>}
      {fields.filter((field) => !found(field, step.params)).map((field) => {
        const given = step.params[field.name];
        const props = { key: field.name, field, value: given, onChange: (value) => onSet({ [field.name]: value }, `${field.label}`) };
        if (field.kind === "group") return <Group {...props} key={field.name} />;
        return <ParamField {...props} key={field.name} error={error?.field === field.name ? error.words : ""} about={error?.also?.includes(field.name)} onPick={onPick} />;
      })}
      {!fields.length && <p className="dr-caption">It has no parameters.</p>}
    </div>
  );
}
