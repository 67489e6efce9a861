// What is done to a RAW file before the first step: a row on top of the stack, with its form.

import { Film, RotateCcw } from "lucide-react";
import { IconButton } from "../ui.jsx";
import { ParamField } from "./fields.jsx";
import { meantFields, RAW, rawWords, sidecarWords, together } from "./rawfile.js";

function RawForm({ fields, params, error, sidecar, onSet }) {
  const shown = meantFields(fields, params);
  const misplaced = error && !shown.some((field) => field.name === error.field);
  const set = (field) => (value) => onSet(together(fields, params, { [field.name]: value }), field.label);
  return (
    <div className="dv-form">
      <p className="dv-summary">How the values of the sensor become a picture, before the first step.</p>
      {sidecar && params.sidecar !== "ignore" && <p className="dr-caption">Its sidecar asks for {sidecar}. What is set here counts more.</p>}
      {misplaced && (
        <p className="dr-field-error" role="alert">
          {error.words}
        </p>
      )}
      {shown.map((field) => (
        <ParamField key={field.name} field={field} value={params[field.name]} error={error?.field === field.name ? error.words : ""} onChange={set(field)} />
      ))}
    </div>
  );
}

/** `idle` where the picture is no RAW file, and what a preset asks of those is kept for others. */
export function RawRow({ doc, fields, picture, idle, chosen, error, computing, tools, extra }) {
  const params = doc.rest.raw || {};
  const sidecar = sidecarWords(picture.develop);
  const words = error ? error.words : idle ? "This picture is no RAW file: it does nothing here." : rawWords(fields, params, sidecar);
  return (
    <div className={`dv-row dv-row-raw${chosen ? " dv-row-open" : ""}${error ? " dv-row-bad" : ""}${idle ? " dv-row-off" : ""}`} aria-busy={computing || undefined}>
      <div className="dv-row-head">
        <button type="button" className="dv-row-name" aria-expanded={chosen} aria-label="RAW file: how it is developed" onClick={() => tools.choose(chosen ? null : RAW)}>
          <Film size={16} strokeWidth={1.7} aria-hidden />
          <span>
            <strong>RAW file</strong>
            <small>{words}</small>
          </span>
        </button>
        {Object.keys(params).length > 0 && <IconButton icon={RotateCcw} size={15} label="Develop it as the camera set it" onClick={() => tools.plain()} />}
      </div>
      {chosen && (
        <div className="dv-row-body">
          <RawForm fields={fields} params={params} error={error} sidecar={sidecar} onSet={(values, label) => tools.develop(values, `RAW file: ${label}`)} />
          {extra && (
            <footer>
              {extra}
              <span className="dv-push" />
            </footer>
          )}
        </div>
      )}
    </div>
  );
}
