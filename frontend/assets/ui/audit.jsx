// The audit log: who did what, and who was refused what. Its filters are the page's address.

import { useMemo, useState } from "react";
import { Download } from "lucide-react";
import { useAddress } from "./address.js";
import { API } from "./api.js";
import { moment } from "./format.js";
import { SelectField, TextField } from "./forms.jsx";
import { refusal } from "./me.js";
import { Page, useOnce, usePages, Waiting } from "./reading.jsx";
import { Trouble } from "./ui.jsx";

const FIELDS = ["principal", "action", "outcome", "since", "until", "resource"];
const OUTCOMES = [["", "Anything"], ["done", "Done"], ["denied", "Denied"], ["failed", "Failed"]];
const WORDS = {
  "setup.done": "made the first administrator", "user.created": "created an account", "user.changed": "changed an account", "user.role_changed": "changed a role",
  "user.password_changed": "set a password", "user.password_refused": "gave a wrong present password", "user.link_made": "made a link to set a password",
  "session.begun": "signed in", "session.ended": "signed out", "session.refresh_reused": "showed a refresh token twice", "sign_in.failed": "failed to sign in", "sign_in.throttled": "tried to sign in too often",
  "token.created": "made an API token", "token.revoked": "revoked an API token", "policy.added": "added a rule", "policy.removed": "took a rule away", "audit.exported": "exported the audit log",
  "user.invited": "invited somebody", "user.reset_asked": "asked for a link by mail", "user.signed_up": "signed up with an account elsewhere",
  "user.identity_linked": "linked an account elsewhere", "user.identity_unlinked": "unlinked an account elsewhere", "device.allowed": "let a program in", "device.denied": "kept a program out",
  "collection.created": "made a collection", "collection.changed": "changed a collection", "collection.deleted": "deleted a collection", "dagster.changed": "changed something in Dagster",
  "rule.created": "made a rule that files pictures", "rule.changed": "changed a rule that files pictures", "rule.deleted": "deleted a rule that files pictures",
  "trash.purged": "removed pictures for good", "trash.emptied": "emptied the trash", "backup.begun": "began a backup", "storage.arranged": "had pictures put where they belong",
  "storage.moved": "began to move pictures", "storage.rolled_back": "took a move of pictures back", "storage.stopped": "stopped a move of pictures",
  "plugin.enabled": "switched a plug-in on", "plugin.disabled": "switched a plug-in off",
  rank: "tried to hand on more than they have",
};

const wordsOf = (entry) => WORDS[entry.action] || (entry.outcome === "denied" ? `was refused ${entry.action}` : entry.action);
const valueOf = (value) => (Array.isArray(value) ? value.join(", ") : typeof value === "object" ? JSON.stringify(value) : String(value));
const detailOf = (entry) =>
  Object.entries(entry.detail)
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => `${name} ${valueOf(value)}`)
    .join(" · ");
/** Ids of accounts, where their names are known, as names. */
const named = (text, people) => text.replace(/\bu-\d{8}T\d+-[0-9a-f]+\b/g, (id) => people.get(id) || id);

