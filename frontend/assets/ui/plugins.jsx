// Plug-ins: what is installed, what each brings and may do, why one is skipped; switched off and on.

import { Blocks, Power, TriangleAlert } from "lucide-react";
import { toast } from "sonner";
import { request } from "./api.js";
import { number, plural } from "./format.js";
import { complain, CopyBox, Gated } from "./forms.jsx";
import { undoing } from "./offers.js";
import { Page, Section, useOnce, Waiting } from "./reading.jsx";
import { Trouble } from "./ui.jsx";

const MAY = { network: "make connections", processes: "start other programs", gpu: "use the graphics card", unconfined: "do what this system cannot keep it from" };
const HELD = { files: "files", network: "the network", processes: "other programs", memory: "memory" };

const mayWords = (one) => MAY[one] || (one.startsWith("read:") ? `read ${one.slice(5)}` : one);

function stateOf(plugin) {
  if (!plugin.enabled) return ["off", "none"];
  return plugin.cause ? ["skipped", "bad"] : ["on", "done"];
}

function Permissions({ plugin }) {
  const lacking = plugin.asked.filter((one) => !plugin.granted.includes(one));
  return (
    <>
      {plugin.granted.length ? plugin.granted.map(mayWords).join(", ") : "See a picture and give one back, nothing else"}
      {lacking.length > 0 && <span className="dr-field-error">Asked for and not granted: {lacking.map(mayWords).join(", ")}</span>}
    </>
  );
}

function Plugin({ plugin, onChange }) {
  const [words, kind] = stateOf(plugin);
  const facts = [
    ["Operations", Object.entries(plugin.operations).map(([name, version]) => `${plugin.name}/${name}@${version}`).join(", ")],
    ["May", <Permissions key="may" plugin={plugin} />],
    ["Licence", plugin.licence],
    ["By", plugin.author],
    ["Each picture", `at most ${number(plugin.seconds)} s and ${number(plugin.memory_mb)} MB`],
    ["Checked with", plural(plugin.golden, "golden picture")],
    ["Files", plugin.digest.slice(0, 16)],
  ];
  return (
    <li className="dr-plugin" aria-label={plugin.name}>
      <header>
        <Blocks size={18} strokeWidth={1.6} aria-hidden />
        <div>
          <h2>
            {plugin.name} <small>{plugin.version}</small>
          </h2>
          <p className="dr-muted">{plugin.summary}</p>
        </div>
        <span className={`dr-badge dr-badge-${kind}`}>{words}</span>
        <Gated permission="system:write" className="dr-button dr-button-small" aria-label={`Switch ${plugin.name} ${plugin.enabled ? "off" : "on"}`} onClick={() => onChange(plugin, !plugin.enabled)}>
          <Power size={14} aria-hidden /> {plugin.enabled ? "Switch off" : "Switch on"}
        </Gated>
      </header>
      {plugin.cause && (
        <p className="dr-field-error dr-plugin-note">
          <TriangleAlert size={14} aria-hidden /> {plugin.cause}
        </p>
      )}
      <dl className="dr-plugin-facts">
        {facts.map(([name, value]) => value && (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </li>
  );
}

function Install() {
  return (
    <Section id="plugin-install" title="Install one" hint="On the machine that Darkroom runs on, by whoever may put code there: each is checked with its golden pictures, and asks for what it may do.">
      <CopyBox label="Command" value="darkroom plugin install FOLDER_OR_WHEEL" />
      <p className="dr-caption">`darkroom plugin new FOLDER` begins one of your own, and `darkroom plugin remove NAME` takes one away.</p>
    </Section>
  );
}

export function Plugins() {
  const [{ data, error }, look] = useOnce("/plugins");
  const change = (plugin, enabled) =>
    request(`/plugins/${encodeURIComponent(plugin.name)}/switch`, { method: "POST", body: { enabled } }).then(() => {
      toast.success(`${plugin.name} is ${enabled ? "on" : "off"}.`, enabled ? undefined : { description: "Recipes that name its operations say so.", ...undoing(() => change(plugin, true)) });
      look();
    }, complain);
  if (error && !data) return <Page title="Plug-ins"><Trouble error={error} onRetry={look} /></Page>;
  const loose = Object.keys(HELD).filter((one) => data && data.enforced[one] === false);
  const shown = new Set(data?.items.map((one) => one.name));
  const damaged = data?.broken.filter((one) => !shown.has(one.name)) || [];
  return (
    <Page title="Plug-ins" lead="Operations of others. Each runs in processes of its own, sees a picture and gives one back; what it may do beside that was granted when it came.">
      {loose.length > 0 && (
        <p className="dr-caption dr-plugin-note" role="note">
          <TriangleAlert size={13} aria-hidden /> This system can not keep plug-ins from more than was granted of: {loose.map((one) => HELD[one]).join(", ")}. Install those you trust.
        </p>
      )}
      {!data && <Waiting />}
      {data && !data.items.length && !damaged.length && <p className="dr-muted">No plug-in is installed.</p>}
      {data && (data.items.length > 0 || damaged.length > 0) && (
        <ul className="dr-plugins">
          {data.items.map((one) => (
            <Plugin key={one.name} plugin={one} onChange={change} />
          ))}
          {damaged.map((one) => (
            <li key={one.name} className="dr-plugin" aria-label={one.name}>
              <header>
                <TriangleAlert size={18} aria-hidden />
                <div>
                  <h2>{one.name}</h2>
                  <p className="dr-field-error">{one.cause}</p>
                </div>
                <span className="dr-badge dr-badge-bad">skipped</span>
              </header>
            </li>
          ))}
        </ul>
      )}
      <Install />
    </Page>
  );
}
