// What a rule would do with what is there: asked anew while it is written, nothing is changed.

import { LoaderCircle, TriangleAlert } from "lucide-react";
import { Link } from "react-router";
import { fileUrl, request } from "../api.js";
import { count, plural } from "../format.js";
import { useAnswer } from "../reading.jsx";
import { documentOf, doesSomething } from "./actions.js";

const TYPING = 450;
const SHOWN = 15;

/** The answer to a dry run, or what fits where nothing is done yet. */
function useTrial(where, actions, rule) {
  const body = JSON.stringify({ where, ...documentOf(actions), rule });
  const ask = async (signal) => {
    if (doesSomething(actions)) return request("/rules/dry-run", { method: "POST", body: JSON.parse(body), signal });
    const page = await request(`/images?${new URLSearchParams({ limit: "20", ...(where.trim() && { where }) })}`, { signal });
    return { matching: page.total, fits: page.items, contradictions: [] };
  };
  return useAnswer(body, ask, TYPING);
}

const picturesOf = (found) => found.fits || found.edit?.examples || found.preset?.examples || [];

export function Trial({ where, actions, rule }) {
  const { found, error, busy } = useTrial(where, actions, rule);
  const shown = found ? picturesOf(found).slice(0, SHOWN) : [];
  const warnings = [...(found?.edit?.warnings || []), ...(found?.preset?.warnings || [])];
  return (
    <aside className="ru-trial" aria-label="Dry run">
      <h2>
        What it would do {busy && <LoaderCircle size={14} className="dv-spin" aria-hidden />}
      </h2>
      <div role="status" aria-busy={busy}>
        {error && (
          <p className="ru-trial-error">
            <strong>{error.title}.</strong> {error.message}
          </p>
        )}
        {found && (
          <p className="ru-trial-count">
            <strong>{count(found.matching)}</strong> {found.matching === 1 ? "picture fits" : "pictures fit"} now
            {found.edit && found.edit.changing !== null && `, ${count(found.edit.changing)} would change`}
            {found.preset && found.preset.changing !== null && `, ${plural(found.preset.changing, "result")} would be made`}
          </p>
        )}
      </div>
      {shown.length > 0 && (
        <div className="dr-examples">
          {shown.map((one) => (
            <Link key={one.id} to={`/?${new URLSearchParams({ ...(where.trim() && { where }), image: one.id })}`} title={one.name}>
              <img src={fileUrl(one.id, "thumbnail")} alt={one.name} loading="lazy" />
            </Link>
          ))}
        </div>
      )}
      {found && found.matching > shown.length && shown.length > 0 && (
        <Link className="dr-link" to={`/?${new URLSearchParams(where.trim() ? { where } : {})}`}>
          All {count(found.matching)} in the gallery
        </Link>
      )}
      {found?.contradictions.map((one) => (
        <p key={one.rule} className="ru-against">
          <TriangleAlert size={15} aria-hidden />
          <span>
            <Link to={`/rules?rule=${one.rule}`}>{one.name}</Link> wants something else ({one.about}) of {plural(one.pictures, "picture")}. The rule further down the list wins.
          </span>
        </p>
      ))}
      {warnings.map((words) => (
        <p key={words} className="dr-caption">
          {words}
        </p>
      ))}
    </aside>
  );
}
