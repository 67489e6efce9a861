// How far a picture is zoomed in, and where; shared by everything that shows one large.

import { useCallback, useEffect, useState } from "react";

/** Scale and offset of the picture; scale 1 fits the stage, `most` is the largest. */
export function useZoom(id, stage, most = 8) {
  const [zoom, setZoom] = useState({ scale: 1, x: 0, y: 0 });
  useEffect(() => setZoom({ scale: 1, x: 0, y: 0 }), [id]);
  const to = useCallback(
    (wanted, point) =>
      setZoom((old) => {
        const scale = typeof wanted === "function" ? wanted(old.scale) : wanted;
        const next = Math.min(most, Math.max(1, scale));
        if (next === 1) return { scale: 1, x: 0, y: 0 };
        const box = stage.current.getBoundingClientRect();
        const px = (point?.x ?? box.left + box.width / 2) - box.left - box.width / 2;
        const py = (point?.y ?? box.top + box.height / 2) - box.top - box.height / 2;
        const grow = next / old.scale;
        return { scale: next, x: px - (px - old.x) * grow, y: py - (py - old.y) * grow };
      }),
    [stage, most],
  );
  const by = useCallback((dx, dy) => setZoom((old) => (old.scale === 1 ? old : { ...old, x: old.x + dx, y: old.y + dy })), []);
  return { zoom, to, by };
}
