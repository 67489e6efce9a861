// Versions of models that somebody proposes as champion: noticed by those who may approve them, wherever they are.

import { useCallback, useEffect, useState } from "react";
import { UserCheck } from "lucide-react";
import { Link, useNavigate } from "react-router";
import { toast } from "sonner";
import { request } from "./api.js";
import { ago, moment } from "./format.js";
import { useLive } from "./live.js";
import { useMe } from "./me.js";
import { useNow } from "./ui.jsx";

const MOST = 200;
const waits = (line) => line.proposal && line.proposal.declined_by === null;
const accountOf = (me) => me?.user?.id ?? me?.id;
/** What it takes to approve a version of a model. */
const needed = (line) => (line.gate.approval ? "models:approve" : "models:write");

/** Proposals that wait, and may be approved by whoever looks; read again as models change. */
export function useApprovals() {
  const me = useMe();
  const [lines, setLines] = useState([]);
  const may = Boolean(me?.permissions.includes("training:read"));
  const look = useCallback(async () => {
    if (!may) return;
    try {
      setLines((await request(`/models?limit=${MOST}`)).items.filter(waits));
    } catch {
      // They are looked for again with the next change.
    }
  }, [may]);
  useEffect(() => {
    look();
  }, [look]);
  useLive((event) => /^(models|resync)/.test(event.type) && look());
  return lines.filter((line) => me.permissions.includes(needed(line)) && !(line.gate.another && line.proposal.by === accountOf(me)));
}

/** Tells whoever may approve that something was proposed just now. */
export function useProposed() {
  const me = useMe();
  const navigate = useNavigate();
  useLive((event) => {
    const { proposed, by } = event.data || {};
    if (event.type !== "models.changed" || !proposed || by === accountOf(me) || !me?.permissions.includes("models:write")) return;
    const [name] = event.ids || [];
    if (name) toast.info(`${name}@${proposed} is proposed as champion.`, { action: { label: "Look", onClick: () => navigate(`/models?name=${encodeURIComponent(name)}`) }, duration: 20_000 });
  });
}

/** The list of them. */
export function Approvals() {
  const lines = useApprovals();
  const now = useNow(10_000);
  if (!lines.length) return null;
  return (
    <section className="dr-section" aria-labelledby="approvals">
      <header>
        <h2 id="approvals">
          Waiting for approval <span className="dr-count">{lines.length}</span>
        </h2>
      </header>
      <ul className="dr-rows">
        {lines.map(({ id, proposal }) => (
          <li key={id} className="dr-batch dr-batch-queued">
            <div className="dr-batch-head">
              <UserCheck size={15} aria-hidden />
              <Link to={`/models?name=${encodeURIComponent(id)}`} className="dr-batch-name">
                {id}@{proposal.number} as champion
              </Link>
              <span className="dr-batch-when" title={moment(proposal.at)}>
                {ago(proposal.at, now)}
              </span>
            </div>
            {proposal.why && <p className="dr-batch-facts">{proposal.why}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}
