// The page of datasets: what there is to learn from. One of them, when the address names it.

import { useState } from "react";
import { ArrowLeft, Database, FolderTree, Import as Into, Plus, Sparkles } from "lucide-react";
import { Link } from "react-router";
import { useAddress } from "../address.js";
import { ago, count, plural } from "../format.js";
import { Gated } from "../forms.jsx";
import { Waiting } from "../reading.jsx";
import { Trouble, useNow } from "../ui.jsx";
import { Commit } from "./commit.jsx";
import { Dataset } from "./dataset.jsx";
import { Expecting } from "./follow.jsx";
import { Import } from "./import.jsx";
import { Balance, LearnPage, useFollow } from "./parts.jsx";
import { Quality } from "./quality.jsx";

const SPLITS = ["train", "validation", "test"];

function Row({ dataset, version, now }) {
  return (
    <li>
      <Link to={`/datasets?name=${dataset.id}`} className="dl-row">
        <span className="dl-row-name">
          <strong>{dataset.id}</strong>
          <span className="dr-muted">{dataset.description || (version ? version.origin : "")}</span>
        </span>
        <span className="dl-row-balance">
          {version && <Balance labels={version.labels} counts={version.label_counts} />}
          <span className="dr-caption">{version && plural(version.labels.length, "class", "classes")}</span>
        </span>
        <span className="dl-row-counts">
          <strong>{count(version?.total)}</strong>
          <span className="dr-caption">{SPLITS.map((split) => count(version?.counts[split])).join(" / ")}</span>
        </span>
        <span className="dl-row-when">
          <span className="dr-badge">{plural(dataset.latest, "version")}</span>
          <span className="dr-caption">{ago(version?.created_at || dataset.created_at, now)}</span>
        </span>
      </Link>
    </li>
  );
}

function None({ onMake, onImport }) {
  return (
    <div className="dr-empty dl-empty">
      <Database size={40} strokeWidth={1.25} aria-hidden />
      <h2>No dataset yet</h2>
      <p>A dataset is what a model learns from: pictures of the library, with the class that each shows. It is made of tags you have given, or of labelled pictures that you have: a folder for each class, COCO, YOLO, Pascal VOC, a table.</p>
      <div className="dl-ways">
        <Gated permission="datasets:write" className="dr-button dr-button-main" onClick={onMake}>
          <Sparkles size={16} aria-hidden /> Make one of tagged pictures
        </Gated>
        <Gated permission="datasets:write" className="dr-button" onClick={onImport}>
          <Into size={16} aria-hidden /> Import labelled pictures
        </Gated>
        <p className="dr-caption">
          <FolderTree size={14} aria-hidden /> or on the command line: <code>darkroom dataset import FOLDER --name shoes</code>
        </p>
      </div>
    </div>
  );
}

function List({ onMake, onImport }) {
  const [{ data, error }, look] = useFollow("/datasets?limit=200", ["datasets"]);
  const now = useNow(10_000);
  const versions = new Map((data?.versions || []).map((one) => [one.dataset, one]));
  return (
    <LearnPage
      title="Datasets"
      lead="What models learn from. Versions never change; a new one tells what differs."
      tools={
        <>
          <Gated permission="datasets:write" className="dr-button" onClick={onImport}>
            <Into size={16} aria-hidden /> Import
          </Gated>
          <Gated permission="datasets:write" className="dr-button dr-button-main" onClick={onMake}>
            <Plus size={16} aria-hidden /> New dataset
          </Gated>
        </>
      }
    >
      {error && !data && <Trouble error={error} onRetry={look} />}
      {!data && !error && <Waiting rows={4} />}
      {data?.items.length === 0 && <None onMake={onMake} onImport={onImport} />}
      {data?.items.length > 0 && (
        <ul className="dr-rows dl-rows">
          {data.items.map((one) => (
            <Row key={one.id} dataset={one} version={versions.get(one.id)} now={now} />
          ))}
        </ul>
      )}
      {data && <Expecting known={data.items.map((one) => one.id)} />}
    </LearnPage>
  );
}

export function Datasets() {
  const [params, setParams] = useAddress();
  const [making, setMaking] = useState(null);
  const [importing, setImporting] = useState(null);
  const name = params.get("name");
  const go = (changes) =>
    setParams((old) => {
      const next = new URLSearchParams(old);
      for (const [key, value] of Object.entries(changes)) {
        if (value) next.set(key, value);
        else next.delete(key);
      }
      return next;
    });
  return (
    <>
      {name && params.get("look") === "quality" ? (
        <Quality key={name} name={name} number={params.get("version")} onGo={go} />
      ) : name ? (
        <Dataset
          key={name}
          name={name}
          number={params.get("version")}
          before={params.get("before")}
          onGo={go}
          onMake={() => setMaking({ name })}
          onImport={() => setImporting({ name })}
          above={
            <Link to="/datasets" className="dl-back">
              <ArrowLeft size={15} aria-hidden /> All datasets
            </Link>
          }
        />
      ) : (
        <List onMake={() => setMaking({ name: "" })} onImport={() => setImporting({ name: "" })} />
      )}
      {importing && (
        <Import
          name={importing.name}
          onClose={() => setImporting(null)}
          onDone={(version) => {
            setImporting(null);
            go({ name: version.dataset, version: "", before: "" });
          }}
        />
      )}
      {making && <Commit name={making.name} onClose={() => setMaking(null)} onDone={(version) => go({ name: version.dataset, version: "", before: "" })} />}
    </>
  );
}
