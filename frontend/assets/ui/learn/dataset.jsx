// One dataset: a version with its classes and what to know of it, and what differs between versions.

import { useState } from "react";
import { BadgeCheck, ChartSpline, CircleAlert, Download, Import as Into, Plus, Tags } from "lucide-react";
import { Link, useNavigate } from "react-router";
import { count, plural } from "../format.js";
import { Gated } from "../forms.jsx";
import { Section, Waiting } from "../reading.jsx";
import { Trouble } from "../ui.jsx";
import { Ablations } from "./ablations.jsx";
import { Difference } from "./difference.jsx";
import { Export } from "./export.jsx";
import { Following } from "./follow.jsx";
import { Balance, LearnPage, tint, useFollow } from "./parts.jsx";
import { Shots, usePictures } from "./pictures.jsx";
import { Versions } from "./versions.jsx";
import { Suspects } from "./suspects.jsx";

const SPLITS = [
  ["train", "To learn from"],
  ["validation", "To choose by"],
  ["test", "To judge by"],
];

function Warnings({ warnings }) {
  if (!warnings.length) return null;
  return (
    <ul className="dl-warnings" aria-label="What to know">
      {warnings.map((one) => (
        <li key={one.code}>
          <CircleAlert size={16} aria-hidden />
          <p>
            {one.words} <span className="dr-muted">{one.remedy}</span>
          </p>
        </li>
      ))}
    </ul>
  );
}

function Counts({ version }) {
  return (
    <dl className="dr-tiles dl-tiles-4">
      <div className="dr-tile">
        <dt>Examples</dt>
        <dd>{count(version.total)}</dd>
        <dd className="dr-tile-note">{plural(version.labels.length, "class", "classes")}</dd>
      </div>
      {SPLITS.map(([split, words]) => (
        <div key={split} className="dr-tile">
          <dt>{words}</dt>
          <dd>{count(version.counts[split])}</dd>
          <dd className="dr-tile-note">{Math.round(((version.counts[split] || 0) / version.total) * 100)} % in {split}</dd>
        </div>
      ))}
    </dl>
  );
}

function Class({ one, at, most, show, marks, colours }) {
  const total = one.train + one.validation + one.test;
  return (
    <li className="dl-class">
      <header>
        <i style={{ background: tint(at) }} aria-hidden />
        <strong>{one.label}</strong>
        <span className="dl-class-bar" role="img" aria-label={`${one.train} to learn from, ${one.validation} to choose by, ${one.test} to judge by`}>
          {SPLITS.map(([split, words]) => (
            <b key={split} className={`dl-split-${split}`} title={`${words}: ${one[split]}`} style={{ width: `${(one[split] / most) * 100}%` }} />
          ))}
        </span>
        <span className="dl-class-count">{count(total)}</span>
      </header>
      <Shots small pictures={one.samples.map((key) => ({ key }))} show={show} marks={({ key }) => marks[key]} colours={colours} words={() => `A picture of ${one.label}`} />
    </li>
  );
}

function Version({ detail, show }) {
  const { version, classes, warnings, marks } = detail;
  const colours = (label) => tint(classes.findIndex((one) => one.label === label));
  const most = Math.max(1, ...classes.map((one) => one.train + one.validation + one.test));
  return (
    <>
      <Counts version={version} />
      <Warnings warnings={warnings} />
      <Section id="classes" title="Classes" hint="Some pictures of each; the bar is divided into what is learnt from, chosen by and judged by.">
        <Balance large labels={classes.map((one) => one.label)} counts={classes.map((one) => one.train + one.validation + one.test)} />
        <ul className="dl-classes">
          {classes.map((one, at) => (
            <Class key={one.label} one={one} at={at} most={most} show={show} marks={marks} colours={colours} />
          ))}
        </ul>
      </Section>
    </>
  );
}

export function Dataset({ name, number, before, onGo, onMake, onImport, above }) {
  const words = number ? `${name}@${number}` : name;
  const [{ data, error }, look] = useFollow(`/datasets/${words}`, number ? [] : ["datasets"]);
  const [{ data: all }, lookAtAll] = useFollow(`/datasets/${name}/versions`, ["datasets"]);
  const [show, lightbox] = usePictures();
  const [exporting, setExporting] = useState(false);
  const navigate = useNavigate();
  const id = data?.version.id || words;
  return (
    <LearnPage
      title={id}
      lead={data && (data.description || data.version.origin)}
      above={above}
      tools={
        <>
          {data && (
            <Gated permission="images:read" className="dr-button" onClick={() => setExporting(true)}>
              <Download size={16} aria-hidden /> Export
            </Gated>
          )}
          <Gated permission="datasets:write" className="dr-button" onClick={onMake}>
            <Plus size={16} aria-hidden /> New version
          </Gated>
          <Gated permission="datasets:write" className="dr-button" onClick={onImport}>
            <Into size={16} aria-hidden /> Import
          </Gated>
          <Link className="dr-button" to={`/datasets?name=${name}${number ? `&version=${number}` : ""}&look=quality`}>
            <BadgeCheck size={16} aria-hidden /> Quality
          </Link>
          <Link className="dr-button" to={`/annotate?name=${name}`}>
            <Tags size={16} aria-hidden /> Annotate
          </Link>
          <Gated permission="training:write" className="dr-button dr-button-main" onClick={() => navigate(`/training?dataset=${encodeURIComponent(id)}`)}>
            <ChartSpline size={16} aria-hidden /> Train on it
          </Gated>
        </>
      }
    >
      {error && !data && <Trouble error={error} onRetry={look} />}
      <div className="dr-columns dl-columns">
        <div>
          {!data && !error && <Waiting rows={5} />}
          {data && before && <Difference before={`${name}@${before}`} after={id} show={show} onClose={() => onGo({ before: "" })} />}
          {data && <Version detail={data} show={show} />}
          {data && <Suspects version={data.version} known={data.suspects} newest={!all || all.items[0]?.id === id} show={show} onLooked={look} />}
          {data && <Ablations version={data.version.id} />}
        </div>
        <div>
          {all?.items.length > 0 && <Versions all={all} chosen={id} before={before} show={show} onGo={onGo} onLook={lookAtAll} />}
          {data && <Following name={name} />}
        </div>
      </div>
      {exporting && data && <Export version={data.version} onClose={() => setExporting(false)} />}
      {lightbox}
    </LearnPage>
  );
}
