// Filters with live counts.

import { useMemo, useState } from "react";
import { Check, ChevronRight, CircleAlert, Folder, Heart, Map as MapIcon, Pipette, Sparkles, Trash2, X } from "lucide-react";
import { Link } from "react-router";
import { inTree as inTreeOf } from "./collections.js";
import { COLOURS, hasColour, ownColour, toggleColour, withOwnColour } from "./colours.js";
import { count, day, month as monthName, percent, plural, title } from "./format.js";
import { Measured, Months, Quality, Section } from "./histograms.jsx";
import { boxIn, placesIn, withPlaces } from "./located.js";
import { MapDialog } from "./map.jsx";
import { MEASURED, chipsOf, lensesIn, withLenses } from "./measured.js";
import { LABELS, emptied, filterCount, inTree, lastDay, toggled } from "./query.js";
import { Rating } from "./rating.jsx";

const SHOWN = 8;
const SEARCHABLE = 14;

function Values({ name, values, chosen, onChange, label = (value) => value, levels = false }) {
  const [all, setAll] = useState(false);
  const [search, setSearch] = useState("");
  // A chosen value stays in the list even where nothing fits it any more.
  const known = useMemo(() => {
    const there = new Set(values.map((one) => one.value));
    return [...values, ...chosen.filter((value) => !there.has(value)).map((value) => ({ value, count: 0 }))];
  }, [values, chosen]);
  if (!known.length) return null;
  const largest = Math.max(1, ...known.map((one) => one.count));
  const fitting = search ? known.filter((one) => label(one.value).toLowerCase().includes(search.toLowerCase())) : inTree(known);
  const shown = all || search ? fitting : fitting.filter((one, at) => at < SHOWN || chosen.includes(one.value));
  return (
    <Section name={name} onClear={chosen.length ? () => onChange([]) : null}>
      {known.length > SEARCHABLE && (
        <input className="dr-input dr-input-small" type="search" placeholder={`Find in ${known.length}`} aria-label={`Find in ${name.toLowerCase()}`} value={search} onChange={(event) => setSearch(event.target.value)} />
      )}
      <ul className="dr-values">
        {shown.map((one) => {
          const on = chosen.includes(one.value);
          return (
            <li key={one.value}>
              <button type="button" role="checkbox" aria-checked={on} aria-label={one.depth ? label(one.value) : undefined} className="dr-value" style={one.depth ? { paddingLeft: 8 + one.depth * 16 } : undefined} onClick={() => onChange(toggled(chosen, one.value))}>
                <span className="dr-value-check" aria-hidden>
                  {on && <Check size={12} strokeWidth={3} />}
                </span>
                <span className="dr-value-name">{one.depth && !levels ? one.name : label(one.value)}</span>
                <span className="dr-value-count">{count(one.count)}</span>
                <span className="dr-value-share" aria-hidden style={{ transform: `scaleX(${one.count / largest})` }} />
              </button>
            </li>
          );
        })}
      </ul>
      {!search && fitting.length > shown.length && (
        <button type="button" className="dr-link" onClick={() => setAll(true)}>
          Show all {count(fitting.length)}
        </button>
      )}
    </Section>
  );
}

const KINDS = [...LABELS, "none"];

/** What people said of pictures: stars, favourites, colour labels. */
function Said({ facets, view, onChange }) {
  const favourites = facets.favourite.find((one) => one.value === "true")?.count || 0;
  const labels = new Map(facets.label.map((one) => [one.value, one.count]));
  const rated = facets.rating.some((one) => one.value !== "0" && one.count > 0);
  const labelled = LABELS.some((label) => labels.get(label)) || view.label.length > 0;
  const least = Number(view.rating_min || 0);
  if (!rated && !favourites && !labelled && !least && !view.favourite) return null;
  const set = least || view.favourite || view.label.length;
  return (
    <Section name="Rating and labels" onClear={set ? () => onChange({ rating_min: "", favourite: "", label: [] }) : null}>
      <div className="dr-said">
        <Rating value={least} words={(stars) => `At least ${plural(stars, "star")}`} onRate={(stars) => onChange({ rating_min: stars ? String(stars) : "" })} />
        <button type="button" className="dr-heart" aria-pressed={view.favourite === "true"} aria-label={`Favourites, ${plural(favourites, "picture")}`} title={`Favourites · ${count(favourites)}`} onClick={() => onChange({ favourite: view.favourite === "true" ? "" : "true" })}>
          <Heart size={16} fill="currentColor" strokeWidth={0} aria-hidden />
        </button>
      </div>
      {labelled && (
        <div className="dr-label-filter" role="group" aria-label="Labels">
          {KINDS.map((label) => (
            <button key={label} type="button" aria-pressed={view.label.includes(label)} aria-label={`${label === "none" ? "No label" : title(label)}, ${plural(labels.get(label) || 0, "picture")}`} title={`${label === "none" ? "No label" : title(label)} · ${count(labels.get(label) || 0)}`} onClick={() => onChange({ label: toggled(view.label, label) })}>
              <i className={`dr-label dr-label-${label}`} aria-hidden />
            </button>
          ))}
        </div>
      )}
    </Section>
  );
}

