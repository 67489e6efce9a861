// Models that pictures are found with by words: which one is used, how many pictures it has seen, and how another is made.

import { useState } from "react";
import { Play, Plus, Square, Trash2 } from "lucide-react";
import { toast } from "sonner";
import { count, duration } from "../format.js";
import { request } from "../api.js";
import { Dialog, FormError, Gated, SelectField, TextField, complain, useAct } from "../forms.jsx";
import { Section, useOnce } from "../reading.jsx";
import { useFollow } from "./parts.jsx";

const HUB = "hub:";

/** How many pictures a model has seen, in words. */
export const seenWords = (one) => `${count(one.pictures)} of ${count(one.of)} pictures seen${one.operation && one.seconds_left ? `, ${duration(one.seconds_left)} left` : ""}`;

function Add({ onClose, onDone }) {
  const [{ data }] = useOnce("/backbones");
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState("");
  const [remote, setRemote] = useState("");
  const { busy, error, run } = useAct();
  const folders = data?.items || [];
  const weights = chosen || folders[0]?.name || (data?.hub ? HUB : "");
  const given = weights === HUB ? `${HUB}${remote.trim()}` : weights;
  const save = async (event) => {
    event.preventDefault();
    const made = await run(() => request("/search-models", { method: "POST", body: { name: name.trim(), weights: given } }));
    if (!made) return;
    toast.success(`${name.trim()} is being made`, { description: "The page Activity tells how far it is." });
    onDone();
    onClose();
  };
  return (
    <Dialog title="A model for searching" onClose={onClose}>
      <form className="dr-form" onSubmit={save}>
        <p className="dr-muted">Made of weights of CLIP or SigLIP: a folder in “backbones” of the home folder with config.json, model.safetensors and tokenizer.json. Nothing in it is run as code.</p>
        <TextField label="Name" required pattern="[a-z0-9][a-z0-9_\-]{0,63}" title="Small letters, digits, - and _" value={name} onChange={(event) => setName(event.target.value)} />
        {(folders.length > 0 || data?.hub) && <SelectField label="Weights" options={[...folders.map((one) => [one.name, one.name]), ...(data.hub ? [[HUB, "From the Hugging Face hub …"]] : [])]} value={weights} onChange={setChosen} />}
        {weights === HUB && <TextField label="Owner and name" required placeholder="openai/clip-vit-base-patch32" value={remote} onChange={(event) => setRemote(event.target.value)} />}
        {data && !weights && <p className="dr-form-error" role="alert">There is no folder of weights on the server yet.</p>}
        <FormError error={error} />
        <footer className="dr-dialog-foot">
          <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="dr-button dr-button-main" disabled={busy || !weights}>
            Make it
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function Row({ one, look }) {
  const act = (path, options, words) =>
    request(path, options).then(() => {
      toast.success(words);
      look();
    }, complain);
  const use = (used) => act(`/search-models/${one.name}/use`, { method: "POST", body: { used } }, used ? `${one.name} looks at the pictures now.` : `${one.name} is used no longer.`);
  const forget = () => act(`/search-models/${one.name}`, { method: "DELETE" }, `${one.name} is deleted.`);
  return (
    <li>
      <div className="dl-row dl-row-model">
        <span className="dl-row-name">
          <strong>{one.name}</strong>
          <span className="dr-muted">
            {one.kind} of {one.weights}, licence {one.licence}
          </span>
        </span>
        <span className="dl-row-aliases">
          {one.used && <span className="dr-badge dl-alias-champion">used for searching</span>} <span role="status">{seenWords(one)}</span>
        </span>
        <span className="dl-row-when dl-tools">
          {one.used ? (
            <Gated permission="models:write" className="dr-button dr-button-small" aria-label={`Stop using ${one.name}`} onClick={() => use(false)}>
              <Square size={13} aria-hidden /> Stop
            </Gated>
          ) : (
            <>
              <Gated permission="models:write" className="dr-button dr-button-small" aria-label={`Use ${one.name} for searching`} onClick={() => use(true)}>
                <Play size={13} aria-hidden /> Use for searching
              </Gated>
              <Gated permission="models:write" className="dr-button dr-button-small" aria-label={`Delete ${one.name}`} onClick={forget}>
                <Trash2 size={13} aria-hidden />
              </Gated>
            </>
          )}
        </span>
      </div>
    </li>
  );
}

export function SearchModels() {
  const [{ data }, look] = useFollow("/search-models", ["models", "operation"]);
  const [adding, setAdding] = useState(false);
  if (!data) return null;
  return (
    <Section
      id="searching"
      title="Searching by words"
      hint={data.items.length ? "like:\"red shoe on white\" in the search box finds pictures by what they show." : "A model of CLIP or SigLIP weights finds pictures by what they show, and looks at new ones by itself."}
      tools={
        <Gated permission="models:write" className="dr-button dr-button-small" onClick={() => setAdding(true)}>
          <Plus size={14} aria-hidden /> Make one of weights
        </Gated>
      }
    >
      {data.items.length > 0 && (
        <ul className="dr-rows dl-rows">
          {data.items.map((one) => (
            <Row key={one.name} one={one} look={look} />
          ))}
        </ul>
      )}
      {adding && <Add onClose={() => setAdding(false)} onDone={look} />}
    </Section>
  );
}
