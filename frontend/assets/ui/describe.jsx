// What people say of a picture, changed where it is shown: title, caption, tags, label, credit.

import { useEffect, useRef, useState } from "react";
import { Plus, X } from "lucide-react";
import { Link } from "react-router";
import { toast } from "sonner";
import { request } from "./api.js";
import { complain } from "./forms.jsx";
import { title } from "./format.js";
import { useRefusal } from "./me.js";
import { insteadOf, undoing } from "./offers.js";
import { LABELS } from "./query.js";

/** Changes one picture and offers to take it back; `inverse` is what does that. */
export function useChange(picture, onChanged) {
  const send = async (change, revision) => {
    const changed = await request(`/images/${picture.id}`, { method: "PATCH", body: change, revision });
    onChanged(changed);
    return changed;
  };
  return async (change, words, inverse) => {
    try {
      const changed = await send(change, picture.revision);
      toast.success(words, { id: insteadOf(`describe-${picture.id}`), ...undoing(() => send(inverse, changed.revision).catch(complain)) });
    } catch (problem) {
      if (problem.code === "precondition_failed") {
        toast.error("Somebody else has just changed this picture", { description: "It is shown as it is now: change it again." });
        request(`/images/${picture.id}`).then(onChanged, complain);
      } else complain(problem);
    }
  };
}

/** A text that becomes a field when it is clicked; leaving it keeps it, Escape gives it back. */
function Text({ name, value, placeholder, long, max, readOnly, onSave, className = "" }) {
  const [text, setText] = useState(value);
  const given = useRef(false);
  useEffect(() => setText(value), [value]);
  if (readOnly) return value ? <p className={className}>{value}</p> : null;
  const Field = long ? "textarea" : "input";
  return (
    <Field
      className={`dr-quiet ${className}`}
      aria-label={name}
      placeholder={placeholder}
      maxLength={max}
      rows={long ? Math.min(8, Math.max(1, text.split("\n").length, Math.ceil(text.length / 38))) : undefined}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => {
        if (!given.current && text.trim() !== value) onSave(text.trim());
        given.current = false;
      }}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Escape") {
          given.current = true;
          setText(value);
          event.currentTarget.blur();
        }
        if (event.key === "Enter" && (!long || event.ctrlKey || event.metaKey)) event.currentTarget.blur();
      }}
    />
  );
}

function Tags({ tags, readOnly, onAdd, onRemove }) {
  const [adding, setAdding] = useState(false);
  const [known, setKnown] = useState([]);
  const add = (event) => {
    const tag = event.currentTarget.value.trim();
    setAdding(false);
    if (tag && !tags.includes(tag)) onAdd(tag);
  };
  const open = () => {
    setAdding(true);
    const flat = (nodes) => nodes.flatMap((node) => [node.tag, ...flat(node.children)]);
    request("/tags").then((tree) => setKnown(flat(tree.items)), () => {});
  };
  return (
    <div className="dr-tags">
      {tags.map((tag) => (
        <span key={tag} className="dr-tag">
          <Link to={`/?tag=${encodeURIComponent(tag)}`}>{tag}</Link>
          {!readOnly && (
            <button type="button" aria-label={`Take ${tag} off`} onClick={() => onRemove(tag)}>
              <X size={11} aria-hidden />
            </button>
          )}
        </span>
      ))}
      {!readOnly &&
        (adding ? (
          <>
            <input
              className="dr-tag dr-tag-field"
              aria-label="New tag"
              list="dr-known-tags"
              maxLength={120}
              autoFocus
              onBlur={add}
              onKeyDown={(event) => {
                event.stopPropagation();
                if (event.key === "Enter") add(event);
                if (event.key === "Escape") setAdding(false);
              }}
            />
            <datalist id="dr-known-tags">
              {known.map((tag) => (
                <option key={tag} value={tag} />
              ))}
            </datalist>
          </>
        ) : (
          <button type="button" className="dr-tag dr-tag-add" onClick={open}>
            <Plus size={12} aria-hidden /> Tag
          </button>
        ))}
    </div>
  );
}

export function Labels({ value, onChoose }) {
  return (
    <div className="dr-labels" role="group" aria-label="Label">
      {LABELS.map((label) => (
        <button key={label} type="button" aria-label={title(label)} aria-pressed={label === value} title={title(label)} className={`dr-label dr-label-${label}`} onClick={() => onChoose(label === value ? null : label)} />
      ))}
    </div>
  );
}

export function Description({ picture, onChanged }) {
  const readOnly = Boolean(useRefusal("images:edit"));
  const change = useChange(picture, onChanged);
  const set = (name, value, words) => change({ [name]: value }, words, { [name]: picture[name] });
  return (
    <div className="dr-describe">
      <Text name="Title" className="dr-describe-title" value={picture.title || ""} placeholder="Add a title" max={200} readOnly={readOnly} onSave={(text) => set("title", text || null, "The title is changed.")} />
      <Text name="Caption" long value={picture.caption || ""} placeholder="Add a caption" max={4000} readOnly={readOnly} onSave={(text) => set("caption", text || null, "The caption is changed.")} />
      <Tags
        tags={picture.tags}
        readOnly={readOnly}
        onAdd={(tag) => change({ add_tags: [tag] }, `Tagged ${tag}.`, { set_tags: picture.tags })}
        onRemove={(tag) => change({ remove_tags: [tag] }, `No longer tagged ${tag}.`, { set_tags: picture.tags })}
      />
      {!readOnly && <Labels value={picture.label} onChoose={(label) => set("label", label, label ? `Labelled ${label}.` : "Without a label.")} />}
      {(!readOnly || picture.creator || picture.copyright) && (
        <dl className="dr-credit">
          {[
            ["creator", "Creator", 200],
            ["copyright", "Copyright", 300],
          ].map(([name, words, max]) => (
            <div key={name}>
              <dt>{words}</dt>
              <dd>
                <Text name={words} value={picture[name] || ""} placeholder="–" max={max} readOnly={readOnly} onSave={(text) => set(name, text || null, `${words} is changed.`)} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
