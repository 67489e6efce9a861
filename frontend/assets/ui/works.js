// Long work as it is listed. Kept apart from React so that it can be tested.

import { bytes, count, duration, number } from "./format.js";

/** Kinds that somebody may look for once they are over; others are listed while they go on, and where they failed. */
const KEPT = ["export", "import", "renditions", "storage", "backup", "backup_check", "embed", "expand", "suspects", "quality", "measure", "verify", "arrange", "purge", "count", "plan"];
const GOING = ["queued", "running", "failed"];
const SHOWN = 12;
export const STATES = { queued: "Waiting", running: "Running", done: "Done", failed: "Failed", cancelled: "Cancelled" };
/** Events after which it may be different. */
export const EVENTS = ["operation.", "renditions.", "resync"];

const listOf = (name, values) => values.map((one) => `${name}=${one}`).join("&");
export const RECENT = `/operations?limit=${SHOWN}&${listOf("kind", KEPT)}`;
export const OPEN = `/operations?limit=${SHOWN}&${listOf("state", GOING)}`;

/** Both lists as one, the newest first; files that come in have a list of their own. */
export function together(recent, open) {
  const found = new Map([...recent, ...open].filter((one) => one.kind !== "ingest").map((one) => [one.id, one]));
  return [...found.values()].sort((a, b) => b.created_at.localeCompare(a.created_at)).slice(0, SHOWN);
}

/** What is told of one, part by part. */
export function factsOf(work) {
  const open = work.state === "queued" || work.state === "running";
  const facts = [];
  if (work.total > 1 || work.done) facts.push(open ? `${count(work.done)} of ${count(work.total)}` : `${count(work.changed)} of ${count(work.total)}`);
  if (work.failed) facts.push(`${count(work.failed)} failed`);
  if (work.result?.bytes) facts.push(bytes(work.result.bytes));
  if (work.state === "running" && work.rate) facts.push(`${number(work.rate)} / s`);
  if (work.state === "running" && work.seconds_left !== null) facts.push(`${duration(work.seconds_left)} left`);
  if (work.state === "done" && work.started_at && work.finished_at) facts.push(`in ${duration((new Date(work.finished_at) - new Date(work.started_at)) / 1000)}`);
  if (work.state === "queued") facts.push("waits for its turn");
  if (work.undone_by) facts.push("taken back");
  if (work.kind === "export" && work.state === "done") facts.push(work.links.file ? "the file waits here" : "the file is gone");
  return facts;
}
