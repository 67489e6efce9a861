// Pictures of a part of a report: how many, the most wrong first, and kept as a collection that the gallery shows.

import { useEffect, useRef, useState } from "react";
import { Images, X } from "lucide-react";
import { useNavigate } from "react-router";
import { request } from "../api.js";
import { readCollections } from "../collections.js";
import { count, percent, plural } from "../format.js";
import { Dialog, FormError, Gated, TextField, complain, useAct } from "../forms.jsx";
import { Waiting } from "../reading.jsx";
import { Trouble } from "../ui.jsx";
import { useFollow } from "./parts.jsx";
import { Shots } from "./pictures.jsx";
import { asked, told } from "./region.js";

const SHOWN = 24;
const ENDS = [
  ["low", "from"],
  ["high", "to"],
];

/** Keeps pictures as a collection and leads to it. */
function Keep({ name: given, keys, onClose }) {
  const [name, setName] = useState(given.slice(0, 120));
  const { busy, error, run } = useAct();
  const navigate = useNavigate();
  const save = async (event) => {
    event.preventDefault();
    const made = await run(async () => {
      const found = await request("/collections", { method: "POST", body: { name } });
      await request(`/collections/${found.id}/images`, { method: "POST", body: { add: keys } });
      return found;
    });
    if (!made) return;
    await readCollections().catch(() => {});
    navigate(`/?collection=${encodeURIComponent(made.id)}`);
  };
  return (
    <Dialog title={`${plural(keys.length, "picture")} in the gallery`} onClose={onClose}>
      <form className="dr-form" onSubmit={save}>
        <p className="dr-muted">They become a collection: there they are searched, tagged, put into a dataset or taken along like any others.</p>
        <TextField label="Name of the collection" required maxLength={120} value={name} onChange={(event) => setName(event.target.value)} />
        <FormError error={error} />
        <footer className="dr-dialog-foot">
          <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="dr-button dr-button-main" disabled={busy || !name.trim()}>
            Keep and open
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

/** Leads to the pictures of a region in the gallery. */
export function ToGallery({ id, region }) {
  const [keys, setKeys] = useState(null);
  const { busy, run } = useAct();
  const begin = async () => {
    const found = await run(() => request(`/reports/${id}/points?${asked(region)}`).catch(complain));
    if (found) setKeys(found.points.map((one) => one.key));
  };
  return (
    <>
      <Gated permission="images:write" className="dr-button dr-button-small" disabled={busy} onClick={begin}>
        <Images size={14} aria-hidden /> Open in the gallery
      </Gated>
      {keys && <Keep name={told(region)} keys={keys} onClose={() => setKeys(null)} />}
    </>
  );
}

/** The ends of a region as numbers, for those who draw nothing. */
function Ends({ region, title, onChange }) {
  const field = (name, words) => (
    <TextField key={name} label={words} type="number" step="any" value={region[name] === undefined ? "" : Number(Number(region[name]).toPrecision(4))} onChange={(event) => onChange({ ...region, [name]: event.target.value === "" ? undefined : Number(event.target.value) })} />
  );
  return (
    <div className="dl-ends">
      {ENDS.map(([end, words]) => field(end, `${title[0].toUpperCase()}${title.slice(1)} ${words}`))}
      {ENDS.map(([end, words]) => field(`right_${end}`, `Probability ${words}`))}
    </div>
  );
}

/**
 * The pictures of a region. `onLook(key)` is told which one is looked at, null when none is; `onChange` gets the region with other ends.
 */
export function Picked({ id, region, title, show, onClose, onChange = null, onLook = null }) {
  const [{ data, error }, look] = useFollow(`/reports/${id}/points?${asked(region)}`, []);
  const [keeping, setKeeping] = useState(false);
  const root = useRef(null);
  useEffect(() => {
    root.current.scrollIntoView({ block: "nearest" });
  }, [data !== null]);
  const keys = data?.points.map((one) => one.key) || [];
  const words = told(region);
  return (
    <div ref={root} className="dl-picked" role="region" aria-label={`Pictures: ${words}`}>
      <header>
        <h3>
          {words}{" "}
          {data && (
            <span className="dr-muted" role="status">
              {plural(data.within, "picture")}
              {data.wrong > 0 && `, ${count(data.wrong)} called wrong`}
              {data.within > SHOWN && `; the ${SHOWN} most wrong are shown`}
            </span>
          )}
        </h3>
        <span className="dl-picked-tools">
          {keys.length > SHOWN && (
            <button type="button" className="dr-button dr-button-small" onClick={() => show(keys)}>
              Look through {keys.length < data.within ? `${count(keys.length)} of them` : "all"}
            </button>
          )}
          {keys.length > 0 && (
            <Gated permission="images:write" className="dr-button dr-button-small" onClick={() => setKeeping(true)}>
              <Images size={14} aria-hidden /> Open in the gallery
            </Gated>
          )}
          <button type="button" className="dr-icon-button" aria-label="Hide these pictures" onClick={onClose}>
            <X size={15} aria-hidden />
          </button>
        </span>
      </header>
      {onChange && <Ends region={region} title={title} onChange={onChange} />}
      {error && <Trouble error={error} onRetry={look} />}
      {!data && !error && <Waiting rows={1} />}
      {data && !keys.length && <p className="dr-none">No picture lies there.</p>}
      {keys.length > 0 && (
        <Shots
          small
          pictures={data.points.slice(0, SHOWN)}
          show={(ids, at) => show(keys, at)}
          onLook={onLook}
          words={(one) => `${one.label}${one.hit ? "" : ` taken for ${one.predicted}`}, ${percent(one.right)} for what it is`}
          below={(one) => <p className={`dr-caption ${one.hit ? "" : "dl-worse"}`}>{one.hit ? one.label : `${one.label} / ${one.predicted}`}</p>}
        />
      )}
      {keeping && <Keep name={words} keys={keys} onClose={() => setKeeping(false)} />}
    </div>
  );
}
