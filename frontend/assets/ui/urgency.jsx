// How urgent something is that waits, and changing it.

import { useState } from "react";
import { toast } from "sonner";
import { request } from "./api.js";
import { complain } from "./forms.jsx";
import { useMe, useRefusal } from "./me.js";

const PATHS = { training: (id) => `/training-runs/${id}/priority`, renditions: (id) => `/renditions/${id}/priority` };
const NEEDS = { training: "training:write", renditions: "renditions:write" };
const WORDS = [
  ["low", "Not urgent: gives way to others"],
  ["normal", "As urgent as others"],
  ["high", "Urgent: before others"],
];

/** Whether somebody may say how urgent such a thing is: whose it is, or who looks after all. */
function useMay(kind, owner, mine) {
  const me = useMe();
  const refused = useRefusal(NEEDS[kind] || NEEDS.training);
  const others = useRefusal("operations:all");
  return kind in PATHS && me && !refused && (!others || (mine ?? (me.user?.id ?? me.id) === owner));
}

/** `mine` says whose it is where the account is not known; `onDone` is told of the change; `children` are for who may not change it. */
export function Urgency({ kind, id, priority, owner = null, mine = null, onDone, children = null }) {
  const [busy, setBusy] = useState(false);
  const hurry = useRefusal("queue:first");
  if (!useMay(kind, owner, mine)) return children;
  const change = async (event) => {
    setBusy(true);
    try {
      await request(PATHS[kind](id), { method: "POST", body: { priority: event.target.value } });
      toast.success("Whose turn it is follows at once.");
    } catch (problem) {
      complain(problem);
    }
    setBusy(false);
    onDone?.();
  };
  return (
    <select className="dr-input dr-select dr-urgency" aria-label="How urgent" value={priority} disabled={busy} onChange={change}>
      {WORDS.map(([value, words]) => (
        <option key={value} value={value} disabled={value === "high" && Boolean(hurry)}>
          {words}
        </option>
      ))}
    </select>
  );
}
