// API tokens: made with scopes and an end, shown once, listed with their last use, revoked.

import { useState } from "react";
import { KeyRound, Plus } from "lucide-react";
import { request } from "./api.js";
import { ago, day } from "./format.js";
import { complain, Confirm, CopyBox, Dialog, FormError, Gated, SelectField, TextField, useAct } from "./forms.jsx";
import { useMe } from "./me.js";
import { Section, useOnce, Waiting } from "./reading.jsx";
import { Trouble } from "./ui.jsx";

const LIVES = [["7", "7 days"], ["30", "30 days"], ["90", "90 days"], ["365", "A year"], ["", "Never"]];
const KINDS = [["read", "Read", "See everything that you may see"], ["write", "Read and change", "All but administration"], ["some", "Chosen permissions", "Exactly those"]];

function Scopes({ kind, onKind, chosen, onChosen }) {
  const me = useMe();
  const all = [...(me?.permissions || []), ...Object.keys(me?.denied || {})];
  return (
    <fieldset className="dr-scopes">
      <legend>What it may do</legend>
      {KINDS.map(([value, name, words]) => (
        <label key={value} className="dr-radio">
          <input type="radio" name="scopes" checked={kind === value} onChange={() => onKind(value)} />
          <span>
            {name} <span className="dr-caption">{words}</span>
          </span>
        </label>
      ))}
      {kind === "some" && (
        <div className="dr-scope-list">
          {all.map((name) => (
            <label key={name} title={me.denied[name] || undefined} className="dr-check">
              <input type="checkbox" disabled={Boolean(me.denied[name])} checked={chosen.includes(name)} onChange={() => onChosen(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name])} />
              <code>{name}</code>
            </label>
          ))}
        </div>
      )}
    </fieldset>
  );
}

function NewToken({ onClose, onMade }) {
  const [name, setName] = useState("");
  const [kind, setKind] = useState("read");
  const [chosen, setChosen] = useState([]);
  const [days, setDays] = useState("90");
  const [made, setMade] = useState(null);
  const { busy, error, run } = useAct();
  const submit = (event) => {
    event.preventDefault();
    run(async () => {
      const body = { name: name.trim(), scopes: kind === "some" ? chosen : [kind], ...(days && { expires_in_days: Number(days) }) };
      setMade((await request("/tokens", { method: "POST", body })).token);
      onMade();
    });
  };
  if (made)
    return (
      <Dialog title="Your new token" onClose={onClose}>
        <p className="dr-muted">Copy it now. It is shown this once, and Darkroom keeps only its hash.</p>
        <CopyBox label="API token" value={made} />
        <p className="dr-caption">
          Send it as <code>Authorization: Bearer …</code>
        </p>
        <footer className="dr-dialog-foot">
          <button type="button" className="dr-button" onClick={onClose}>
            Done
          </button>
        </footer>
      </Dialog>
    );
  return (
    <Dialog title="New API token" onClose={onClose}>
      <form className="dr-form" onSubmit={submit}>
        <TextField label="Name" hint="What it is for" maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        <Scopes kind={kind} onKind={setKind} chosen={chosen} onChosen={setChosen} />
        <SelectField label="Ends after" options={LIVES} value={days} onChange={setDays} hint={days ? "" : "A token without an end is good until somebody revokes it."} />
        <FormError error={error} />
        <footer className="dr-dialog-foot">
          <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="dr-button dr-button-main" disabled={busy || !name.trim() || (kind === "some" && !chosen.length)}>
            Make the token
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

const stateOf = (token) => (token.revoked_at ? "Revoked" : token.active ? "" : "Has run out");

function TokenRow({ token, onRevoke }) {
  const state = stateOf(token);
  return (
    <li className={`dr-line${state ? " dr-line-over" : ""}`}>
      <KeyRound size={17} aria-hidden />
      <div className="dr-line-words">
        <strong>
          {token.name} <code className="dr-code">…{token.hint}</code>
        </strong>
        <span className="dr-muted" title={token.scopes.join(", ")}>
          {token.scopes.length > 3 ? `${token.scopes.length} permissions` : token.scopes.join(", ")} · {token.last_used_at ? `used ${ago(token.last_used_at)}` : "never used"} ·{" "}
          {token.expires_at ? `ends ${day(token.expires_at)}` : "no end"}
        </span>
      </div>
      {state ? (
        <span className="dr-badge">{state}</span>
      ) : (
        <button type="button" className="dr-button dr-button-small" aria-label={`Revoke ${token.name}`} onClick={() => onRevoke(token)}>
          Revoke
        </button>
      )}
    </li>
  );
}

export function Tokens() {
  const [{ data, error }, look] = useOnce("/tokens");
  const [making, setMaking] = useState(false);
  const [going, setGoing] = useState(null);
  const shown = [...(data?.items || [])].sort((a, b) => Number(b.active) - Number(a.active));
  return (
    <Section
      id="tokens"
      title="API tokens"
      hint="For programs that act for you"
      tools={
        <Gated permission="account:write" className="dr-button dr-button-small" onClick={() => setMaking(true)}>
          <Plus size={14} aria-hidden /> New token
        </Gated>
      }
    >
      {error && !data && <Trouble error={error} onRetry={look} />}
      {!data && !error && <Waiting rows={2} />}
      {data && !shown.length && <p className="dr-none">No token yet.</p>}
      <ul className="dr-rows">
        {shown.map((token) => (
          <TokenRow key={token.id} token={token} onRevoke={setGoing} />
        ))}
      </ul>
      {making && <NewToken onClose={() => setMaking(false)} onMade={() => look().catch(complain)} />}
      {going && (
        <Confirm
          title={`Revoke ${going.name}?`}
          words="Whatever uses it is refused at once. A revoked token cannot be brought back."
          verb="Revoke"
          onClose={() => setGoing(null)}
          onConfirm={async () => {
            await request(`/tokens/${encodeURIComponent(going.id)}`, { method: "DELETE" });
            await look();
          }}
        />
      )}
    </Section>
  );
}
