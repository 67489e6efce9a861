// Who is signed in, at the end of the navigation: account, people, audit log, theme, signing out.

import { useContext, useEffect } from "react";
import { KeyRound, Laptop, LogOut, ScrollText, ShieldCheck, UserRound, Users } from "lucide-react";
import { DropdownMenu } from "@radix-ui/themes";
import { ColorModeContext } from "$/utils/context-registry";
import { useLocation, useNavigate } from "react-router";
import { complain } from "./forms.jsx";
import { signOut, standing, useMe } from "./me.js";
import { useStored } from "./ui.jsx";

const MODES = [
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

/** Shows the set-up screen once, on the very first visit to an installation without an account. */
function useFirstVisit(me) {
  const [later, setLater] = useStored("setup.later", false);
  const { pathname, search } = useLocation();
  useEffect(() => {
    if (me?.kind !== "owner" || later || pathname !== "/" || search) return;
    setLater(true);
    location.replace("/setup");
  }, [me, later, pathname, search, setLater]);
}

export function AccountMenu() {
  const me = useMe();
  const navigate = useNavigate();
  const { rawColorMode, setColorMode } = useContext(ColorModeContext);
  useFirstVisit(me);
  const owner = me?.kind === "owner";
  const may = (permission) => me?.permissions.includes(permission);
  const words = me ? `Account: ${me.name}, ${standing(me)}` : "Account";
  return (
    <DropdownMenu.Root>
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
        {may("users:read") && !owner && (
          <DropdownMenu.Item onSelect={() => navigate("/people")}>
            <Users size={15} aria-hidden /> People
          </DropdownMenu.Item>
        )}
        {may("audit:read") && (
          <DropdownMenu.Item onSelect={() => navigate("/audit")}>
            <ScrollText size={15} aria-hidden /> Audit log
          </DropdownMenu.Item>
        )}
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
