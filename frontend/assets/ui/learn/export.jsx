// Has a version of a dataset saved as one file, in a layout that other programs read.

import { useState } from "react";
import { Download } from "lucide-react";
import { API } from "../api.js";
import { Dialog, SelectField } from "../forms.jsx";

const LAYOUTS = [
  ["imagefolder", "ImageFolder", "A folder for each split, in it one for each class"],
  ["csv", "CSV", "A table beside the pictures; tells everything"],
  ["coco", "COCO", "Boxes and outlines, a JSON file for each split"],
  ["yolo", "YOLO", "Boxes or outlines, a text file for each picture"],
  ["voc", "Pascal VOC", "Boxes, an XML file for each picture"],
  ["huggingface", "Hugging Face", "A folder for each split, with metadata.parquet"],
  ["webdataset", "WebDataset", "Shards to read as a stream"],
];
const SPLITS = [
  ["", "All of them"],
  ["train", "To learn from"],
  ["validation", "To choose by"],
  ["test", "To judge by"],
];

export function Export({ version, onClose }) {
  const [layout, setLayout] = useState("imagefolder");
  const [split, setSplit] = useState("");
  const query = new URLSearchParams({ format: layout, ...(split && { split }) });
  return (
    <Dialog title={`Export ${version.id}`} onClose={onClose} className="dl-commit">
      <div className="dr-form">
        <SelectField label="Layout" value={layout} options={LAYOUTS.map(([value, words]) => [value, words])} hint={LAYOUTS.find(([value]) => value === layout)[2]} onChange={setLayout} />
        <SelectField label="Splits" value={split} options={SPLITS} onChange={setSplit} />
        <p className="dr-caption">
          One tar file with the originals, byte for byte. What the layout cannot tell is listed in <code>darkroom.json</code> within. On the command line: <code>darkroom dataset export {version.id} FOLDER --format {layout}</code>
        </p>
        <footer className="dr-dialog-foot">
          <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
            Cancel
          </button>
          <a className="dr-button dr-button-main" href={`${API}/datasets/${version.id}/export?${query}`} download onClick={onClose}>
            <Download size={15} aria-hidden /> Save the file
          </a>
        </footer>
      </div>
    </Dialog>
  );
}
