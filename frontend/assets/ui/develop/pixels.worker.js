// Counts and compares pixels beside the page, so that nothing on it waits.

import { clippingOf, differenceOf, histogramOf, likenessMap, likenessIn } from "./measure.js";

/** Comparing takes time that grows with the pixels; this many tell enough. */
const MOST = 1_200_000;
/** Counting is quick, but the pixels of a whole picture would fill the memory of a phone. */
const COUNTED = 16_000_000;

async function pixelsOf(blob, width, height) {
  const bitmap = await createImageBitmap(blob, width ? { resizeWidth: width, resizeHeight: height, resizeQuality: "high" } : {});
  const shrink = Math.sqrt(Math.min(1, COUNTED / (bitmap.width * bitmap.height)));
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(bitmap.width * shrink)), Math.max(1, Math.round(bitmap.height * shrink)));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

const asBitmap = (data, { width, height }) => createImageBitmap(new ImageData(data, width, height));

const TASKS = {
  async measure({ blob }) {
    return histogramOf((await pixelsOf(blob)).data);
  },
  async clipping({ blob }) {
    const found = await pixelsOf(blob);
    return { bitmap: await asBitmap(clippingOf(found.data), found) };
  },
  async compare({ before, after, map }) {
    let second = await pixelsOf(after);
    const shrink = Math.sqrt(Math.min(1, MOST / (second.width * second.height)));
    const size = [Math.max(1, Math.round(second.width * shrink)), Math.max(1, Math.round(second.height * shrink))];
    if (shrink < 1) second = await pixelsOf(after, ...size);
    const first = await pixelsOf(before, ...size);
    const { map: drawn, mean, visible } = differenceOf(first.data, second.data);
    const windows = likenessIn(first.data, second.data, ...size);
    const bitmap = map === "heat" ? await asBitmap(drawn, second) : map === "ssim" ? await asBitmap(likenessMap(windows), { width: windows.columns, height: windows.rows }) : null;
    return { mean, visible, likeness: windows.mean, bitmap };
  },
};

onmessage = async ({ data: { id, task, ...given } }) => {
  try {
    const answer = await TASKS[task](given);
    postMessage({ id, answer }, answer.bitmap ? [answer.bitmap] : []);
  } catch (error) {
    postMessage({ id, error: String(error) });
  }
};
