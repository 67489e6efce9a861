// What is measured of pixels: histogram, clipping, differences, likeness. Pure, run in a worker, tested by Node.

/** Counts of red, green, blue and luma in 256 steps, and shares of pixels at either end. */
export function histogramOf(pixels) {
  const bins = { red: new Uint32Array(256), green: new Uint32Array(256), blue: new Uint32Array(256), luma: new Uint32Array(256) };
  let low = 0;
  let high = 0;
  for (let at = 0; at < pixels.length; at += 4) {
    const r = pixels[at];
    const g = pixels[at + 1];
    const b = pixels[at + 2];
    bins.red[r] += 1;
    bins.green[g] += 1;
    bins.blue[b] += 1;
    bins.luma[(r * 54 + g * 183 + b * 19) >> 8] += 1;
    if (r >= 254 || g >= 254 || b >= 254) high += 1;
    if (r <= 1 && g <= 1 && b <= 1) low += 1;
  }
  const total = pixels.length / 4 || 1;
  return { ...bins, low: low / total, high: high / total };
}

/** Marks pixels that are at an end: red where light is cut off, blue where shadow is. */
export function clippingOf(pixels) {
  const marks = new Uint8ClampedArray(pixels.length);
  for (let at = 0; at < pixels.length; at += 4) {
    const [r, g, b] = [pixels[at], pixels[at + 1], pixels[at + 2]];
    if (r >= 254 || g >= 254 || b >= 254) marks.set([255, 40, 40, 255], at);
    else if (r <= 1 && g <= 1 && b <= 1) marks.set([40, 110, 255, 255], at);
  }
  return marks;
}

const STOPS = [[8, 8, 20], [60, 20, 110], [180, 40, 90], [245, 130, 40], [255, 245, 190]];

/** From dark over violet and orange to almost white. */
export function heat(share) {
  const place = Math.min(0.9999, Math.max(0, share)) * (STOPS.length - 1);
  const index = Math.floor(place);
  return STOPS[index].map((from, channel) => Math.round(from + (STOPS[index + 1][channel] - from) * (place - index)));
}

/** How far two pictures of one size are apart, pixel by pixel: a map, the mean and the share that differs visibly. */
export function differenceOf(one, other) {
  const table = Array.from({ length: 256 }, (_, value) => heat(Math.sqrt(value / 255)));
  const map = new Uint8ClampedArray(one.length);
  let sum = 0;
  let visible = 0;
  for (let at = 0; at < one.length; at += 4) {
    const apart = Math.max(Math.abs(one[at] - other[at]), Math.abs(one[at + 1] - other[at + 1]), Math.abs(one[at + 2] - other[at + 2]));
    const colour = table[apart];
    map[at] = colour[0];
    map[at + 1] = colour[1];
    map[at + 2] = colour[2];
    map[at + 3] = 255;
    sum += apart;
    if (apart > 6) visible += 1;
  }
  const total = one.length / 4 || 1;
  return { map, mean: sum / total / 255, visible: visible / total };
}

const lumaOf = (pixels) => {
  const luma = new Float32Array(pixels.length / 4);
  for (let at = 0; at < luma.length; at += 1) luma[at] = 0.2126 * pixels[at * 4] + 0.7152 * pixels[at * 4 + 1] + 0.0722 * pixels[at * 4 + 2];
  return luma;
};

/** Structural similarity of brightness (Wang et al. 2004), over windows of 8 x 8 every 4 pixels: of each, row by row, and their mean; 1 is the same picture. */
export function likenessIn(one, other, width, height) {
  const [a, b] = [lumaOf(one), lumaOf(other)];
  const side = Math.min(8, width, height);
  const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];
  const count = side * side;
  const [columns, rows] = [width, height].map((length) => Math.floor((length - side) / 4) + 1);
  const values = new Float32Array(columns * rows);
  let total = 0;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      let [sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0];
      for (let y = row * 4; y < row * 4 + side; y += 1) {
        for (let at = y * width + column * 4; at < y * width + column * 4 + side; at += 1) {
          const [va, vb] = [a[at], b[at]];
          sa += va;
          sb += vb;
          saa += va * va;
          sbb += vb * vb;
          sab += va * vb;
        }
      }
      const [ma, mb] = [sa / count, sb / count];
      const [va, vb, covariance] = [saa / count - ma * ma, sbb / count - mb * mb, sab / count - ma * mb];
      const value = ((2 * ma * mb + c1) * (2 * covariance + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
      values[row * columns + column] = value;
      total += value;
    }
  }
  return { columns, rows, values, mean: total / values.length };
}

/** A map of windows: dark where they are alike, bright where they are not; half unlike is as bright as can be. */
export function likenessMap({ values }) {
  const map = new Uint8ClampedArray(values.length * 4);
  values.forEach((value, at) => map.set([...heat(Math.sqrt(Math.min(1, (1 - value) * 2))), 255], at * 4));
  return map;
}
