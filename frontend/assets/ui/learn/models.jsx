// The page of models: versions that trainings left, which of them is used, and how that is changed and taken back.

import { useState } from "react";
import { ArrowLeft, Boxes, Crown, FileChartColumn, IdCard, Undo2 } from "lucide-react";
import { Link, useSearchParams } from "react-router";
import { toast } from "sonner";
import { API, request } from "../api.js";
import { ago, moment, plural } from "../format.js";
import { Dialog, FormError, Gated, TextField, useAct } from "../forms.jsx";
import { Section, Waiting } from "../reading.jsx";
import { Trouble, useNow } from "../ui.jsx";
import { DownloadModel } from "./files.jsx";
import { Matrix } from "./matrix.jsx";
import { LearnPage, figure, metricName, useFollow } from "./parts.jsx";
import { GateButton, MoreOfModel, Waiting as Proposed } from "./registry.jsx";
import { SearchModels } from "./searching.jsx";

const CHAMPION = "champion";

function Alias({ name }) {
  return (
    <span className={`dr-badge dl-alias-${name}`}>
      {name === CHAMPION && <Crown size={12} aria-hidden />} {name}
    </span>
  );
}

function Interval({ metric }) {
  return (
    <span className="dl-score">
      <strong>{figure(metric.value)}</strong>
      {metric.low !== null && (
        <span className="dr-caption">
          {figure(metric.low)} – {figure(metric.high)}
        </span>
      )}
    </span>
  );
}

