// Which tiles of a large picture are in sight; kept apart from React so that it can be tested.

/** The level whose pixels are enough for a picture shown so many device pixels wide. */
export function levelFor(grid, pixels) {
  for (let level = 0; level < grid.levels; level += 1) {
    if (widthAt(grid, level) >= pixels) return level;
  }
  return grid.levels - 1;
}

const scaleOf = (grid, level) => 2 ** (grid.levels - 1 - level);
const widthAt = (grid, level) => Math.ceil(grid.width / scaleOf(grid, level));
const heightAt = (grid, level) => Math.ceil(grid.height / scaleOf(grid, level));

/**
 * Tiles of a level that a part of the picture needs, each with its place in it.
 * `seen` and the places are shares of the picture's width and height, from 0 to 1.
 */
export function tilesInSight(grid, level, seen) {
  const [width, height] = [widthAt(grid, level), heightAt(grid, level)];
  const first = (at, size) => Math.max(0, Math.floor((at * size) / grid.tile));
  const last = (at, size) => Math.min(Math.ceil(size / grid.tile) - 1, Math.floor((at * size) / grid.tile));
  if (seen.left >= 1 || seen.top >= 1 || seen.right <= 0 || seen.bottom <= 0) return [];
  const found = [];
  for (let row = first(seen.top, height); row <= last(seen.bottom, height); row += 1) {
    for (let column = first(seen.left, width); column <= last(seen.right, width); column += 1) {
      const [x, y] = [column * grid.tile, row * grid.tile];
      found.push({ level, column, row, left: x / width, top: y / height, width: Math.min(grid.tile, width - x) / width, height: Math.min(grid.tile, height - y) / height });
    }
  }
  return found;
}
