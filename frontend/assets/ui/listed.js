// Pictures that are named one by one, as a source like that of a view.

import { request } from "./api.js";
import { Watched } from "./watched.js";

const NAMED = 24;

export class ListSource extends Watched {
  constructor(names) {
    super();
    this.names = names;
    this.query = "";
    this.total = names.length;
    this.known = new Map();
  }

  open() {}

  close() {}

  at(position) {
    return this.known.get(this.names[position]);
  }

  find(id) {
    return this.names.indexOf(id);
  }

  /** Where one of them is developed, with those beside it as far as an address can name them. */
  developing(id) {
    const from = Math.max(0, this.find(id) - NAMED / 2);
    return `/develop?image=${id}&ids=${this.names.slice(from, from + NAMED).join(",")}`;
  }

  async ids(first, last) {
    return this.names.slice(first, last + 1);
  }

  want(first, last) {
    for (const id of this.names.slice(first, last + 1)) {
      if (this.known.has(id)) continue;
      this.known.set(id, undefined);
      this.read(id);
    }
  }

  read(id) {
    return request(`/images/${id}`).then(
      (item) => {
        this.known.set(id, item);
        this.changed();
      },
      () => {},
    );
  }

  /** Reads again what is known. */
  reload() {
    for (const id of this.known.keys()) this.read(id);
  }

  /** The pictures there that fit. */
  items(fits) {
    return [...this.known.values()].filter((item) => item && fits(item.id));
  }

  /** Shows a change at once; the server's own answer comes with the next reading. */
  patch(fits, change) {
    for (const item of this.items(fits)) this.known.set(item.id, { ...item, ...change(item) });
    this.changed();
  }
}
