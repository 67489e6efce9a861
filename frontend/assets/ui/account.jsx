// One's own account: name, password, where it is signed in, what it may do, API tokens.

import { useState } from "react";
import { Check, LogIn, LogOut, Minus, Monitor, Terminal } from "lucide-react";
import { toast } from "sonner";
import { request } from "./api.js";
import { ago, moment } from "./format.js";
import { complain, FormError, PasswordField, TextField, useAct } from "./forms.jsx";
import { readMe, signOut, standing, useMe } from "./me.js";
import { Face } from "./menu.jsx";
import { strengthOf } from "./paths.js";
import { Page, Section, useOnce, Waiting } from "./reading.jsx";
import { Tokens } from "./tokens.jsx";

function Name({ me }) {
  const [name, setName] = useState(me.user.name);
  const { busy, error, run } = useAct();
  const save = (event) => {
    event.preventDefault();
    run(async () => {
      await request("/auth/me", { method: "PATCH", body: { name: name.trim() }, revision: me.user.revision });
      await readMe();
      toast.success("Your name is changed.");
    });
  };
  return (
    <form className="dr-form dr-form-row" onSubmit={save}>
      <TextField label="Name" maxLength={100} autoComplete="name" value={name} onChange={(event) => setName(event.target.value)} />
      <button type="submit" className="dr-button" disabled={busy || !name.trim() || name.trim() === me.user.name}>
        Save
      </button>
      <FormError error={error} />
    </form>
  );
}

function Password({ me }) {
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const { busy, error, run } = useAct();
  if (!me.user.has_password) return <p className="dr-muted">This account signs in with another provider. For a password, ask an administrator for a one-time link.</p>;
  const save = (event) => {
    event.preventDefault();
    run(async () => {
      await request("/auth/password", { method: "POST", body: { old, new: fresh } });
      setOld("");
      setFresh("");
      await readMe();
      toast.success("The password is changed. Other sessions have ended.");
    });
  };
  return (
    <form className="dr-form" onSubmit={save}>
      <input type="text" className="dr-hidden" autoComplete="username" value={me.user.email} readOnly tabIndex={-1} aria-label="Account" />
      <PasswordField label="Present password" value={old} onChange={setOld} />
      <PasswordField label="New password" fresh value={fresh} email={me.user.email} onChange={setFresh} />
      <FormError error={error} />
      <button type="submit" className="dr-button" disabled={busy || !old || !strengthOf(fresh, me.user.email).fits}>
        Change the password
      </button>
    </form>
  );
}

