// Pictures as lines with columns: what is known of each, for whoever looks for facts rather than for pictures.

import { memo } from "react";
import { Heart, Star } from "lucide-react";
import { words } from "./cell.jsx";
import { fitted, templateOf } from "./columns.js";
import { bytes, day, percent, title } from "./format.js";
import { CheckButton, usePicking } from "./picking.jsx";
import { smallUrl } from "./small.js";
import { turnClass, turnStyle } from "./turns.js";

const PLAIN = fitted("", 900);

const Name = ({ item }) => (
  <>
    {item.label && <i className={`dr-label dr-label-${item.label}`} aria-hidden />}
    <span>{item.title || item.name}</span>
  </>
);

const Rated = ({ item }) => (
  <>
    {item.rating > 0 && (
      <>
        <Star size={12} fill="currentColor" strokeWidth={0} aria-hidden /> {item.rating}
      </>
    )}
    {item.favourite && <Heart size={12} fill="currentColor" strokeWidth={0} aria-label="Favourite" />}
  </>
);

const Labelled = ({ item }) =>
  item.label ? (
    <>
      <i className={`dr-label dr-label-${item.label}`} aria-hidden /> {title(item.label)}
    </>
  ) : (
    "–"
  );

/** What stands in each column. */
const SHOWN = {
  name: (item) => <Name item={item} />,
  title: (item) => item.title || "–",
  rating: (item) => <Rated item={item} />,
  label: (item) => <Labelled item={item} />,
  taken: (item) => (item.taken_at ? day(item.taken_at) : "–"),
  added: (item) => (item.ingested_at ? day(item.ingested_at) : "–"),
  camera: (item) => item.camera || "–",
  size: (item) => `${item.width} × ${item.height}`,
  file: (item) => bytes(item.bytes),
  format: (item) => item.format?.toUpperCase() || "–",
  quality: (item) => percent(item.quality.score),
  problems: (item) => item.quality.problems.map(title).join(", ") || "–",
  tags: (item) => item.tags.join(", "),
};

/** One picture; `columns` are those that fit, see `columns.js`. */
export const Line = memo(function Line({ item, position, active, chosen, choosing, loading, columns = PLAIN, onOpen, onPick }) {
  const handlers = usePicking({ position, choosing, onOpen, onPick });
  const style = { gridTemplateColumns: templateOf(columns) };
  if (!item) return <div role="gridcell" id={`dr-cell-${position}`} className="dr-row-line dr-row-line-empty" style={style} aria-label="Loading" aria-selected={chosen} />;
  return (
    <div role="gridcell" id={`dr-cell-${position}`} className={`dr-row-line${active ? " dr-cell-active" : ""}${chosen ? " dr-row-line-chosen" : ""}`} style={style} aria-label={words(item)} aria-selected={chosen} data-id={item.id} {...handlers}>
      <CheckButton className="dr-row-line-check" name={item.name} position={position} chosen={chosen} size={12} onPick={onPick} />
      <span className={`dr-row-line-picture${turnClass(item.turn)}`} style={{ backgroundImage: item.turn ? undefined : `url(data:image/webp;base64,${item.placeholder})` }}>
        {loading && <img src={smallUrl(item.id)} style={turnStyle(item.turn)} alt="" draggable={false} decoding="async" />}
      </span>
      {columns.map(({ key }) => (
        <span key={key} className={`dr-row-line-${key}`}>
          {SHOWN[key](item)}
        </span>
      ))}
    </div>
  );
});
