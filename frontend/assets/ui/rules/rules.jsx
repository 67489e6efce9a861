// The page of rules: what is done by itself with pictures that come in.

import { useState } from "react";
import { ArrowDown, ArrowUp, Copy, ListFilter, MoreHorizontal, Pencil, Play, Plus, Trash2 } from "lucide-react";
import { DropdownMenu } from "@radix-ui/themes";
import { Link, useNavigate, useSearchParams } from "react-router";
import { toast } from "sonner";
import { request } from "../api.js";
import { follow } from "../bulk.js";
import { useCollections } from "../collections.js";
import { count } from "../format.js";
import { Gated, complain } from "../forms.jsx";
import { useRefusal } from "../me.js";
import { undoing } from "../offers.js";
import { OrganisePage } from "../organise.jsx";
import { Waiting, useOnce } from "../reading.jsx";
import { Bar, IconButton, Trouble } from "../ui.jsx";
import { actionsOf } from "./actions.js";
import { ActionWords } from "./actions.jsx";
import { Back, Editor } from "./editor.jsx";

const WRITE = "rules:write";
const change = (rule, body) => request(`/rules/${rule.id}`, { method: "PATCH", body, revision: rule.revision });

/** Applies a rule to what is there; how far each operation is, while it lasts. */
function useBackfill(rule) {
  const [works, setWorks] = useState({});
  const apply = async () => {
    try {
      const { operations } = await request(`/rules/${rule.id}/apply`, { method: "POST" });
      const look = (work) => setWorks((old) => ({ ...old, [work.id]: work }));
      await Promise.all(operations.map((one) => follow(one, `filed by ${rule.name}`, { onLook: look })));
    } catch (problem) {
      complain(problem);
    }
    setWorks({});
  };
  return [Object.values(works), apply];
}

function Switch({ on, label, disabled, onChange }) {
  return (
    <button type="button" role="switch" aria-checked={on} aria-label={label} className="ru-switch" disabled={disabled} onClick={() => onChange(!on)}>
      <i aria-hidden />
    </button>
  );
}

