// A report: what a model is worth on pictures it never saw, and which of them it fails on.

import { useState } from "react";
import { ArrowLeft, Columns2, Download, FileChartColumn, Tags, Trash2 } from "lucide-react";
import { DropdownMenu } from "@radix-ui/themes";
import { Link, useNavigate, useSearchParams } from "react-router";
import { toast } from "sonner";
import { API, request } from "../api.js";
import { ago, count, moment, percent } from "../format.js";
import { Confirm, Gated, SelectField } from "../forms.jsx";
import { Section, Waiting } from "../reading.jsx";
import { Trouble, useNow } from "../ui.jsx";
import { Calibration } from "./calibration.jsx";
import { Confusion } from "./confusion.jsx";
import { DownloadModel } from "./files.jsx";
import { Made, taskOf } from "./made.jsx";
import { Key } from "./marks.jsx";
import { LearnPage, Worth, figure, metricName, useFollow } from "./parts.jsx";
import { Picked } from "./picked.jsx";
import { Shots, usePictures } from "./pictures.jsx";
import { Plots, Recall } from "./plots.jsx";
import { Slices } from "./slices.jsx";

const SHARES = ["ap50", "ap", "iou", "dice", "precision", "recall", "f1"];

function Classes({ classes }) {
  const shares = SHARES.filter((name) => name in classes[0]);
  const [by, setBy] = useState([shares.includes("f1") ? "f1" : shares[0], 1]);
  const [key, way] = by;
  const rows = [...classes].sort((a, b) => (key === "label" ? a.label.localeCompare(b.label) : a[key] - b[key]) * way);
  return (
    <Section id="classes" title="Classes" hint={shares.includes("iou") ? "IoU: pixels found and there, over those found or there. Dice: twice those, over both added up." : "Precision: of those called so, the share that are. Recall: of those that are, the share called so."}>
      <div className="dl-wide">
        <table className="dl-table dl-table-classes">
          <thead>
            <tr>
              {["label", ...shares, "count"].map((name) => (
                <th key={name} aria-sort={name === key ? (way > 0 ? "ascending" : "descending") : undefined}>
                  <button type="button" onClick={() => setBy([name, name === key ? -way : 1])}>
                    {name === "label" ? "Class" : metricName(name)} <span aria-hidden>{name === key ? (way > 0 ? "↑" : "↓") : ""}</span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((one) => (
              <tr key={one.label}>
                <td>
                  <strong>{one.label}</strong>
                </td>
                {shares.map((name) => (
                  <td key={name}>
                    <span className="dl-share" title={one[`${name}_span`] ? `95 %: ${one[`${name}_span`].map((end) => figure(end)).join(" – ")}` : undefined} style={{ "--share": `${one[name] * 100}%` }}>
                      {figure(one[name])}
                    </span>
                  </td>
                ))}
                <td>{count(one.count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

/** What was wrong with a picture, for a task that takes none for anything: what was drawn wrong and missed, or how little was gained. */
const gained = (one) => (one.kept !== undefined ? `${percent(one.style)} of the way to the style, ${percent(one.kept)} kept` : `${figure(one.psnr_before, 1)} dB became ${figure(one.psnr, 1)} dB`);
const gains = (one) => one?.psnr !== undefined || one?.kept !== undefined;
/** Of a detector: what was drawn wrong in a picture, and what was missed. */
const drawn = (one) => [one.wrong && `${count(one.wrong)} wrong`, one.missed && `${count(one.missed)} missed`].filter(Boolean).join(", ");

/** Of a model of pixels: how much of what is there and what was found is both. */
const overlapped = (one) => `overlap of ${percent(one.iou)}`;
const isPlaced = (one) => one?.wrong !== undefined || one?.iou !== undefined;
const titleOf = (first) => (gains(first) ? "Pictures that gained least" : isPlaced(first) ? "Worst pictures" : "Most confident mistakes");
/** What is said of a mistake that is more than one class taken for another. */
const told = (one) => (gains(one) ? gained(one) : one.iou !== undefined ? overlapped(one) : one.wrong !== undefined ? drawn(one) : null);

function Mistakes({ mistakes, show, model, targets }) {
  const [closer, setCloser] = useState(null);
  const task = taskOf(mistakes[0]);
  return (
    <Section id="mistakes" title={titleOf(mistakes[0])} hint={gains(mistakes[0]) ? "Where what was made came least nearer to what it was to become." : "Where it was most sure and wrong: often a label is wrong, or a kind of picture is missing in training."}>
      {!mistakes.length && <p className="dr-none">It made none.</p>}
      {mistakes.some((one) => one.marks?.length > 0) && <Key boxes={mistakes.some((one) => one.marks?.some((mark) => mark.is_box))} />}
      <Shots
        pictures={mistakes}
        marks={(one) => one.marks}
        show={show}
        words={(one) => told(one) ?? `${one.label} taken for ${one.predicted}, ${percent(one.confidence)} sure`}
        below={(one) => (
          <p className="dl-mistake">
            {told(one) !== null ? (
              <span>{told(one)}</span>
            ) : (
              <span>
                <b>{one.label}</b> taken for <em>{one.predicted}</em>
              </span>
            )}
            {one.confidence > 0 && <span className="dr-caption">{percent(one.confidence)} sure</span>}
            {model && task && (
              <button type="button" className="dr-button dr-button-small" onClick={() => setCloser(one.key)}>
                <Columns2 size={14} aria-hidden /> Compare
              </button>
            )}
          </p>
        )}
      />
      {closer && <Made image={closer} target={targets[closer]} model={model} task={task} onClose={() => setCloser(null)} />}
    </Section>
  );
}

const FORMS = [
  ["pdf", "PDF to print"],
  ["html", "HTML, all in one file"],
  ["xlsx", "Workbook of its tables (XLSX)"],
  ["parquet", "What it said of each picture (Parquet)"],
];

/** A report as files to keep, to send or to reckon with; `rows` says whether it is kept what was said of each picture. */
function Files({ id, rows }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger>
        <button type="button" className="dr-button">
          <Download size={15} aria-hidden /> As a file
        </button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content align="end" variant="soft" color="gray">
        {FORMS.filter(([form]) => rows || form !== "parquet").map(([form, words]) => (
          <DropdownMenu.Item key={form} asChild>
            <a href={`${API}/reports/${id}/${form}`} download={`report-${id}.${form}`}>
              {words}
            </a>
          </DropdownMenu.Item>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

function Whole({ id }) {
  const [{ data, error }, look] = useFollow(`/reports/${id}`, []);
  const [{ data: view }] = useFollow(data?.report.training ? `/training-runs/${data.report.training}` : "", []);
  const [show, lightbox] = usePictures();
  const [picked, setPicked] = useState(null);
  const [removing, setRemoving] = useState(false);
  const navigate = useNavigate();
  const report = data?.report;
  const details = data?.details || {};
  const labels = (details.classes || []).map((one) => one.label);
  const [name, number] = (report?.dataset || "").split("@");
  // Older reports name some pictures of each cell only.
  const behind = ({ low, high }) => {
    const some = (details.cells || []).flatMap((cell) => cell.pictures).filter((one) => one.confidence >= low && (one.confidence < high || high === 1)).map((one) => one.key);
    if (report.predictions) setPicked({ by: "sure", low, high });
    else if (some.length) show(some);
  };
  const model = view?.training.model;
  const remove = async () => {
    await request(`/reports/${id}`, { method: "DELETE" });
    toast.success("The report is deleted.");
    navigate("/report");
  };
  return (
    <LearnPage
      title={model ? `Report on ${model}` : "Report"}
      above={
        <Link to={model ? `/models?name=${model.split("@")[0]}` : "/report"} className="dl-back">
          <ArrowLeft size={15} aria-hidden /> {model ? `Model ${model.split("@")[0]}` : "All reports"}
        </Link>
      }
      lead={
        report && (
          <>
            Judged by {count(report.count)} pictures of the split {report.split} of <Link to={`/datasets?name=${name}&version=${number}`}>{report.dataset}</Link>, {moment(report.created_at)}.{" "}
            {report.training && <Link to={`/training?run=${report.training}`}>How it learnt</Link>}
          </>
        )
      }
      tools={
        report && (
          <>
            <DownloadModel id={report.checkpoint} title={model || "the model"} />
            {!details.mistakes?.some((one) => one.psnr !== undefined) && details.mistakes?.length > 0 && (
              <Link className="dr-button" to={`/annotate?name=${name}&queue=wrong&report=${id}`}>
                <Tags size={15} aria-hidden /> Go through mistakes
              </Link>
            )}
            <Files id={id} rows={Boolean(report.predictions)} />
            <Gated permission="training:write" className="dr-icon-button" aria-label="Delete the report" title="Delete the report" onClick={() => setRemoving(true)}>
              <Trash2 size={16} aria-hidden />
            </Gated>
          </>
        )
      }
    >
      {error && !data && <Trouble error={error} onRetry={look} />}
      {!data && !error && <Waiting rows={5} />}
      {report && (
        <dl className="dr-tiles dl-tiles-4">
          {report.metrics.slice(0, 4).map((one) => (
            <Worth key={one.name} metric={one} />
          ))}
        </dl>
      )}
      {details.confusion && <Confusion id={report.predictions ? id : null} labels={labels} counts={details.confusion} cells={details.cells || []} show={show} />}
      {details.pixel_confusion?.length > 0 && <Confusion noun="pixel" labels={["none of these", ...labels]} counts={details.pixel_confusion} cells={details.pixel_cells || []} show={show} />}
      {details.classes?.length > 0 && <Classes classes={details.classes} />}
      {report?.predictions && <Slices id={id} show={show} />}
      {details.curves?.length > 0 && <Recall classes={details.curves} />}
      {report?.predictions && <Plots id={id} show={show} onPick={setPicked} />}
      {picked && <Picked key={JSON.stringify(picked)} id={id} region={picked} show={show} onClose={() => setPicked(null)} />}
      {details.mistakes && <Mistakes mistakes={details.mistakes} show={show} model={model} targets={data.targets || {}} />}
      {details.calibration?.length > 0 && <Calibration bins={details.calibration} onPick={behind} />}
      {removing && <Confirm title="Delete the report?" words="It cannot be taken back. A report that a training or a version of a model is judged by is not deleted." verb="Delete" onClose={() => setRemoving(false)} onConfirm={remove} />}
      {lightbox}
    </LearnPage>
  );
}

function List() {
  const [{ data, error }, look] = useFollow("/reports?limit=100", ["models", "training"]);
  const now = useNow(10_000);
  const [dataset, setDataset] = useState("");
  const [split, setSplit] = useState("");
  const [order, setOrder] = useState("new");
  const names = [...new Set((data?.items || []).map((one) => one.dataset.split("@")[0]))].sort();
  const found = (data?.items || []).filter((one) => (!dataset || one.dataset.split("@")[0] === dataset) && (!split || one.split === split));
  const worth = (one) => one.metrics[0]?.value ?? 0;
  const shown = order === "new" ? found : [...found].sort((a, b) => (order === "best" ? worth(b) - worth(a) : worth(a) - worth(b)));
  return (
    <LearnPage title="Reports" lead="What each training came to.">
      {error && !data && <Trouble error={error} onRetry={look} />}
      {!data && !error && <Waiting rows={3} />}
      {data?.items.length === 0 && (
        <div className="dr-empty dl-empty">
          <FileChartColumn size={40} strokeWidth={1.25} aria-hidden />
          <h2>No report yet</h2>
          <p>Every training ends with one.</p>
        </div>
      )}
      {data?.items.length > 1 && (
        <div className="dl-filters" role="group" aria-label="Filter">
          <SelectField label="Dataset" options={[["", "All"], ...names.map((one) => [one, one])]} value={dataset} onChange={setDataset} />
          <SelectField label="Judged by" options={[["", "Any split"], ["test", "test"], ["validation", "validation"]]} value={split} onChange={setSplit} />
          <SelectField label="Order" options={[["new", "Newest first"], ["best", "Best first"], ["worst", "Worst first"]]} value={order} onChange={setOrder} />
        </div>
      )}
      {data?.items.length > 0 && !shown.length && <p className="dr-none">None of them fits.</p>}
      <ul className="dr-rows dl-rows">
        {shown.map((one) => (
          <li key={one.id}>
            <Link to={`/report?id=${one.id}`} className="dl-row dl-row-model">
              <span className="dl-row-name">
                <strong>{one.dataset}</strong>
                <span className="dr-muted">
                  {count(one.count)} pictures of the split {one.split}
                </span>
              </span>
              <span className="dl-row-score">
                <strong>{figure(one.metrics[0].value)}</strong>
                <span className="dr-caption">{metricName(one.metrics[0].name)}</span>
              </span>
              <span className="dl-row-when dr-caption">{ago(one.created_at, now)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </LearnPage>
  );
}

export function Report() {
  const [params] = useSearchParams();
  const id = params.get("id");
  return id ? <Whole key={id} id={id} /> : <List />;
}
