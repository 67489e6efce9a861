// The trash: what was put away, and when it goes for good.

import { useCallback, useEffect, useRef, useState } from "react";
import { Check, RotateCcw, Trash2 } from "lucide-react";
import { useNavigate } from "react-router";
import { toast } from "sonner";
import { API, request } from "./api.js";
import { bytes, count, day, plural } from "./format.js";
import { Confirm, Gated, complain } from "./forms.jsx";
import { useLive } from "./live.js";
import { Page, Waiting } from "./reading.jsx";
import { useShortcuts } from "./hotkeys.js";
import { Trouble } from "./ui.jsx";

const PAGE = 100;
const MOST = 1000; // pictures that one request takes

/** Pages of the trash, read on as one comes to the end. */
function useTrash() {
  const [state, setState] = useState({ items: [], total: null, bytes: 0, next: null, error: null });
  const busy = useRef(false);
  const read = useCallback(async (cursor) => {
    if (busy.current) return;
    busy.current = true;
    try {
      const page = await request(`/trash?limit=${PAGE}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
      setState((old) => ({ items: cursor ? [...old.items, ...page.items] : page.items, total: page.total, bytes: page.bytes, next: page.next_cursor, error: null }));
    } catch (error) {
      setState((old) => ({ ...old, error }));
    } finally {
      busy.current = false;
    }
  }, []);
  useEffect(() => {
    read();
  }, [read]);
  useLive((event) => /^(images\.(added|deleted)|resync)/.test(event.type) && read());
  return [state, () => read(), () => state.next && read(state.next)];
}

function End({ onSeen }) {
  const mark = useRef(null);
  const latest = useRef(onSeen);
  latest.current = onSeen;
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => entry.isIntersecting && latest.current(), { rootMargin: "600px" });
    observer.observe(mark.current);
    return () => observer.disconnect();
  }, []);
  return <i ref={mark} aria-hidden />;
}

export function Trash() {
  const [trash, again, more] = useTrash();
  const [chosen, setChosen] = useState(() => new Set());
  const [asking, setAsking] = useState("");
  const navigate = useNavigate();
  const ids = trash.items.map((one) => one.image.id).filter((id) => chosen.has(id));
  const toggle = (id) =>
    setChosen((old) => {
      const next = new Set(old);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const restore = async () => {
    try {
      for (let at = 0; at < ids.length; at += MOST) await request("/trash/restore", { method: "POST", body: { ids: ids.slice(at, at + MOST) } });
      toast.success(`${plural(ids.length, "picture")} ${ids.length === 1 ? "is" : "are"} back.`, { action: { label: "Look", onClick: () => navigate(ids.length === 1 ? `/?image=${ids[0]}` : "/") } });
      setChosen(new Set());
    } catch (problem) {
      complain(problem);
    }
    again();
  };
  const emptied = async () => {
    let work = await request("/trash/empty", { method: "POST" });
    while (work.state === "queued" || work.state === "running") {
      await new Promise((resolve) => setTimeout(resolve, 500));
      work = await request(`/operations/${work.id}`);
    }
    return { images: work.changed, bytes: work.result.bytes || 0, kept: work.result.kept || 0 };
  };
  const purge = async () => {
    const gone = asking === "all" ? await emptied() : await request("/trash/purge", { method: "POST", body: { ids: ids.slice(0, MOST) } });
    const kept = gone.kept ? ` ${plural(gone.kept, "picture")} stayed: versions of datasets name them.` : "";
    toast.success(`${plural(gone.images, "picture")} removed for good, ${bytes(gone.bytes)} freed.${kept}`);
    setChosen(new Set());
    again();
  };
  useShortcuts("Trash", [
    { keys: ["Mod+a"], words: "Choose all that are shown", off: !trash.items.length, act: () => setChosen(new Set(trash.items.map((one) => one.image.id))) },
    { keys: ["Escape"], words: "Choose none", off: !ids.length, act: () => setChosen(new Set()) },
  ]);
  return (
    <Page
      title="Trash"
      tools={
        trash.total > 0 && (
          <>
            <p className="dr-muted" role="status">
              {ids.length ? `${count(ids.length)} chosen` : `${plural(trash.total, "picture")} · ${bytes(trash.bytes)}`}
            </p>
            <Gated permission="trash:write" className="dr-button" aria-disabled={!ids.length || undefined} onClick={() => (ids.length ? restore() : toast("Choose pictures first: click one, or press Enter on it."))}>
              <RotateCcw size={15} aria-hidden /> Restore
            </Gated>
            <Gated permission="trash:purge" className="dr-button dr-button-danger" onClick={() => setAsking(ids.length ? "some" : "all")}>
              <Trash2 size={15} aria-hidden /> {ids.length ? "Remove for good" : "Empty the trash"}
            </Gated>
          </>
        )
      }
    >
      {trash.total === null && !trash.error && <Waiting />}
      {trash.error && <Trouble error={trash.error} onRetry={again} />}
      {trash.total === 0 && (
        <div className="dr-empty">
          <Trash2 size={40} strokeWidth={1.25} aria-hidden />
          <h2>The trash is empty</h2>
          <p>Pictures that you throw away come here first, and can be brought back.</p>
          <button type="button" className="dr-button" onClick={() => navigate("/")}>
            To the gallery
          </button>
        </div>
      )}
      <ul className="dr-trash">
        {trash.items.map(({ image, trashed_at, purge_at }) => (
          <li key={image.id}>
            <button type="button" aria-pressed={chosen.has(image.id)} aria-label={`${image.name}, put away on ${day(trashed_at)}`} className={`dr-cell${chosen.has(image.id) ? " dr-cell-chosen" : ""}`} onClick={() => toggle(image.id)}>
              <span className="dr-cell-picture" style={{ backgroundImage: `url(data:image/webp;base64,${image.placeholder})` }}>
                <img className="dr-seen" src={`${API}/trash/${image.id}/thumbnail`} alt="" loading="lazy" draggable={false} />
              </span>
              <span className="dr-cell-check" aria-hidden>
                <Check size={14} strokeWidth={3} />
              </span>
            </button>
            <strong>{image.name}</strong>
            <span>{purge_at ? `Goes on ${day(purge_at)}` : `Put away on ${day(trashed_at)}`}</span>
          </li>
        ))}
      </ul>
      {trash.next && <End key={trash.next} onSeen={more} />}
      {asking && (
        <Confirm
          title={asking === "all" ? `Remove all ${plural(trash.total, "picture")} for good?` : `Remove ${plural(ids.length, "picture")} for good?`}
          words="Originals, thumbnails and everything known of them are deleted. This cannot be taken back."
          verb="Remove for good"
          onClose={() => setAsking("")}
          onConfirm={purge}
        />
      )}
    </Page>
  );
}
