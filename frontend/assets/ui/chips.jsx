// Several names to choose: tags or collections as chips, more of them from a list that is searched.

import { useEffect, useMemo, useState } from "react";
import { Plus, X } from "lucide-react";
import { Popover } from "@radix-ui/themes";
import { request } from "./api.js";
import { Names } from "./chosen.jsx";
import { useCollections, useFillable } from "./collections.js";

/** Every tag with how many pictures have it, read when it is first asked for. */
export function useTags() {
  const [found, setFound] = useState([]);
  useEffect(() => {
    const flat = (nodes) => nodes.flatMap((node) => [{ name: node.tag, count: node.count }, ...flat(node.children)]);
    request("/tags").then((tree) => setFound(flat(tree.items)), () => {});
  }, []);
  return found;
}

/** Adds one of those that are known, or with `fresh`, which says what that is, one that nobody has used. */
export function OneMore({ label, placeholder, known, fresh, otherwise, onAdd }) {
  const [open, setOpen] = useState(false);
  const choose = (one) => {
    if (one.fresh && !fresh) return;
    onAdd(one.id || one.name);
    setOpen(false);
  };
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger>
        <button type="button" className="dr-tag dr-tag-add" aria-label={`${label}: one more`}>
          <Plus size={12} aria-hidden /> Add
        </button>
      </Popover.Trigger>
      <Popover.Content width="270px" className="dr-popover" aria-label={label}>
        <Names known={known} placeholder={placeholder} verb={fresh || otherwise} onChoose={choose} />
      </Popover.Content>
    </Popover.Root>
  );
}

/** `known` are `{id, name, count}`; what is chosen are their ids, or their names where they have none. */
function Several({ label, values, known, fresh, readOnly, onChange }) {
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
      {!readOnly && <OneMore label={label} placeholder={label} known={left} fresh={fresh} onAdd={(one) => onChange([...new Set([...values, one])])} />}
    </div>
  );
}

export function TagChips({ label, values, readOnly, onChange }) {
  return <Several label={label} values={values} known={useTags()} fresh="New tag" readOnly={readOnly} onChange={onChange} />;
}

/** Collections that are filled by hand and that one may change. */
export function CollectionChips({ label, values, readOnly, onChange }) {
  const all = useCollections();
  const known = useFillable(all);
  return <Several label={label} values={values} known={known} readOnly={readOnly} onChange={onChange} />;
}
