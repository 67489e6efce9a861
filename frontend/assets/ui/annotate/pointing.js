// Pointers on the picture: one that is followed from where it went down, and two fingers that zoom and move it.

import { useEffect } from "react";

const CLICK = 4; // pixels that a hand trembles

/** Follows a pointer; `onMove` gets where it is, `onEnd` whether it moved at all, and whether it was given up. */
export function follow(event, onMove, onEnd) {
  const { clientX, clientY, pointerId } = event;
  let far = false;
  const move = (one) => {
    if (one.pointerId !== pointerId) return;
    far ||= Math.hypot(one.clientX - clientX, one.clientY - clientY) >= CLICK;
    if (far) onMove(one);
  };
  const end = (one) => {
    if (one.type !== "an-give-up" && one.pointerId !== pointerId) return;
    for (const [name, hear] of [["pointermove", move], ["pointerup", end], ["pointercancel", end], ["an-give-up", end]]) removeEventListener(name, hear);
    onEnd(far, one.type !== "pointerup");
  };
  for (const [name, hear] of [["pointermove", move], ["pointerup", end], ["pointercancel", end], ["an-give-up", end]]) addEventListener(name, hear);
}

/** Two fingers on `stage` zoom and move what is shown; what one of them had begun is given up. */
export function usePinch(stage, zooming) {
  const { to, by } = zooming;
  useEffect(() => {
    const root = stage.current;
    if (!root) return undefined;
    const fingers = new Map();
    const both = () => {
      const [one, other] = [...fingers.values()];
      return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, wide: Math.hypot(one.x - other.x, one.y - other.y) };
    };
    const down = (event) => {
      if (event.pointerType !== "touch") return;
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      if (fingers.size !== 2) return;
      event.stopPropagation();
      dispatchEvent(new Event("an-give-up"));
    };
    const move = (event) => {
      if (!fingers.has(event.pointerId)) return;
      const before = fingers.size === 2 && both();
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      if (!before) return;
      const now = both();
      to((old) => (old * now.wide) / Math.max(1, before.wide), now);
      by(now.x - before.x, now.y - before.y);
    };
    const up = (event) => fingers.delete(event.pointerId);
    root.addEventListener("pointerdown", down, { capture: true });
    const heard = [["pointermove", move], ["pointerup", up], ["pointercancel", up]];
    for (const [name, hear] of heard) addEventListener(name, hear);
    return () => {
      root.removeEventListener("pointerdown", down, { capture: true });
      for (const [name, hear] of heard) removeEventListener(name, hear);
    };
  }, [stage, to, by]);
}
