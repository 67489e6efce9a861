// A row of neighbours under a picture.

import { useSyncExternalStore } from "react";
import { smallUrl } from "./small.js";
import { turnClass, turnStyle, turns } from "./turns.js";

/** Pictures to either side. */
export const NEIGHBOURS = 14;

export function Filmstrip({ source, position, onMove }) {
  useSyncExternalStore(turns.subscribe, turns.snapshot);
  const first = Math.max(0, position - NEIGHBOURS);
  const last = Math.min((source.total ?? 0) - 1, position + NEIGHBOURS);
  const items = [];
  for (let at = first; at <= last; at += 1) items.push([at, turns.shown(source.at(at))]);
  return (
    <div className="dr-strip" aria-hidden>
      <div className="dr-strip-row" style={{ transform: `translateX(calc(${-(position - first)} * var(--strip-step) - var(--strip-step) / 2))` }}>
        {items.map(([at, item]) => (
          <button key={at} type="button" tabIndex={-1} className={`${at === position ? "dr-strip-on" : ""}${turnClass(item?.turn)}`} onClick={() => onMove(at)} style={item && { backgroundImage: `url(data:image/webp;base64,${item.placeholder})` }}>
            {item && <img src={smallUrl(item.id)} style={turnStyle(item.turn)} alt="" draggable={false} />}
          </button>
        ))}
      </div>
    </div>
  );
}
