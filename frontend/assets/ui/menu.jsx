// Who is signed in, at the end of the navigation: account, people, audit log, theme, signing out.

import { useContext } from "react";
import { Blocks, Braces, KeyRound, Laptop, LogOut, ScrollText, ShieldCheck, Trash2, UserRound, Users } from "lucide-react";
import { DropdownMenu } from "@radix-ui/themes";
import { ColorModeContext } from "$/utils/context-registry";
import { useNavigate } from "react-router";
import { ASKED } from "./asked.jsx";
import { complain } from "./forms.jsx";
import { askAsked } from "./hotkeys.js";
import { signOut, standing, useMe } from "./me.js";
import { useStored } from "./ui.jsx";

/** What it takes to be led to a page of the account menu. */
export const NEEDS = { "/people": "users:read", "/trash": "trash:read", "/audit": "audit:read", "/plugins": "system:write", "/design": "audit:read" };

export const MODES = [
  ["light", "Light"],
  ["dark", "Dark"],
  ["system", "As the system"],
];

const initials = (name) =>
  name
    .split(/[\s@._-]+/)
    .filter(Boolean)
    .slice(0, 2)
    .map((part) => part[0].toUpperCase())
    .join("");

export function Face({ name, owner }) {
  return (
    <span className="dr-face" aria-hidden>
      {owner ? <Laptop size={15} strokeWidth={1.75} /> : initials(name)}
    </span>
  );
}

/** On the first visits to an installation without an account: the way to the set-up screen, without hiding the pictures. */
export function FirstSteps() {
  const me = useMe();
  const [later, setLater] = useStored("setup.later", false);
  if (me?.kind !== "owner" || later) return null;
  return (
    <aside className="dr-first-steps" aria-label="First steps">
      <ShieldCheck size={17} strokeWidth={1.75} aria-hidden />
      <p>Only this machine can use this Darkroom, and nobody signs in. To open it to others, make an administrator.</p>
      <a className="dr-button dr-button-small" href="/setup">
        Make an administrator
      </a>
      <button type="button" className="dr-button dr-button-small dr-button-quiet" onClick={() => setLater(true)}>
        Later
      </button>
    </aside>
  );
}

export function AccountMenu() {
  const me = useMe();
  const navigate = useNavigate();
  const { rawColorMode, setColorMode } = useContext(ColorModeContext);
  const owner = me?.kind === "owner";
  const may = (permission) => me?.permissions.includes(permission);
  const words = me ? `Account: ${me.name}, ${standing(me)}` : "Account";
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger>
        <button type="button" className="dr-account-button" aria-label={words} title={words}>
          <Face name={me?.name || ""} owner={owner} />
        </button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content side="right" align="end" variant="soft" color="gray" className="dr-account-menu">
        {me && (
          <div className="dr-account-head">
            <Face name={me.name} owner={owner} />
            <div>
              <strong>{me.name}</strong>
              <span>{owner ? "Only this machine, nobody signs in" : `${standing(me)} · ${me.user?.email || ""}`}</span>
            </div>
          </div>
        )}
        <DropdownMenu.Separator />
        {owner && (
          <DropdownMenu.Item onSelect={() => location.assign("/setup")}>
            <ShieldCheck size={15} aria-hidden /> Make an administrator
          </DropdownMenu.Item>
        )}
        <DropdownMenu.Item onSelect={() => navigate("/account")}>
          {owner ? <KeyRound size={15} aria-hidden /> : <UserRound size={15} aria-hidden />} {owner ? "API tokens" : "Your account"}
        </DropdownMenu.Item>
        {may(NEEDS["/people"]) && !owner && (
          <DropdownMenu.Item onSelect={() => navigate("/people")}>
            <Users size={15} aria-hidden /> People
          </DropdownMenu.Item>
        )}
        {may(NEEDS["/trash"]) && (
          <DropdownMenu.Item onSelect={() => navigate("/trash")}>
            <Trash2 size={15} aria-hidden /> Trash
          </DropdownMenu.Item>
        )}
        {may(NEEDS["/audit"]) && (
          <DropdownMenu.Item onSelect={() => navigate("/audit")}>
            <ScrollText size={15} aria-hidden /> Audit log
          </DropdownMenu.Item>
        )}
        {may(NEEDS["/plugins"]) && (
          <DropdownMenu.Item onSelect={() => navigate("/plugins")}>
            <Blocks size={15} aria-hidden /> Plug-ins
          </DropdownMenu.Item>
        )}
        <DropdownMenu.Item onSelect={() => setTimeout(askAsked)}>
          <Braces size={15} aria-hidden /> {ASKED}
        </DropdownMenu.Item>
        <DropdownMenu.Separator />
        <DropdownMenu.Label>
          Theme
        </DropdownMenu.Label>
        <DropdownMenu.RadioGroup value={rawColorMode} onValueChange={setColorMode}>
          {MODES.map(([mode, name]) => (
            <DropdownMenu.RadioItem key={mode} value={mode}>
              {name}
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
        {me?.kind === "user" && (
          <>
            <DropdownMenu.Separator />
            <DropdownMenu.Item onSelect={() => signOut().catch(complain)}>
              <LogOut size={15} aria-hidden /> Sign out
            </DropdownMenu.Item>
          </>
        )}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
