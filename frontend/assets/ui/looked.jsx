// One of several pictures that are looked at together: turned as its owner turned it, pixel by pixel where it is large.

import { useRef, useSyncExternalStore } from "react";
import { fileUrl } from "./api.js";
import { LARGE, Tiles } from "./tiles.jsx";
import { laid } from "./turning.js";
import { turns } from "./turns.js";

const SHOWABLE = /^image\/(jpeg|png|webp|gif|avif|bmp)$/;

/** `near` is true where the preview no longer has all that could be seen; `words` stand for the picture. */
export function LookedAt({ picture, words, zoom, near }) {
  const stage = useRef(null);
  const box = useRef(null);
  useSyncExternalStore(turns.subscribe, turns.snapshot);
  const turn = turns.of(picture.id);
  const ratio = picture.width / picture.height;
  const shape = turn % 180 ? 1 / ratio : ratio;
  const tiled = !SHOWABLE.test(picture.media_type) || picture.width * picture.height > LARGE;
  const wide = (box.current?.offsetWidth || 1) * (turn % 180 ? ratio : 1);
  const style = { "--ratio": shape, aspectRatio: shape, transform: `translate(${zoom.x}px, ${zoom.y}px) scale(${zoom.scale})` };
  return (
    <div ref={stage} className="dv-picture">
      <div ref={box} className="dr-compared-picture" style={style}>
        <div className="dr-laid" data-turn={turn} style={{ ...laid(turn, ratio), backgroundImage: `url(data:image/webp;base64,${picture.placeholder})` }}>
          <img src={fileUrl(picture.id, "preview")} alt={words} draggable={false} />
          {near && !tiled && <img src={fileUrl(picture.id, "original")} alt="" draggable={false} />}
          {near && tiled && <Tiles id={picture.id} zoom={zoom} stage={stage.current} fitted={wide} turn={turn} />}
        </div>
      </div>
    </div>
  );
}
