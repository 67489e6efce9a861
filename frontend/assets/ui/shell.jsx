// The frame around each page: state of the services, keyboard help, the account, uploads.

import { useCallback, useContext, useEffect, useRef, useState } from "react";
import { Keyboard, Search, Unplug, X } from "lucide-react";
import { Popover } from "@radix-ui/themes";
import { ColorModeContext } from "$/utils/context-registry";
import { useNavigate } from "react-router";
import { request } from "./api.js";
import { useProposed } from "./approvals.jsx";
import { ASKED, AskedDialog } from "./asked.jsx";
import { CommandPalette } from "./command.jsx";
import { complain } from "./forms.jsx";
import { duration, title } from "./format.js";
import { EVERYWHERE, askAsked, declared, helpOf, onAskAsked, onHelp, signs, useShortcuts } from "./hotkeys.js";
import { useConnected, useLive } from "./live.js";
import { signOut, useMe } from "./me.js";
import { AccountMenu, MODES, NEEDS } from "./menu.jsx";
import { IconButton, useFocusTrap, useKeptFocus } from "./ui.jsx";
import { UploadCentre } from "./upload.jsx";

const LOOK = 10_000;
const PATIENCE = 2500;
const JUMPS = { "/": "g", "/develop": "d", "/training": "l", "/activity": "a" };
const WORDS = { ok: "All services work", starting: "Starting", degraded: "Something needs attention", offline: "No connection" };

/** Health of the installation, looked at every ten seconds while the page is seen. */
export function useHealth() {
  const [health, setHealth] = useState(null);
  const [offline, setOffline] = useState(false);
  const look = useRef(() => {});
  useEffect(() => {
    let gone = false;
    look.current = async () => {
      if (document.hidden) return;
      try {
        const found = await request("/health");
        if (!gone) setHealth(found);
        if (!gone) setOffline(false);
      } catch (error) {
        if (!gone) setOffline(error.code === "unreachable" || !error.status);
      }
    };
    const now = () => look.current();
    now();
    const timer = setInterval(now, LOOK);
    document.addEventListener("visibilitychange", now);
    return () => {
      gone = true;
      clearInterval(timer);
      document.removeEventListener("visibilitychange", now);
    };
  }, []);
  useLive((event) => event.type === "resync" && look.current());
  return { health, state: offline ? "offline" : health?.status };
}

export const serviceTone = (state) => ({ ready: "good", starting: "wait", waiting: "wait", restarting: "wait" })[state] || "bad";
export const stateTone = (state) => ({ ok: "good", starting: "wait" })[state] || (state ? "bad" : "wait");

export function ServiceList({ health }) {
  const { orchestrator, database } = health;
  return (
    <ul className="dr-services">
      {health.services.map((service) => (
        <li key={service.name}>
          <i className={`dr-dot dr-dot-${serviceTone(service.state)}`} aria-hidden />
          <span>{service.name}</span>
          <span className="dr-muted">
            {service.cause || title(service.state)}
            {service.restarts > 0 && ` · restarted ${service.restarts}×`}
          </span>
        </li>
      ))}
      {!health.services.length && (
        <>
          <li>
            <i className={`dr-dot dr-dot-${database.ok ? "good" : "bad"}`} aria-hidden />
            <span>Database</span>
            <span className="dr-muted">{database.ok ? "Ready" : database.cause}</span>
          </li>
          <li>
            <i className={`dr-dot dr-dot-${orchestrator.daemon_ok ? "good" : "bad"}`} aria-hidden />
            <span>Dagster</span>
            <span className="dr-muted">{orchestrator.cause || (orchestrator.daemon_ok ? `Seen ${duration(orchestrator.daemon_lag_seconds)} ago` : "Does not answer")}</span>
          </li>
        </>
      )}
    </ul>
  );
}

export function StatusMenu() {
  const { health, state } = useHealth();
  const connected = useConnected();
  const shown = state === "ok" && !connected ? "offline" : state;
  const words = WORDS[shown] || "Looking";
  return (
    <Popover.Root>
      <Popover.Trigger>
        <button type="button" className="dr-icon-button" aria-label={`Status: ${words}`} title={words}>
          <i className={`dr-dot dr-dot-${stateTone(shown)}`} aria-hidden />
        </button>
      </Popover.Trigger>
      <Popover.Content side="right" align="end" className="dr-popover" aria-label="Status">
        <strong>{words}</strong>
        {shown === "offline" && <p className="dr-muted">Darkroom is tried again by itself. See `darkroom status`.</p>}
        {health?.remedy && <p className="dr-muted">{health.remedy}</p>}
        {health && <ServiceList health={health} />}
        {health && <p className="dr-caption">Darkroom {health.version}</p>}
      </Popover.Content>
    </Popover.Root>
  );
}

