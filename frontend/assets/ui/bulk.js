// Changes of many pictures: one operation on the server, followed until it ends, taken back where somebody wishes.

import { toast } from "sonner";
import { request } from "./api.js";
import { count, duration, plural } from "./format.js";
import { undoing } from "./offers.js";

/** More than these are shown before they are changed. */
export const AT_ONCE = 200;
const LOOK = 700;
const ENDED = new Set(["done", "failed", "cancelled"]);

const done = [];
let last = null;
const pause = (time) => new Promise((resume) => setTimeout(resume, time));

/** What would happen: how many pictures, how many of them really change, and some of them. */
export const preview = (selection, action, signal) => request("/images/bulk", { method: "POST", body: { selection, action, dry_run: true }, signal });

/** Changes the pictures chosen; `words` say what was done, as "tagged oslo"; `expected` is how many were shown before. */
export function change(selection, action, words, expected) {
  const work = request("/images/bulk", { method: "POST", body: { selection, action, ...(expected !== undefined && { expected }) } }).then((began) => follow(began, words));
  last = work.catch(() => {});
  return work;
}

/** Waits for an operation, with its progress and a way to stop it where it lasts; the operation as it ended. */
export async function finished(began, words, onLook) {
  let work = began;
  const id = `operation-${began.id}`;
  while (!ENDED.has(work.state)) {
    const share = work.total ? ` · ${count(work.done)} of ${count(work.total)}` : "";
    const left = work.seconds_left ? ` · ${duration(work.seconds_left)} left` : "";
    toast.loading(`${words}${share}${left}`, { id, action: { label: "Stop", onClick: () => stop(began.id) } });
    onLook?.(work);
    await pause(LOOK);
    work = await request(`/operations/${began.id}`);
  }
  onLook?.(work);
  return work;
}

/** Follows a change of pictures until it ends, tells what came of it, and offers to take it back. */
export async function follow(began, words, { undone = false, back, onLook } = {}) {
  const work = await finished(began, words, onLook);
  tell(work, words, `operation-${began.id}`, undone, back);
  return work;
}

function tell(work, words, id, undone, back) {
  const changed = plural(work.changed ?? work.done, "picture");
  if (work.state === "failed") {
    toast.error(`${words} did not end`, { id, description: work.error?.cause || "The pictures done so far stay changed." });
    return;
  }
  const failed = work.failed ? `${plural(work.failed, "picture")} could not be changed.` : "";
  const stopped = work.state === "cancelled" ? "It was stopped before the end." : "";
  const more = [failed, stopped].filter(Boolean).join(" ") || undefined;
  if (!undone && work.can_undo) {
    done.push({ id: work.id, words });
    toast.success(`${changed} ${words}`, { id, description: more, ...undoing(() => undo(work.id)) });
  } else toast.success(undone ? back || `Undone: ${changed}` : `${changed} ${words}`, { id, description: more });
}

/** Follows what was begun elsewhere as a change of this page: the key that takes back waits for it. */
export function changing(began, words) {
  const work = follow(began, words);
  last = work.catch(() => {});
  return work;
}

/** Offers to take back an operation that is over, by its notice and by the key for it: `back` is said then, and `after` done. */
export function offer(work, words, back, after) {
  done.push({ id: work.id, words, back });
  toast.success(words, { id: `operation-${work.id}`, ...undoing(() => undo(work.id).then(after)) });
}

let acts = 0;

/** Offers to take back what is no operation of its own: `act` does so, `back` is said then. */
export function offerAct(words, act, back) {
  acts += 1;
  const id = `act-${acts}`;
  done.push({ id, words, back, act });
  toast.success(words, { id: `operation-${id}`, ...undoing(() => undo(id)) });
}

async function stop(id) {
  try {
    await request(`/operations/${id}/cancel`, { method: "POST" });
  } catch (problem) {
    toast.error(problem.title, { description: problem.message });
  }
}

/** Takes back an operation, or the last one done on this page: the pictures may show it before its end is known. */
export async function undo(given) {
  if (!given) await last;
  const id = given || done.at(-1)?.id;
  if (!id) {
    toast("There is nothing to take back.");
    return;
  }
  const at = done.findIndex((one) => one.id === id);
  const [{ words, back, act }] = at >= 0 ? done.splice(at, 1) : [{ words: "Change" }];
  toast.dismiss(`operation-${id}`);
  try {
    if (act) {
      await act();
      toast.success(back);
    } else await follow(await request(`/operations/${id}/undo`, { method: "POST" }), `Taking back: ${words}`, { undone: true, back });
  } catch (problem) {
    toast.error(problem.title, { description: `${problem.message} ${problem.remedy}` });
  }
}
