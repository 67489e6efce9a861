// Chosen pictures taken along in one file: which file of each, how large that is, and the file once it is written.

import { useState } from "react";
import { Download } from "lucide-react";
import { toast } from "sonner";
import { request } from "../api.js";
import { finished } from "../bulk.js";
import { titleOf, usePresets } from "../develop/presets.jsx";
import { bytes, count, plural } from "../format.js";
import { Dialog, FormError, SelectField, complain, useAct } from "../forms.jsx";
import { useAnswer } from "../reading.jsx";

const TYPING = 250;
const SHOWN = 60_000;
const FILES = [
  ["originals", "Originals", "Byte for byte as they came"],
  ["previews", "Previews", "WebP, large enough for a screen"],
  ["results", "What a preset made", "As far as it was run on them"],
];

/** What is sent; null while a preset is lacking. */
export function exportOf({ selection, files, preset, sidecars }) {
  if (files === "results" && !preset) return null;
  return { selection, files, sidecars, ...(files === "results" && { of: { preset } }) };
}

/** What an export would hold, in words. */
export function holds(found) {
  const large = found.bytes === null ? "" : `, ${bytes(found.bytes)}`;
  const lacking = found.lacking ? ` ${plural(found.lacking, "picture")} left out: the preset was not run on ${found.lacking === 1 ? "it" : "them"} yet.` : "";
  const room = found.bytes > found.room ? ` There is room for ${bytes(found.room)} alone.` : "";
  return `${plural(found.files, "file")} in one zip file${large}.${lacking}${room}`;
}

const fetchFile = (href) => {
  const link = document.createElement("a");
  link.href = href;
  link.download = "";
  link.click();
};

async function write(body) {
  const began = await request("/exports", { method: "POST", body });
  const id = `operation-${began.id}`;
  const work = await finished(began, "Writing the file");
  if (work.state !== "done") {
    toast.error("The file was not written", { id, description: work.error?.cause || "It was stopped before the end." });
    return;
  }
  const failed = work.failed ? `${plural(work.failed, "picture")} left out. ` : "";
  toast.success(`${plural(work.changed, "picture")}, ${bytes(work.result.bytes)}`, { id, description: `${failed}The file waits for a day.`, duration: SHOWN, action: { label: "Download", onClick: () => fetchFile(work.links.file) } });
  fetchFile(work.links.file);
}

/** `goal` is what is chosen; `preset` the one whose results are meant. */
export function ExportDialog({ goal, preset: given = "", onClose }) {
  const [files, setFiles] = useState(given ? "results" : "originals");
  const [preset, setPreset] = useState(given);
  const [sidecars, setSidecars] = useState(false);
  const { items } = usePresets();
  const { busy, error, run } = useAct();
  const body = exportOf({ selection: goal.selection, files, preset: preset || items?.[0]?.name, sidecars });
  const told = useAnswer(body && JSON.stringify(body), (signal) => request("/exports/preview", { method: "POST", body, signal }), TYPING);
  const fits = told.found && !told.busy && told.found.files > 0 && !(told.found.bytes > told.found.room);
  const submit = (event) => {
    event.preventDefault();
    if (!fits) return;
    run(async () => {
      const writing = write(body);
      onClose();
      await writing.catch(complain);
    });
  };
  return (
    <Dialog title={`Export ${plural(goal.total, "picture")}`} onClose={onClose}>
      <form className="dr-form dr-batch-form" onSubmit={submit}>
        <fieldset className="dl-choices">
          <legend>Which file of each</legend>
          {FILES.map(([value, words, hint]) => (
            <label key={value} className="dl-choice">
              <input type="radio" name="batch-files" checked={files === value} onChange={() => setFiles(value)} />
              <strong>{words}</strong>
              <span>{hint}</span>
            </label>
          ))}
        </fieldset>
        {files === "results" && <SelectField label="Preset" value={preset || items?.[0]?.name || ""} options={(items || []).map((one) => [one.name, titleOf(one)])} onChange={setPreset} />}
        <label className="dv-check">
          <input type="checkbox" checked={sidecars} onChange={(event) => setSidecars(event.target.checked)} /> An XMP sidecar beside each, with what is said of it
        </label>
        <p className="dr-batch-told" role="status">
          {told.found && !told.busy ? holds(told.found) : told.error ? "" : `Counting ${count(goal.total)} …`}
        </p>
        <FormError error={error || told.error} />
        <footer className="dr-dialog-foot">
          <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="dr-button dr-button-main" disabled={busy || !fits}>
            <Download size={15} aria-hidden /> Export {told.found && !told.busy ? plural(told.found.files, "file") : "them"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