function Entry({ entry, people, onFilter }) {
  const [open, setOpen] = useState(false);
  const detail = named(entry.detail.because || entry.detail.rule || detailOf(entry), people);
  return (
    <tr className={`dr-audit-${entry.outcome}`}>
      <td className="dr-audit-when">
        <time dateTime={entry.at}>{moment(entry.at)}</time>
      </td>
      <td>
        <button type="button" className="dr-audit-link" title={`Only ${entry.name}`} onClick={() => onFilter("principal", entry.principal)}>
          {entry.name}
        </button>
      </td>
      <td className="dr-audit-what">
        <button type="button" className="dr-audit-link" title={`Only ${entry.action}`} onClick={() => onFilter("action", entry.action)}>
          {wordsOf(entry)}
        </button>
        {detail && <span className="dr-caption">{detail}</span>}
        {open && (
          <dl className="dr-audit-facts">
            {[["Action", entry.action], ["About", entry.resource && named(entry.resource, people)], ["From", entry.address], ["Trace", entry.trace_id], ["Facts", detailOf(entry)]].map(([name, value]) => value && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        )}
      </td>
      <td>
        <span className={`dr-badge dr-badge-${{ done: "done", denied: "bad", failed: "bad" }[entry.outcome]}`}>{entry.outcome}</span>
      </td>
      <td>
        <button type="button" className="dr-link" aria-expanded={open} aria-label={`${open ? "Less" : "More"} about this line`} onClick={() => setOpen(!open)}>
          {open ? "Less" : "More"}
        </button>
      </td>
    </tr>
  );
}

function Filters({ view, people, set }) {
  const who = [["", "Anybody"], ["local", "Local owner"], ["system", "Darkroom"], ["anonymous", "Nobody signed in"], ...people];
  if (view.principal && !who.some(([id]) => id === view.principal)) who.push([view.principal, view.principal]);
  const actions = [["", "Anything"], ...Object.entries(WORDS)];
  if (view.action && !WORDS[view.action]) actions.push([view.action, view.action]);
  return (
    <div className="dr-audit-filters" role="search" aria-label="Filters">
      <SelectField label="Who" options={who} value={view.principal} onChange={(value) => set("principal", value)} />
      <SelectField label="What" options={actions} value={view.action} onChange={(value) => set("action", value)} />
      <SelectField label="Outcome" options={OUTCOMES} value={view.outcome} onChange={(value) => set("outcome", value)} />
      <TextField label="From" type="date" value={view.since} onChange={(event) => set("since", event.target.value)} />
      <TextField label="To" type="date" value={view.until} onChange={(event) => set("until", event.target.value)} />
    </div>
  );
}

export function Audit() {
  const [params, setParams] = useAddress();
  const view = useMemo(() => Object.fromEntries(FIELDS.map((name) => [name, params.get(name) || ""])), [params]);
  const query = useMemo(() => new URLSearchParams(Object.entries(view).filter(([, value]) => value)).toString(), [view]);
  const [{ items, cursor, error }, look, more] = usePages(`/audit?limit=50${query && `&${query}`}`);
  const [{ data: users }] = useOnce("/users?limit=500");
  const people = useMemo(() => new Map((users?.items || []).map((one) => [one.id, one.name])), [users]);
  const set = (name, value) => setParams((old) => {
    const changed = new URLSearchParams(old);
    if (value) changed.set(name, value);
    else changed.delete(name);
    return changed;
  }, { preventScrollReset: true });
  const download = (form) => `${API}/audit/export?format=${form}${query && `&${query}`}`;
  if (error && !items) return <Page title="Audit log"><Trouble error={error} onRetry={look} /></Page>;
  return (
    <Page
      title="Audit log"
      tools={!refusal("audit:read") && ["csv", "jsonl"].map((form) => (
        <a key={form} className="dr-button dr-button-small" href={download(form)} download={`audit.${form}`}>
          <Download size={14} aria-hidden /> {form === "csv" ? "CSV" : "JSON lines"}
        </a>
      ))}
    >
      <Filters view={view} people={people} set={set} />
      {error && <Trouble error={error} onRetry={look} />}
      {!items && <Waiting rows={6} />}
      {items && !items.length && <p className="dr-none">No line fits. Leave out one of the filters above to see more.</p>}
      {items?.length > 0 && (
        <table className="dr-audit">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Who</th>
              <th scope="col">What</th>
              <th scope="col">Outcome</th>
              <th scope="col"><span className="dr-hidden">More</span></th>
            </tr>
          </thead>
          <tbody>
            {items.map((entry) => (
              <Entry key={entry.id} entry={entry} people={people} onFilter={set} />
            ))}
          </tbody>
        </table>
      )}
      {cursor && (
        <button type="button" className="dr-button dr-more" onClick={more}>
          Show older lines
        </button>
      )}
    </Page>
  );
}
