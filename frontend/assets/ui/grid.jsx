// The picture grid: draws only what is in sight, whatever the size of the library.

import { memo, useCallback, useEffect, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { CopyIcon, TriangleAlert } from "lucide-react";
import { fileUrl } from "./api.js";
import { bytes, day, title } from "./format.js";
import { layoutOf, moved, rowTop, rowsInSight, toScroll, toVirtual } from "./layout.js";

const SETTLE = 90;
// Room above the first row (for the focus ring) and below the last one.
const TOP = 6;
const BOTTOM = 24;

const Cell = memo(function Cell({ item, position, active, fit, height, kind, loading, onOpen }) {
  const [seen, setSeen] = useState(false);
  const image = useRef(null);
  useLayoutEffect(() => {
    // What the browser has already is shown at once, without fading in.
    setSeen(Boolean(image.current?.complete && image.current.naturalWidth));
  }, [item?.id, loading]);
  if (!item) return <div role="gridcell" id={`dr-cell-${position}`} className="dr-cell dr-cell-empty" aria-label="Loading" aria-selected={active} />;
  const when = item.taken_at ? `, taken ${day(item.taken_at)}` : "";
  const ratio = item.width / item.height;
  const shape = fit ? { aspectRatio: ratio, width: `min(100%, ${(height * ratio).toFixed(1)}px)` } : undefined;
  return (
    <div
      role="gridcell"
      id={`dr-cell-${position}`}
      className={`dr-cell${active ? " dr-cell-active" : ""}${fit ? " dr-cell-fit" : ""}`}
      aria-label={`${item.name}${when}`}
      aria-selected={active}
      data-id={item.id}
      onClick={() => onOpen(position)}
    >
      <div className="dr-cell-picture" style={{ ...shape, backgroundImage: `url(data:image/webp;base64,${item.placeholder})` }}>
        {loading && (
          <img
            key={item.id}
            ref={image}
            src={fileUrl(item.id, kind)}
            alt=""
            draggable={false}
            decoding="async"
            className={seen ? "dr-seen" : ""}
            onLoad={() => setSeen(true)}
          />
        )}
      </div>
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

/** Scrolling of a grid that may be taller than a browser can show. */
function useScroll(box, layout, viewport) {
  // Drawn anew only when another row comes into sight: the browser moves what is there by itself.
  const [drawn, setDrawn] = useState({ virtual: 0, scroll: 0 });
  const last = useRef({ virtual: 0, scroll: 0 });
  const settle = useRef(0);

  const move = useCallback(
    (virtual, scroll) => {
      last.current = { virtual, scroll };
      setDrawn((old) => {
        const same = Math.floor(old.virtual / layout.row) === Math.floor(virtual / layout.row) && Math.abs(old.virtual - old.scroll - virtual + scroll) < 0.5;
        return same ? old : last.current;
      });
    },
    [layout],
  );

  const go = useCallback(
    (to) => {
      const goal = Math.min(Math.max(0, to), Math.max(0, layout.full - viewport));
      const scroll = toScroll(layout, viewport, goal);
      if (box.current) box.current.scrollTop = scroll;
      move(goal, scroll);
    },
    [box, layout, viewport, move],
  );

  const onScroll = useCallback(() => {
    const scroll = box.current.scrollTop;
    const before = last.current;
    const step = scroll - before.scroll;
    const scaled = layout.full !== layout.shown;
    // In a scaled grid small steps move the pictures as far as the hand asked, long ones jump in proportion.
    const small = scaled && Math.abs(step) < viewport && scroll > 0 && scroll < layout.shown - viewport - 1;
    const next = small ? Math.min(Math.max(0, before.virtual + step), layout.full - viewport) : toVirtual(layout, viewport, scroll);
    move(next, scroll);
    if (!scaled) return;
    clearTimeout(settle.current);
    settle.current = setTimeout(() => go(last.current.virtual), 180);
  }, [box, layout, viewport, move, go]);

  useEffect(() => () => clearTimeout(settle.current), []);
  return { ...drawn, onScroll, go, current: () => last.current.virtual };
}

/** Width and height of an element, kept up to date. */
function useSize(ref) {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const style = getComputedStyle(ref.current);
    const read = () => {
      const width = ref.current.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      setSize((old) => (old.width === width && old.height === ref.current.clientHeight ? old : { width, height: ref.current.clientHeight }));
    };
    read();
    const observer = new ResizeObserver(read);
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, [ref]);
  return size;
}

// Thumbnails are 256 pixels long; where a tile needs much more, the preview is worth its bytes.
const kindFor = (pixels) => (pixels * devicePixelRatio > 450 ? "preview" : "thumbnail");

export function Grid({ source, size, gap, ratio, fit, active, onActive, onOpen, onTop, handle }) {
  const box = useRef(null);
  const { width, height } = useSize(box);
  useSyncExternalStore(source.subscribe, source.snapshot, source.snapshot);
  const total = source.total ?? 0;
  const layout = useMemo(() => layoutOf({ width, total, size, gap, ratio, top: TOP, bottom: BOTTOM }), [width, total, size, gap, ratio]);
  const { virtual, scroll, onScroll, go, current } = useScroll(box, layout, height);
  const [first, last] = rowsInSight(layout, height, virtual);
  const speed = useRef({ at: 0, virtual: 0 });
  const [settled, setSettled] = useState(true);

  // Pictures that only fly past are not asked for.
  useEffect(() => {
    const now = performance.now();
    const fast = Math.abs(virtual - speed.current.virtual) / Math.max(1, now - speed.current.at) > 6;
    speed.current = { at: now, virtual };
    if (fast) setSettled(false);
    const timer = setTimeout(() => setSettled(true), SETTLE);
    return () => clearTimeout(timer);
  }, [virtual]);
  const from = first * layout.columns;
  const to = Math.min(total, (last + 1) * layout.columns) - 1;
  useEffect(() => {
    if (settled && to >= from) source.want(from, to);
  }, [source, source.version, settled, from, to]);
  useEffect(() => onTop?.(virtual < layout.row), [virtual < layout.row]);

  // The picture at the top stays at the top when the size of the pictures changes.
  const anchor = useRef({ layout, position: 0 });
  useLayoutEffect(() => {
    const before = anchor.current.layout;
    if (before.columns !== layout.columns || before.row !== layout.row) {
      const position = Math.round((current() - before.top) / before.row) * before.columns;
      if (position > 0) go(rowTop(layout, Math.floor(position / layout.columns)));
    }
    anchor.current = { layout };
  }, [layout]);

  const reveal = useCallback(
    (position) => {
      const top = rowTop(layout, Math.floor(position / layout.columns));
      if (top - TOP < current()) go(top - TOP);
      else if (top + layout.height + gap > current() + height) go(top + layout.height + gap - height);
    },
    [layout, height, go, gap],
  );

  const onKeyDown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !total) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onOpen(Math.max(0, active));
      return;
    }
    const page = Math.max(1, Math.floor(height / layout.row));
    const next = active < 0 ? (event.key.startsWith("Arrow") ? 0 : null) : moved(event.key, active, { columns: layout.columns, total, page });
    if (next === null) return;
    event.preventDefault();
    onActive(next);
    reveal(next);
  };

  // A key pressed while nothing has the focus is meant for the pictures.
  const take = (event) => {
    box.current?.focus({ preventScroll: true });
    onKeyDown(event);
  };
  const actions = useRef(null);
  actions.current = { reveal, take, top: () => go(0), focus: () => box.current?.focus({ preventScroll: true }) };
  useImperativeHandle(handle, () => ({
    reveal: (position) => actions.current.reveal(position),
    take: (event) => actions.current.take(event),
    top: () => actions.current.top(),
    focus: () => actions.current.focus(),
  }), []);

  const kind = kindFor(layout.cell);
  const rows = [];
  for (let row = first; row <= last; row += 1) {
    const cells = [];
    for (let column = 0; column < layout.columns; column += 1) {
      const position = row * layout.columns + column;
      if (position >= total) break;
      cells.push(<Cell key={position} position={position} item={source.at(position)} active={position === active} fit={fit} height={layout.height} kind={kind} loading={settled} onOpen={onOpen} />);
    }
    const style = { transform: `translateY(${(row - first) * layout.row}px)`, height: layout.height, gridTemplateColumns: `repeat(${layout.columns}, 1fr)`, gap };
    rows.push(
      <div key={row} role="row" aria-rowindex={row + 1} className="dr-row" style={style}>
        {cells}
      </div>,
    );
  }
  const base = rowTop(layout, first) - virtual + scroll;
  return (
    <div
      ref={box}
      className="dr-grid"
      role="grid"
      tabIndex={0}
      aria-label="Pictures"
      aria-rowcount={layout.rows}
      aria-colcount={layout.columns}
      aria-busy={source.total === null}
      aria-activedescendant={active >= from && active <= to ? `dr-cell-${active}` : undefined}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
    >
      <div role="presentation" className="dr-grid-space" style={{ height: layout.shown }}>
        <div role="presentation" style={{ transform: `translateY(${base}px)` }}>
          {rows}
        </div>
      </div>
    </div>
  );
}
