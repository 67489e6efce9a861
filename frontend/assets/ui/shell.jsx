// The frame around each page: state of the services, keyboard help, the account, uploads.

import { useEffect, useRef, useState } from "react";
import { Keyboard, Unplug, X } from "lucide-react";
import { Popover } from "@radix-ui/themes";
import { useNavigate } from "react-router";
import { request } from "./api.js";
import { duration, title } from "./format.js";
import { useConnected, useLive } from "./live.js";
import { AccountMenu } from "./menu.jsx";
import { IconButton, shortcutSections, useFocusTrap, useHotkeys } from "./ui.jsx";
import { UploadCentre } from "./upload.jsx";

const LOOK = 10_000;
const PATIENCE = 2500;
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

const KEYS = [
  ["Everywhere", [["?", "This help"], ["G", "Gallery"], ["D", "Develop"], ["L", "Learn"], ["A", "Activity"]]],
  ["Gallery", [["/", "Search"], ["\\", "Filters"], ["U", "Upload"], ["← ↑ ↓ →", "Move"], ["Enter", "Open"], ["+  −", "Size of pictures"], ["Esc", "Choose none, then clear search and filters"]]],
  ["Choosing", [["X", "Choose the picture"], ["Shift ← →", "Choose a range"], ["Ctrl A", "Choose all of the view"], ["1 – 5", "Rate, 0 for none"], ["6 – 9", "Label red, yellow, green, blue"], ["F", "Favourite"], ["T", "Tag"], ["C", "Add to a collection"], ["E", "Edit metadata"], ["Delete", "Move to the trash"], ["Ctrl Z", "Take the last change back"]]],
  ["Picture", [["← →", "Previous, next"], ["I", "Details"], ["Z", "Full size"], ["D", "Develop"], ["+  −", "Zoom"], ["X", "Choose"], ["1 – 5", "Rate"], ["F", "Favourite"], ["Delete", "Move to the trash"], ["Esc", "Close"]]],
];
const SIGNS = { Mod: /Mac|iP/.test(typeof navigator === "undefined" ? "" : navigator.platform) ? "⌘" : "Ctrl", Shift: "⇧", Escape: "Esc", ArrowLeft: "←", ArrowRight: "→" };
const signs = (key) => key.split("+").map((part) => SIGNS[part] || part.toUpperCase()).join(" ");

/** Keys of every page, and before them those of the page that is open. */
function allKeys() {
  return [...shortcutSections().map(([name, list]) => [name, list().map(([key, words]) => [signs(key), words])]), ...KEYS];
}

function Help({ onClose }) {
  const root = useRef(null);
  useFocusTrap(root);
  return (
    <div className="dr-shade" onClick={(event) => event.target === event.currentTarget && onClose()}>
      <div ref={root} className="dr-dialog" role="dialog" aria-modal="true" aria-label="Keyboard" tabIndex={-1} onKeyDown={(event) => event.key === "Escape" && onClose()}>
        <div className="dr-dialog-head">
          <h2>Keyboard</h2>
          <button type="button" className="dr-icon-button" aria-label="Close" onClick={onClose}>
            <X size={18} aria-hidden />
          </button>
        </div>
        <div className="dr-keys">
          {allKeys().map(([name, keys]) => (
            <section key={name}>
              <h3>{name}</h3>
              <dl>
                {keys.map(([key, words]) => (
                  <div key={words}>
                    <dt>
                      {key.split(" ").filter(Boolean).map((one) => (
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

export function ShellTools() {
  const [help, setHelp] = useState(false);
  const navigate = useNavigate();
  useHotkeys({ "?": () => setHelp(true), g: () => navigate("/"), d: () => navigate("/develop"), l: () => navigate("/training"), a: () => navigate("/activity") });
  return (
    <div className="dr-shell-tools">
      <StatusMenu />
      <IconButton icon={Keyboard} label="Keyboard help" hint="?" side="right" className="dr-desk-only" onClick={() => setHelp(true)} />
      <AccountMenu />
      {help && <Help onClose={() => setHelp(false)} />}
      <Lost />
      <UploadCentre />
    </div>
  );
}