/** Colours that cover a part of the pictures; several must all be there. */
function Colours({ values, view, onChange }) {
  const counts = new Map(values.map((one) => [one.value, one.count]));
  const set = COLOURS.filter(([name]) => hasColour(view.where, name));
  const own = ownColour(view.where);
  if (!values.length && !set.length && !own) return null;
  const clear = () => onChange({ where: withOwnColour(set.reduce((where, [name]) => toggleColour(where, name), view.where), null) });
  // Any pixel of the screen, where the browser can read one; of a picture that is open every browser can.
  const pick = () => new EyeDropper().open().then(({ sRGBHex }) => onChange({ where: withOwnColour(view.where, sRGBHex) }), () => {});
  return (
    <Section name="Colours" onClear={set.length || own ? clear : null}>
      <div className="dr-swatches" role="group" aria-label="Colours">
        {COLOURS.map(([name, shown]) => (
          <button
            key={name}
            type="button"
            className={`dr-swatch${counts.get(name) ? "" : " dr-swatch-none"}`}
            style={{ "--swatch": shown }}
            aria-pressed={hasColour(view.where, name)}
            aria-label={`Colour ${name}, ${plural(counts.get(name) || 0, "picture")}`}
            title={`${title(name)} · ${count(counts.get(name) || 0)}`}
            onClick={() => onChange({ where: toggleColour(view.where, name) })}
          />
        ))}
        {own && <button type="button" className="dr-swatch" style={{ "--swatch": own }} aria-pressed aria-label={`Colour ${own}`} title={own} onClick={() => onChange({ where: withOwnColour(view.where, null) })} />}
      </div>
      {typeof EyeDropper !== "undefined" && (
        <button type="button" className="dr-link dr-pick-colour" onClick={pick}>
          <Pipette size={14} strokeWidth={1.75} aria-hidden /> A colour of a picture
        </button>
      )}
    </Section>
  );
}

/** Countries, regions and towns; a map of all that say where they were taken. */
function Located({ values, view, onChange }) {
  const [map, setMap] = useState(false);
  const chosen = placesIn(view.where);
  const box = boxIn(view.where);
  if (!values.length && !chosen.length && !box) return null;
  const names = new Map(values.map((one) => [one.value, one.name || one.value]));
  return (
    <>
      <Values name="Places" values={values} chosen={chosen} onChange={(keys) => onChange({ where: withPlaces(view.where, keys) })} label={(value) => names.get(value) || value} levels />
      <button type="button" className="dr-button dr-button-small" aria-pressed={Boolean(box)} onClick={() => setMap(true)}>
        <MapIcon size={15} strokeWidth={1.75} aria-hidden /> Map
      </button>
      {map && <MapDialog view={view} onChange={onChange} onClose={() => setMap(false)} />}
    </>
  );
}

/** One collection or none, as a tree; beside them the trash, where pictures are that are in no view. */
function Places({ collections, view, onChange }) {
  return (
    <Section name="Collections" onClear={view.collection ? () => onChange({ collection: "" }) : null}>
      <ul className="dr-values">
        {inTreeOf(collections || []).map((one) => {
          const on = view.collection === one.id;
          return (
            <li key={one.id}>
              <button type="button" role="checkbox" aria-checked={on} className="dr-value" style={{ paddingLeft: 8 + one.depth * 16 }} onClick={() => onChange({ collection: on ? "" : one.id })}>
                {one.kind === "smart" ? <Sparkles size={15} strokeWidth={1.75} aria-label="Smart" /> : <Folder size={15} strokeWidth={1.75} aria-hidden />}
                <span className="dr-value-name">{one.name}</span>
                <span className="dr-value-count">{count(one.images)}</span>
              </button>
            </li>
          );
        })}
        <li>
          <Link className="dr-value" to="/trash">
            <Trash2 size={15} strokeWidth={1.75} aria-hidden />
            <span className="dr-value-name">Trash</span>
          </Link>
        </li>
      </ul>
    </Section>
  );
}

