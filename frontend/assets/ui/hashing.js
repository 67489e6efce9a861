// A worker: hashes files piece by piece, so that neither the page nor the memory notices how large they are.

import { Sha256 } from "./sha256.js";

const PIECE = 4 << 20;

onmessage = async ({ data: { id, file } }) => {
  try {
    const hash = new Sha256();
    for (let at = 0; at < file.size; at += PIECE) {
      hash.update(new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer()));
      postMessage({ id, done: Math.min(at + PIECE, file.size) });
    }
    postMessage({ id, sha256: hash.hex() });
  } catch (error) {
    postMessage({ id, error: error.message });
  }
};
