// The keys of the page that labels.

import { useShortcuts } from "../hotkeys.js";
import { KEYED } from "./classes.jsx";
import { movedThing, nextCorner, resizedThing, withCorner, withMore, withoutCorner } from "./outlines.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** How far one press goes: a pixel at least, less of the picture the nearer it is. */
const stepsOf = (item, scale) => [Math.max(1 / (item.width || 1000), 0.005 / scale), Math.max(1 / (item.height || 1000), 0.005 / scale)];

function outlineKeys({ saying, chosen, thing, corner, setCorner, pending, setPending, finish }) {
  const has = () => Boolean(thing?.outlines.length);
  const change = (next) => saying.setThings(saying.things.map((one, at) => (at === chosen ? next : one)), chosen);
  return [
    { keys: ["Enter"], words: "Close the outline", act: finish, off: !pending },
    { keys: ["Escape"], words: "Draw it anew", act: () => setPending(null), off: !pending, move: true },
    { keys: ["Mod+z", "Backspace"], words: "Take the last corner back", act: () => setPending(pending.length > 1 ? pending.slice(0, -1) : null), off: !pending },
    { keys: ["]", "["], words: "Next corner, or the one before", act: (event) => setCorner(nextCorner(thing, corner, event.key === "]" ? 1 : -1)), off: () => !has(), move: true },
    { keys: ["i"], words: "Put a corner in behind it", act: () => (change(withMore(thing, corner)), setCorner([corner[0], corner[1] + 1])), off: () => !has() || !corner },
    { keys: ["Delete", "Backspace"], words: "Delete the corner", act: () => (change(withoutCorner(thing, corner)), setCorner(null)), off: () => !has() || !corner || !withoutCorner(thing, corner) },
    { keys: ["Escape"], words: "Let go of the corner", act: () => setCorner(null), off: () => !corner, move: true },
  ];
}

export function useKeys(given) {
  const { queue, saying, labels, chosen, setChosen, corner, pending, zooming, search, onCommit } = given;
  const { item, go, undo, undoable, drafts } = queue;
  const thing = chosen !== null ? saying.things[chosen] : null;
  const noun = saying.kind === "outlines" ? "outline" : "box";
  const none = !item;
  const nudge = (event) => {
    const [across, down] = ARROWS[event.key];
    const [wide, tall] = stepsOf(item, zooming.zoom.scale);
    const [dx, dy] = [across * wide, down * tall];
    let next = event.shiftKey ? resizedThing(thing, "se", dx, dy) : movedThing(thing, dx, dy);
    if (corner && thing.outlines.length) {
      const [x, y] = thing.outlines[corner[0]][corner[1]];
      next = withCorner(thing, corner, [x + dx, y + dy]);
    }
    saying.setThings(saying.things.map((one, at) => (at === chosen ? next : one)), chosen);
  };
  useShortcuts("Labelling", [
    ...labels.slice(0, KEYED).map((label, at) => ({ keys: [String(at + 1)], words: label, act: () => saying.choose(label), off: none, group: [[[labels.length > 1 ? `1 – ${Math.min(KEYED, labels.length)}` : "1"]], saying.placed ? `Class of the ${noun}, and of the next ones` : "Class of the picture"] })),
    { keys: ["/"], words: "Search classes, or name a new one", act: () => search.current?.focus() },
    ...(saying.kind === "outlines" ? outlineKeys({ ...given, thing }) : []),
    { keys: ["Enter"], words: "It is right as it is; next picture", act: saying.right, off: none || Boolean(pending), unless: () => document.activeElement?.matches("button:not(.an-box), a, summary") },
    { keys: ["g"], words: "Take what the model says", act: saying.take, off: none || saying.placed || !item?.guess },
    { keys: ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"], words: saying.kind === "outlines" ? "Move the outline, or its corner; with Shift its size" : "Move the box; with Shift its size", act: nudge, off: () => !thing, move: true },
    { keys: ["ArrowRight", "s", "PageDown"], words: "Skip to the next picture", act: () => go((old) => old + 1), off: none, move: true },
    { keys: ["ArrowLeft", "PageUp"], words: "Previous picture", act: () => go((old) => old - 1), off: none, move: true },
    { keys: ["b"], words: noun === "box" ? "Add a box" : "Add an outline", act: saying.add, off: !saying.placed || none },
    { keys: ["Delete", "Backspace"], words: `Delete the ${noun}`, act: () => saying.remove(chosen), off: () => !thing },
    { keys: ["Escape"], words: `Let go of the ${noun}`, act: () => (document.activeElement?.blur?.(), setChosen(null)), off: () => !thing, move: true },
    { keys: ["Mod+z"], words: "Undo", act: undo, off: !undoable },
    { keys: ["+", "="], words: "Zoom in", act: () => zooming.to((old) => old * 1.5), off: none, move: true },
    { keys: ["-"], words: "Zoom out", act: () => zooming.to((old) => old / 1.5), off: none, move: true },
    { keys: ["0"], words: "The whole picture", act: () => zooming.to(1), off: none, move: true },
    { keys: ["Mod+Enter"], words: "Make a version of it", act: onCommit, off: !drafts?.looked_at },
  ]);
}
