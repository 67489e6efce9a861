// A large picture from tiles: only what is in sight is loaded, at the size at which it is shown.

import { useEffect, useState } from "react";
import { API, request } from "./api.js";
import { levelFor, tilesInSight } from "./tiles.js";
import { sight } from "./turning.js";

/** Beyond so many pixels a picture comes in tiles, even where the browser could show the whole file. */
export const LARGE = 24_000_000;

/** `zoom` is that of the stage, `fitted` the width in CSS pixels that the picture has at scale 1, `turn` how far it is turned. */
export function Tiles({ id, zoom, stage, fitted, turn = 0 }) {
  const [grid, setGrid] = useState(null);
  const [there, setThere] = useState(() => new Set());
  useEffect(() => {
    const abort = new AbortController();
    setGrid(null);
    setThere(new Set());
    // Without tiles the preview stays: a picture that cannot be decoded was never shown larger.
    request(`/images/${id}/tiles`, { signal: abort.signal }).then(setGrid, () => {});
    return () => abort.abort();
  }, [id]);
  if (!grid || !stage) return null;
  const shown = fitted * zoom.scale;
  const tall = (shown * grid.height) / grid.width;
  const seen = sight({ width: stage.clientWidth, height: stage.clientHeight, x: zoom.x, y: zoom.y }, [shown, tall], turn);
  const level = levelFor(grid, shown * devicePixelRatio);
  // What is there already in another size stays below until the right size has come.
  const below = level > 0 ? tilesInSight(grid, level - 1, seen).filter((tile) => there.has(keyOf(tile))) : [];
  return [...below, ...tilesInSight(grid, level, seen)].map((tile) => (
    <img
      key={keyOf(tile)}
      className={`dr-deep-tile${there.has(keyOf(tile)) ? " dr-seen" : " dr-unseen"}`}
      src={`${API}/images/${id}/tiles/${keyOf(tile)}`}
      alt=""
      draggable={false}
      style={{ left: `${tile.left * 100}%`, top: `${tile.top * 100}%`, width: `${tile.width * 100}%`, height: `${tile.height * 100}%` }}
      onLoad={() => setThere((old) => new Set(old).add(keyOf(tile)))}
    />
  ));
}

const keyOf = (tile) => `${tile.level}/${tile.column}/${tile.row}`;