function RuleMenu({ rule, onDuplicate, onDelete }) {
  const navigate = useNavigate();
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger>
        <button type="button" className="dr-icon-button" aria-label={`More for ${rule.name}`}>
          <MoreHorizontal size={17} aria-hidden />
        </button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content align="end" variant="soft" color="gray">
        <DropdownMenu.Item onSelect={() => navigate(`/rules?rule=${rule.id}`)}>
          <Pencil size={14} aria-hidden /> Change
        </DropdownMenu.Item>
        <DropdownMenu.Item onSelect={onDuplicate}>
          <Copy size={14} aria-hidden /> Begin another like it
        </DropdownMenu.Item>
        <DropdownMenu.Item onSelect={onDelete} color="red">
          <Trash2 size={14} aria-hidden /> Take away
        </DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

function Line({ rule, first, last, collections, onChanged, onMove, onDuplicate }) {
  const why = useRefusal(WRITE);
  const [works, apply] = useBackfill(rule);
  const act = (doing) => doing.then(onChanged, (problem) => (complain(problem), onChanged()));
  const remove = async () => {
    await request(`/rules/${rule.id}`, { method: "DELETE", revision: rule.revision });
    const { name, where, edit, preset, enabled, position } = rule;
    const back = () => act(request("/rules", { method: "POST", body: { name, where, edit, preset, enabled, position } }));
    toast.success(`${rule.name} is taken away. What it did stays.`, undoing(back));
  };
  return (
    <li className={`ru-line${rule.enabled ? "" : " ru-off"}`}>
      <Switch on={rule.enabled} label={`${rule.name} looks at what comes in`} disabled={Boolean(why)} onChange={(enabled) => act(change(rule, { enabled }))} />
      <div className="ru-words">
        <Link to={`/rules?rule=${rule.id}`} className="ru-name">
          {rule.name}
        </Link>
        <p>
          {rule.where ? (
            <Link to={`/?where=${encodeURIComponent(rule.where)}`} title="Pictures that fit">
              <code>{rule.where}</code>
            </Link>
          ) : (
            "Every picture"
          )}
        </p>
        <ul className="ru-does" aria-label="What it does">
          {actionsOf(rule).map((one) => (
            <li key={one.kind}>
              <ActionWords {...one} collections={collections} />
            </li>
          ))}
        </ul>
        {works.map((work) => (
          <div key={work.id} className="ru-progress">
            <Bar value={work.done} of={work.total} label={`${rule.name}: pictures filed`} />
            <span className="dr-caption">
              {count(work.done)} of {count(work.total)}
            </span>
          </div>
        ))}
      </div>
      <div className="ru-tools">
        <Gated permission={WRITE} className="dr-button dr-button-small" title="Do it to the pictures that are here, too" disabled={works.length > 0} onClick={apply} aria-label={`Apply ${rule.name} to what is here`}>
          <Play size={13} aria-hidden /> Apply
        </Gated>
        {!why && (
          <>
            <IconButton icon={ArrowUp} size={15} label={`${rule.name} earlier`} disabled={first} onClick={() => onMove(-1)} />
            <IconButton icon={ArrowDown} size={15} label={`${rule.name} later`} disabled={last} onClick={() => onMove(1)} />
            <RuleMenu rule={rule} onDuplicate={onDuplicate} onDelete={() => act(remove())} />
          </>
        )}
      </div>
    </li>
  );
}

function Empty() {
  const navigate = useNavigate();
  return (
    <div className="dr-empty">
      <ListFilter size={40} strokeWidth={1.25} aria-hidden />
      <h2>No rule yet</h2>
      <p>A rule tags, rates or files what comes in, or runs a recipe on it: pictures of one camera, of one place, the sharp ones. You see what it would do before it does anything.</p>
      <Gated permission={WRITE} className="dr-button dr-button-main" onClick={() => navigate("/rules?new=1")}>
        <Plus size={16} aria-hidden /> New rule
      </Gated>
    </div>
  );
}

export function FilingRules() {
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const collections = useCollections();
  const [{ data, error }, look] = useOnce("/rules");
  const [like, setLike] = useState({});
  const rules = data?.items;
  const wanted = params.get("rule");
  const rule = rules?.find((one) => one.id === wanted);
  const saved = () => {
    setLike({});
    look();
  };
  const move = async (at, by) => {
    const order = [...rules];
    order.splice(at + by, 0, ...order.splice(at, 1));
    try {
      // Only those whose place differs; most are where they were.
      for (const [position, one] of order.entries()) if (one.position !== position) await change(one, { position });
    } catch (problem) {
      complain(problem);
    }
    look();
  };
  if (params.get("new")) return <Editor key="new" rule={{ name: "", where: params.get("where") || "", ...like }} onSaved={saved} />;
  if (wanted && rule) return <Editor key={`${rule.id}-${rule.revision}`} rule={rule} onSaved={saved} />;
  return (
    <OrganisePage
      title="Rules"
      above={wanted && <Back />}
      lead="What is done by itself with pictures that come in, from the top down: what a later rule sets stays."
      tools={
        rules?.length > 0 && (
          <Gated permission={WRITE} className="dr-button dr-button-main" onClick={() => (setLike({}), navigate("/rules?new=1"))}>
            <Plus size={16} aria-hidden /> New rule
          </Gated>
        )
      }
    >
      {error && !data && <Trouble error={error} onRetry={look} />}
      {!data && !error && <Waiting />}
      {wanted && rules && !rule && <p className="dr-none">There is no such rule any more.</p>}
      {rules?.length === 0 && <Empty />}
      {rules?.length > 0 && (
        <ol className="dr-rows ru-list">
          {rules.map((one, at) => (
            <Line
              key={one.id}
              rule={one}
              first={at === 0}
              last={at === rules.length - 1}
              collections={collections}
              onChanged={look}
              onMove={(by) => move(at, by)}
              onDuplicate={() => {
                setLike({ where: one.where, edit: one.edit, preset: one.preset });
                navigate("/rules?new=1");
              }}
            />
          ))}
        </ol>
      )}
    </OrganisePage>
  );
}
