// What is compared with what: the way, the pair, and whether names are hidden; with the keys that change it.

import { useState } from "react";
import { paired, pairWithin, shuffled, stepped, WAYS } from "./places.js";

const STEPPING = [[["←"], ["→"]], "Another second picture"];
const FIRST = [[["⇧", "←"], ["⇧", "→"]], "Another first picture"];
const NUMBERS = ["1", "2", "3", "4", "5", "6"];

/** What is chosen from a list has keys of its own. */
export const rests = (event) => event.key !== "Escape" && event.target.closest("select") !== null;

/**
 * `ids` are those of the pictures. `order` is how they stand: by chance while names are hidden. `pair` are places in it.
 * `onChosen(id)` is told what somebody chose without knowing its name.
 */
export function useComparing(ids, { start = "all", onChosen = () => {} } = {}) {
  const [way, setWay] = useState(start);
  const [mixed, setMixed] = useState(null);
  const [given, setPair] = useState([0, 1]);
  const [chosen, setChosen] = useState(null);
  const [split, setSplit] = useState(50);
  const order = mixed ? mixed.filter((id) => ids.includes(id)) : ids;
  const pair = pairWithin(given, order.length);
  const blind = mixed !== null;
  const hide = () => {
    setChosen(null);
    setMixed(blind ? null : shuffled(ids));
  };
  const choose = (id) => {
    setMixed(null);
    setChosen(id);
    setPair([0, 1]);
    onChosen(id);
  };
  const step = (side, by) => setPair(side === "a" ? [stepped(pair[0], by, order.length, pair[1]), pair[1]] : [pair[0], stepped(pair[1], by, order.length, pair[0])]);
  const put = (side, at) => setPair(paired(pair, side, at));
  const two = way !== "all";
  const keys = [
    { keys: ["y"], words: "Ways to compare, by turns", act: () => setWay(WAYS[(WAYS.indexOf(way) + 1) % WAYS.length]) },
    { keys: ["Shift+ArrowLeft"], words: FIRST[1], group: FIRST, move: true, off: !two, act: () => step("a", -1) },
    { keys: ["Shift+ArrowRight"], words: FIRST[1], group: FIRST, move: true, off: !two, act: () => step("a", 1) },
    { keys: ["ArrowLeft"], words: STEPPING[1], group: STEPPING, move: true, off: !two, act: () => step("b", -1) },
    { keys: ["ArrowRight"], words: STEPPING[1], group: STEPPING, move: true, off: !two, act: () => step("b", 1) },
    { keys: ["x"], words: "Change the two about", off: !two, act: () => setPair([pair[1], pair[0]]) },
    { keys: ["n"], words: blind ? "Show the names" : "Hide the names", act: hide },
    { keys: NUMBERS.slice(0, order.length), words: blind ? "Choose one, and show the names" : "The second picture, by its number", move: !blind, act: (event) => (blind ? choose(order[Number(event.key) - 1]) : (put("b", Number(event.key) - 1), two || setWay("slider"))) },
  ];
  return { way, setWay, order, pair, put, blind, hide, choose, chosen, split, setSplit, keys };
}