function Help({ onClose }) {
  const root = useRef(null);
  const [shown] = useState(declared);
  useFocusTrap(root);
  return (
    <div className="dr-shade dr-shade-keys" onClick={(event) => event.target === event.currentTarget && onClose()}>
      <div ref={root} className="dr-dialog" role="dialog" aria-modal="true" aria-label="Keyboard" tabIndex={-1} onKeyDown={(event) => event.key === "Escape" && onClose()}>
        <div className="dr-dialog-head">
          <h2>Keyboard</h2>
          <button type="button" className="dr-icon-button" aria-label="Close" onClick={onClose}>
            <X size={18} aria-hidden />
          </button>
        </div>
        <div className="dr-keys">
          {shown.map(([name, list]) => (
            <section key={name}>
              <h3>{name}</h3>
              <dl>
                {helpOf(list).map(({ words, keys, names, off }) => (
                  <div key={words} data-keys={JSON.stringify(names)} className={off ? "dr-key-off" : ""} title={off ? "Nothing to do it with now" : undefined}>
                    <dt>
                      {keys.flat().map((one) => (
                        <kbd key={one}>{one}</kbd>
                      ))}
                    </dt>
                    <dd>{words}</dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
      </div>
    </div>
  );
}

/** Says that the server does not answer, once that has lasted a moment. */
function Lost() {
  const connected = useConnected();
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(!connected), connected ? 0 : PATIENCE);
    return () => clearTimeout(timer);
  }, [connected]);
  return (
    <div role="status" className="dr-lost-place">
      {shown && (
        <p className="dr-lost">
          <Unplug size={16} aria-hidden /> Darkroom does not answer. It is tried again by itself.
        </p>
      )}
    </div>
  );
}

/** Keys and commands of every page. */
function useEverywhere(pages, onPalette, onHelp) {
  const navigate = useNavigate();
  const me = useMe();
  const { setColorMode } = useContext(ColorModeContext);
  const may = (route) => !NEEDS[route] || me?.permissions.includes(NEEDS[route]);
  const go = (route, key) => ({ keys: key ? [key] : [], words: pages.find(([one]) => one === route)?.[1], act: () => navigate(route) });
  const known = pages.filter(([route]) => may(route)).map(([route]) => go(route, JUMPS[route]));
  useShortcuts(EVERYWHERE, [
    { keys: ["Mod+k"], words: "Go anywhere, do anything", anywhere: true, move: true, act: onPalette },
    { keys: ["?"], words: "This help", act: onHelp },
    { keys: ["q"], words: `${ASKED}, as curl or Python`, act: askAsked },
    ...known,
    ...MODES.map(([mode, words]) => ({ keys: [], words: `Theme: ${words.toLowerCase()}`, act: () => setColorMode(mode) })),
    { keys: [], words: "Sign out", off: me?.kind !== "user", act: () => signOut().catch(complain) },
  ]);
}

/** Leads past the navigation. A link of the router would change the address and leave the focus where it is. */
export function SkipLink() {
  const skip = (event) => {
    event.preventDefault();
    document.getElementById("content")?.focus();
  };
  return (
    <a className="dr-skip" href="#content" onClick={skip}>
      Skip to content
    </a>
  );
}

/** `pages` are those of the app, each as its address and name. */
export function ShellTools({ pages }) {
  const [help, setHelp] = useState(false);
  const [palette, setPalette] = useState(false);
  const [asked, setAsked] = useState(false);
  const showHelp = useCallback(() => setHelp(true), []);
  useEffect(() => onHelp(showHelp), [showHelp]);
  useEffect(() => onAskAsked(() => setAsked(true)), []);
  useKeptFocus();
  useProposed();
  useEverywhere(pages, () => setPalette(true), showHelp);
  return (
    <div className="dr-shell-tools">
      <StatusMenu />
      <IconButton icon={Search} label="Go anywhere, do anything" hint={signs("Mod+k").join(" ")} side="right" className="dr-desk-only" onClick={() => setPalette(true)} />
      <IconButton icon={Keyboard} label="Keyboard help" hint="?" side="right" className="dr-desk-only" onClick={showHelp} />
      <AccountMenu />
      {help && <Help onClose={() => setHelp(false)} />}
      {palette && <CommandPalette onClose={() => setPalette(false)} />}
      {asked && <AskedDialog onClose={() => setAsked(false)} />}
      <Lost />
      <UploadCentre />
    </div>
  );
}
