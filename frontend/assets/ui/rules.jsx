// Rules beside the roles, and "Why may I not?".

import { useEffect, useState } from "react";
import { Ban, Check, Plus } from "lucide-react";
import { request } from "./api.js";
import { offerAct } from "./bulk.js";
import { Confirm, Dialog, FormError, Gated, SelectField, TextField, useAct } from "./forms.jsx";
import { PlaceField } from "./places.jsx";
import { Section, useOnce, Waiting } from "./reading.jsx";
import { Trouble } from "./ui.jsx";

const ROLE_NAMES = ["viewer", "annotator", "editor", "trainer", "administrator"];
const nouns = (permissions) => [...new Set(permissions.map((name) => name.split(":")[0]))];
const subjects = (people) => [...ROLE_NAMES.map((name) => [name, `Everybody with the role ${name}`]), ...people.map((one) => [one.id, `${one.name} (${one.email})`])];

function NewRule({ people, permissions, onClose, onMade }) {
  const [effect, setEffect] = useState("deny");
  const [subject, setSubject] = useState("viewer");
  const [permission, setPermission] = useState("images:write");
  const [domain, setDomain] = useState("");
  const [reason, setReason] = useState("");
  const { busy, error, run } = useAct();
  const what = [...Object.entries(permissions).map(([name, words]) => [name, `${words} (${name})`]), ...nouns(Object.keys(permissions)).map((noun) => [`${noun}:*`, `Everything about ${noun} (${noun}:*)`]), ["*", "Everything (*)"]];
  const submit = (event) => {
    event.preventDefault();
    run(async () => {
      await request("/policies", { method: "POST", body: { effect, subject, permission, domain: domain || "*", reason: reason.trim() } });
      await onMade();
      onClose();
    });
  };
  return (
    <Dialog title="New rule" onClose={onClose}>
      <form className="dr-form" onSubmit={submit}>
        <SelectField label="Who" options={subjects(people)} value={subject} onChange={setSubject} />
        <SelectField label="Effect" options={[["deny", "may not"], ["allow", "may"]]} value={effect} onChange={setEffect} hint={effect === "deny" ? "A denial beats every role and every other rule." : ""} />
        <SelectField label="What" options={what} value={permission} onChange={setPermission} />
        <PlaceField label="Where" first="Everywhere" hint="In a collection, and in all that lie in it" value={domain} onChange={setDomain} />
        <TextField label="Reason" hint="Whoever is refused reads it" maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
        <FormError error={error} />
        <footer className="dr-dialog-foot">
          <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="dr-button dr-button-main" disabled={busy}>
            Add the rule
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

export function Rules({ people }) {
  const [{ data, error }, look] = useOnce("/policies");
  const [{ data: roles }] = useOnce("/roles");
  const [making, setMaking] = useState(false);
  const [going, setGoing] = useState(null);
  const nameOf = (subject) => people.find((one) => one.id === subject)?.name || `Every ${subject}`;
  return (
    <Section
      id="rules"
      title="Rules"
      hint="Exceptions from what the roles say"
      tools={
        <Gated permission="policies:write" className="dr-button dr-button-small" onClick={() => setMaking(true)}>
          <Plus size={14} aria-hidden /> New rule
        </Gated>
      }
    >
      {error && !data && <Trouble error={error} onRetry={look} />}
      {!data && !error && <Waiting rows={2} />}
      {data && !data.items.length && <p className="dr-none">No rule: the roles say it all.</p>}
      <ul className="dr-rows">
        {data?.items.map((rule) => (
          <li key={rule.id} className="dr-line">
            {rule.effect === "deny" ? <Ban size={17} className="dr-bad" aria-hidden /> : <Check size={17} className="dr-good" aria-hidden />}
            <div className="dr-line-words">
              <strong>
                {nameOf(rule.subject)} {rule.effect === "deny" ? "may not" : "may"} <code className="dr-code">{rule.permission}</code> {rule.domain === "*" ? "" : `in ${rule.domain}`}
              </strong>
              <span className="dr-muted">{rule.reason || roles?.permissions[rule.permission] || ""}</span>
            </div>
            <Gated permission="policies:write" className="dr-button dr-button-small" aria-label={`Take the rule about ${nameOf(rule.subject)} away`} onClick={() => setGoing(rule)}>
              Take away
            </Gated>
          </li>
        ))}
      </ul>
      {making && roles && <NewRule people={people} permissions={roles.permissions} onClose={() => setMaking(false)} onMade={look} />}
      {going && (
        <Confirm
          title="Take the rule away?"
          words={`${nameOf(going.subject)} ${going.effect === "deny" ? "may not" : "may"} ${going.permission}. Without it the roles decide, within a second.`}
          verb="Take away"
          onClose={() => setGoing(null)}
          onConfirm={async () => {
            const { subject, permission, domain, effect, reason } = going;
            await request(`/policies/${encodeURIComponent(going.id)}`, { method: "DELETE" });
            await look();
            const back = () => request("/policies", { method: "POST", body: { subject, permission, domain, effect, reason: reason || "" } }).then(look);
            offerAct(`The rule about ${nameOf(subject)} is taken away.`, back, `The rule about ${nameOf(subject)} holds again.`);
          }}
        />
      )}
    </Section>
  );
}

/** Whether somebody may do something, and why: asked ahead, nothing is tried. */
export function Explainer({ people }) {
  const [{ data: roles }] = useOnce("/roles");
  const [user, setUser] = useState("");
  const [permission, setPermission] = useState("images:write");
  const [domain, setDomain] = useState("");
  const [found, setFound] = useState(null);
  const { error, run } = useAct();
  useEffect(() => {
    const timer = setTimeout(() => {
      const query = new URLSearchParams({ permission, ...(user && { user }), ...(domain && { domain }) });
      run(async () => setFound(await request(`/access/explain?${query}`)));
    }, 250);
    return () => clearTimeout(timer);
  }, [user, permission, domain]);
  return (
    <Section id="why" title="Why may somebody not?" hint="Ask ahead: nothing is tried, nothing is written down">
      <div className="dr-form-row dr-explain">
        <SelectField label="Who" options={[["", "I"], ...people.map((one) => [one.id, one.name])]} value={user} onChange={setUser} />
        <SelectField label="What" options={Object.entries(roles?.permissions || { [permission]: permission })} value={permission} onChange={setPermission} />
        <PlaceField label="Where" first="Everywhere" value={domain} onChange={setDomain} />
      </div>
      <div role="status">
        {error && <FormError error={error} />}
        {found && !error && (
          <p className={`dr-verdict-box ${found.allowed ? "dr-allowed" : "dr-denied"}`}>
            {found.allowed ? <Check size={16} aria-hidden /> : <Ban size={16} aria-hidden />}
            <span>
              <strong>{found.allowed ? "Yes." : "No."}</strong> {found.because}
              {!found.allowed && found.roles.length > 0 && <span className="dr-muted"> Roles that may: {found.roles.join(", ")}.</span>}
            </span>
          </p>
        )}
      </div>
    </Section>
  );
}
