// Imports labelled pictures: a folder or an archive, chosen or dropped, looked at, then taken in; what cannot be read is told with file and line.

import { useEffect, useRef, useState } from "react";
import { CircleCheck, FileArchive, FolderOpen } from "lucide-react";
import { API, problemFrom, request, unreachable } from "../api.js";
import { noted } from "../asked.js";
import { bytes, count, plural } from "../format.js";
import { Dialog, FormError, SelectField, TextField, complain, useAct } from "../forms.jsx";
import { tarOf } from "../tar.js";
import { Bar } from "../ui.jsx";
import { placedOf } from "../uploads.js";
import { useFollow } from "./parts.jsx";

const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const LOOK = 700;
const OVER = ["done", "failed", "cancelled"];
const FORMATS = [
  ["auto", "Detected"],
  ["imagefolder", "A folder for each class"],
  ["coco", "COCO"],
  ["yolo", "YOLO"],
  ["voc", "Pascal VOC"],
  ["csv", "Table (CSV)"],
  ["pairs", "Pairs"],
];
const SPLITS = [
  ["train", "Train"],
  ["validation", "Validation"],
  ["test", "Test"],
  ["unplaced", "Drawn"],
];

const ARCHIVE = /\.(zip|tar|tgz|tar\.gz)$/i;
const hidden = ({ path }) => path.split("/").some((part) => part.startsWith("."));

/** What is sent of some files: an archive as it is, all others in one that is made of them; null where there is none. */
function sourceOf(placed) {
  const files = placed.filter((one) => !hidden(one));
  if (!files.length) return null;
  const [{ path, file }] = files;
  if (files.length === 1 && ARCHIVE.test(path)) return { name: file.name, size: file.size, body: file };
  const body = tarOf(files);
  return { name: path.split("/")[0], size: body.size, body, files: files.length };
}

/** Sends an archive; `tell` hears how many bytes went. */
function send(source, given, signal, tell) {
  const address = `${API}/datasets/import?${new URLSearchParams(given)}`;
  const answered = noted("POST", address, { file: source.name });
  // fetch can't tell how far an upload is; XMLHttpRequest can.
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.upload.onprogress = (event) => tell(event.loaded);
    call.onload = () => {
      answered(call.status);
      if (call.status < 300) resolve(JSON.parse(call.responseText));
      else reject(problemFrom(call.responseText, call.status));
    };
    call.onerror = () => {
      answered(0);
      reject(unreachable());
    };
    call.onabort = () => reject(new DOMException("Given up", "AbortError"));
    signal.addEventListener("abort", () => call.abort(), { once: true });
    call.open("POST", address);
    call.setRequestHeader("Content-Type", "application/octet-stream");
    call.send(source.body);
  });
}

/** Looks at an operation until it is over. */
async function followed(work, signal, tell) {
  let found = work;
  while (!OVER.includes(found.state)) {
    tell(found);
    await new Promise((resume) => setTimeout(resume, LOOK));
    signal.throwIfAborted();
    found = await request(`/operations/${work.id}`, { signal });
  }
  return found;
}

