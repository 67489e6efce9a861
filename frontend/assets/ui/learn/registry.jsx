// What the registry does with a version of a model, and with its line: notes, uses, making it again, proposing, deleting, the gate.

import { useState } from "react";
import { Check, ListTree, Repeat2, Scale, StickyNote, Trash2, UserCheck, X } from "lucide-react";
import { useNavigate } from "react-router";
import { toast } from "sonner";
import { request } from "../api.js";
import { ago, count, moment } from "../format.js";
import { Confirm, Dialog, Field, FormError, Gated, TextField, useAct } from "../forms.jsx";
import { useRefusal } from "../me.js";
import { useOnce } from "../reading.jsx";
import { useNow } from "../ui.jsx";
import { More } from "./more.jsx";

const at = (version) => `/models/${version.name}/versions/${version.number}`;

function Foot({ busy, verb, onClose }) {
  return (
    <footer className="dr-dialog-foot">
      <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
        Cancel
      </button>
      <button type="submit" className="dr-button dr-button-main" disabled={busy}>
        {verb}
      </button>
    </footer>
  );
}

/** A form in a dialog that sends something and then is gone. */
function Asking({ title, words, verb, send, onClose, onDone, children }) {
  const { busy, error, run } = useAct();
  const save = async (event) => {
    event.preventDefault();
    const made = await run(send);
    if (made === undefined) return;
    onDone(made);
    onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="dr-form" onSubmit={save}>
        {words && <p className="dr-muted">{words}</p>}
        {children}
        <FormError error={error} />
        <Foot busy={busy} verb={verb} onClose={onClose} />
      </form>
    </Dialog>
  );
}

function Notes({ version, onClose, onLook }) {
  const [tags, setTags] = useState(version.tags.join(", "));
  const [use, setUse] = useState(version.intended_use);
  const wanted = [...new Set(tags.split(",").map((one) => one.trim().toLowerCase()).filter(Boolean))];
  const send = () =>
    request(`${at(version)}/notes`, {
      method: "POST",
      body: { add_tags: wanted.filter((one) => !version.tags.includes(one)), remove_tags: version.tags.filter((one) => !wanted.includes(one)), intended_use: use },
    });
  return (
    <Asking title={`Notes on ${version.id}`} verb="Save" send={send} onClose={onClose} onDone={onLook}>
      <TextField label="Tags" hint="With commas between them." value={tags} onChange={(event) => setTags(event.target.value)} />
      <Field label="What it is meant for, and what not" hint="It stands on its card.">
        {(bound) => <textarea className="dr-input" rows={5} maxLength={4000} value={use} {...bound} onChange={(event) => setUse(event.target.value)} />}
      </Field>
    </Asking>
  );
}

