// What a rule does, one line for each thing.

import { Plus, X } from "lucide-react";
import { DropdownMenu } from "@radix-ui/themes";
import { Link } from "react-router";
import { CollectionChips, TagChips } from "../chips.jsx";
import { Labels } from "../describe.jsx";
import { usePresets } from "../develop/presets.jsx";
import { title } from "../format.js";
import { Rating } from "../rating.jsx";
import { IconButton } from "../ui.jsx";
import { ACTIONS, kindsLeft } from "./actions.js";

function Preset({ value, readOnly, onChange }) {
  const { items } = usePresets();
  const name = value.split("@")[0];
  const known = (items || []).some((one) => one.name === name);
  return (
    <div className="ru-preset">
      <select className="dr-input dr-select" aria-label="Recipe" disabled={readOnly} value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">Choose a recipe …</option>
        {value && !(items || []).some((one) => one.name === value) && <option value={value}>{value}</option>}
        {(items || []).map((one) => (
          <option key={one.name} value={one.name} disabled={one.missing.length > 0}>
            {one.title || title(one.name.replaceAll("-", " "))}
          </option>
        ))}
      </select>
      {items && value && !known && <p className="dr-field-error">There is no recipe of that name any more: the rule is passed over.</p>}
    </div>
  );
}

function Value({ kind, value, readOnly, onChange }) {
  const label = ACTIONS[kind].name;
  if (kind.endsWith("_tags")) return <TagChips label={label} values={value} readOnly={readOnly} onChange={onChange} />;
  if (kind === "add_to" || kind === "remove_from") return <CollectionChips label={label} values={value} readOnly={readOnly} onChange={onChange} />;
  if (kind === "preset") return <Preset value={value} readOnly={readOnly} onChange={onChange} />;
  if (kind === "rating") {
    return (
      <div className="ru-stars">
        <Rating large value={value} onRate={(stars) => !readOnly && onChange(stars)} />
        {value === 0 && <span className="dr-muted">No stars</span>}
      </div>
    );
  }
  if (kind === "label") {
    return (
      <div className="ru-stars">
        <Labels value={value} onChoose={(label) => !readOnly && onChange(label || "none")} />
        {value === "none" && <span className="dr-muted">No label</span>}
      </div>
    );
  }
  if (kind === "favourite") {
    return (
      <select className="dr-input dr-select ru-short" aria-label={label} disabled={readOnly} value={String(value)} onChange={(event) => onChange(event.target.value === "true")}>
        <option value="true">Make it one</option>
        <option value="false">No longer one</option>
      </select>
    );
  }
  return <input className="dr-input" aria-label={label} maxLength={ACTIONS[kind].most} readOnly={readOnly} value={value} onChange={(event) => onChange(event.target.value)} />;
}

export function Actions({ actions, readOnly, onChange }) {
  const left = kindsLeft(actions);
  const set = (kind, value) => onChange(actions.map((one) => (one.kind === kind ? { kind, value } : one)));
  return (
    <div className="ru-actions">
      <ul>
        {actions.map(({ kind, value }) => (
          <li key={kind}>
            <span className="ru-action-name">{ACTIONS[kind].name}</span>
            <Value kind={kind} value={value} readOnly={readOnly} onChange={(next) => set(kind, next)} />
            {!readOnly && <IconButton icon={X} size={15} label={`Not: ${ACTIONS[kind].name.toLowerCase()}`} onClick={() => onChange(actions.filter((one) => one.kind !== kind))} />}
          </li>
        ))}
      </ul>
      {!readOnly && left.length > 0 && (
        <DropdownMenu.Root modal={false}>
          <DropdownMenu.Trigger>
            <button type="button" className="dr-button dr-button-small">
              <Plus size={14} aria-hidden /> Action
            </button>
          </DropdownMenu.Trigger>
          <DropdownMenu.Content variant="soft" color="gray">
            {left.map((kind) => (
              <DropdownMenu.Item key={kind} onSelect={() => onChange([...actions, { kind, value: ACTIONS[kind].value }])}>
                {ACTIONS[kind].name}
              </DropdownMenu.Item>
            ))}
          </DropdownMenu.Content>
        </DropdownMenu.Root>
      )}
    </div>
  );
}

const joined = (values, show) => values.map((one, at) => <span key={one}>{at > 0 && ", "}{show(one)}</span>);
const tag = (one) => <Link to={`/?tag=${encodeURIComponent(one)}`}>{one}</Link>;

/** What one action does, in words with links to what it uses. */
export function ActionWords({ kind, value, collections }) {
  const collection = (one) => <Link to={`/?collection=${encodeURIComponent(one)}`}>{collections?.find((other) => other.id === one)?.name || one}</Link>;
  if (kind.endsWith("_tags")) return <>{{ add_tags: "tag", remove_tags: "take off", set_tags: "replace all tags by" }[kind]} {value.length ? joined(value, tag) : "none"}</>;
  if (kind === "add_to") return <>put into {joined(value, collection)}</>;
  if (kind === "remove_from") return <>take out of {joined(value, collection)}</>;
  if (kind === "rating") return value ? <span aria-label={`rate ${value} of 5 stars`}>{"★".repeat(value)}</span> : "take the stars away";
  if (kind === "label") return value === "none" ? "take the label away" : <span className="ru-label-words"><i className={`dr-label dr-label-${value}`} aria-hidden /> {value} label</span>;
  if (kind === "favourite") return value ? "favourite" : "no favourite";
  if (kind === "preset") return <>run <Link to="/develop">{value}</Link></>;
  return `${kind}: ${value || "none"}`;
}
