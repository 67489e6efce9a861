// The picture grid: draws only what is in sight, whatever the size of the library.

import { useCallback, useEffect, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { Cell } from "./cell.jsx";
import { GroupHead, GroupNow } from "./grouping.jsx";
import { HEAD, beginsGroup, edgesOf, groupOfRow, layoutOf, moved, positionsOf, rowAt, rowOf, rowTop, rowsInSight, toScroll, toVirtual } from "./layout.js";
import { fitted } from "./columns.js";
import { Line } from "./list.jsx";
import { ListHead } from "./listhead.jsx";
import { useMarquee } from "./marquee.js";
import { Scrubber } from "./scrubber.jsx";
import { turns } from "./turns.js";

const SETTLE = 90;
const REST = 150; // milliseconds without a move, after which the next one is a jump and no flight
const LONG = 3; // heights of the window, from which a view has a rail
// Room above the first row (for the focus ring) and below the last one.
const TOP = 6;
const BOTTOM = 24;

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
        const same = rowAt(layout, old.virtual) === rowAt(layout, virtual) && Math.abs(old.virtual - old.scroll - virtual + scroll) < 0.5;
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
    settle.current = setTimeout(() => {
      // Moved since, by whoever looks: its event is on the way.
      if (Math.abs(box.current.scrollTop - last.current.scroll) < 1) go(last.current.virtual);
    }, 180);
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

/**
 * `selection` tells which are chosen; `onPick(position, how)` is told of a click that chooses (`toggle`, `range` from the
 * last one), `onSweep(runs, more)` of a rectangle drawn. `list` is what a list has above its lines: `text` of its columns,
 * `sort`, `onSort`, `onText`.
 */
export function Grid({ source, sort, mode, list, groupTools, size, gap, ratio, fit, active, selection, onActive, onOpen, onPick, onSweep, onTop, handle }) {
  const box = useRef(null);
  const { width, height } = useSize(box);
  useSyncExternalStore(source.subscribe, source.snapshot, source.snapshot);
  useSyncExternalStore(selection.subscribe, selection.snapshot, selection.snapshot);
  useSyncExternalStore(turns.subscribe, turns.snapshot, turns.snapshot);
  const total = source.total ?? 0;
  const layout = useMemo(() => layoutOf({ width, total, size, gap, ratio, mode, top: TOP, bottom: BOTTOM, counts: source.counts }), [width, total, size, gap, ratio, mode, source.counts]);
  const { virtual, scroll, onScroll, go, current } = useScroll(box, layout, height);
  const [first, last] = rowsInSight(layout, height, virtual);
  const picturesOf = (row) => {
    const [from, to] = positionsOf(layout, row);
    return Array.from({ length: to - from + 1 }, (_, column) => turns.shown(source.at(from + column)));
  };
  const edges = mode === "rows" ? (row) => edgesOf(layout, width, picturesOf(row)) : undefined;
  const columns = useMemo(() => (mode === "list" ? fitted(list?.text, width - 20) : undefined), [mode, list?.text, width]);
  const marquee = useMarquee({ box, layout, edges, total, current, go, onDone: onSweep });
  const speed = useRef({ at: 0, virtual: 0 });
  const [settled, setSettled] = useState(true);

  // Pictures that only fly past are not asked for.
  useEffect(() => {
    const now = performance.now();
    const passed = now - speed.current.at;
    const fast = passed < REST && Math.abs(virtual - speed.current.virtual) / Math.max(1, passed) > 6;
    speed.current = { at: now, virtual };
    if (fast) setSettled(false);
    const timer = setTimeout(() => setSettled(true), SETTLE);
    return () => clearTimeout(timer);
  }, [virtual]);
  const [from, to] = last < first ? [0, -1] : [positionsOf(layout, first)[0], positionsOf(layout, last)[1]];
  const [top, bottom] = rowsInSight(layout, height, virtual, 0);
  const [begin, end] = bottom < top ? [0, -1] : [positionsOf(layout, top)[0], positionsOf(layout, bottom)[1]];
  const kind = kindFor(layout.cell);
  useEffect(() => {
    source.small = mode === "list" || kind === "thumbnail";
    if (settled && end >= begin) source.want(begin, end, Math.max(begin - from, to - end));
  }, [source, source.version, settled, from, to, begin, end, kind, mode]);
  useEffect(() => onTop?.(virtual < layout.row), [virtual < layout.row]);

  // The picture at the top stays at the top when the size of the pictures changes.
  const anchor = useRef({ layout, position: 0 });
  useLayoutEffect(() => {
    const before = anchor.current.layout;
    if (before.total && total && (before.columns !== layout.columns || before.row !== layout.row)) {
      const [position] = positionsOf(before, Math.min(before.rows - 1, Math.max(0, rowAt(before, current() + before.row / 2))));
      if (position > 0 && position < total) go(rowTop(layout, rowOf(layout, position)));
    }
    anchor.current = { layout };
  }, [layout]);

  const reveal = useCallback(
    (position) => {
      const top = rowTop(layout, rowOf(layout, position));
      const above = beginsGroup(layout, rowOf(layout, position)) ? HEAD : TOP;
      if (top - above < current()) go(top - above);
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
    const next = active < 0 ? (event.key.startsWith("Arrow") ? 0 : null) : moved(event.key, active, layout, page);
    if (next === null) return;
    event.preventDefault();
    if (event.shiftKey) onPick(next, "range");
    else onActive(next);
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

  const choosing = selection.count(total) > 0;
  const isChosen = (position) => {
    const item = source.at(position);
    const before = item ? selection.has(item.id) : selection.all;
    return marquee.isIn ? marquee.isIn(position) || (marquee.more && before) : before;
  };
  const rows = [];
  for (let row = first; row <= last; row += 1) {
    const [start] = positionsOf(layout, row);
    const top = rowTop(layout, row) - rowTop(layout, first);
    if (beginsGroup(layout, row)) rows.push(<GroupHead key={`g${groupOfRow(layout, row)}`} source={source} group={groupOfRow(layout, row)} top={top - HEAD} height={HEAD} tools={groupTools} onChoose={onSweep} />);
    const cells = picturesOf(row).map((item, column) => {
      const position = start + column;
      const Shown = mode === "list" ? Line : Cell;
      return <Shown key={position} position={position} item={item} active={position === active} chosen={isChosen(position)} choosing={choosing} fit={fit && mode === "grid"} uneven={mode === "rows"} height={layout.height} kind={kind} columns={columns} loading={settled} onOpen={onOpen} onPick={onPick} />;
    });
    // The last row keeps the measure of the others.
    const missing = layout.columns - cells.length;
    const style = { transform: `translateY(${top}px)`, height: layout.height, gridTemplateColumns: `repeat(${layout.columns}, 1fr)`, gap: layout.gap };
    rows.push(
      <div key={row} role="row" aria-rowindex={row + 1} className={`dr-row${mode === "rows" ? " dr-row-uneven" : ""}`} style={style}>
        {cells}
        {mode === "rows" && missing > 0 && <i aria-hidden style={{ flex: `${missing * 1.35} 1 0`, marginLeft: (missing - 1) * layout.gap }} />}
      </div>,
    );
  }
  const base = rowTop(layout, first) - virtual + scroll;
  const long = layout.full > height * LONG;
  const grid = (
    <div
      ref={box}
      className={`dr-grid${choosing ? " dr-grid-choosing" : ""}`}
      role="grid"
      aria-multiselectable
      tabIndex={0}
      aria-label="Pictures"
      aria-rowcount={layout.rows}
      aria-colcount={layout.columns}
      aria-busy={source.total === null}
      aria-activedescendant={active >= from && active <= to ? `dr-cell-${active}` : undefined}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
      onPointerDown={marquee.onPointerDown}
    >
      <div role="presentation" className="dr-grid-space" style={{ height: layout.shown }}>
        <div role="presentation" style={{ transform: `translateY(${base}px)` }}>
          {rows}
        </div>
        {marquee.rect && <div className="dr-marquee" aria-hidden style={{ left: marquee.rect.left, top: marquee.rect.top - virtual + scroll, width: marquee.rect.right - marquee.rect.left, height: marquee.rect.bottom - marquee.rect.top }} />}
      </div>
    </div>
  );
  const framed = (
    <div className={`dr-grid-frame${long ? " dr-grid-long" : ""}`}>
      {layout.groups && total > 0 && <GroupNow source={source} group={groupOfRow(layout, rowAt(layout, virtual))} shown={virtual > layout.groups.offset[groupOfRow(layout, rowAt(layout, virtual))] + HEAD / 2} />}
      {grid}
      {long && <Scrubber source={source} sort={sort} at={virtual / Math.max(1, layout.full - height)} onJump={(position) => go(rowTop(layout, rowOf(layout, position)) - (layout.groups ? HEAD : TOP))} />}
    </div>
  );
  return (
    <>
      {mode === "list" && <ListHead {...list} shown={columns} width={width} />}
      {framed}
    </>
  );
}
