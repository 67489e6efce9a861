// One rule: made or changed, tried while it is written.

import { useState } from "react";
import { ArrowLeft } from "lucide-react";
import { Link, useNavigate } from "react-router";
import { toast } from "sonner";
import { request } from "../api.js";
import { FormError, TextField, useAct, complain } from "../forms.jsx";
import { useRefusal } from "../me.js";
import { undoing } from "../offers.js";
import { OrganisePage } from "../organise.jsx";
import { documentOf, doesSomething, actionsOf } from "./actions.js";
import { Actions } from "./actions.jsx";
import { Conditions } from "./conditions.jsx";
import { Trial } from "./trial.jsx";

const WRITE = "rules:write";
export const Back = () => (
  <Link to="/rules" className="dr-back">
    <ArrowLeft size={15} aria-hidden /> All rules
  </Link>
);

const plain = ({ name, where, edit, preset }) => ({ name, where, edit, preset });

/** `rule` is there already, or has what a new one begins with. */
export function Editor({ rule, onSaved }) {
  const navigate = useNavigate();
  const why = useRefusal(WRITE);
  const readOnly = Boolean(why);
  const [name, setName] = useState(rule.name || "");
  const [where, setWhere] = useState(rule.where || "");
  const [actions, setActions] = useState(() => actionsOf(rule));
  const { busy, error, run } = useAct();
  const fresh = !rule.id;
  const save = async (event) => {
    event.preventDefault();
    const body = { name: name.trim(), where: where.trim(), ...documentOf(actions) };
    const kept = await run(() => (fresh ? request("/rules", { method: "POST", body }) : request(`/rules/${rule.id}`, { method: "PATCH", body, revision: rule.revision })));
    if (!kept) return;
    onSaved();
    navigate("/rules");
    const back = () =>
      (fresh ? request(`/rules/${kept.id}`, { method: "DELETE", revision: kept.revision }) : request(`/rules/${kept.id}`, { method: "PATCH", body: plain(rule), revision: kept.revision })).then(onSaved, complain);
    toast.success(fresh ? `${kept.name} files what comes in from now on.` : `${kept.name} is changed.`, {
      description: "Pictures that are here already stay as they are: apply the rule to them from its line.",
      ...undoing(back),
    });
  };
  const wrong = error?.parameter === "name" || error?.code === "already_exists";
  return (
    <OrganisePage title={fresh ? "New rule" : rule.name} above={<Back />}>
      <form className="ru-editor" onSubmit={save}>
        <div className="ru-form">
          <TextField label="Name" required maxLength={120} readOnly={readOnly} error={wrong ? error.message : ""} value={name} onChange={(event) => setName(event.target.value)} />
          <section aria-label="Condition">
            <h2>When a picture comes in and all of this holds</h2>
            <Conditions where={where} readOnly={readOnly} onChange={setWhere} />
          </section>
          <section aria-label="Actions">
            <h2>Then</h2>
            <Actions actions={actions} readOnly={readOnly} onChange={setActions} />
          </section>
          <FormError error={wrong ? null : error} />
          {why && <p className="dr-muted">{why}</p>}
          {!readOnly && (
            <footer className="ru-foot">
              <button type="submit" className="dr-button dr-button-main" disabled={busy || !name.trim() || !doesSomething(actions)}>
                {fresh ? "Make the rule" : "Save"}
              </button>
              <Link className="dr-button dr-button-quiet" to="/rules">
                Cancel
              </Link>
            </footer>
          )}
        </div>
        {!readOnly && <Trial where={where} actions={actions} rule={rule.id || null} />}
      </form>
    </OrganisePage>
  );
}
