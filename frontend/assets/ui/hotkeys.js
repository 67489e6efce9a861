// Keys: each is declared once, with words, where it is handled. The help and the palette are made of these declarations.

import { useEffect, useRef } from "react";

const MODAL = "[role=menu], [role=dialog]";
const typing = (target) => target.closest?.("input:not([type=range]), textarea, select, [contenteditable]");

/** Keys by which a slider moves are its own. */
const sliding = (target, name) => /^(Arrow|Home|End|Page)/.test(name) && target.closest?.("input[type=range]");

/** A key with what is held beside it: `z`, `Mod+z`, `Mod+Shift+z`. */
export function chord(event) {
  if (!event.ctrlKey && !event.metaKey) return event.altKey ? "" : event.key;
  return `Mod+${event.shiftKey ? "Shift+" : ""}${event.altKey ? "Alt+" : ""}${event.key.length === 1 ? event.key.toLowerCase() : event.key}`;
}

const isOff = (one) => Boolean(typeof one.off === "function" ? one.off() : one.off);

/** The declaration that a key belongs to; one that is off, or that leaves the key to the browser, does not count. */
export const keyed = (list, name) => list.find((one) => one.keys.includes(name) && !isOff(one) && !one.unless?.());

export const EVERYWHERE = "Everywhere";
const sections = [];
const helpers = new Set();

/** Asks for the help; whoever shows it is told. */
export const askHelp = () => helpers.forEach((show) => show());
export const onHelp = (show) => (helpers.add(show), () => helpers.delete(show));

const askedFor = new Set();

/** Asks for what the page asked of the API, as the help is asked for. */
export const askAsked = () => askedFor.forEach((show) => show());
export const onAskAsked = (show) => (askedFor.add(show), () => askedFor.delete(show));

/** Declarations of what is open now, those of the page before those of all pages; while a dialog declares keys, no others work. */
export function declared() {
  const newest = [...sections].reverse();
  const open = newest.filter((one) => one.dialog);
  const all = open.length ? open.slice(0, 1) : [...newest.filter((one) => one.name !== EVERYWHERE), ...newest.filter((one) => one.name === EVERYWHERE)];
  return all.map((one) => [one.name, one.latest.current]);
}

function useDeclared(name, list, dialog = false) {
  const latest = useRef(list);
  latest.current = list;
  useEffect(() => {
    const one = { name, latest, dialog };
    sections.push(one);
    return () => sections.splice(sections.indexOf(one), 1);
  }, [name, dialog]);
  return latest;
}

/**
 * Keys of the whole page; they rest while somebody types or a dialog is open. Each is `{ keys, words, act }`, and may have
 * `off` (there is nothing to do now; or a function that tells), `unless` (leaves the key to the browser), `group` (its keys and words in the help, for several
 * of a kind), `move` (leads about and is no command) and `anywhere` (works while somebody types, too).
 */
export function useShortcuts(section, list) {
  const latest = useDeclared(section, list);
  useEffect(() => {
    const onKey = (event) => {
      const name = chord(event);
      const one = keyed(latest.current, name);
      if (!one || event.defaultPrevented) return;
      // A field whose text is a value of the page leaves undoing to the page.
      const undoing = /^Mod\+(Shift\+z|z|y)$/.test(name) && event.target.closest?.("[data-undo=page]");
      if (sliding(event.target, name) || (typing(event.target) && !undoing && !one.anywhere)) return;
      // The key that has just closed a dialog still comes from inside of it.
      if (document.querySelector(MODAL) || event.target.closest?.(MODAL)) return;
      event.preventDefault();
      one.act(event);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

/** Keys of a dialog, declared in the same way; the handler that its outermost element takes. */
export function useDialogKeys(section, list, rests = () => false) {
  useDeclared(section, list, true);
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const one = (event.shiftKey && keyed(list, `Shift+${name}`)) || keyed(list, name);
    if (!one || rests(event)) return;
    event.preventDefault();
    event.stopPropagation();
    one.act(event);
  };
}

const SIGNS = { Mod: /Mac|iP/.test(typeof navigator === "undefined" ? "" : navigator.platform) ? "⌘" : "Ctrl", Shift: "⇧", Escape: "Esc", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", " ": "Space", "-": "−" };

/** A key as it is written on a keyboard, in parts. */
export const signs = (key) => (key === "+" ? ["+"] : key.split("+").map((part) => SIGNS[part] || (part.length === 1 ? part.toUpperCase() : part)));

/** What the help shows of a section: those of a kind in one line, what cannot be done now marked. */
export function helpOf(list) {
  const lines = new Map();
  for (const one of list.filter((other) => other.keys.length)) {
    const [keys, words] = one.group || [one.keys.slice(0, 1).map(signs), one.words];
    const line = lines.get(words) || { words, keys, names: [], off: true };
    line.names.push(...one.keys);
    line.off &&= isOff(one);
    lines.set(words, line);
  }
  return [...lines.values()];
}

/** What the palette offers of the sections that are open: what can be done now and is no mere moving about. */
export const commandsOf = (open) => open.flatMap(([section, list]) => list.filter((one) => !isOff(one) && !one.move && !one.unless?.()).map((one) => ({ section, words: one.words, keys: one.keys[0] ? signs(one.keys[0]) : [], act: () => one.act({ key: one.keys[0] }) })));
