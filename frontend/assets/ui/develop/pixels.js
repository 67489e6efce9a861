// Asks the worker that counts and compares pixels.

let worker = null;
let next = 1;
const waiting = new Map();

function started() {
  if (worker) return worker;
  worker = new Worker(new URL("./pixels.worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data: { id, answer, error } }) => {
    const [resolve, reject] = waiting.get(id) || [];
    waiting.delete(id);
    if (error) reject?.(new Error(error));
    else resolve?.(answer);
  };
  return worker;
}

const ask = (task, given) =>
  new Promise((resolve, reject) => {
    const id = next++;
    waiting.set(id, [resolve, reject]);
    started().postMessage({ id, task, ...given });
  });

export const measure = (blob) => ask("measure", { blob });
export const clipping = (blob) => ask("clipping", { blob });
/** `map` is what is drawn of it: `heat`, how much each pixel differs, or `ssim`, where windows are unlike. */
export const compare = (before, after, map = null) => ask("compare", { before, after, map });
