// What will be changed of many pictures, before it is.

import { useEffect, useState } from "react";
import { fileUrl } from "../api.js";
import { preview } from "../bulk.js";
import { count, plural } from "../format.js";
import { Dialog, FormError, useAct } from "../forms.jsx";
import { willBe } from "./words.js";

/** What will be changed, before it is: exact numbers, and some of the pictures. */
export function Ask({ asking, onAnswer }) {
  const [found, setFound] = useState(null);
  const { error, setError } = useAct();
  useEffect(() => {
    const abort = new AbortController();
    preview(asking.goal.selection, asking.action, abort.signal).then(setFound, (problem) => problem.name !== "AbortError" && setError(problem));
    return () => abort.abort();
  }, [asking]);
  return (
    <Dialog title={`${plural(asking.goal.total, "picture")} ${willBe(asking.words)}`} onClose={() => onAnswer(null)}>
      <p className="dr-muted" role="status">
        {found ? `${count(found.count)} fit the choice${found.changing === null ? "" : `, ${count(found.changing)} of them will change`}. ${found.warnings.join(" ")}${found.undoable ? " It can be taken back afterwards." : ""}` : error ? "" : "Counting …"}
      </p>
      <div className="dr-examples" aria-hidden>
        {(found?.examples || Array.from({ length: 10 }, (_, at) => at)).slice(0, 10).map((one) => (one.id ? <img key={one.id} src={fileUrl(one.id, "thumbnail")} alt="" /> : <i key={one} className="dr-skeleton" />))}
      </div>
      <FormError error={error} />
      <footer className="dr-dialog-foot">
        <button type="button" className="dr-button dr-button-quiet" onClick={() => onAnswer(null)}>
          Cancel
        </button>
        <button type="button" className="dr-button dr-button-main" disabled={!found} onClick={() => onAnswer(found)}>
          Change {found ? plural(found.changing ?? found.count, "picture") : "them"}
        </button>
      </footer>
    </Dialog>
  );
}
