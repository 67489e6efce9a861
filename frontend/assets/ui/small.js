// Thumbnails that came along with their records, by picture: the latest ones, so that memory stays bounded.

import { fileUrl } from "./api.js";

const KEPT = 600;
const kept = new Map();

/** Keeps thumbnails of a page. */
export function keepSmall(found) {
  for (const [id, address] of Object.entries(found || {})) {
    kept.delete(id);
    kept.set(id, address);
  }
  // Maps keep the order of insertion: the oldest goes first.
  for (const id of kept.keys()) {
    if (kept.size <= KEPT) break;
    kept.delete(id);
  }
}

/** The thumbnail itself where it came along, else nothing. */
export const smallOf = (id) => kept.get(id);

/** Where the thumbnail of a picture is. */
export const smallUrl = (id) => kept.get(id) || fileUrl(id, "thumbnail");
