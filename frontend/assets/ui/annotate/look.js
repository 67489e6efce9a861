// Has wrong labels looked for, with progress, and tells what came of it.

import { toast } from "sonner";
import { request } from "../api.js";
import { finished } from "../bulk.js";
import { count, plural } from "../format.js";
import { complain } from "../forms.jsx";

export async function lookForSuspects(version, onDone) {
  try {
    const work = await finished(await request(`/datasets/${version}/suspects`, { method: "POST", body: {} }), "Looking for wrong labels");
    const id = `operation-${work.id}`;
    if (work.state === "done") toast.success(`${plural(work.result.suspects || 0, "label")} of ${count(work.result.examined)} probably wrong`, { id });
    else toast.error("Nothing was found", { id, description: work.error?.cause || "It was stopped before the end." });
    onDone();
  } catch (problem) {
    complain(problem);
  }
}
