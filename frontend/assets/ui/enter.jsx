// Pages for people who are not signed in: set-up, sign-in, a new password by a one-time link.

import { useEffect, useRef, useState } from "react";
import { KeyRound, Laptop, LogIn, ShieldCheck } from "lucide-react";
import { request } from "./api.js";
import { duration } from "./format.js";
import { FormError, PasswordField, TextField, useAct } from "./forms.jsx";
import { safePath, strengthOf } from "./paths.js";
import { useNow, useStored } from "./ui.jsx";

const query = () => new URLSearchParams(location.search);
const home = () => safePath(query().get("return_to"), location.origin);

function Card({ title, lead, children }) {
  return (
    <main className="dr-enter" id="content">
      <section className="dr-enter-card" aria-labelledby="enter-title">
        <img src="/logo.svg" alt="" width="36" height="36" />
        <h1 id="enter-title">{title}</h1>
        {lead && <p className="dr-muted">{lead}</p>}
        {children}
      </section>
      <p className="dr-caption">Darkroom</p>
    </main>
  );
}

/** Signs in and goes on with a full load: Reflex's socket keeps the cookie it began with. */
async function enter(email, password, to) {
  await request("/auth/sign-in", { method: "POST", body: { email, password, kind: "browser" } });
  location.replace(to);
}

/** What this installation offers beside a password: other providers, and links by mail. */
function useOffers() {
  const [offers, setOffers] = useState({ items: [], reset_by_mail: false });
  useEffect(() => {
    request("/auth/providers").then(setOffers, () => {});
  }, []);
  return offers;
}

/** The way back for whoever has forgotten the password. */
function Forgotten({ byMail, email }) {
  const [sent, setSent] = useState("");
  const { busy, error, run } = useAct();
  const [missing, setMissing] = useState(false);
  if (!byMail) return <p className="dr-caption">Forgotten your password? An administrator can give you a one-time link.</p>;
  // The answer is the same whether or not there is such an account: addresses are not for guessing.
  if (sent)
    return (
      <p className="dr-note" role="status">
        If {sent} has an account, a link to choose a new password is on its way there.
      </p>
    );
  const ask = () => {
    setMissing(!email);
    if (email) run(async () => (await request("/auth/forgot", { method: "POST", body: { email } }), setSent(email)));
  };
  return (
    <>
      <FormError error={missing && !email ? { title: "Whose password?", message: "Give your e-mail address above first.", remedy: "" } : error} />
      <button type="button" className="dr-link" disabled={busy} onClick={ask}>
        Forgotten your password? Get a link by mail.
      </button>
    </>
  );
}

function Providers({ items }) {
  if (!items.length) return null;
  return (
    <>
      <p className="dr-or"><span>or</span></p>
      <div className="dr-providers">
        {items.map((one) => (
          <a key={one.id} className="dr-button" href={`${one.start_url}?return_to=${encodeURIComponent(home())}`}>
            <LogIn size={15} aria-hidden /> Sign in with {one.name}
          </a>
        ))}
      </div>
    </>
  );
}

/** Why somebody is here, when it was not by choice. */
function reason() {
  const asked = query();
  if (asked.get("error")) return "";
  if (asked.get("signed_out")) return "You are signed out.";
  if (asked.get("password_set")) return "The new password is set. Sign in with it.";
  return asked.get("return_to") ? "Sign in to go on." : "";
}

/** Seconds that the server wants to be left alone, counted down. */
function useWait(error) {
  const [until, setUntil] = useState(0);
  const now = useNow(500);
  useEffect(() => {
    if (error?.wait) setUntil(Date.now() + error.wait * 1000);
  }, [error]);
  return Math.max(0, Math.ceil((until - now) / 1000));
}

/** What came of signing in with another provider, which leads back here with the code of the error. */
function cameBack(errors) {
  const code = query().get("error");
  if (!code) return null;
  const [title, remedy] = errors[code] || ["The provider did not let you in", "Try again, or use a password."];
  return { title, message: "", remedy };
}

export function SignIn({ errors }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const { busy, error, run, setError } = useAct();
  const wait = useWait(error);
  const offers = useOffers();
  const secret = useRef(null);
  const [nobody, setNobody] = useState(false);
  useEffect(() => {
    request("/setup").then((found) => setNobody(found.needed), () => {});
  }, []);
  const submit = async (event) => {
    event.preventDefault();
    if (!email.trim() || !password) {
      setError({ title: "Something is missing", message: "Give your e-mail address and your password.", remedy: "" });
      return;
    }
    await run(() => enter(email.trim(), password, home()));
  };
  useEffect(() => {
    if (error?.code === "sign_in_failed") secret.current?.querySelector("input")?.select();
  }, [error]);
  return (
    <Card title="Sign in" lead={reason()}>
      {nobody && (
        <p className="dr-note">
          There is no account yet. <a href="/setup">Make an administrator</a>, or <a href="/">go on without</a> at this machine.
        </p>
      )}
      <form className="dr-form" onSubmit={submit} noValidate>
        <TextField label="E-mail" type="email" autoComplete="username" autoCapitalize="none" spellCheck={false} maxLength={254} autoFocus value={email} onChange={(event) => setEmail(event.target.value)} />
        <div ref={secret}>
          <PasswordField label="Password" value={password} onChange={setPassword} />
        </div>
        {!error && <FormError error={cameBack(errors)} />}
        <FormError error={wait && error ? { ...error, message: `The next is possible in ${duration(wait)}.`, remedy: "" } : error?.code === "too_many_attempts" ? null : error} />
        <button type="submit" className="dr-button dr-button-main" disabled={busy || wait > 0}>
          {busy ? "Signing in" : "Sign in"}
        </button>
      </form>
      <Providers items={offers.items} />
      <Forgotten byMail={offers.reset_by_mail} email={email.trim()} />
    </Card>
  );
}