function Choose({ source, onChoose, off }) {
  const archive = useRef(null);
  const folder = useRef(null);
  const [over, setOver] = useState(false);
  const choose = (placed) => {
    const found = sourceOf(placed);
    if (found) onChoose(found);
    else complain({ title: "There is no file in it", message: "Hidden files are passed over.", remedy: "" });
  };
  const drop = (event) => {
    event.preventDefault();
    setOver(false);
    if (!off) placedOf(event.dataTransfer).then(choose, ({ message }) => complain({ title: "It cannot be read", message, remedy: "" }));
  };
  const Icon = source?.files ? FolderOpen : FileArchive;
  return (
    <div
      className={`di-drop${over ? " di-over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Icon size={22} strokeWidth={1.5} aria-hidden />
      <span>
        {source ? <strong>{source.name}</strong> : "Drop a folder, a zip or a tar here: pictures in a folder for each class, or with labels beside them."}
        {source && <span className="dr-caption">{source.files ? `${plural(source.files, "file")}, ${bytes(source.size)}` : bytes(source.size)}</span>}
      </span>
      <div className="di-ways">
        <button type="button" className="dr-button" disabled={off} onClick={() => folder.current.click()}>
          Choose a folder
        </button>
        <button type="button" className="dr-button" disabled={off} onClick={() => archive.current.click()}>
          Choose an archive
        </button>
      </div>
      <input ref={archive} type="file" hidden aria-label="Archive" accept=".zip,.tar,.tgz,.tar.gz" onChange={(event) => choose([...event.target.files].map((file) => ({ path: file.name, file })))} />
      <input ref={folder} type="file" hidden aria-label="Folder" webkitdirectory="" onChange={(event) => choose([...event.target.files].map((file) => ({ path: file.webkitRelativePath || file.name, file })))} />
    </div>
  );
}

function Classes({ report }) {
  const shown = SPLITS.filter(([split]) => report.classes.some((one) => one[split]));
  return (
    <div className="di-scroll" role="region" aria-label="Classes" tabIndex={0}>
      <table className="di-table">
        <thead>
          <tr>
            <th>Class</th>
            {shown.map(([split, words]) => (
              <th key={split}>{words}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {report.classes.map((one) => (
            <tr key={one.label}>
              <td>{one.label}</td>
              {shown.map(([split]) => (
                <td key={split}>{count(one[split])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Problems({ report }) {
  if (!report.count) return null;
  return (
    <>
      <h3>{plural(report.count, "problem")}</h3>
      <ul className="di-problems di-scroll" aria-label="Problems" tabIndex={0}>
        {report.problems.map((one, at) => (
          // eslint-disable-next-line react/no-array-index-key -- the same may be said twice
          <li key={at}>
            <code>{one.line ? `${one.file}:${one.line}` : one.file}</code>
            <span>{one.cause}</span>
          </li>
        ))}
        {report.count > report.problems.length && <li>and {count(report.count - report.problems.length)} more</li>}
      </ul>
    </>
  );
}

function Told({ report, version }) {
  if (!report) return null;
  const format = FORMATS.find(([name]) => name === report.format)?.[1] || report.format;
  return (
    <section className="di-told" aria-label="What it holds">
      <p role="status">
        {version && <CircleCheck size={16} aria-hidden />}
        {version ? <strong>{version} is made. </strong> : null}
        {plural(report.examples, "picture")}
        {report.known > 0 && `, ${count(report.known)} of them here already`}. {format}.
      </p>
      {report.classes.length > 0 && <Classes report={report} />}
      <Problems report={report} />
    </section>
  );
}

function Going({ going, onStop }) {
  const { sent, of, work } = going;
  const unknown = work?.state === "queued" ? "Waiting for a run" : "Unpacking";
  const words = work ? (work.total ? `${count(work.done)} of ${count(work.total)}` : unknown) : `${bytes(sent)} of ${bytes(of)} sent`;
  return (
    <div className="di-going">
      <Bar value={work ? work.done : sent} of={work ? work.total : of} label="Progress" />
      <span className="dr-caption" role="status">
        {words}
      </span>
      <button type="button" className="dr-button" onClick={onStop}>
        Stop
      </button>
    </div>
  );
}

/** Sends and follows an archive: `go` does it, `stop` ends it, `going` is how far it is. */
function useImport() {
  const [going, setGoing] = useState(null);
  const [report, setReport] = useState(null);
  const { busy, error, run, setError } = useAct();
  const calling = useRef(null);
  const work = useRef(null);
  const looked = useRef(null); // the look whose archive is kept: it is not sent again
  useEffect(() => () => !work.current && calling.current?.abort(), []);
  const begun = async (source, given, signal) => {
    if (looked.current) {
      try {
        const query = new URLSearchParams({ ...given, archive: looked.current });
        return await request(`/datasets/import?${query}`, { method: "POST", signal });
      } catch (problem) {
        if (problem.code !== "not_found") throw problem;
      }
    }
    return send(source, given, signal, (sent) => setGoing({ sent, of: source.size }));
  };
  const go = (source, given) =>
    run(async () => {
      const { signal } = (calling.current = new AbortController());
      work.current = null;
      setGoing({ sent: 0, of: source.size });
      try {
        work.current = await begun(source, given, signal);
        looked.current = null;
        const done = await followed(work.current, signal, (one) => setGoing({ work: one }));
        if (done.links.report) setReport(await request(`/imports/${done.id}`));
        if (done.error) throw problemFrom(JSON.stringify({ title: "It was not imported", code: done.error.code, detail: done.error.cause, remedy: done.error.remedy }), 422);
        if (given.dry_run && done.state === "done") looked.current = done.id;
        return done.state === "done" ? done : undefined;
      } catch (problem) {
        if (problem.name === "AbortError") return undefined;
        throw problem;
      } finally {
        setGoing(null);
      }
    });
  const stop = async () => {
    if (!work.current) calling.current.abort();
    else await request(`/operations/${work.current.id}/cancel`, { method: "POST" }).catch(complain);
  };
  const clear = () => {
    setReport(null);
    setError(null);
  };
  const another = () => {
    looked.current = null;
    clear();
  };
  return { going, report, busy, error, go, stop, clear, another };
}

/** A name for a dataset that a file name suggests. */
const named = (file) => file.toLowerCase().replace(/(\.tar)?\.[a-z0-9]+$/, "").replace(/[^a-z0-9_-]+/g, "-").replace(/^[-_]+|-+$/g, "").slice(0, 64);

const still = (event) => event.stopPropagation();

export function Import({ name: given, onClose, onDone }) {
  const [source, setSource] = useState(null);
  const [name, setName] = useState(given);
  const [format, setFormat] = useState("auto");
  const [version, setVersion] = useState(null);
  const [{ data: known }] = useFollow(given ? null : "/datasets?limit=200", []);
  const { going, report, busy, error, go, stop, clear, another } = useImport();
  const fits = source && NAME.test(name) && !busy;
  const choose = (found) => {
    setSource(found);
    if (!name) setName(named(found.name));
    setVersion(null);
    another();
  };
  const act = async (look) => {
    clear();
    const done = await go(source, { name, format, ...(look && { dry_run: true }) });
    if (done && !look) setVersion(`${name}@${done.result.version}`);
  };
  const next = known?.items.some((one) => one.id === name) ? "It becomes the next version of this dataset." : "";
  return (
    // What is dropped here is no picture for the library: the page around must not take it.
    <div className="di-around" onDragEnter={still} onDragOver={still} onDragLeave={still} onDrop={still}>
      <Dialog title={given ? `Import a version of ${given}` : "Import a dataset"} onClose={onClose} className="di-import">
        <form
          className="dr-form"
          onSubmit={(event) => {
            event.preventDefault();
            if (fits) act(true);
          }}
        >
          <Choose source={source} onChoose={choose} off={busy} />
          <div className="dl-pair">
            <TextField label="Name" required maxLength={64} placeholder="shoes" readOnly={Boolean(given)} value={name} error={name && !NAME.test(name) ? "Small letters, digits, - and _ only." : ""} hint={next} onChange={(event) => setName(event.target.value)} />
            <SelectField
              label="Labels are"
              value={format}
              options={FORMATS}
              onChange={(next) => {
                setFormat(next);
                clear();
              }}
            />
          </div>
          {going && <Going going={going} onStop={stop} />}
          <Told report={report} version={version} />
          <FormError error={error} />
          <footer className="dr-dialog-foot">
            <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
              {version || going?.work ? "Close" : "Cancel"}
            </button>
            {version ? (
              <button type="button" className="dr-button dr-button-main" onClick={() => onDone({ dataset: name })}>
                Show {version}
              </button>
            ) : (
              <>
                <button type="button" className="dr-button" disabled={!fits} onClick={() => act(true)}>
                  Look
                </button>
                <button type="button" className="dr-button dr-button-main" disabled={!fits} onClick={() => act(false)}>
                  Import
                </button>
              </>
            )}
          </footer>
        </form>
      </Dialog>
    </div>
  );
}