/** Lets an alias lead to a version; what the gate has against it is said in its words, and may be overruled with a reason. */
function Promote({ name, number, back, onClose, onDone }) {
  const [why, setWhy] = useState(back ? `Back from version ${back}` : "");
  const { busy, error, run } = useAct();
  const refused = error?.code === "model_held_back";
  const save = async (event) => {
    event.preventDefault();
    // Going back is a decision about what is used now, whatever the figures say.
    const made = await run(() => request(`/models/${name}/promote`, { method: "POST", body: { number, alias: CHAMPION, why, force: refused || Boolean(back) } }));
    if (!made) return;
    toast.success(`${name}@${number} is the champion now.`);
    onDone();
    onClose();
  };
  return (
    <Dialog title={back ? `Back to ${name}@${number}?` : `Make ${name}@${number} the champion?`} onClose={onClose}>
      <form className="dr-form" onSubmit={save}>
        <p className="dr-muted">{back ? `The champion is version ${back} now. Whatever uses the champion takes version ${number} from then on, whether its figures are better or not.` : "Whatever uses the champion takes this version from then on. It must be no worse than the one of now, and judged by the same pictures."}</p>
        <TextField label={refused ? "Why all the same" : "Why, for those who look later"} required={refused} maxLength={500} value={why} onChange={(event) => setWhy(event.target.value)} />
        <FormError error={refused ? { title: "The gate holds it back", message: error.message, remedy: "Say why, to promote it all the same." } : error} />
        <footer className="dr-dialog-foot">
          <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className={`dr-button ${refused ? "dr-button-danger" : "dr-button-main"}`} disabled={busy || (refused && !why.trim())}>
            {back ? "Go back" : refused ? "Promote all the same" : "Promote"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function Versions({ found, onPromote, onLook }) {
  const now = useNow(10_000);
  const { aliases } = found.model;
  const of = (number) => Object.keys(aliases).filter((one) => aliases[one] === number).sort();
  return (
    <div className="dl-wide">
      <table className="dl-table dl-table-models">
        <thead>
          <tr>
            <th>Version</th>
            <th>{metricName(found.versions[0]?.metrics[0]?.name || "accuracy")}</th>
            <th>Learnt from</th>
            <th>Made</th>
            <th>
              <span className="dr-hidden">What can be done</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {found.versions.map((one) => (
            <tr key={one.id}>
              <td>
                <strong>{one.id}</strong>{" "}
                <span className="dr-caption dl-licence" title="Licence of the weights it began with">
                  {found.licences[one.number] === "none" ? "own weights" : found.licences[one.number] || "licence unknown"}
                </span>{" "}
                {of(one.number).map((alias) => <Alias key={alias} name={alias} />)}
                {one.tags.map((tag) => (
                  <span key={tag} className="dr-badge">
                    {tag}
                  </span>
                ))}
              </td>
              <td>
                <Interval metric={one.metrics[0]} />
              </td>
              <td>
                <Link to={`/datasets?name=${one.dataset.split("@")[0]}&version=${one.dataset.split("@")[1]}`}>{one.dataset}</Link>
              </td>
              <td title={moment(one.created_at)}>
                <Link to={`/training?run=${one.training}`}>{ago(one.created_at, now)}</Link>
              </td>
              <td className="dl-tools">
                <Link className="dr-button dr-button-small" to={`/report?id=${one.report}`}>
                  <FileChartColumn size={14} aria-hidden /> Report
                </Link>
                <a className="dr-button dr-button-small" href={`${API}/models/${found.model.id}/versions/${one.number}/card?format=html`} target="_blank" rel="noreferrer" aria-label={`Card of ${one.id}`}>
                  <IdCard size={14} aria-hidden /> Card
                </a>
                <DownloadModel id={one.checkpoint} title={one.id} small />
                {aliases[CHAMPION] !== one.number && (
                  <Gated permission="models:write" className="dr-button dr-button-small" aria-label={`Promote ${one.id}`} onClick={() => onPromote({ number: one.number })}>
                    <Crown size={14} aria-hidden /> Promote
                  </Gated>
                )}
                <MoreOfModel version={one} champion={aliases[CHAMPION] === one.number} last={found.versions.length === 1} onLook={onLook} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Moves({ moves }) {
  const now = useNow(10_000);
  return (
    <Section id="moves" title="What was used when">
      <ol className="dr-rows dl-moves">
        {[...moves].reverse().map((one) => (
          <li key={`${one.at}${one.alias}`}>
            <Alias name={one.alias} />
            <p>
              {one.before ? `version ${one.before} → ` : ""}
              <strong>version {one.number}</strong>
              {one.why && <span className="dr-muted"> · {one.why}</span>}
            </p>
            <span className="dr-caption" title={moment(one.at)}>
              {ago(one.at, now)}
            </span>
          </li>
        ))}
      </ol>
    </Section>
  );
}

function Model({ name, above }) {
  const [{ data, error }, look] = useFollow(`/models/${name}`, ["models"]);
  const [asking, setAsking] = useState(null);
  const champion = data?.model.aliases[CHAMPION];
  const last = data?.model.moves.filter((one) => one.alias === CHAMPION).at(-1);
  const back = last?.number === champion && last?.before ? last.before : null;
  return (
    <LearnPage
      title={name}
      lead={data && (champion ? `Version ${champion} is used.` : "No version is the champion yet: promote one.")}
      above={above}
      tools={
        data && (
          <>
            <GateButton line={data.model} onLook={look} />
            {back && (
              <Gated permission="models:write" className="dr-button" onClick={() => setAsking({ number: back, back: champion })}>
                <Undo2 size={15} aria-hidden /> Back to version {back}
              </Gated>
            )}
          </>
        )
      }
    >
      {error && !data && <Trouble error={error} onRetry={look} />}
      {!data && !error && <Waiting rows={3} />}
      {data && <Proposed line={data.model} onPromote={setAsking} onLook={look} />}
      {data && (
        <Section id="versions" title="Versions">
          <Versions found={data} onPromote={setAsking} onLook={look} />
        </Section>
      )}
      {data?.model.moves.length > 0 && <Moves moves={data.model.moves} />}
      {asking && <Promote name={name} {...asking} onClose={() => setAsking(null)} onDone={look} />}
    </LearnPage>
  );
}

function List() {
  const [{ data, error }, look] = useFollow("/models?limit=200", ["models"]);
  return (
    <LearnPage title="Models" lead="Each training leaves a version; the champion is the one that is used.">
      {error && !data && <Trouble error={error} onRetry={look} />}
      {!data && !error && <Waiting rows={3} />}
      {data?.items.length === 0 && (
        <div className="dr-empty dl-empty">
          <Boxes size={40} strokeWidth={1.25} aria-hidden />
          <h2>No model yet</h2>
          <p>Every training ends with a version of a model, and a report of what it is worth.</p>
          <Link className="dr-button dr-button-main" to="/training">
            To the trainings
          </Link>
        </div>
      )}
      {data?.items.length > 0 && (
        <ul className="dr-rows dl-rows">
          {data.items.map((one) => (
            <li key={one.id}>
              <Link to={`/models?name=${one.id}`} className="dl-row dl-row-model">
                <span className="dl-row-name">
                  <strong>{one.id}</strong>
                  <span className="dr-muted">{one.task}</span>
                </span>
                <span className="dl-row-aliases">
                  {Object.entries(one.aliases)
                    .sort()
                    .reverse()
                    .map(([alias, number]) => (
                      <span key={alias}>
                        <Alias name={alias} /> version {number}
                      </span>
                    ))}
                </span>
                <span className="dl-row-when">
                  {one.proposal && one.proposal.declined_by === null && <span className="dr-badge dr-badge-queued">waits for approval</span>}
                  <span className="dr-badge">{plural(one.latest, "version")}</span>
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
      {data?.items.length > 0 && <Matrix />}
      {data && <SearchModels />}
    </LearnPage>
  );
}

export function Models() {
  const [params] = useSearchParams();
  const name = params.get("name");
  if (!name) return <List />;
  return (
    <Model
      key={name}
      name={name}
      above={
        <Link to="/models" className="dl-back">
          <ArrowLeft size={15} aria-hidden /> All models
        </Link>
      }
    />
  );
}