export function Filters({ view, facets, failed, collections, onChange, onClose }) {
  const said = chipsOf(view.where);
  const active = filterCount(view) + said.chips.length;
  return (
    <div className="dr-filters-body">
      <div className="dr-filters-head">
        <h2>Filters</h2>
        {active > 0 && (
          <button type="button" className="dr-link" onClick={() => onChange({ ...emptied(), q: view.q, where: said.rest })}>
            Clear all
          </button>
        )}
        {onClose && (
          <button type="button" className="dr-icon-button" aria-label="Close filters" onClick={onClose}>
            <X size={18} aria-hidden />
          </button>
        )}
      </div>
      {!facets && failed ? (
        <p className="dr-muted">There is nothing to count until the search is mended.</p>
      ) : !facets ? (
        <div className="dr-filters-wait" aria-hidden>
          {[62, 84, 70, 56, 78, 64].map((width) => (
            <i key={width} className="dr-skeleton" style={{ width: `${width}%` }} />
          ))}
        </div>
      ) : (
        <>
          <Places collections={collections} view={view} onChange={onChange} />
          <Months values={facets.month} view={view} onChange={onChange} />
          <Said facets={facets} view={view} onChange={onChange} />
          <Values name="Tags" values={facets.tag} chosen={view.tag} onChange={(tag) => onChange({ tag })} />
          <Values name="Camera" values={facets.camera} chosen={view.camera} onChange={(camera) => onChange({ camera })} />
          <Values name="Lens" values={facets.lens} chosen={lensesIn(view.where)} onChange={(lenses) => onChange({ where: withLenses(view.where, lenses) })} />
          <Values name="Type" values={facets.type} chosen={view.type} onChange={(type) => onChange({ type })} label={(value) => value.toUpperCase()} />
          <Located values={facets.place} view={view} onChange={onChange} />
          <Colours values={facets.colour} view={view} onChange={onChange} />
          <Quality values={facets.quality} view={view} onChange={onChange} />
          {Object.keys(MEASURED).map((field) => (
            <Measured key={field} field={field} found={facets.measured.find((one) => one.field === field)} view={view} onChange={onChange} />
          ))}
          <Values name="Problems" values={facets.problem} chosen={view.problem} onChange={(problem) => onChange({ problem })} label={(value) => (value === "none" ? "No problem" : title(value))} />
          {facets.failed > 0 && (
            <Link className="dr-failed" to="/activity#failures">
              <CircleAlert size={16} aria-hidden />
              <span>{plural(facets.failed, "file")} could not be read</span>
              <ChevronRight size={16} aria-hidden />
            </Link>
          )}
        </>
      )}
    </div>
  );
}

/** What is set, each with a way to take it off. */
export function Chips({ view, collections, onChange }) {
  const chips = [];
  const add = (key, words, change) => chips.push({ key, words, change });
  if (view.q) add("q", `“${view.q}”`, { q: "" });
  const said = chipsOf(view.where);
  if (said.rest) add("where", said.rest, { where: said.only });
  for (const one of said.chips) add(one.key, one.words, { where: one.where });
  if (view.taken_from || view.taken_to) {
    const [from, to] = [view.taken_from, view.taken_to];
    const whole = from && to && from.slice(0, 7) === to.slice(0, 7) && from.endsWith("-01") && to === lastDay(from.slice(0, 7));
    add("taken", whole ? monthName(from.slice(0, 7)) : `${from ? day(from) : "Any"} – ${to ? day(to) : "now"}`, { taken_from: "", taken_to: "" });
  }
  for (const value of view.tag) add(`tag-${value}`, value, { tag: toggled(view.tag, value) });
  for (const value of view.camera) add(`camera-${value}`, value, { camera: toggled(view.camera, value) });
  for (const value of view.type) add(`type-${value}`, value.toUpperCase(), { type: toggled(view.type, value) });
  if (view.rating_min) add("rating", `${"★".repeat(Number(view.rating_min))} or more`, { rating_min: "" });
  if (view.favourite) add("favourite", view.favourite === "true" ? "Favourites" : "No favourites", { favourite: "" });
  for (const value of view.label) add(`label-${value}`, value === "none" ? "No label" : `${title(value)} label`, { label: toggled(view.label, value) });
  if (view.quality_min) add("quality", `Quality ≥ ${percent(Number(view.quality_min))}`, { quality_min: "" });
  for (const value of view.problem) add(`problem-${value}`, value === "none" ? "No problem" : title(value), { problem: toggled(view.problem, value) });
  if (view.collection) add("collection", (collections || []).find((one) => one.id === view.collection)?.name || view.collection, { collection: "" });
  if (view.batch) add("batch", "One batch", { batch: "" });
  if (view.duplicates) add("duplicates", "Near duplicates", { duplicates: "" });
  if (!chips.length) return null;
  return (
    <ul className="dr-chips" aria-label="Filters set">
      {chips.map((chip) => (
        <li key={chip.key}>
          <button type="button" className="dr-chip" aria-label={`Remove filter ${chip.words}`} onClick={() => onChange(chip.change)}>
            <span>{chip.words}</span>
            <X size={13} aria-hidden />
          </button>
        </li>
      ))}
    </ul>
  );
}
