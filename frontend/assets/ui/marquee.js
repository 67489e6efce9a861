// Choosing pictures by a rectangle drawn over the grid with the mouse.

import { useEffect, useRef, useState } from "react";
import { covered } from "./selection.js";

const START = 8; // pixels the mouse moves before it is a rectangle and no click
const EDGE = 56; // from the edge of the grid, where it scrolls by itself

/**
 * `box` is the scrolling element, `current()` its offset in the full height, `go(to)` scrolls. `onDone(runs, more)` is
 * told the runs of positions at the end; `edges(row)` gives the pictures of a row where their widths differ; `more` says that what was chosen before stays. Gives back the rectangle to
 * draw (of the window), whether a position is in it, and the handler for the box.
 */
export function useMarquee({ box, layout, edges, total, current, go, onDone }) {
  const [state, setState] = useState(null);
  const drag = useRef(null);
  const latest = useRef({});
  latest.current = { layout, edges, total, current, go, onDone };
  useEffect(() => () => drag.current?.stop(), []);

  const onPointerDown = (event) => {
    const onBar = event.clientX > box.current.getBoundingClientRect().left + box.current.clientWidth;
    if (event.button !== 0 || event.pointerType !== "mouse" || onBar || event.target.closest("button")) return;
    const start = place(event);
    let last = event;
    let frame = 0;
    const look = () => {
      const now = place(last);
      const rect = { left: Math.min(start.x, now.x), right: Math.max(start.x, now.x), top: Math.min(start.y, now.y), bottom: Math.max(start.y, now.y) };
      const { layout: shape, edges: uneven, total: count } = latest.current;
      const runs = covered(shape, rect, count, uneven);
      drag.current.runs = runs;
      setState({ rect, runs, more: drag.current.more });
    };
    const scroll = () => {
      const edges = box.current.getBoundingClientRect();
      const over = Math.min(0, last.clientY - edges.top - EDGE) + Math.max(0, last.clientY - edges.bottom + EDGE);
      if (over) {
        latest.current.go(latest.current.current() + over / 3);
        look();
      }
      frame = requestAnimationFrame(scroll);
    };
    const onMove = (moved) => {
      last = moved;
      if (!drag.current.on) {
        if (Math.hypot(moved.clientX - event.clientX, moved.clientY - event.clientY) < START) return;
        drag.current.on = true;
        frame = requestAnimationFrame(scroll);
      }
      moved.preventDefault();
      look();
    };
    const onUp = () => {
      const { on, runs, more, stop } = drag.current;
      stop();
      if (!on) return;
      // The click that follows is the end of the rectangle.
      const swallow = (click) => click.stopPropagation();
      addEventListener("click", swallow, { capture: true, once: true });
      setTimeout(() => removeEventListener("click", swallow, { capture: true }), 0);
      latest.current.onDone(runs, more);
    };
    const onKey = (pressed) => {
      if (pressed.key !== "Escape") return;
      pressed.stopPropagation();
      drag.current.stop();
    };
    const stop = () => {
      cancelAnimationFrame(frame);
      removeEventListener("pointermove", onMove);
      removeEventListener("pointerup", onUp);
      removeEventListener("keydown", onKey, { capture: true });
      drag.current = null;
      setState(null);
    };
    drag.current = { on: false, runs: [], more: event.ctrlKey || event.metaKey || event.shiftKey, stop };
    addEventListener("pointermove", onMove);
    addEventListener("pointerup", onUp);
    addEventListener("keydown", onKey, { capture: true });
  };

  /** Where the mouse is in the full height of the grid. */
  function place(event) {
    const edges = box.current.getBoundingClientRect();
    return { x: event.clientX - edges.left - parseFloat(getComputedStyle(box.current).paddingLeft), y: event.clientY - edges.top + latest.current.current() };
  }

  return { rect: state?.rect, more: Boolean(state?.more), isIn: state && ((position) => state.runs.some(([from, to]) => position >= from && position <= to)), onPointerDown };
}