function Uses({ version, onClose }) {
  const [{ data, error }] = useOnce(`${at(version)}/uses`);
  const rows = data && [
    ["Aliases", data.aliases.join(", ")],
    ["Presets", data.presets.join(", ")],
    ["Orders of recipes", data.orders ? count(data.orders) : ""],
    ["Datasets that train the next one", data.followed.join(", ")],
    ["Made again by", data.reproduced_by.join(", ")],
  ].filter(([, value]) => value);
  return (
    <Dialog title={`What uses ${version.id}`} onClose={onClose}>
      <FormError error={error} />
      {rows && !rows.length && <p className="dr-muted">Nothing uses it.</p>}
      {rows?.length > 0 && (
        <dl className="dl-uses">
          {rows.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </Dialog>
  );
}

function Propose({ version, onClose, onLook }) {
  const [why, setWhy] = useState("");
  const send = () => request(`/models/${version.name}/propose`, { method: "POST", body: { number: version.number, why } });
  const done = () => {
    toast.success(`${version.id} waits for approval.`);
    onLook();
  };
  return (
    <Asking title={`Propose ${version.id} as champion?`} words="Whoever may approve is shown it here, and promotes it or says why not." verb="Propose" send={send} onClose={onClose} onDone={done}>
      <TextField label="Why, for who approves" maxLength={500} value={why} onChange={(event) => setWhy(event.target.value)} />
    </Asking>
  );
}

function Decline({ name, onClose, onLook }) {
  const [why, setWhy] = useState("");
  const send = () => request(`/models/${name}/decline`, { method: "POST", body: { why } });
  return (
    <Asking title="Decline the proposal?" words="Who proposed it is shown why." verb="Decline" send={send} onClose={onClose} onDone={onLook}>
      <TextField label="Why not" maxLength={500} value={why} onChange={(event) => setWhy(event.target.value)} />
    </Asking>
  );
}

/** What a version must be worth to become champion of a line. */
export function Gate({ line, onClose, onLook }) {
  const { least_score, least_gain, approval, another } = line.gate;
  const [gate, setGate] = useState({ least_score: least_score ?? "", least_gain, approval, another });
  const number = (value) => (value === "" ? null : Number(value));
  const send = () => request(`/models/${line.id}/gate`, { method: "POST", body: { ...gate, least_score: number(gate.least_score), least_gain: number(gate.least_gain) ?? 0, another: gate.approval && gate.another } });
  const check = (key, words, off = false) => (
    <label className="dl-check">
      <input type="checkbox" checked={gate[key] && !off} disabled={off} onChange={(event) => setGate({ ...gate, [key]: event.target.checked })} /> {words}
    </label>
  );
  return (
    <Asking title={`What ${line.id} asks of a champion`} verb="Save" send={send} onClose={onClose} onDone={onLook}>
      <TextField label="Least value of the figure that decides" hint="Empty: any." type="number" step="any" value={gate.least_score} onChange={(event) => setGate({ ...gate, least_score: event.target.value })} />
      <TextField label="Least gain over the champion of now" type="number" step="any" value={gate.least_gain} onChange={(event) => setGate({ ...gate, least_gain: event.target.value })} />
      {check("approval", "Somebody must approve: nothing becomes champion by itself")}
      {check("another", "Somebody else than who proposed and who trained it", !gate.approval)}
    </Asking>
  );
}

/** The version that waits for approval, or what was said to it. */
export function Waiting({ line, onPromote, onLook }) {
  const [declining, setDeclining] = useState(false);
  const now = useNow(10_000);
  const { proposal } = line;
  if (!proposal) return null;
  const declined = proposal.declined_by !== null;
  return (
    <aside className="dl-proposal" role="status">
      <UserCheck size={18} aria-hidden />
      <p>
        <strong>{declined ? `Version ${proposal.number} was declined` : `Version ${proposal.number} waits for approval`}</strong>{" "}
        <span className="dr-muted" title={moment(proposal.at)}>
          proposed {ago(proposal.at, now)}
          {(declined ? proposal.declined_because : proposal.why) && `: ${declined ? proposal.declined_because : proposal.why}`}
        </span>
      </p>
      {!declined && (
        <span className="dr-push">
          <Gated permission={line.gate.approval ? "models:approve" : "models:write"} className="dr-button dr-button-small dr-button-main" onClick={() => onPromote({ number: proposal.number })}>
            <Check size={14} aria-hidden /> Approve
          </Gated>{" "}
          <Gated permission="models:write" className="dr-button dr-button-small" onClick={() => setDeclining(true)}>
            <X size={14} aria-hidden /> Decline
          </Gated>
        </span>
      )}
      {declining && <Decline name={line.id} onClose={() => setDeclining(false)} onLook={onLook} />}
    </aside>
  );
}

/** The button that opens the gate of a line. */
export function GateButton({ line, onLook }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Gated permission="models:approve" className="dr-button" onClick={() => setOpen(true)}>
        <Scale size={15} aria-hidden /> Gate
      </Gated>
      {open && <Gate line={line} onClose={() => setOpen(false)} onLook={onLook} />}
    </>
  );
}

const ITEMS = [
  ["notes", "Tags and use", StickyNote, "models:write"],
  ["uses", "What uses it", ListTree, "training:read"],
  ["again", "Make it again", Repeat2, "training:write"],
  ["propose", "Propose as champion", UserCheck, "models:write"],
  ["delete", "Delete", Trash2, "models:write"],
];

/** Everything else that is done with a version. */
export function MoreOfModel({ version, champion, last, onLook }) {
  const [asked, setAsked] = useState("");
  const refused = { "models:write": useRefusal("models:write"), "training:write": useRefusal("training:write"), "training:read": useRefusal("training:read") };
  const navigate = useNavigate();
  const close = () => setAsked("");
  const again = async () => navigate(`/training?run=${(await request(`${at(version)}/reproduce`, { method: "POST" })).training.id}`);
  const remove = async () => {
    await request(at(version), { method: "DELETE" });
    toast.success(`${version.id} is deleted.`);
    if (last) navigate("/models");
    else onLook();
  };
  const items = ITEMS.filter(([kind]) => kind !== "propose" || !champion).map(([kind, words, Mark, permission]) => [kind, words, Mark, Boolean(refused[permission])]);
  return (
    <>
      <More version={version} items={items} onChoose={setAsked} />
      {asked === "notes" && <Notes version={version} onClose={close} onLook={onLook} />}
      {asked === "uses" && <Uses version={version} onClose={close} />}
      {asked === "propose" && <Propose version={version} onClose={close} onLook={onLook} />}
      {asked === "again" && <Confirm title={`Make ${version.id} again?`} words="A training with the same version of the dataset, configuration and seed tells how near it comes, figures and weights." verb="Begin" onClose={close} onConfirm={again} />}
      {asked === "delete" && <Confirm title={`Delete ${version.id}?`} words="It cannot be taken back. The training that made it stays. A version that something uses is not deleted." verb="Delete" onClose={close} onConfirm={remove} />}
    </>
  );
}
