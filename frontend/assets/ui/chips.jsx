// Several names to choose: tags or collections as chips, more of them from a list that is searched.

import { useEffect, useMemo, useState } from "react";
import { Plus, X } from "lucide-react";
import { Popover } from "@radix-ui/themes";
import { request } from "./api.js";
import { Names } from "./chosen.jsx";
import { useCollections } from "./collections.js";

/** Every tag with how many pictures have it, read when it is first asked for. */
export function useTags() {
  const [found, setFound] = useState([]);
  useEffect(() => {
    const flat = (nodes) => nodes.flatMap((node) => [{ name: node.tag, count: node.count }, ...flat(node.children)]);
    request("/tags").then((tree) => setFound(flat(tree.items)), () => {});
  }, []);
  return found;
}

/** `known` are `{id, name, count}`; what is chosen are their ids, or their names where they have none. */
function Several({ label, values, known, fresh, readOnly, onChange }) {
  const [open, setOpen] = useState(false);
  const nameOf = useMemo(() => new Map(known.map((one) => [one.id || one.name, one.name])), [known]);
  const left = known.filter((one) => !values.includes(one.id || one.name));
  return (
    <div className="dr-several" role="group" aria-label={label}>
      {values.map((value) => (
        <span key={value} className="dr-tag">
          {nameOf.get(value) || value}
          {!readOnly && (
            <button type="button" aria-label={`Without ${nameOf.get(value) || value}`} onClick={() => onChange(values.filter((other) => other !== value))}>
              <X size={12} aria-hidden />
            </button>
          )}
        </span>
      ))}
      {!readOnly && (
        <Popover.Root open={open} onOpenChange={setOpen}>
          <Popover.Trigger>
            <button type="button" className="dr-tag dr-tag-add" aria-label={`${label}: one more`}>
              <Plus size={12} aria-hidden /> Add
            </button>
          </Popover.Trigger>
          <Popover.Content width="270px" className="dr-popover" aria-label={label}>
            <Names
              known={left}
              placeholder={label}
              verb={fresh}
              onChoose={(one) => {
                if (one.fresh && !fresh) return;
                onChange([...new Set([...values, one.id || one.name])]);
                setOpen(false);
              }}
            />
          </Popover.Content>
        </Popover.Root>
      )}
    </div>
  );
}

export function TagChips({ label, values, readOnly, onChange }) {
  return <Several label={label} values={values} known={useTags()} fresh="New tag" readOnly={readOnly} onChange={onChange} />;
}

/** Collections that are filled by hand and that one may change. */
export function CollectionChips({ label, values, readOnly, onChange }) {
  const all = useCollections();
  const known = useMemo(() => (all || []).filter((one) => one.kind === "manual" && one.may_change).map((one) => ({ id: one.id, name: one.name, count: one.images })), [all]);
  return <Several label={label} values={values} known={known} readOnly={readOnly} onChange={onChange} />;
}
