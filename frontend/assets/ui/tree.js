// What has something above it, in the order of a tree.

/**
 * Items from the top down, each with its depth; those of a level stay in their order.
 * @param {object[]} items whatever `keyOf` tells apart.
 * @param {(item: object) => string} keyOf what an item is known by.
 * @param {(item: object) => string | null} parentOf key of the item above; what is not among the items counts as none.
 */
export function treeOf(items, keyOf, parentOf) {
  const known = new Set(items.map(keyOf));
  const below = new Map();
  for (const one of items) {
    const parent = parentOf(one);
    const above = known.has(parent) ? parent : null;
    below.set(above, [...(below.get(above) || []), one]);
  }
  const walk = (parent, depth) => (below.get(parent) || []).flatMap((one) => [{ ...one, depth }, ...walk(keyOf(one), depth + 1)]);
  return walk(null, 0);
}
