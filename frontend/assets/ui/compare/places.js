// Which two of several pictures are compared, and how. Kept apart from React so that it can be tested.

/** Ways to compare: all beside each other, or two of them. */
export const WAYS = ["all", "slider", "side", "flicker", "heat", "ssim"];

/** Those that show a map of what differs. */
export const isMap = (way) => way === "heat" || way === "ssim";

/** The place `by` further on a ring of `count`, never at `other`. */
export function stepped(at, by, count, other) {
  if (count < 2) return at;
  let next = at;
  do next = (next + by + count) % count;
  while (next === other);
  return next;
}

/** A pair with one of its places set; where that is the other one's, both change places. */
export function paired([a, b], side, at) {
  if (side === "a") return at === b ? [b, a] : [at, b];
  return at === a ? [b, a] : [a, at];
}

/** The same in an order that chance chose (Fisher and Yates). */
export function shuffled(list, draw = Math.random) {
  const made = [...list];
  for (let at = made.length - 1; at > 0; at -= 1) {
    const other = Math.floor(draw() * (at + 1));
    [made[at], made[other]] = [made[other], made[at]];
  }
  return made;
}

/** The pair once one of the pictures is gone. */
export const pairWithin = ([a, b], count) => (a < count && b < count ? [a, b] : [0, Math.min(1, count - 1)]);

/** How many columns leave the pictures largest. */
export const columnsFor = (number, wide) => (wide ? (number <= 3 ? number : number === 4 ? 2 : 3) : number <= 3 ? 1 : 2);
