// Uploads of this tab: small files are grouped into a few requests, each of which becomes one batch; large ones go in parts.

import { API, problemFrom, request, unreachable } from "./api.js";
import { LARGE, giveUp, known, sendInParts } from "./parts.js";

const PARALLEL = 2;
const FILES = 64; // a request
const BYTES = 256e6; // a request

let groups = [];
let next = 1;
const listeners = new Set();

export const uploads = {
  subscribe: (tell) => {
    listeners.add(tell);
    return () => listeners.delete(tell);
  },
  snapshot: () => groups,
};

function change(id, values) {
  groups = groups.map((group) => (group.id === id ? { ...group, ...values } : group));
  listeners.forEach((tell) => tell());
}

const find = (id) => groups.find((group) => group.id === id);

/** Puts files in line. */
export function add(files) {
  let current = null;
  const made = [];
  const group = () => ({ id: next++, files: [], bytes: 0, sent: 0, known: 0, state: "waiting", batch: null, error: null });
  for (const file of files) {
    if (file.size >= LARGE) {
      made.push({ ...group(), files: [file], bytes: file.size, large: true, hashed: 0, held: false });
      continue;
    }
    if (!current || current.files.length >= FILES || current.bytes + file.size > BYTES) {
      current = group();
      made.push(current);
    }
    current.files.push(file);
    current.bytes += file.size;
  }
  groups = [...groups, ...made];
  listeners.forEach((tell) => tell());
  pump();
}

function pump() {
  const sending = groups.filter((group) => group.state === "sending").length;
  groups
    .filter((group) => group.state === "waiting")
    .slice(0, PARALLEL - sending)
    .forEach(send);
}

function send(group) {
  const giving = new AbortController();
  change(group.id, { state: "sending", call: giving, sent: 0, error: null });
  const sending = group.large ? sendLarge(group, giving.signal) : sendTogether(group, giving.signal);
  sending.catch((error) => {
    if (error.name === "AbortError") remove(group.id);
    else change(group.id, { state: "failed", error, call: null });
    pump();
  });
}

/** Nothing of the group had to be sent. */
function allKnown(group, count) {
  change(group.id, { state: "done", sent: group.bytes, known: count, batch: null, call: null });
  pump();
}

async function sendLarge(group, signal) {
  const batch = await sendInParts(group.files[0], signal, (far) => {
    if (far.waiting !== undefined) change(group.id, { held: far.waiting });
    else change(group.id, far);
  });
  if (!batch) return allKnown(group, 1);
  change(group.id, { state: "working", sent: group.bytes, batch, call: null });
  return pump();
}

async function sendTogether(group, signal) {
  // Whether they are known is a convenience: without an answer all of them are sent.
  const there = await known(group.files).catch(() => new Set());
  if (signal.aborted) throw new DOMException("Given up", "AbortError");
  const files = group.files.filter((file) => !there.has(file));
  if (!files.length) return allKnown(group, there.size);
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  change(group.id, { files, bytes, known: group.known + there.size });
  return post({ ...group, files, bytes }, signal);
}

function remove(id) {
  groups = groups.filter((one) => one.id !== id);
  listeners.forEach((tell) => tell());
}

function post(group, signal) {
  const form = new FormData();
  for (const file of group.files) form.append("files", file, file.name);
  // fetch can't tell how far an upload is; XMLHttpRequest can.
  const call = new XMLHttpRequest();
  signal.addEventListener("abort", () => call.abort(), { once: true });
  let told = 0;
  call.upload.onprogress = (event) => {
    const now = performance.now();
    if (now - told < 100 && event.loaded < event.total) return;
    told = now;
    // The form around the files costs a little; shares stay right.
    change(group.id, { sent: event.total ? (event.loaded / event.total) * group.bytes : 0 });
  };
  return new Promise((resolve, reject) => {
    call.onload = () => {
      if (call.status !== 202) return reject(problemFrom(call.responseText, call.status));
      const answer = JSON.parse(call.responseText);
      change(group.id, { state: "working", sent: group.bytes, batch: answer.batch ?? answer, call: null });
      pump();
      return resolve();
    };
    call.onerror = () => reject(unreachable());
    call.onabort = () => reject(new DOMException("Given up", "AbortError"));
    call.open("POST", `${API}/images`);
    call.send(form);
  });
}

export function cancel(id) {
  const group = find(id);
  if (group?.call) group.call.abort();
  else remove(id);
  if (group?.large) giveUp(group.files[0]).catch(() => {}); // else it is swept some day
}

export function retry(id) {
  change(id, { state: "waiting" });
  pump();
}

export function clear() {
  groups = groups.filter((group) => group.state === "waiting" || group.state === "sending");
  listeners.forEach((tell) => tell());
}

function arrived(batch) {
  const group = groups.find((one) => one.batch?.id === batch.id);
  if (!group) return;
  const over = batch.state === "done" || batch.state === "cancelled";
  // The files are let go: the browser would keep large ones in memory.
  change(group.id, { batch, state: over ? "done" : "working" });
}

/** Takes in a live event that may be about one of our batches. */
export async function follow(event) {
  if (event.type === "batch.progress") arrived(event.data);
  if (event.type !== "batch.finished" && event.type !== "resync") return;
  const open = groups.filter((group) => group.state === "working" && (event.type === "resync" || event.ids?.includes(group.batch.id)));
  for (const group of open) {
    try {
      arrived(await request(`/batches/${group.batch.id}`));
    } catch {
      // The next event tries again.
    }
  }
}

/** Files of a drop, folders and all below them included. */
export const filesOf = async (transfer) => (await placedOf(transfer)).map(({ file }) => file);

/** The same, each with its place below what was dropped. */
export async function placedOf(transfer) {
  // What was dropped can be asked for only now. Files are taken as they are: WebKit has entries it can't read again.
  const dropped = [...transfer.items].filter((item) => item.kind === "file").map((item) => {
    const entry = item.webkitGetAsEntry?.();
    return entry?.isDirectory ? entry : item.getAsFile();
  });
  if (!dropped.length) return [...transfer.files].map((file) => ({ path: file.name, file }));
  const found = [];
  for (const one of dropped.filter((one) => one && !hidden(one))) {
    if (one instanceof File) found.push({ path: one.name, file: one });
    else await walk(one, found);
  }
  return found;
}

const hidden = (one) => one.name.startsWith(".");

async function walk(entry, found) {
  if (hidden(entry)) return;
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    found.push({ path: entry.fullPath.replace(/^\//, ""), file });
    return;
  }
  const reader = entry.createReader();
  // A reader hands out a folder in portions until one is empty.
  for (;;) {
    const portion = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!portion.length) return;
    for (const child of portion) await walk(child, found);
  }
}