function NewPassword({ email, value, again, onValue, onAgain }) {
  return (
    <>
      <PasswordField label="New password" fresh value={value} email={email} onChange={onValue} />
      <PasswordField label="Once more" value={again} onChange={onAgain} autoComplete="new-password" error={again && again.length >= value.length && again !== value ? "The two differ." : ""} />
    </>
  );
}

const ready = (password, again, email) => strengthOf(password, email).fits && password === again;

export function Setup() {
  const [state, setState] = useState(null);
  const [making, setMaking] = useState(false);
  const [, setLater] = useStored("setup.later", false);
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const { busy, error, run } = useAct();
  useEffect(() => {
    request("/setup").then(setState, (problem) => setState({ problem }));
  }, []);
  if (!state) return <Card title="Darkroom"><i className="dr-skeleton" style={{ height: 120 }} aria-hidden /></Card>;
  if (state.problem) return <Card title={state.problem.title} lead={`${state.problem.message} ${state.problem.remedy}`} />;
  if (!state.needed)
    return (
      <Card title="Darkroom is set up" lead="There is an administrator already.">
        <a className="dr-button dr-button-main" href="/sign-in">Sign in</a>
      </Card>
    );
  if (!state.possible) return <Card title="Set up on the machine itself" lead="The first administrator is made on the machine that Darkroom runs on: open this page there, or run `darkroom user create`." />;
  const later = () => {
    setLater(true);
    location.replace("/");
  };
  const make = (event) => {
    event.preventDefault();
    run(async () => {
      await request("/setup", { method: "POST", body: { email: email.trim(), ...(name.trim() && { name: name.trim() }), password } });
      await enter(email.trim(), password, "/");
    });
  };
  if (!making)
    return (
      <Card title="Welcome to Darkroom" lead="Who may use it?">
        <div className="dr-choices">
          <button type="button" className="dr-choice" autoFocus onClick={() => setMaking(true)}>
            <ShieldCheck size={22} strokeWidth={1.6} aria-hidden />
            <strong>Make an administrator</strong>
            <span>Everybody signs in, with a role of their own. Needed before other machines can reach Darkroom.</span>
          </button>
          <button type="button" className="dr-choice" onClick={later}>
            <Laptop size={22} strokeWidth={1.6} aria-hidden />
            <strong>Later, only this machine</strong>
            <span>Nobody signs in. Whoever sits at this machine may do everything; nobody else gets in.</span>
          </button>
        </div>
      </Card>
    );
  return (
    <Card title="Make an administrator" lead="From then on everybody signs in, you too.">
      <form className="dr-form" onSubmit={make} noValidate>
        <TextField label="Your name" autoComplete="name" maxLength={100} autoFocus value={name} onChange={(event) => setName(event.target.value)} />
        <TextField label="E-mail" hint="To sign in with. Nothing is sent to it." type="email" autoComplete="username" autoCapitalize="none" spellCheck={false} maxLength={254} value={email} onChange={(event) => setEmail(event.target.value)} />
        <NewPassword email={email.trim()} value={password} again={again} onValue={setPassword} onAgain={setAgain} />
        <FormError error={error} />
        <button type="submit" className="dr-button dr-button-main" disabled={busy || !email.trim() || !ready(password, again, email.trim())}>
          {busy ? "Making it" : "Make it and sign in"}
        </button>
        <button type="button" className="dr-link" onClick={() => setMaking(false)}>
          Back
        </button>
      </form>
    </Card>
  );
}

let secret = "";

export function Reset() {
  // Taken out of the address at once, so that it is in no history.
  const [token] = useState(() => (secret = location.hash.slice(1) || secret));
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const { busy, error, run } = useAct();
  useEffect(() => {
    if (location.hash) history.replaceState(history.state, "", location.pathname);
  }, []);
  if (!token) return <Card title="This link is incomplete" lead="Open the whole link that you were given, with everything behind the #." />;
  const submit = (event) => {
    event.preventDefault();
    run(async () => {
      await request("/auth/reset", { method: "POST", body: { token, password } });
      location.replace("/sign-in?password_set=1");
    });
  };
  return (
    <Card title="Choose a password" lead="The link works once. All your sessions end, and you sign in anew.">
      <form className="dr-form" onSubmit={submit} noValidate>
        <NewPassword value={password} again={again} onValue={setPassword} onAgain={setAgain} />
        <FormError error={error} />
        <button type="submit" className="dr-button dr-button-main" disabled={busy || !ready(password, again)}>
          <KeyRound size={15} aria-hidden /> Set the password
        </button>
      </form>
    </Card>
  );
}
