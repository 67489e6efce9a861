// Everything known of one picture.

import { useState } from "react";
import { Aperture, Camera, Check, Copy, ExternalLink, MapPin } from "lucide-react";
import { Link } from "react-router";
import { Description } from "./describe.jsx";
import { Lineage } from "./lineage.jsx";
import { KeptInCrops } from "./focus.jsx";
import { FEW, MoreLike, SimilarDialog, useSimilar } from "./similar.jsx";
import { bytes, exposure, moment, number, percent, taken, title } from "./format.js";

function Group({ name, children }) {
  return (
    <section className="dr-details-group">
      <h3>{name}</h3>
      {children}
    </section>
  );
}

function Facts({ rows }) {
  const there = rows.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return (
    <dl className="dr-facts">
      {there.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function CopyValue({ value, label, shown = value }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard?.writeText(value);
    setDone(true);
    setTimeout(() => setDone(false), 1200);
  };
  return (
    <button type="button" className="dr-copy" onClick={copy} aria-label={`Copy ${label}`} title={value}>
      <code>{shown}</code>
      {done ? <Check size={13} aria-hidden /> : <Copy size={13} aria-hidden />}
    </button>
  );
}

function Shot({ capture }) {
  if (!capture.camera && !capture.lens && !capture.iso) return null;
  const settings = [
    capture.focal_length && [`${number(capture.focal_length)} mm`, "Focal length"],
    capture.aperture && [`ƒ/${number(capture.aperture)}`, "Aperture"],
    capture.exposure && [exposure(capture.exposure), "Exposure"],
    capture.iso && [`ISO ${number(capture.iso, 0)}`, "Sensitivity"],
  ].filter(Boolean);
  return (
    <div className="dr-shot">
      {capture.camera && (
        <p>
          <Camera size={16} aria-hidden /> {capture.camera}
        </p>
      )}
      {capture.lens && (
        <p className="dr-muted">
          <Aperture size={16} aria-hidden /> {capture.lens}
        </p>
      )}
      {settings.length > 0 && (
        <ul>
          {settings.map(([words, name]) => (
            <li key={name} title={name}>
              {words}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

// Each with its share of what good pictures reach; sharpness spans magnitudes.
const MEASURES = [
  ["sharpness", "Sharpness", (value) => Math.log10(1 + value) / 3.3, (value) => number(value, 0)],
  ["brightness", "Brightness", (value) => value, percent],
  ["contrast", "Contrast", (value) => value, percent],
  ["entropy", "Detail", (value) => value / 8, (value) => `${number(value)} bit`],
  ["colourfulness", "Colour", (value) => value / 110, (value) => number(value, 0)],
];

function Quality({ quality }) {
  return (
    <Group name="Quality">
      <div className="dr-score">
        <strong>{percent(quality.score)}</strong>
        {quality.problems.length ? (
          quality.problems.map((problem) => (
            <span key={problem} className="dr-badge dr-badge-warn">
              {title(problem)}
            </span>
          ))
        ) : (
          <span className="dr-badge">No problem found</span>
        )}
      </div>
      <dl className="dr-measures">
        {MEASURES.map(([key, name, share, words]) => (
          <div key={key}>
            <dt>{name}</dt>
            <dd>
              <span className="dr-measure" aria-hidden>
                <i style={{ width: `${Math.min(1, share(quality[key])) * 100}%` }} />
              </span>
              <span className="dr-measure-value">{words(quality[key])}</span>
            </dd>
          </div>
        ))}
      </dl>
    </Group>
  );
}

/** Pictures of the same shapes. */
function Similar({ picture, onChoose }) {
  const [open, setOpen] = useState(false);
  const { items } = useSimilar(picture.id, FEW);
  if (!items?.length) return null;
  return (
    <Group name="More like this">
      <MoreLike items={items} onMore={() => setOpen(true)} />
      {open && (
        // Keys of the dialog are none of the picture's.
        <div onKeyDown={(event) => event.stopPropagation()}>
          <SimilarDialog id={picture.id} name={picture.name} onClose={() => setOpen(false)} onChoose={onChoose} />
        </div>
      )}
    </Group>
  );
}

function Metadata({ metadata }) {
  const rows = Object.entries(metadata).flatMap(([standard, fields]) => Object.entries(fields).map(([name, value]) => [standard, name, Array.isArray(value) ? value.join(", ") : String(value)]));
  if (!rows.length) return null;
  return (
    <details className="dr-metadata">
      <summary>All metadata ({rows.length})</summary>
      <dl className="dr-facts dr-facts-dense">
        {rows.map(([standard, name, value]) => (
          <div key={`${standard}.${name}`}>
            <dt>
              {name} <small>{standard.toUpperCase()}</small>
            </dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Colours({ colours }) {
  if (!colours.length) return null;
  return (
    <Group name="Colours">
      <div className="dr-colours">
        {colours.map((colour) => (
          <Link key={colour.hex} to={`/?where=${encodeURIComponent(`colour:${colour.hex}`)}`} style={{ background: colour.hex, flexGrow: Math.max(0.06, colour.share) }} title={`${colour.hex} · ${percent(colour.share)}: pictures of this colour`} aria-label={`Pictures of the colour ${colour.hex}, ${percent(colour.share)} of this one`} />
        ))}
      </div>
    </Group>
  );
}

export function Details({ picture, onChanged, onPlace, onChoose }) {
  const { capture } = picture;
  const place = capture.location;
  const megapixels = (picture.width * picture.height) / 1e6;
  return (
    <div className="dr-details">
      <header>
        <h2>{picture.name}</h2>
        <p>{capture.taken_at ? taken(capture.taken_at) : `Added ${moment(picture.ingested_at)}`}</p>
      </header>
      <Description key={picture.id} picture={picture} onChanged={onChanged} />
      <Shot capture={capture} />
      <Quality quality={picture.quality} />
      <Colours colours={picture.colours} />
      <Group name="File">
        <Facts
          rows={[
            ["Format", `${picture.format.toUpperCase()} · ${picture.media_type}`],
            ["Size", `${picture.width} × ${picture.height} · ${number(megapixels)} MP`],
            ["Bytes", bytes(picture.bytes)],
            ["Depth", `${picture.bit_depth} bit · ${picture.channels} ${picture.channels === 1 ? "channel" : "channels"}`],
            ["Kept in crops", <KeptInCrops key="focus" focus={picture.focus} onPlace={onPlace} />],
            ["Frames", picture.frames > 1 ? picture.frames : null],
            ["Profile", picture.profile],
            ["SHA-256", <CopyValue key="sha" value={picture.id} label="SHA-256" shown={`${picture.id.slice(0, 10)}…${picture.id.slice(-6)}`} />],
            ["pHash", <CopyValue key="phash" value={picture.phash} label="perceptual hash" />],
          ]}
        />
      </Group>
      {place && (
        <Group name="Place">
          <a className="dr-place" href={`https://www.openstreetmap.org/?mlat=${place.latitude}&mlon=${place.longitude}#map=12/${place.latitude}/${place.longitude}`} target="_blank" rel="noreferrer">
            <MapPin size={15} aria-hidden />
            {place.latitude.toFixed(4)}, {place.longitude.toFixed(4)}
            {place.altitude !== null && ` · ${number(place.altitude, 0)} m`}
            <ExternalLink size={12} aria-hidden />
          </a>
        </Group>
      )}
      <Similar key={`like-${picture.id}`} picture={picture} onChoose={onChoose} />
      <Group name="Lineage">
        <Lineage key={picture.id} picture={picture} />
      </Group>
      <Metadata metadata={picture.metadata} />
    </div>
  );
}
