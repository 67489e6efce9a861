// Pictures that look like one, the most alike first.

import { useEffect, useState } from "react";
import { ScanSearch } from "lucide-react";
import { Link } from "react-router";
import { fileUrl, request } from "./api.js";
import { count, duration, percent, plural } from "./format.js";
import { Dialog, FormError, SelectField } from "./forms.jsx";
import { useAnswer } from "./reading.jsx";

const SETTLE = 250;
/** How many are shown beside a picture. */
export const FEW = 8;

/** What looks like a picture; null until it is known. */
export function useSimilar(id, limit = 60, by = "") {
  const ask = (signal) => request(`/images/${id}/similar?limit=${limit}${by && `&by=${by}`}`, { signal });
  // Held arrow keys pass many pictures: only what stays is asked about.
  const { found, error, busy } = useAnswer(`${id} ${limit} ${by}`, ask, SETTLE);
  return { items: busy ? null : (found?.items ?? []), error, model: busy ? null : (found?.model ?? null) };
}

/** `onChoose(ids)` chooses all of them in the gallery. */
export function SimilarDialog({ id, name, onClose, onChoose }) {
  const [by, setBy] = useState("");
  const { items, error, model } = useSimilar(id, 60, by);
  const [known, setKnown] = useState(null);
  useEffect(() => {
    if (model) setKnown(model);
  }, [model]);
  return (
    <Dialog title={`More like ${name}`} className="dr-similar-dialog" onClose={onClose}>
      <div className="dr-similar">
        <figure>
          <img src={fileUrl(id, "thumbnail")} alt={name} />
        </figure>
        <p className="dr-muted" role="status">
          {items === null ? "Looking …" : error ? "" : items.length ? model ? `${plural(items.length, "picture")}, by what ${model} knows of them, the most alike first.` : `${plural(items.length, "picture")} of the same shapes, the most alike first. Colours do not count.` : "No other picture looks like it."}
        </p>
      </div>
      {known ? (
        <SelectField
          label="Compared by"
          options={[
            ["", known],
            ["hash", "shapes"],
          ]}
          value={by}
          onChange={setBy}
        />
      ) : (
        items && <p className="dr-caption">A model finds what is alike in more than shapes, once it has looked at the pictures: choose one for searching on the page Models.</p>
      )}
      <FormError error={error} />
      {items === null && (
        <ul className="dr-similar-list" aria-hidden>
          {Array.from({ length: 8 }, (_, at) => (
            <li key={at}>
              <i className="dr-skeleton" />
            </li>
          ))}
        </ul>
      )}
      {items?.length > 0 && (
        <ul className="dr-similar-list">
          {items.map(({ image, likeness }) => (
            <li key={image.id}>
              <Link to={`/?image=${image.id}`} onClick={onClose} aria-label={`${image.name}, ${percent(likeness)} alike`}>
                <img src={fileUrl(image.id, "thumbnail")} alt="" loading="lazy" />
                <span>{percent(likeness)}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
      <footer className="dr-dialog-foot">
        <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
          Close
        </button>
        <Link className="dr-button" to={`/?where=similar:${id}`} onClick={onClose}>
          Show in the gallery
        </Link>
        {items?.length > 0 && (
          <button type="button" className="dr-button dr-button-main" onClick={() => (onChoose([id, ...items.map((one) => one.image.id)]), onClose())}>
            Choose all {items.length + 1}
          </button>
        )}
      </footer>
    </Dialog>
  );
}

/** How many pictures can be compared yet, while the model that compares them has not seen all. */
export function Seen() {
  const [model, setModel] = useState(null);
  useEffect(() => {
    request("/search-models").then(({ items }) => setModel(items.find((one) => one.used && one.pictures < one.of) || null), () => {});
  }, []);
  if (!model) return null;
  return (
    <span className="dr-caption" role="status">
      {model.name} has seen {count(model.pictures)} of {plural(model.of, "picture")}{model.seconds_left ? `, ${duration(model.seconds_left)} left` : ""}
    </span>
  );
}

/** A few of them beside a picture, and the way to all. */
export function MoreLike({ items, onMore }) {
  return (
    <>
      <div className="dr-near">
        {items.map(({ image, likeness }) => (
          <Link key={image.id} to={`/?image=${image.id}`} title={`${image.name} · ${percent(likeness)} alike`}>
            <img src={fileUrl(image.id, "thumbnail")} alt={image.name} loading="lazy" />
          </Link>
        ))}
      </div>
      <button type="button" className="dr-link dr-more-like" onClick={onMore}>
        <ScanSearch size={14} aria-hidden /> Look through all that are alike
      </button>
    </>
  );
}
