// What several lists of steps make of a picture, compared in every way; one is gone on with, or becomes a preset.

import { useMemo } from "react";
import { Check, Save } from "lucide-react";
import { Outputs } from "../compare/outputs.jsx";
import { recipeOf } from "./document.js";
import { FINE, fetchPreview } from "./preview.js";
import { writing } from "./variants.js";

/** `cells` are `{ id, words, doc }`, the first is what the others are compared with; `fits` tells whether one can be gone on with. */
export function Recipes({ title, id, cells, keep, use, fits = () => true, start, onUse, onSave, onClose }) {
  const outputs = useMemo(
    () =>
      cells.map((cell) => {
        const recipe = recipeOf(cell.doc, { keep, bare: true });
        const written = writing(cell.doc);
        return { ...cell, key: `${cell.id} ${JSON.stringify([recipe, written])}`, load: (signal) => fetchPreview(id, recipe, { longSide: FINE, ...written, signal }) };
      }),
    [id, cells, keep],
  );
  return (
    <Outputs title={title} outputs={outputs} start={start} hint="Bytes of the preview, and how alike each is to the first. Y goes through the ways to compare, arrows through the pictures, N hides the names." onClose={onClose}>
      {(taken) => (
        <>
          <span className="dv-push" />
          <button type="button" className="dr-button" disabled={!taken} onClick={() => onSave(taken.doc)}>
            <Save size={15} aria-hidden /> Make this a preset
          </button>
          <button type="button" className="dr-button dr-button-main" disabled={!taken || !fits(taken)} onClick={() => onUse(taken)}>
            <Check size={15} aria-hidden /> {use}
          </button>
        </>
      )}
    </Outputs>
  );
}
