// Pictures as lines with columns: what is known of each, for whoever looks for facts rather than for pictures.

import { memo } from "react";
import { Heart, Star } from "lucide-react";
import { fileUrl } from "./api.js";
import { words } from "./cell.jsx";
import { bytes, day, percent } from "./format.js";
import { CheckButton, usePicking } from "./picking.jsx";

/** Columns of the list, and the order that a click on one gives; which are shown is for the window's width to say. */
const COLUMNS = [
  ["Name", "name"],
  ["Rating", null],
  ["Taken", "-taken_at"],
  ["Camera", null],
  ["Size", null],
  ["File", "-bytes"],
  ["Quality", "-quality"],
  ["Tags", null],
];

export const Line = memo(function Line({ item, position, active, chosen, choosing, loading, onOpen, onPick }) {
  const handlers = usePicking({ position, choosing, onOpen, onPick });
  if (!item) return <div role="gridcell" id={`dr-cell-${position}`} className="dr-row-line dr-row-line-empty" aria-label="Loading" aria-selected={chosen} />;
  return (
    <div role="gridcell" id={`dr-cell-${position}`} className={`dr-row-line${active ? " dr-cell-active" : ""}${chosen ? " dr-row-line-chosen" : ""}`} aria-label={words(item)} aria-selected={chosen} data-id={item.id} {...handlers}>
      <CheckButton className="dr-row-line-check" name={item.name} position={position} chosen={chosen} size={12} onPick={onPick} />
      <span className="dr-row-line-picture" style={{ backgroundImage: `url(data:image/webp;base64,${item.placeholder})` }}>
        {loading && <img src={fileUrl(item.id, "thumbnail")} alt="" draggable={false} decoding="async" />}
      </span>
      <span className="dr-row-line-name">
        {item.label && <i className={`dr-label dr-label-${item.label}`} aria-hidden />}
        <span>{item.title || item.name}</span>
      </span>
      <span className="dr-row-line-rating">
        {item.rating > 0 && (
          <>
            <Star size={12} fill="currentColor" strokeWidth={0} aria-hidden /> {item.rating}
          </>
        )}
        {item.favourite && <Heart size={12} fill="currentColor" strokeWidth={0} aria-label="Favourite" />}
      </span>
      <span>{item.taken_at ? day(item.taken_at) : "–"}</span>
      <span>{item.camera || "–"}</span>
      <span>
        {item.width} × {item.height}
      </span>
      <span>{bytes(item.bytes)}</span>
      <span>{percent(item.quality.score)}</span>
      <span>{item.tags.join(", ")}</span>
    </div>
  );
});

/** What the columns are; a click on one that can be ordered by orders the view, a second one turns it. */
export function ListHead({ sort, onSort }) {
  return (
    <div className="dr-list-head" role="group" aria-label="Columns">
      <i />
      <i />
      {COLUMNS.map(([name, order]) => {
        const key = order?.replace("-", "");
        const on = key && sort.replace("-", "") === key;
        if (!order) return <span key={name}>{name}</span>;
        const next = on ? (sort.startsWith("-") ? key : `-${key}`) : order;
        return (
          <button key={name} type="button" aria-pressed={on} aria-label={`Order by ${name.toLowerCase()}`} onClick={() => onSort(next)}>
            {name} {on && <span aria-hidden>{sort.startsWith("-") ? "↓" : "↑"}</span>}
          </button>
        );
      })}
    </div>
  );
}
