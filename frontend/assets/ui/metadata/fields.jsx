// The fields of many pictures at once: what all have is shown, where they differ that is said.

import { Eraser, Plus, RotateCcw, X } from "lucide-react";
import { useId, useMemo, useState } from "react";
import { OneMore, useTags } from "../chips.jsx";
import { useCollections, useFillable } from "../collections.js";
import { Labels } from "../describe.jsx";
import { count, plural } from "../format.js";
import { Rating } from "../rating.jsx";
import { IconButton } from "../ui.jsx";
import { marksOf, placeOf, secondsOf, sharedOf, TEXTS } from "./draft.js";

const differ = (shared) => `${plural(shared.distinct, "different value")}`;

/** A field with its name, whether it changes, and the way to leave it as it is. */
function Row({ label, id, note, touched, onLeave, children }) {
  return (
    <div className={`me-row${touched ? " me-touched" : ""}`} role={id ? undefined : "group"} aria-label={id ? undefined : label}>
      <div className="me-row-head">
        {id ? <label htmlFor={id}>{label}</label> : <span>{label}</span>}
        {note && <small>{note}</small>}
        {touched && <IconButton icon={RotateCcw} size={13} label={`Leave ${label.toLowerCase()} as it is`} onClick={onLeave} />}
      </div>
      {children}
    </div>
  );
}

function Text({ name, label, most, long, spread, value, onChange }) {
  const id = useId();
  const shared = sharedOf(spread, name);
  const touched = value !== undefined;
  const known = (spread.fields[name]?.values || []).filter((one) => one.value);
  const Field = long ? "textarea" : "input";
  const taken = touched && value === "";
  return (
    <Row label={label} id={id} note={touched ? "" : shared.mixed ? differ(shared) : ""} touched={touched} onLeave={() => onChange(undefined)}>
      <div className="me-text">
        <Field
          id={id}
          className="dr-input"
          rows={long ? 3 : undefined}
          maxLength={most}
          list={!long && shared.mixed ? `${id}-known` : undefined}
          placeholder={taken ? "Taken away" : shared.mixed ? "Mixed: they stay as they are" : "None"}
          value={touched ? value : shared.value || ""}
          onChange={(event) => onChange(event.target.value)}
        />
        {!taken && known.length > 0 && <IconButton icon={Eraser} size={15} label={`Take ${label.toLowerCase()} away`} onClick={() => onChange("")} />}
      </div>
      {!long && shared.mixed && (
        <datalist id={`${id}-known`}>
          {known.map((one) => (
            <option key={one.value} value={one.value} />
          ))}
        </datalist>
      )}
    </Row>
  );
}

function Said({ spread, draft, onChange }) {
  const [rating, label, favourite] = ["rating", "label", "favourite"].map((name) => sharedOf(spread, name));
  const shown = (name, shared) => (draft[name] !== undefined ? draft[name] : shared.value);
  const leave = (name) => () => onChange({ [name]: undefined });
  const note = (name, shared) => (draft[name] === undefined && shared.mixed ? differ(shared) : "");
  return (
    <>
      <Row label="Rating" note={note("rating", rating)} touched={draft.rating !== undefined} onLeave={leave("rating")}>
        <div className="me-line">
          <Rating large value={shown("rating", rating) || 0} onRate={(stars) => onChange({ rating: stars })} />
          <button type="button" className="dr-link" onClick={() => onChange({ rating: 0 })}>
            None
          </button>
        </div>
      </Row>
      <Row label="Label" note={note("label", label)} touched={draft.label !== undefined} onLeave={leave("label")}>
        <div className="me-line">
          <Labels value={shown("label", label)} onChoose={(one) => onChange({ label: one || "none" })} />
          <button type="button" className="dr-link" onClick={() => onChange({ label: "none" })}>
            None
          </button>
        </div>
      </Row>
      <Row label="Favourite" note={note("favourite", favourite)} touched={draft.favourite !== undefined} onLeave={leave("favourite")}>
        <div className="dr-segments" role="radiogroup" aria-label="Favourite">
          {[
            [true, "Yes"],
            [false, "No"],
          ].map(([value, words]) => (
            <button key={words} type="button" role="radio" aria-checked={shown("favourite", favourite) === value} className="me-choice" onClick={() => onChange({ favourite: value })}>
              {words}
            </button>
          ))}
        </div>
      </Row>
    </>
  );
}

