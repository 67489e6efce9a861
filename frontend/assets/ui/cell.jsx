// One picture of the grid.

import { memo, useLayoutEffect, useRef, useState } from "react";
import { CopyIcon, Heart, Star, TriangleAlert } from "lucide-react";
import { fileUrl } from "./api.js";
import { bytes, day, title } from "./format.js";
import { shareOf } from "./layout.js";
import { CheckButton, usePicking } from "./picking.jsx";
import { smallOf } from "./small.js";
import { turnClass, turnStyle } from "./turns.js";

/** What somebody said of a picture: its rating, that it is a favourite, its colour label. */
function Said({ item }) {
  if (!item.rating && !item.favourite && !item.label) return null;
  return (
    <div className="dr-cell-said" aria-hidden>
      {item.label && <i className={`dr-label dr-label-${item.label}`} />}
      {item.favourite && <Heart size={12} fill="currentColor" strokeWidth={0} />}
      {item.rating > 0 && (
        <span>
          <Star size={11} fill="currentColor" strokeWidth={0} />
          {item.rating}
        </span>
      )}
    </div>
  );
}

export const words = (item) =>
  [item.name, item.taken_at && `taken ${day(item.taken_at)}`, item.rating && `${item.rating} of 5 stars`, item.favourite && "favourite", item.label && `${item.label} label`].filter(Boolean).join(", ");

export const Cell = memo(function Cell({ item, position, active, chosen, choosing, fit, uneven, height, kind, loading, onOpen, onPick }) {
  const [seen, setSeen] = useState(false);
  const image = useRef(null);
  useLayoutEffect(() => {
    // What the browser has already is shown at once, without fading in.
    setSeen(Boolean(image.current?.complete && image.current.naturalWidth));
  }, [item?.id, loading]);
  const handlers = usePicking({ position, choosing, onOpen, onPick });
  const share = uneven ? { flex: `${shareOf(item)} 1 0` } : undefined;
  if (!item) return <div role="gridcell" id={`dr-cell-${position}`} className="dr-cell dr-cell-empty" style={share} aria-label="Loading" aria-selected={chosen} />;
  const ratio = item.width / item.height;
  const small = kind === "thumbnail" ? smallOf(item.id) : null;
  const shape = fit ? { aspectRatio: ratio, width: `min(100%, ${(height * ratio).toFixed(1)}px)` } : undefined;
  return (
    <div
      role="gridcell"
      id={`dr-cell-${position}`}
      className={`dr-cell${active ? " dr-cell-active" : ""}${fit ? " dr-cell-fit" : ""}${chosen ? " dr-cell-chosen" : ""}`}
      aria-label={words(item)}
      aria-selected={chosen}
      data-id={item.id}
      style={share}
      {...handlers}
    >
      <div className={`dr-cell-picture${turnClass(item.turn)}`} style={{ ...shape, backgroundImage: small || item.turn ? undefined : `url(data:image/webp;base64,${item.placeholder})` }}>
        {loading && (
          <img
            key={item.id}
            ref={image}
            src={small || fileUrl(item.id, kind)}
            alt=""
            draggable={false}
            decoding={small ? "sync" : "async"}
            style={turnStyle(item.turn)}
            className={small ? "dr-seen" : seen ? "dr-seen" : ""}
            onLoad={() => setSeen(true)}
          />
        )}
      </div>
      <CheckButton className="dr-cell-check" name={item.name} position={position} chosen={chosen} size={14} onPick={onPick} />
      <Said item={item} />
      <div className="dr-cell-marks" aria-hidden>
        {item.duplicate_group && (
          <span title="Has near duplicates">
            <CopyIcon size={12} strokeWidth={2} />
          </span>
        )}
        {item.quality.problems.length > 0 && (
          <span title={item.quality.problems.map(title).join(", ")}>
            <TriangleAlert size={12} strokeWidth={2} />
          </span>
        )}
      </div>
      <div className="dr-cell-caption" aria-hidden>
        <span className="dr-cell-name">{item.name}</span>
        <span className="dr-cell-facts">
          {item.width} × {item.height} · {bytes(item.bytes)}
        </span>
      </div>
    </div>
  );
});
