// Pictures that a page names one by one: small ones in a row, and large in the lightbox.

import { useCallback, useMemo, useState, useSyncExternalStore } from "react";
import { createPortal } from "react-dom";
import { ImageOff } from "lucide-react";
import { fileUrl } from "../api.js";
import { sortingKeys, useActing, useChoosing } from "../chosen.jsx";
import { Lightbox } from "../lightbox.jsx";
import { ListSource } from "../listed.js";

/** Opens pictures in the lightbox: `show(ids, at)`, and what to put into the page. */
export function usePictures() {
  const [shown, setShown] = useState(null);
  const show = useCallback((ids, at = 0) => setShown({ ids, at, turn: Date.now() }), []);
  const close = useCallback(() => setShown(null), []);
  return [show, shown && <Shown key={shown.turn} ids={shown.ids} start={shown.at} onClose={close} />];
}

function Shown({ ids, start, onClose }) {
  const source = useMemo(() => new ListSource([...new Set(ids)]), [ids]);
  const [id, setId] = useState(ids[start]);
  useSyncExternalStore(source.subscribe, source.snapshot, source.snapshot);
  const position = source.find(id);
  const onActive = useCallback(() => {}, []);
  const { selection, onPick } = useChoosing(source, "", onActive);
  const acting = useActing(source, selection, position, id, onClose);
  return createPortal(
    <Lightbox source={source} selection={selection} acting={acting} keys={sortingKeys(acting, onPick, position)} id={id} position={position} onMove={(to) => setId(source.names[to])} onClose={onClose} />,
    document.querySelector(".radix-themes") || document.body,
  );
}

/** One small picture; `children` stand below it. One that is gone, or that one may not see, leaves its place. */
export function Shot({ id, label, onOpen, children }) {
  const [gone, setGone] = useState(false);
  return (
    <li className="dl-shot">
      <button type="button" aria-label={label} onClick={onOpen} disabled={gone}>
        {gone ? <ImageOff size={20} strokeWidth={1.4} aria-hidden /> : <img src={fileUrl(id, "thumbnail")} alt="" loading="lazy" draggable={false} onError={() => setGone(true)} />}
      </button>
      {children}
    </li>
  );
}

/** A grid of pictures that open each other's neighbours; `words(one)` names a picture, `below(one)` stands under it. */
export function Shots({ pictures, show, words, below, small = false }) {
  const ids = pictures.map((one) => one.key);
  return (
    <ul className={`dl-shots${small ? " dl-shots-small" : ""}`}>
      {pictures.map((one, at) => (
        <Shot key={one.key} id={one.key} label={words(one)} onOpen={() => show(ids, at)}>
          {below?.(one)}
        </Shot>
      ))}
    </ul>
  );
}
