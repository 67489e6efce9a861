// Dropping, pasting and choosing files anywhere, and how far their upload is.

import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { Check, ChevronDown, CircleAlert, ImageDown, RotateCw, X } from "lucide-react";
import { toast } from "sonner";
import { bytes, count, plural } from "./format.js";
import { useLive } from "./live.js";
import { refusal, useMe, useRefusal } from "./me.js";
import { Bar } from "./ui.jsx";
import { brokenOff, dropAll } from "./parts.js";
import { add, cancel, clear, filesOf, follow, retry, uploads } from "./uploads.js";

const LISTED = 200;

/** Whether pictures may be brought in; says why not. */
function mayUpload() {
  const why = refusal("images:write");
  if (why) toast.error("You may not bring pictures in", { description: why });
  return !why;
}

/** Opens the browser's file dialog. */
export function choose() {
  if (!mayUpload()) return;
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = true;
  input.onchange = () => add([...input.files]);
  input.click();
}

const carriesFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");

function useDrop() {
  const [over, setOver] = useState(false);
  const depth = useRef(0);
  useEffect(() => {
    const on = {
      dragenter: (event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        depth.current += 1;
        setOver(true);
      },
      dragover: (event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = "copy";
      },
      dragleave: (event) => {
        if (!carriesFiles(event)) return;
        depth.current = Math.max(0, depth.current - 1);
        if (depth.current === 0) setOver(false);
      },
      drop: async (event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        depth.current = 0;
        setOver(false);
        if (!mayUpload()) return;
        const files = await filesOf(event.dataTransfer);
        if (files.length) add(files);
        else toast.error("There are no files in that folder.");
      },
      paste: (event) => {
        const files = [...(event.clipboardData?.files || [])];
        if (!files.length) return;
        event.preventDefault();
        if (mayUpload()) add(files);
      },
    };
    for (const [name, act] of Object.entries(on)) addEventListener(name, act);
    return () => {
      for (const [name, act] of Object.entries(on)) removeEventListener(name, act);
    };
  }, []);
  return over;
}

// Files travel in order, so that the bytes sent tell how far each one is.
function progressOf(group) {
  let before = 0;
  return group.files.map((file) => {
    const share = group.state === "waiting" ? 0 : Math.min(1, Math.max(0, file.size ? (group.sent - before) / file.size : 1));
    before += file.size;
    return share;
  });
}

function Outcome({ group }) {
  const parts = [];
  const batch = group.batch || {};
  if (batch.added) parts.push(`${count(batch.added)} added`);
  if (batch.duplicates) parts.push(`${count(batch.duplicates)} known already`);
  if (group.known) parts.push(`${count(group.known)} already in the library`);
  if (batch.failed) parts.push(`${count(batch.failed)} unreadable`);
  return parts.join(" · ") || "Done";
}

function Group({ group }) {
  const shares = progressOf(group);
  const { state, batch } = group;
  return (
    <div className="dr-upload-group">
      {group.files.slice(0, LISTED).map((file, at) => (
        <div key={`${file.name}-${at}`} className="dr-upload-file">
          <span className="dr-upload-name">{file.name}</span>
          <span className="dr-muted">{bytes(file.size)}</span>
          <span className="dr-upload-state">
            {state === "failed" ? (
              <CircleAlert size={15} className="dr-bad" aria-label="Failed" />
            ) : shares[at] >= 1 && state !== "waiting" ? (
              <Check size={15} className="dr-good" aria-label="Uploaded" />
            ) : (
              `${Math.round(shares[at] * 100)} %`
            )}
          </span>
          {shares[at] < 1 && state === "sending" && <Bar value={shares[at]} of={1} label={`Upload of ${file.name}`} />}
        </div>
      ))}
      {group.files.length > LISTED && <p className="dr-muted">and {plural(group.files.length - LISTED, "more file", "more files")}</p>}
      {state === "sending" && group.large && group.hashed < group.bytes && (
        <p className="dr-upload-note">Checking whether it is in the library: {Math.round((group.hashed / group.bytes) * 100)} %</p>
      )}
      {state === "sending" && group.held && (
        <p className="dr-upload-note" role="status">
          No connection. It goes on by itself where it was.
        </p>
      )}
      {state === "working" && (
        <div className="dr-upload-note">
          <span>{batch.done ? `Developing ${count(batch.done)} of ${count(batch.total)}` : "Waiting to be developed"}</span>
          <Bar value={batch.done} of={batch.total} label="Ingest" className={batch.done ? "" : "dr-progress-busy"} />
        </div>
      )}
      {state === "done" && (
        <p className="dr-upload-note">
          <Outcome group={group} />
        </p>
      )}
      {state === "failed" && (
        <div className="dr-upload-note dr-upload-error" role="alert">
          <span>
            <strong>{group.error.title}.</strong> {group.error.message} {group.error.remedy}
          </span>
          <button type="button" className="dr-button dr-button-small" onClick={() => retry(group.id)}>
            <RotateCw size={13} aria-hidden /> Try again
          </button>
        </div>
      )}
      {(state === "sending" || state === "waiting") && (
        <button type="button" className="dr-link" onClick={() => cancel(group.id)}>
          Cancel
        </button>
      )}
    </div>
  );
}