/** Accounts at other providers that sign in to this one. */
function Elsewhere({ me, errors }) {
  const [{ data }] = useOnce("/auth/providers");
  const { busy, error, run } = useAct();
  const [came] = useState(() => new URLSearchParams(location.search).get("error"));
  if (!data?.items.length) return null;
  const told = came ? errors[came] || ["The provider did not let you in", "Try again."] : null;
  const change = (one, linked) =>
    run(async () => {
      const path = `/auth/oidc/${encodeURIComponent(one.id)}/link`;
      if (linked) {
        await request(path, { method: "DELETE" });
        await readMe();
      } else location.assign((await request(path, { method: "POST", body: { return_to: "/account" } })).url);
    });
  return (
    <Section id="elsewhere" title="Other ways to sign in">
      <FormError error={error || (told && { title: told[0], message: "", remedy: told[1] })} />
      <ul className="dr-rows">
        {data.items.map((one) => {
          const linked = me.user.providers.includes(one.issuer);
          return (
            <li key={one.id} className="dr-line">
              <LogIn size={17} aria-hidden />
              <div className="dr-line-words">
                <strong>{one.name}</strong>
                <span className="dr-muted">{linked ? "Signs in to this account" : "Not linked"}</span>
              </div>
              <button type="button" className="dr-button dr-button-small" disabled={busy} aria-label={`${linked ? "Unlink" : "Link"} ${one.name}`} onClick={() => change(one, linked)}>
                {linked ? "Unlink" : "Link"}
              </button>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

const BROWSERS = [[/Edg\//, "Edge"], [/OPR\//, "Opera"], [/Firefox\//, "Firefox"], [/Chrome\//, "Chrome"], [/Safari\//, "Safari"]];
const SYSTEMS = [[/Android/, "Android"], [/iPhone|iPad/, "iOS"], [/Mac OS X/, "macOS"], [/Windows/, "Windows"], [/Linux/, "Linux"]];
const first = (table, text) => table.find(([pattern]) => pattern.test(text))?.[1];

/** A program's own name for itself in words that people know. */
export function agentWords(agent) {
  if (!agent) return "Unknown program";
  const words = [first(BROWSERS, agent), first(SYSTEMS, agent)].filter(Boolean);
  return words.length ? words.join(" on ") : agent.split(" ")[0].slice(0, 60);
}

function Sessions({ me }) {
  const { busy, run } = useAct();
  const others = me.sessions.filter((one) => !one.current);
  const end = (ids) =>
    run(async () => {
      try {
        for (const id of ids) await request(`/auth/sessions/${encodeURIComponent(id)}`, { method: "DELETE" });
      } catch (problem) {
        complain(problem);
      }
      await readMe();
    });
  return (
    <Section
      id="sessions"
      title="Sessions"
      hint="Browsers and programs that are signed in to your account"
      tools={
        <div className="dr-section-tools">
          {others.length > 1 && (
            <button type="button" className="dr-button dr-button-small" disabled={busy} onClick={() => end(others.map((one) => one.id))}>
              End all others
            </button>
          )}
          <button type="button" className="dr-button dr-button-small" onClick={() => signOut(true).catch(complain)}>
            <LogOut size={13} aria-hidden /> Sign out everywhere
          </button>
        </div>
      }
    >
      <ul className="dr-rows">
        {me.sessions.map((one) => (
          <li key={one.id} className="dr-line">
            {one.kind === "browser" ? <Monitor size={17} aria-hidden /> : <Terminal size={17} aria-hidden />}
            <div className="dr-line-words">
              <strong>{agentWords(one.agent)}</strong>
              <span className="dr-muted" title={moment(one.created_at)}>
                {one.address || "unknown address"} · since {ago(one.created_at)} · ends {moment(one.expires_at)}
              </span>
            </div>
            {one.current ? (
              <span className="dr-badge dr-badge-done">This one</span>
            ) : (
              <button type="button" className="dr-button dr-button-small" disabled={busy} aria-label={`End the session of ${agentWords(one.agent)}`} onClick={() => end([one.id])}>
                End
              </button>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** What one may do, and for the rest why not. */
function Rights({ me }) {
  const [{ data }] = useOnce("/roles");
  return (
    <Section id="rights" title="What you may do" hint="And for what you may not, why">
      {!data && <Waiting />}
      {data && (
        <ul className="dr-rights">
          {Object.entries(data.permissions).map(([name, words]) => {
            const why = me.denied[name];
            return (
              <li key={name} className={why ? "dr-right-denied" : ""}>
                {why ? <Minus size={15} aria-label="Not allowed:" /> : <Check size={15} aria-label="Allowed:" />}
                <div>
                  <span>{words}</span>
                  {why && <span className="dr-caption">{why}</span>}
                </div>
              </li>
            );
          })}
        </ul>
      )}
    </Section>
  );
}

export function Account({ errors }) {
  const me = useMe();
  if (!me) return <Page title="Account"><Waiting rows={5} /></Page>;
  const owner = me.kind === "owner";
  return (
    <Page title="Account">
      <div className="dr-who">
        <Face name={me.name} owner={owner} />
        <div>
          <strong>{me.name}</strong>
          <span className="dr-muted">
            {owner ? "Whoever sits at this machine. Nobody signs in until there is an administrator." : `${me.user?.email} · ${standing(me)}`}
            {me.user?.roles.filter((one) => one.domain !== "*").map((one) => ` · ${one.role} in ${one.domain}`)}
          </span>
        </div>
        {owner && (
          <a className="dr-button dr-button-main" href="/setup">
            Make an administrator
          </a>
        )}
      </div>
      <div className="dr-columns dr-columns-even">
        <div>
          {me.user && (
            <Section id="profile" title="Name">
              <Name key={me.user.revision} me={me} />
            </Section>
          )}
          {me.user && (
            <Section id="password" title="Password">
              <Password me={me} />
            </Section>
          )}
          {me.user && <Elsewhere me={me} errors={errors} />}
          {me.user && <Sessions me={me} />}
          <Tokens />
        </div>
        <div>
          <Rights me={me} />
        </div>
      </div>
    </Page>
  );
}
