// How results are written: format, quality and what it costs, purposes, what becomes of the metadata.

import { useState } from "react";
import { ChartNoAxesColumn } from "lucide-react";
import { request } from "../api.js";
import { SelectField, TextField } from "../forms.jsx";
import { useAnswer } from "../reading.jsx";
import { isChosen } from "./curve-places.js";
import { Qualities } from "./qualities.jsx";

const FORMATS = [["", "As its source"], ["jpeg", "JPEG"], ["webp", "WebP"], ["avif", "AVIF"], ["png", "PNG, without loss"], ["tiff", "TIFF"], ["jxl", "JPEG XL"], ["jp2", "JPEG 2000"], ["heic", "HEIC"]];
const METADATA = [["keep", "Keep all"], ["strip-gps", "All but places"], ["copyright-only", "Credits and copyright"], ["none", "None"]];
const PURPOSES = { web: "Web", archive: "Archive", smallest: "Smallest", lossless: "Without loss" };
const LOSSLESS = ["", "png", "tiff"];

const writes = (row) => row.encoders.some((one) => one.works && !one.note.startsWith("only by name"));
const lacking = (row) => row.missing || row.encoders.find((one) => one.note)?.note || "nothing here writes it";

/** `of` is the picture and what is done to it, for the sizes of the result. */
export function OutputFields({ rest, onChange, of = null }) {
  const [open, setOpen] = useState(false);
  const { found } = useAnswer("formats", (signal) => request("/formats", { signal }), 0);
  const output = rest.output || {};
  const rows = Object.fromEntries((found?.formats || []).map((row) => [row.name, row]));
  const known = FORMATS.some(([key]) => key === (output.format || ""));
  const formats = (known ? FORMATS : [...FORMATS, [output.format, output.format.toUpperCase()]]).map(([key, words]) => (rows[key] && !writes(rows[key]) ? [key, `${words}: not here`, true, lacking(rows[key])] : [key, words]));
  const set = (next) => {
    const { output: _, ...others } = rest;
    onChange(next ? { ...others, output: next } : others);
  };
  const purposes = Object.entries(rows[output.format]?.presets || {});
  const lossy = !LOSSLESS.includes(output.format || "") && !output.lossless;
  return (
    <>
      <div className="dv-output">
        <SelectField label="Written as" options={formats} value={output.format || ""} onChange={(format) => set(format ? { format } : null)} />
        {lossy && <TextField label="Quality" type="number" min={1} max={100} placeholder={output.adaptive ? "looked for" : "usual"} value={output.quality ?? ""} onChange={(event) => set(event.target.value ? { ...output, adaptive: undefined, quality: Number(event.target.value) } : { ...output, quality: undefined })} />}
        <SelectField label="Metadata" options={METADATA} value={rest.metadata || "keep"} onChange={(metadata) => onChange({ ...rest, metadata })} />
      </div>
      {purposes.length > 0 && (
        <div className="dv-purposes" role="group" aria-label="For a purpose">
          {purposes.map(([name, options]) => (
            <button key={name} type="button" className="dr-button dr-button-quiet" aria-pressed={isChosen(options, output)} title={Object.entries(options).map(([key, value]) => `${key.replaceAll("_", " ")} ${value}`).join(", ") || "as usual"} onClick={() => set({ format: output.format, ...options })}>
              {PURPOSES[name] || name}
            </button>
          ))}
          {of && (
            <button type="button" className="dr-button dr-button-quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
              <ChartNoAxesColumn size={15} aria-hidden /> Sizes
            </button>
          )}
        </div>
      )}
      {of && open && output.format && <Qualities {...of} output={output} onChoose={(quality) => set({ ...output, adaptive: undefined, quality })} />}
    </>
  );
}
