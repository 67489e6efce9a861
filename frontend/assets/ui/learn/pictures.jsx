// Pictures that a page names one by one: small ones in a row, and large in the lightbox.

import { useCallback, useMemo, useState, useSyncExternalStore } from "react";
import { createPortal } from "react-dom";
import { ImageOff } from "lucide-react";
import { fileUrl } from "../api.js";
import { sortingKeys, useActing, useChoosing } from "../chosen.jsx";
import { Lightbox } from "../lightbox.jsx";
import { ListSource } from "../listed.js";
import { Drawn } from "./marks.jsx";

/** Opens pictures in the lightbox: `show(ids, at, over)`, and what to put into the page; `over(item)` is drawn over each. */
export function usePictures() {
  const [shown, setShown] = useState(null);
  const show = useCallback((ids, at = 0, over = null) => setShown({ ids, at, over, turn: Date.now() }), []);
  const close = useCallback(() => setShown(null), []);
  return [show, shown && <Shown key={shown.turn} ids={shown.ids} start={shown.at} over={shown.over} onClose={close} />];
}

function Shown({ ids, start, over, onClose }) {
  const source = useMemo(() => Object.assign(new ListSource([...new Set(ids)]), { over }), [ids, over]);
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

/** One small picture; `children` stand below it, `marks` are drawn into it. One that is gone, or that one may not see, leaves its place. */
export function Shot({ id, label, marks, small, colours, onOpen, onLook, children }) {
  const [gone, setGone] = useState(false);
  const [size, setSize] = useState(null);
  const drawn = !gone && marks?.length > 0;
  const onLoad = ({ currentTarget: { naturalWidth, naturalHeight } }) => setSize([naturalWidth || 1, naturalHeight || 1]);
  return (
    <li className={`dl-shot${drawn ? " dl-shot-drawn" : ""}`} {...(onLook && { onPointerEnter: () => onLook(id), onPointerLeave: () => onLook(null), onFocus: () => onLook(id), onBlur: () => onLook(null) })}>
      <button type="button" aria-label={label} onClick={onOpen} disabled={gone}>
        {gone ? <ImageOff size={20} strokeWidth={1.4} aria-hidden /> : <img src={fileUrl(id, "thumbnail")} alt="" loading="lazy" draggable={false} onLoad={drawn ? onLoad : undefined} onError={() => setGone(true)} />}
        {drawn && size && <Drawn marks={marks} width={size[0]} height={size[1]} fit={small ? "xMidYMid slice" : "xMidYMid meet"} colours={colours} />}
      </button>
      {children}
    </li>
  );
}

/** A grid of pictures that open each other's neighbours; `words(one)` names a picture, `below(one)` stands under it, `marks(one)` are drawn into it, `onLook(key)` is told which one is pointed at. */
export function Shots({ pictures, show, words, below, marks, onLook, colours = null, small = false }) {
  const ids = pictures.map((one) => one.key);
  const drawn = new Map(marks ? pictures.map((one) => [one.key, marks(one) || []]) : []);
  const over = ({ id, width, height }) => drawn.get(id)?.length > 0 && <Drawn named marks={drawn.get(id)} width={width} height={height} colours={colours} />;
  return (
    <ul className={`dl-shots${small ? " dl-shots-small" : ""}`}>
      {pictures.map((one, at) => (
        <Shot key={one.key} id={one.key} label={words(one)} marks={drawn.get(one.key)} small={small} colours={colours} onLook={onLook} onOpen={() => show(ids, at, over)}>
          {below?.(one)}
        </Shot>
      ))}
    </ul>
  );
}
