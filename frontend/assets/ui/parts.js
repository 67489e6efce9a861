// One large file in parts: hashed first, so that what is known is not sent and what broke off is gone on with.

import { API, Problem, problemFrom, request, unreachable } from "./api.js";

export const LARGE = 16 << 20; // bytes from which on a file goes in parts
const PARALLEL = 3;
const WAITS = [500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]; // after a line that breaks
const DOUBT = 5; // tries after which it is no line that is in the way, if Darkroom itself answers

let worker = null;
let next = 1;
const asked = new Map();

/** The sha256 of a file, from a worker; tells how many bytes are done. */
export function hashOf(file, tell = () => {}) {
  if (!worker) {
    worker = new Worker(new URL("./hashing.js", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => {
      const one = asked.get(data.id);
      if (data.done !== undefined) return one.tell(data.done);
      asked.delete(data.id);
      return data.sha256 ? one.resolve(data.sha256) : one.reject(unreadable(one.file));
    };
  }
  return new Promise((resolve, reject) => {
    asked.set(next, { file, tell, resolve, reject });
    worker.postMessage({ id: next++, file });
  });
}

const unreadable = (file) =>
  new Problem({ title: "The file cannot be read", code: "source_unreadable", detail: `${file.name} changed, or may not be read any more.`, remedy: "Choose it again." }, 0);

/** A bucket that browsers do not get through to: why is for its rules to say, for a page is not told. */
export function unlet(url) {
  const facts = { elsewhere: true };
  const words = `${new URL(url).host} took nothing from this page: it cannot be reached, or its CORS rules do not allow ${location.origin}.`;
  const remedy = "Whoever runs Darkroom lets the bucket allow PUT from this address (docs/storage), or sets DARKROOM_UPLOAD_DIRECT=false.";
  return new Problem({ title: "The bucket does not answer", code: "unreachable", detail: words, remedy, ...facts }, 0);
}

/** Whether Darkroom answers, whatever it says. */
const answers = () => fetch(`${API}/uploads`).then(() => true, () => false);

const aborted = (signal) => signal.aborted && new DOMException("Given up", "AbortError");

/** Waits before another try; ends at once when the browser is on line again, or when given up. */
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    addEventListener("online", resolve, { once: true, signal });
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

/** Does something again as long as only the line, or a server that starts anew, is in the way. */
async function patient(work, signal, tell) {
  for (let tries = 0; ; tries += 1) {
    try {
      const found = await work();
      tell(false);
      return found;
    } catch (error) {
      if (aborted(signal)) throw aborted(signal);
      const passing = error.status === 0 || error.status >= 500 || error.facts?.retryable;
      if (!passing || error.code === "source_unreadable" || tries === WAITS.length) throw error;
      if (error.facts?.elsewhere && tries >= DOUBT && (await answers())) throw error;
      tell(true);
      await pause(Math.max(WAITS[tries], (error.wait || 0) * 1000), signal);
    }
  }
}

function put(part, data, signal, tell) {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.upload.onprogress = (event) => tell(event.loaded);
    call.onload = () => (call.status < 300 ? resolve() : reject(problemFrom(call.responseText, call.status)));
    call.onerror = () => reject(new URL(part.url, location.href).origin === location.origin ? unreachable() : unlet(part.url));
    call.onabort = () => reject(new DOMException("Given up", "AbortError"));
    signal.addEventListener("abort", () => call.abort(), { once: true });
    call.open("PUT", part.url);
    for (const [name, value] of Object.entries(part.headers)) call.setRequestHeader(name, value);
    call.send(data);
  });
}

/**
 * Sends a file; resolves to its batch, or to null where its bytes are a picture already.
 * `tell` hears of {hashed}, {sent} and {waiting}: whether the line is in the way.
 */
export async function sendInParts(file, signal, tell) {
  const sha256 = await hashOf(file, (hashed) => tell({ hashed }));
  if (aborted(signal)) throw aborted(signal);
  const waiting = (is) => tell({ waiting: is });
  const body = { name: file.name, bytes: file.size, sha256, modified_at: new Date(file.lastModified).toISOString() };
  const begun = await patient(() => request("/uploads", { method: "POST", body, signal }), signal, waiting);
  if (!begun.upload) return null;
  const { id, parts } = begun.upload;
  const sent = new Map(parts.map((part) => [part.number, part.there ? part.bytes : 0]));
  const told = () => tell({ sent: [...sent.values()].reduce((sum, one) => sum + one, 0) });
  told();
  const left = parts.filter((part) => !part.there);
  const one = async () => {
    for (let part = left.shift(); part; part = left.shift()) {
      const current = part;
      await patient(
        () =>
          put(current, file.slice(current.offset, current.offset + current.bytes), signal, (loaded) => {
            sent.set(current.number, Math.min(loaded, current.bytes));
            told();
          }),
        signal,
        waiting,
      );
      sent.set(current.number, current.bytes);
      told();
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, one));
  return (await completed(id, signal, waiting)).batch;
}

/** Has an upload put together; of a large one that goes on after the request was answered. */
export async function completed(id, signal, waiting) {
  const complete = () => patient(() => request(`/uploads/${id}/complete`, { method: "POST", signal }), signal, waiting);
  let done = await complete();
  while (done.operation) {
    const seen = await patient(() => request(`/operations/${done.operation.id}`, { signal }), signal, waiting);
    if (seen.state === "done") done = await complete();
    else if (seen.state === "failed" || seen.state === "cancelled") {
      const { code, cause, remedy } = seen.error || { code: "conflict", cause: "Putting the file together was cancelled.", remedy: "Send it again." };
      throw new Problem({ title: "The file could not be put together", code, detail: cause, remedy }, 409);
    } else await pause(Math.min(Math.max((seen.seconds_left || 1) * 250, 300), 3000), signal);
    if (aborted(signal)) throw aborted(signal);
  }
  return done;
}

/** Which of some small files are pictures already; none where the browser lets no page hash. */
export async function known(files) {
  if (!crypto.subtle) return new Set();
  const hashes = new Map();
  for (const file of files) {
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    hashes.set([...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join(""), file);
  }
  if (!hashes.size) return new Set();
  const found = await request("/uploads/known", { method: "POST", body: { sha256: [...hashes.keys()] } });
  return new Set(found.known.map((hash) => hashes.get(hash)));
}

/** Gives up what was begun of a file, if anything. */
export async function giveUp(file) {
  await dropAll((await brokenOff()).filter((one) => one.name === file.name && one.bytes === file.size));
}

/** Gives up uploads. */
export const dropAll = (found) => Promise.all(found.map((one) => request(`/uploads/${one.id}`, { method: "DELETE" })));

/** Uploads that broke off in an earlier visit. */
export async function brokenOff() {
  return (await request("/uploads")).items.filter((one) => one.state === "open");
}

