// People (accounts, their roles, links to set a password), the rules beside the roles, and why somebody may not.

import { useEffect, useRef, useState } from "react";
import { Link2, MoreHorizontal, UserPlus } from "lucide-react";
import { DropdownMenu } from "@radix-ui/themes";
import { toast } from "sonner";
import { request } from "./api.js";
import { ago, moment } from "./format.js";
import { complain, Confirm, CopyBox, Dialog, FormError, Gated, SelectField, TextField, useAct } from "./forms.jsx";
import { useMe } from "./me.js";
import { Face } from "./menu.jsx";
import { PlaceField, usePlaceName } from "./places.jsx";
import { Page, Section, usePages, Waiting } from "./reading.jsx";
import { Explainer, Rules } from "./rules.jsx";
import { Trouble } from "./ui.jsx";

export const ROLES = [
  ["viewer", "Viewer: sees pictures"],
  ["annotator", "Annotator: and labels them"],
  ["editor", "Editor: and brings pictures in and changes them"],
  ["trainer", "Trainer: and trains models"],
  ["administrator", "Administrator: everything"],
];
const roleIn = (user, domain = "*") => user.roles.find((one) => one.domain === domain)?.role || "";

/** A link with which somebody sets a password: shown once, to be handed over. */
function Link({ link, name, onClose }) {
  return (
    <Dialog title={`Link for ${name}`} onClose={onClose}>
      <p className="dr-muted">Hand it over yourself: whoever opens it first chooses the password. It works once, until {moment(link.expires_at)}.</p>
      <CopyBox label="One-time link" value={link.url} />
      <footer className="dr-dialog-foot">
        <button type="button" className="dr-button" onClick={onClose}>
          Done
        </button>
      </footer>
    </Dialog>
  );
}

const makeLink = (user) => request(`/users/${encodeURIComponent(user.id)}/reset-link`, { method: "POST" });

