// The files of a checkpoint, to take them elsewhere: one by one, or the whole folder.

import { useState } from "react";
import { Download } from "lucide-react";
import { createPortal } from "react-dom";
import { API } from "../api.js";
import { bytes } from "../format.js";
import { Dialog } from "../forms.jsx";
import { Waiting } from "../reading.jsx";
import { Trouble } from "../ui.jsx";
import { useFollow } from "./parts.jsx";

const ABOUT = {
  "model.onnx": "the model, for anything that runs ONNX",
  "weights.safetensors": "the weights, for PyTorch",
  "checkpoint.json": "what it is and what made it",
  "config.json": "the whole configuration",
  "labels.json": "its classes, in the order of its outputs",
  "metrics.json": "what validation said over time",
};

function Files({ id, title, onClose }) {
  const [{ data, error }, look] = useFollow(`/checkpoints/${id}`, []);
  return (
    <Dialog title={`Files of ${title}`} onClose={onClose}>
      {error && <Trouble error={error} onRetry={look} />}
      {!data && !error && <Waiting rows={4} />}
      {data && (
        <>
          <p className="dr-muted">They are used without Darkroom, and nothing in them has to be trusted to be opened.</p>
          <ul className="dl-files">
            {data.files.map((one) => (
              <li key={one.name}>
                <a href={`${API}/checkpoints/${id}/files/${encodeURIComponent(one.name)}`} download={one.name}>
                  {one.name}
                </a>
                <span className="dr-muted">{ABOUT[one.name]}</span>
                <span className="dr-caption">{bytes(one.bytes)}</span>
              </li>
            ))}
          </ul>
          {data.not_exported && <p className="dr-caption">There is no model.onnx: {data.not_exported}</p>}
          <footer className="dr-dialog-foot">
            <a className="dr-button dr-button-main" href={`${API}/checkpoints/${id}/zip`} download={`${id}.zip`}>
              <Download size={15} aria-hidden /> Whole folder
            </a>
          </footer>
        </>
      )}
    </Dialog>
  );
}

/** Opens the files of a checkpoint; `title` is what the model is called. */
export function DownloadModel({ id, title, small = false }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className={`dr-button${small ? " dr-button-small" : ""}`} aria-label={`Download ${title}`} onClick={() => setOpen(true)}>
        <Download size={small ? 14 : 15} aria-hidden /> {small ? "Download" : "Model"}
      </button>
      {/* Not within the cell of a table, whose words stand in one line to the right. */}
      {open && createPortal(<Files id={id} title={title} onClose={() => setOpen(false)} />, document.getElementById("content"))}
    </>
  );
}