/** What an earlier visit left half sent: the browser no longer has the files, the server still has their parts. */
function BrokenOff({ groups }) {
  const why = useRefusal("images:write");
  const me = useMe();
  const [found, setFound] = useState([]);
  useEffect(() => {
    if (me && !why) brokenOff().then(setFound, () => {});
  }, [me, why]);
  const left = found.filter((one) => !groups.some((group) => group.large && group.files[0].name === one.name && group.bytes === one.bytes));
  if (!left.length) return null;
  return (
    <section className="dr-upload" aria-label="Uploads that broke off">
      <header>
        <strong role="status">{plural(left.length, "upload")} broke off</strong>
        <button type="button" className="dr-icon-button" aria-label="Not now" onClick={() => setFound([])}>
          <X size={17} aria-hidden />
        </button>
      </header>
      <div className="dr-upload-list">
        {left.slice(0, LISTED).map((one) => (
          <div key={one.id} className="dr-upload-file">
            <span className="dr-upload-name">{one.name}</span>
            <span className="dr-muted">
              {bytes(one.received)} of {bytes(one.bytes)}
            </span>
          </div>
        ))}
        <p className="dr-upload-note">Choose or drop the same files again: only what is missing is sent.</p>
        <button type="button" className="dr-link" onClick={() => dropAll(left).then(() => setFound([]), () => {})}>
          Give them up
        </button>
      </div>
    </section>
  );
}

function headline(groups) {
  const files = (states) => groups.filter((group) => states.includes(group.state)).reduce((total, group) => total + group.files.length, 0);
  const sending = files(["waiting", "sending"]);
  if (sending) return `Uploading ${plural(sending, "file")}`;
  const working = files(["working"]);
  if (working) return `Developing ${plural(working, "picture")}`;
  if (groups.some((group) => group.state === "failed")) return "Upload failed";
  return `${plural(files(["done"]), "file")} uploaded`;
}

export function UploadCentre() {
  const over = useDrop();
  const why = useRefusal("images:write");
  const groups = useSyncExternalStore(uploads.subscribe, uploads.snapshot, uploads.snapshot);
  const [open, setOpen] = useState(true);
  useLive(follow);
  const busy = groups.some((group) => group.state === "waiting" || group.state === "sending");
  useEffect(() => {
    if (!busy) return undefined;
    const warn = (event) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [busy]);
  // Live events may be off for a while; a batch is then looked at now and again.
  const working = groups.some((group) => group.state === "working");
  useEffect(() => {
    if (!working) return undefined;
    const timer = setInterval(() => follow({ type: "resync" }), 5000);
    return () => clearInterval(timer);
  }, [working]);
  const [sent, total] = useMemo(() => [groups.reduce((sum, group) => sum + group.sent, 0), groups.reduce((sum, group) => sum + group.bytes, 0)], [groups]);
  return (
    <>
      {over && (
        <div className="dr-drop" aria-hidden>
          <div>
            <ImageDown size={40} strokeWidth={1.25} />
            <strong>{why ? "You may not bring pictures in" : "Drop to add to the library"}</strong>
            <span>{why || "Pictures and folders of pictures"}</span>
          </div>
        </div>
      )}
      {groups.length === 0 && <BrokenOff groups={groups} />}
      {groups.length > 0 && (
        <section className="dr-upload" aria-label="Uploads">
          <header>
            <strong role="status">{headline(groups)}</strong>
            {busy && <span className="dr-muted">{bytes(sent)} of {bytes(total)}</span>}
            <button type="button" className={`dr-icon-button${open ? "" : " dr-turned"}`} aria-label={open ? "Fold" : "Unfold"} aria-expanded={open} onClick={() => setOpen(!open)}>
              <ChevronDown size={17} aria-hidden />
            </button>
            {!busy && (
              <button type="button" className="dr-icon-button" aria-label="Dismiss" onClick={clear}>
                <X size={17} aria-hidden />
              </button>
            )}
          </header>
          {busy && <Bar value={sent} of={total} label="All uploads" />}
          {open && (
            <div className="dr-upload-list">
              {[...groups].reverse().map((group) => (
                <Group key={group.id} group={group} />
              ))}
            </div>
          )}
        </section>
      )}
    </>
  );
}