function Invite({ onClose, onMade }) {
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [role, setRole] = useState("viewer");
  const [byMail, setByMail] = useState(false);
  const { busy, error, run } = useAct();
  useEffect(() => {
    request("/auth/providers").then((found) => setByMail(found.reset_by_mail), () => {});
  }, []);
  const submit = (event) => {
    event.preventDefault();
    run(async () => {
      const user = await request("/users", { method: "POST", body: { email: email.trim(), role, ...(name.trim() && { name: name.trim() }) } });
      // A mail that cannot be sent is no reason to be left without a link.
      const sent = byMail && (await request(`/users/${encodeURIComponent(user.id)}/invitation`, { method: "POST" }).then(() => true, (problem) => (complain(problem), false)));
      if (sent) toast.success(`An invitation is on its way to ${user.email}.`);
      onMade(user, sent ? null : await makeLink(user));
    });
  };
  return (
    <Dialog title="Invite somebody" onClose={onClose}>
      <form className="dr-form" onSubmit={submit} noValidate>
        <TextField label="E-mail" hint={byMail ? "To sign in with. An invitation is sent to it." : "To sign in with. Nothing is sent to it: you get a link to hand over."} type="email" maxLength={254} value={email} onChange={(event) => setEmail(event.target.value)} />
        <TextField label="Name" maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        <SelectField label="Role" options={ROLES} value={role} onChange={setRole} />
        <FormError error={error} />
        <footer className="dr-dialog-foot">
          <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="dr-button dr-button-main" disabled={busy || !email.trim()}>
            Invite
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

/** Roles of one account, everywhere and in single places. */
function Roles({ user, onClose, onChanged }) {
  const [role, setRole] = useState(roleIn(user));
  const [place, setPlace] = useState("");
  const [there, setThere] = useState("editor");
  const { busy, error, run } = useAct();
  const put = (body) => run(async () => onChanged(await request(`/users/${encodeURIComponent(user.id)}/role`, { method: "PUT", body, revision: user.revision })));
  const places = user.roles.filter((one) => one.domain !== "*");
  const placeName = usePlaceName();
  return (
    <Dialog title={`Roles of ${user.name}`} onClose={onClose}>
      <div className="dr-form">
        <form className="dr-form-row" onSubmit={(event) => (event.preventDefault(), put({ role: role || null, domain: "*" }))}>
          <SelectField label="Everywhere" options={[["", "No role"], ...ROLES]} value={role} onChange={setRole} />
          <button type="submit" className="dr-button" disabled={busy || role === roleIn(user)}>
            Save
          </button>
        </form>
        {places.length > 0 && (
          <ul className="dr-rows">
            {places.map((one) => (
              <li key={one.domain} className="dr-line">
                <div className="dr-line-words">
                  <strong>{placeName(one.domain)}</strong>
                  <span className="dr-muted">{one.role}</span>
                </div>
                <button type="button" className="dr-button dr-button-small" disabled={busy} aria-label={`Take the role in ${placeName(one.domain)} away`} onClick={() => put({ role: null, domain: one.domain })}>
                  Take away
                </button>
              </li>
            ))}
          </ul>
        )}
        <form className="dr-form-row" onSubmit={(event) => (event.preventDefault(), put({ role: there, domain: place }))}>
          <PlaceField label="In one collection" first="Choose one" hint="And in all that lie in it" value={place} onChange={setPlace} />
          <SelectField label="Role there" options={ROLES.map(([value]) => [value, value])} value={there} onChange={setThere} />
          <button type="submit" className="dr-button" disabled={busy || !place}>
            Give
          </button>
        </form>
        <FormError error={error} />
      </div>
    </Dialog>
  );
}

function Rename({ user, onClose, onChanged }) {
  const [name, setName] = useState(user.name);
  const [email, setEmail] = useState(user.email);
  const { busy, error, run } = useAct();
  const save = (event) => {
    event.preventDefault();
    run(async () => {
      onChanged(await request(`/users/${encodeURIComponent(user.id)}`, { method: "PATCH", body: { name: name.trim(), email: email.trim() }, revision: user.revision }));
      onClose();
    });
  };
  return (
    <Dialog title={`Change ${user.name}`} onClose={onClose}>
      <form className="dr-form" onSubmit={save} noValidate>
        <TextField label="Name" maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        <TextField label="E-mail" type="email" maxLength={254} value={email} onChange={(event) => setEmail(event.target.value)} />
        <FormError error={error} />
        <footer className="dr-dialog-foot">
          <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="dr-button dr-button-main" disabled={busy || !name.trim() || !email.trim()}>
            Save
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function Person({ user, own, why, onDo }) {
  const places = user.roles.filter((one) => one.domain !== "*").length;
  const chosen = useRef(false);
  const act = (kind) => {
    chosen.current = true;
    onDo(kind, user);
  };
  // The focus goes back to the button unless a dialog takes it.
  const leave = (event) => {
    if (chosen.current) event.preventDefault();
    chosen.current = false;
  };
  const state = user.disabled ? "Disabled" : !user.has_password && !user.providers.length ? "Invited" : "";
  return (
    <li className={`dr-line dr-person${user.disabled ? " dr-line-over" : ""}`}>
      <Face name={user.name} />
      <div className="dr-line-words">
        <strong>
          {user.name} {own && <span className="dr-caption">you</span>}
        </strong>
        <span className="dr-muted">{user.email}</span>
      </div>
      <div className="dr-person-role">
        <span>{roleIn(user) || (places ? "some places" : "no role")}</span>
        {places > 0 && roleIn(user) && <span className="dr-caption">and in {places} {places === 1 ? "place" : "places"}</span>}
      </div>
      <span className="dr-person-when dr-muted">{state ? <span className={`dr-badge${user.disabled ? "" : " dr-badge-warn"}`}>{state}</span> : user.signed_in_at ? `signed in ${ago(user.signed_in_at)}` : "never signed in"}</span>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger disabled={Boolean(why)} title={why || undefined}>
          <button type="button" className="dr-icon-button" aria-label={`More about ${user.name}`}>
            <MoreHorizontal size={17} aria-hidden />
          </button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Content align="end" variant="soft" color="gray" onCloseAutoFocus={leave}>
          <DropdownMenu.Item onSelect={() => act("roles")}>Roles</DropdownMenu.Item>
          <DropdownMenu.Item onSelect={() => act("rename")}>Name and e-mail</DropdownMenu.Item>
          <DropdownMenu.Item disabled={user.disabled} onSelect={() => act("link")}>
            Link to set a password
          </DropdownMenu.Item>
          <DropdownMenu.Separator />
          <DropdownMenu.Item color={user.disabled ? undefined : "red"} onSelect={() => act(user.disabled ? "enable" : "disable")}>
            {user.disabled ? "Let in again" : "Disable"}
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Root>
    </li>
  );
}

function PeopleDialogs({ shown, close, changed }) {
  const { kind, user, link } = shown;
  if (kind === "invite") return <Invite onClose={close} onMade={(made, given) => changed(made, given && { kind: "given", user: made, link: given })} />;
  if (kind === "given") return <Link link={link} name={user.name} onClose={close} />;
  if (kind === "roles") return <Roles key={user.revision} user={user} onClose={close} onChanged={(found) => changed(found, { kind, user: found })} />;
  if (kind === "rename") return <Rename user={user} onClose={close} onChanged={(found) => changed(found)} />;
  if (kind !== "disable") return null;
  const disable = async () => changed(await request(`/users/${encodeURIComponent(user.id)}`, { method: "PATCH", body: { disabled: true } }));
  return <Confirm title={`Disable ${user.name}?`} words="Every session and token of the account is refused at once. Nothing is deleted, and you can let the person in again." verb="Disable" onClose={close} onConfirm={disable} />;
}

export function People() {
  const me = useMe();
  const [{ items, cursor, error }, look, more] = usePages("/users?limit=100");
  const [shown, setShown] = useState(null);
  const why = me?.denied?.["users:write"] || "";
  const onDo = async (kind, user) => {
    if (kind !== "link" && kind !== "enable") return setShown({ kind, user });
    try {
      if (kind === "link") setShown({ kind: "given", user, link: await makeLink(user) });
      else {
        await request(`/users/${encodeURIComponent(user.id)}`, { method: "PATCH", body: { disabled: false } });
        toast.success(`${user.name} may sign in again.`);
        await look();
      }
    } catch (problem) {
      complain(problem);
    }
    return undefined;
  };
  const changed = (user, next = null) => {
    setShown(next);
    look();
  };
  if (error && !items) return <Page title="People"><Trouble error={error} onRetry={look} /></Page>;
  return (
    <Page
      title="People"
      tools={
        <Gated permission="users:write" className="dr-button dr-button-main" onClick={() => setShown({ kind: "invite" })}>
          <UserPlus size={15} aria-hidden /> Invite
        </Gated>
      }
    >
      <Section id="accounts" title="Accounts" hint="Each role may do everything that the ones before it may">
        {!items && <Waiting rows={4} />}
        <ul className="dr-rows">
          {items?.map((user) => (
            <Person key={user.id} user={user} own={user.id === me?.user?.id} why={why} onDo={onDo} />
          ))}
        </ul>
        {cursor && (
          <button type="button" className="dr-button" onClick={more}>
            <Link2 size={14} aria-hidden /> Show more
          </button>
        )}
      </Section>
      {items && <Rules people={items} />}
      {items && <Explainer people={items} />}
      {shown && <PeopleDialogs shown={shown} close={() => setShown(null)} changed={changed} />}
    </Page>
  );
}
