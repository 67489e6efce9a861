// Filters of the library beside the presets: listed, looked at by version, edited, taken out of the list and put back.

import { useEffect, useState } from "react";
import { Blend, Plus } from "lucide-react";
import { toast } from "sonner";
import { API, request } from "../api.js";
import { moment, plural } from "../format.js";
import { complain, Confirm, Dialog, Gated } from "../forms.jsx";
import { undoing } from "../offers.js";
import { Waiting } from "../reading.jsx";
import { Trouble } from "../ui.jsx";
import { FilterEditor } from "./filter_editor.jsx";
import { renewCatalogue, useNewest } from "./store.js";
import { KINDS } from "./studio.js";

const at = (name, version) => `/filters/${encodeURIComponent(version ? `${name}@${version}` : name)}`;

function Body({ body, found }) {
  if (body.kind === "expression")
    return ["red", "green", "blue"].map((channel) => (
      <li key={channel}>
        {channel}: <code>{body[channel]}</code>
      </li>
    ));
  if (body.kind === "kernel") return body.matrix.map((row, index) => <li key={index}>{<code>{row.join("  ")}</code>}</li>);
  if (body.kind === "steps")
    return body.steps.map((step, index) => (
      <li key={index}>
        {step.name} <code>{JSON.stringify(step.params)}</code>
      </li>
    ));
  return (
    <li>
      A table of colours: <a href={`${API}${at(found.name, found.version)}/table`} download={`${found.name}.cube`}>{found.name}.cube</a>
    </li>
  );
}

/** Everything known of a filter, version by version. */
function Details({ name, onAdd, onEdit, onSteps, onChanged, onClose }) {
  const [version, setVersion] = useState(null);
  const [state, setState] = useState({ found: null, error: null });
  const [asking, setAsking] = useState(false);
  useEffect(() => {
    request(at(name, version)).then((found) => setState({ found, error: null }), (error) => setState({ found: null, error }));
  }, [name, version]);
  const { found, error } = state;
  const putBack = (filter) => request("/filters", { method: "POST", body: { filter } }).then(onChanged, complain);
  const remove = async () => {
    const newest = await request(at(name));
    await request(at(name), { method: "DELETE" });
    toast.success(`user/${name} is out of the list`, undoing(() => putBack(newest.filter)));
    onChanged();
    onClose();
  };
  if (asking) return <Confirm title={`Take user/${name} out of the list?`} words="Its versions stay readable for what was made with them. It is refused while presets of the list use it." verb="Take it out" onClose={() => setAsking(false)} onConfirm={remove} />;
  return (
    <Dialog title={found ? found.title : name} onClose={onClose}>
      {error && <Trouble error={error} />}
      {!found && !error && <Waiting />}
      {found && (
        <div className="dv-about">
          <ol>
            <Body body={found.filter.body} found={found} />
          </ol>
          <dl className="dv-facts">
            <div>
              <dt>In recipes</dt>
              <dd>
                <code>user/{found.name}</code>
              </dd>
            </div>
            <div>
              <dt>Version</dt>
              <dd>
                {found.versions.length > 1 ? (
                  <select className="dr-input dr-select" aria-label="Version" value={found.version} onChange={(event) => setVersion(Number(event.target.value))}>
                    {found.versions.map((one) => (
                      <option key={one}>{one}</option>
                    ))}
                  </select>
                ) : (
                  found.version
                )}
              </dd>
            </div>
            <div>
              <dt>Saved</dt>
              <dd>{moment(found.created_at)}</dd>
            </div>
            <div>
              <dt>Can be set</dt>
              <dd>{found.knobs.join(", ") || "Nothing but its strength"}</dd>
            </div>
            <div>
              <dt>Used by</dt>
              <dd>
                {plural(found.presets.length, "preset")}
                {found.presets.length > 0 && ` (${found.presets.slice(0, 6).join(", ")})`}
              </dd>
            </div>
          </dl>
          <footer className="dr-dialog-foot">
            <Gated permission="presets:write" className="dr-button dr-button-quiet" onClick={() => setAsking(true)}>
              Take out of the list
            </Gated>
            {found.filter.body.kind === "steps" && (
              <button type="button" className="dr-button" title="Change them, then save them as an operation under the same words" onClick={() => (onSteps(found.filter), onClose())}>
                Its steps in Develop
              </button>
            )}
            {(found.filter.body.kind !== "look" || found.version !== found.versions[0]) && (
              <Gated permission="presets:write" className="dr-button" onClick={() => onEdit(found.filter)}>
                Edit as a new version
              </Gated>
            )}
            <button type="button" className="dr-button dr-button-main" onClick={() => (onAdd(found), onClose())}>
              Add it as a step
            </button>
          </footer>
        </div>
      )}
    </Dialog>
  );
}

/** `onAdd` is told of one to be a step, `onSteps` of one whose steps are to be changed. */
export function FilterList({ onAdd, onSteps }) {
  const { items, error, look } = useNewest("/filters");
  const [about, setAbout] = useState(null);
  const [editing, setEditing] = useState(null);
  const changed = () => (renewCatalogue(), look());
  const saved = (found) => {
    setEditing(null);
    changed();
    toast.success(`Saved as user/${found.name}, version ${found.version}.`, { description: "It is found among the steps by its words." });
  };
  return (
    <section className="dv-filters" aria-label="Filters of your own">
      <h2>Filters of your own</h2>
      {error && !items && <Trouble error={error} onRetry={look} />}
      {!items && !error && <Waiting rows={2} />}
      {items?.length === 0 && <p className="dr-muted">None yet: a formula, a kernel, a look that is learnt from a picture before and after, or steps that you save as an operation.</p>}
      {items?.length > 0 && (
        <ul>
          {items.map((one) => (
            <li key={one.name}>
              <button type="button" onClick={() => setAbout(one.name)}>
                <Blend size={16} strokeWidth={1.7} aria-hidden />
                <span>
                  <strong>{one.title}</strong>
                  <small>
                    {KINDS[one.kind]} · version {one.version}
                  </small>
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <Gated permission="presets:write" className="dr-button dr-button-small" onClick={() => setEditing({ filter: null })}>
        <Plus size={14} aria-hidden /> New filter
      </Gated>
      {about && !editing && <Details key={about} name={about} onAdd={onAdd} onEdit={(filter) => (setAbout(null), setEditing({ filter }))} onSteps={onSteps} onChanged={changed} onClose={() => setAbout(null)} />}
      {editing && <FilterEditor filter={editing.filter} onClose={() => setEditing(null)} onSaved={saved} />}
    </section>
  );
}
