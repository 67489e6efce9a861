// Another picture of the library as a parameter: chosen among the newest, or found by words.

import { useState } from "react";
import { ImageIcon, X } from "lucide-react";
import { fileUrl, request } from "../api.js";
import { Dialog } from "../forms.jsx";
import { useAnswer } from "../reading.jsx";
import { Trouble } from "../ui.jsx";

const MANY = 24;

/** The newest pictures, or those that fit some words. */
export function usePictures(words, limit = MANY) {
  const wanted = words.trim();
  const ask = (signal) => request(`/images?limit=${limit}${wanted ? `&q=${encodeURIComponent(wanted)}` : ""}`, { signal });
  const { found, error } = useAnswer(`${limit} ${wanted}`, ask, wanted ? 200 : 0);
  return { items: found?.items ?? null, error };
}

export function PictureTiles({ items, onChoose }) {
  return (
    <ul className="dv-tiles">
      {(items || Array.from({ length: 12 }, () => null)).map((item, at) => (
        <li key={item?.id ?? at}>
          {item ? (
            <button type="button" aria-label={item.name} title={item.name} style={{ backgroundImage: `url(data:image/webp;base64,${item.placeholder})` }} onClick={() => onChoose(item)}>
              <img src={fileUrl(item.id, "thumbnail")} alt="" draggable={false} loading="lazy" />
            </button>
          ) : (
            <i className="dr-skeleton" />
          )}
        </li>
      ))}
    </ul>
  );
}

export function PictureDialog({ title, onClose, onChoose }) {
  const [words, setWords] = useState("");
  const { items, error } = usePictures(words);
  return (
    <Dialog title={title} onClose={onClose} className="dv-wide-dialog">
      <input className="dr-input" type="search" aria-label="Search pictures" placeholder="Search names, tags, cameras" value={words} onChange={(event) => setWords(event.target.value)} />
      {error ? <Trouble error={error} /> : <PictureTiles items={items} onChoose={(item) => (onChoose(item), onClose())} />}
      {items?.length === 0 && <p className="dr-muted">No picture fits.</p>}
    </Dialog>
  );
}

function Chosen({ id, onRemove }) {
  return (
    <span className="dv-reference">
      <img src={fileUrl(id, "thumbnail")} alt={`Picture ${id.slice(0, 8)}`} />
      {onRemove && (
        <button type="button" aria-label="Take this picture out" onClick={onRemove}>
          <X size={12} aria-hidden />
        </button>
      )}
    </span>
  );
}

export function PictureField({ field, value, bound, onChange }) {
  const [open, setOpen] = useState(false);
  return (
    <div className="dv-references">
      {value && <Chosen id={value} onRemove={field.required ? null : () => onChange("")} />}
      <button type="button" {...bound} className="dr-button dr-button-small" onClick={() => setOpen(true)}>
        <ImageIcon size={14} aria-hidden /> {value ? "Change" : "Choose a picture"}
      </button>
      {open && <PictureDialog title={field.label} onClose={() => setOpen(false)} onChoose={(item) => onChange(item.id)} />}
    </div>
  );
}

export function PicturesField({ field, value, bound, onChange }) {
  const [open, setOpen] = useState(false);
  const chosen = value || [];
  return (
    <div className="dv-references">
      {chosen.map((id, at) => (
        <Chosen key={`${id}-${at}`} id={id} onRemove={() => onChange(chosen.filter((_, index) => index !== at))} />
      ))}
      <button type="button" {...bound} className="dr-button dr-button-small" onClick={() => setOpen(true)}>
        <ImageIcon size={14} aria-hidden /> Add a picture
      </button>
      {open && <PictureDialog title={field.label} onClose={() => setOpen(false)} onChoose={(item) => onChange([...chosen, item.id])} />}
    </div>
  );
}