/** A text that means something else, as a time or a place; what does not is told and changes nothing. */
function Meant({ label, placeholder, read, wrong, value, onChange }) {
  const id = useId();
  const [text, setText] = useState("");
  const bad = text !== "" && value === undefined;
  const change = (next) => {
    setText(next);
    onChange(next === "" ? undefined : (read(next) ?? undefined));
  };
  return (
    <Row label={label} id={id} touched={value !== undefined} onLeave={() => change("")}>
      <div className="me-text">
        <input id={id} className="dr-input" placeholder={value === "none" ? "Taken away" : placeholder} value={text} aria-invalid={bad || undefined} aria-describedby={bad ? `${id}-wrong` : undefined} onChange={(event) => change(event.target.value)} />
        {read("none") === "none" && value !== "none" && <IconButton icon={Eraser} size={15} label={`Take ${label.toLowerCase()} away`} onClick={() => (setText(""), onChange("none"))} />}
      </div>
      {bad && (
        <p id={`${id}-wrong`} className="dr-field-error" role="alert">
          {wrong}
        </p>
      )}
    </Row>
  );
}

const moment = (text) => (text === "none" ? text : /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?$/.test(text.trim()) ? text.trim().replace(" ", "T") : null);

function WhenAndWhere({ draft, onChange }) {
  return (
    <>
      {draft.shift === undefined && <Meant label="Taken" placeholder="2026-05-04 10:11:12" read={moment} wrong="Write it as 2026-05-04 10:11." value={draft.taken_at} onChange={(taken_at) => onChange({ taken_at })} />}
      {draft.taken_at === undefined && <Meant label="Move the time" placeholder="+1h, -30m, +2d" read={secondsOf} wrong="Write for example +1h, -1h 30m or +2d." value={draft.shift} onChange={(shift) => onChange({ shift })} />}
      <Meant label="Place" placeholder="59.913, 10.739" read={(text) => (text === "none" ? text : placeOf(text))} wrong="Write degrees north and east: 59.913, 10.739." value={draft.location} onChange={(location) => onChange({ location })} />
    </>
  );
}

/** Tags or collections: those that all have, those that some have, and what becomes of them. */
function Marks({ label, field, spread, added, removed, known, fresh, nameOf = (one) => one, onChange }) {
  const marks = marksOf(spread, field, added, removed);
  const without = (list, one) => list.filter((other) => other !== one);
  const touched = added.length > 0 || removed.length > 0;
  const add = (one) => onChange([...new Set([...added, one])], without(removed, one));
  const remove = (one) => onChange(without(added, one), [...new Set([...removed, one])]);
  const leave = (one) => onChange(without(added, one), without(removed, one));
  const state = (one) => (one.removed ? "off" : one.added ? "on" : one.all ? "all" : "some");
  return (
    <Row label={label} touched={touched} onLeave={() => onChange([], [])}>
      <div className="dr-several">
        {marks.map((one) => (
          <span key={one.name} className={`dr-tag me-mark me-${state(one)}`}>
            <span>{nameOf(one.name)}</span>
            {state(one) === "some" && (
              <>
                <small>
                  {count(one.count)} of {count(spread.count)}
                </small>
                <button type="button" aria-label={`${nameOf(one.name)} for all`} title="For all" onClick={() => add(one.name)}>
                  <Plus size={12} aria-hidden />
                </button>
              </>
            )}
            {state(one) === "off" || (state(one) === "on" && one.count > 0) ? (
              <button type="button" aria-label={`Leave ${nameOf(one.name)} as it is`} title="Leave as it is" onClick={() => leave(one.name)}>
                <RotateCcw size={12} aria-hidden />
              </button>
            ) : (
              <button type="button" aria-label={`${nameOf(one.name)} off all`} title="Off all" onClick={() => (one.count ? remove(one.name) : leave(one.name))}>
                <X size={12} aria-hidden />
              </button>
            )}
          </span>
        ))}
        <OneMore label={label} placeholder={`Add to ${label.toLowerCase()}`} known={known} fresh={fresh} otherwise="There is none called" onAdd={add} />
      </div>
    </Row>
  );
}

export function MetadataFields({ spread, draft, onChange }) {
  const tags = useTags();
  const all = useCollections();
  const collections = useFillable(all);
  const names = useMemo(() => new Map((all || []).map((one) => [one.id, one.name])), [all]);
  return (
    <div className="me-fields">
      {TEXTS.map(([name, label, most, long]) => (
        <Text key={name} name={name} label={label} most={most} long={long} spread={spread} value={draft[name]} onChange={(value) => onChange({ [name]: value })} />
      ))}
      <Marks label="Tags" field="tags" spread={spread} added={draft.add_tags} removed={draft.remove_tags} known={tags} fresh="New tag" onChange={(add_tags, remove_tags) => onChange({ add_tags, remove_tags })} />
      <Said spread={spread} draft={draft} onChange={onChange} />
      <WhenAndWhere draft={draft} onChange={onChange} />
      <Marks label="Collections" field="collections" spread={spread} added={draft.add_to} removed={draft.remove_from} known={collections} nameOf={(one) => names.get(one) || one} onChange={(add_to, remove_from) => onChange({ add_to, remove_from })} />
    </div>
  );
}
