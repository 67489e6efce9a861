// How results are written: format, quality, what becomes of the metadata.

import { SelectField, TextField } from "../forms.jsx";

const FORMATS = [["", "As its source"], ["jpeg", "JPEG"], ["webp", "WebP"], ["avif", "AVIF"], ["png", "PNG, without loss"], ["tiff", "TIFF"], ["jxl", "JPEG XL"]];
const METADATA = [["keep", "Keep all"], ["strip-gps", "All but places"], ["copyright-only", "Credits and copyright"], ["none", "None"]];
const LOSSLESS = ["", "png", "tiff"];

export function OutputFields({ rest, onChange }) {
  const output = rest.output || {};
  const known = FORMATS.some(([key]) => key === (output.format || ""));
  const set = (next) => {
    const { output: _, ...others } = rest;
    onChange(next ? { ...others, output: next } : others);
  };
  return (
    <div className="dv-output">
      <SelectField label="Written as" options={known ? FORMATS : [...FORMATS, [output.format, output.format.toUpperCase()]]} value={output.format || ""} onChange={(format) => set(format ? { format } : null)} />
      {!LOSSLESS.includes(output.format || "") && <TextField label="Quality" type="number" min={1} max={100} placeholder={output.adaptive ? "looked for" : "usual"} value={output.quality ?? ""} onChange={(event) => set(event.target.value ? { ...output, adaptive: undefined, quality: Number(event.target.value) } : { format: output.format })} />}
      <SelectField label="Metadata" options={METADATA} value={rest.metadata || "keep"} onChange={(metadata) => onChange({ ...rest, metadata })} />
    </div>
  );
}
