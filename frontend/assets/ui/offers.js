// Notices that offer to take back what was done: each is there for as long as it takes to read it and to get to it.

import { toast } from "sonner";

/** Milliseconds. Other notices go after four seconds, in which a slow machine or a slow hand does not reach them. */
const SHOWN = 10_000;

const last = new Map();
let made = 0;

/** What makes a notice offer to take something back. */
export const undoing = (undo) => ({ duration: SHOWN, action: { label: "Undo", onClick: undo } });

/** An id for a notice instead of the last of its kind. Under the same id it would have but the rest of the other's time, or go with it. */
export function insteadOf(kind) {
  if (last.has(kind)) toast.dismiss(last.get(kind));
  made += 1;
  last.set(kind, `${kind}-${made}`);
  return last.get(kind);
}
