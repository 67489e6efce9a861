// How far pictures are turned, wherever they are shown small: what Develop does to them, as far as this browser knows it.

import { present } from "./develop/document.js";
import { keptIds, readDraft } from "./develop/drafts.js";
import { turnOf } from "./turning.js";
import { Watched } from "./watched.js";

class Turns extends Watched {
  known = null;
  seen = new WeakMap();

  read() {
    if (this.known) return;
    this.known = new Map();
    for (const id of keptIds()) this.put(id, present(readDraft(id).history));
  }

  put(id, doc) {
    const turn = turnOf(doc);
    if ((this.known.get(id) || 0) === turn) return false;
    if (turn) this.known.set(id, turn);
    else this.known.delete(id);
    return true;
  }

  /** Takes note of what is done to a picture. */
  note(id, doc) {
    this.read();
    if (this.put(id, doc)) this.changed();
  }

  /** Degrees, clockwise: 0, 90, 180 or 270. */
  of(id) {
    this.read();
    return this.known.get(id) || 0;
  }

  /** A picture as it is shown: with its turn, and its sides as they are then. The same for the same. */
  shown(item) {
    const turn = item && this.of(item.id);
    if (!turn) return item;
    const before = this.seen.get(item);
    if (before?.turn === turn) return before;
    const found = { ...item, turn, ...(turn % 180 && { width: item.height, height: item.width }) };
    this.seen.set(item, found);
    return found;
  }
}

export const turns = new Turns();

/** How a small picture is turned within its box, which has the class `dr-turned` where its sides are changed. */
export const turnStyle = (turn) => (turn ? { rotate: `${turn}deg` } : undefined);
export const turnClass = (turn) => (turn % 180 ? " dr-turned" : "");
