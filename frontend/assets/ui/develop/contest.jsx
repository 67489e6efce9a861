// Two versions of a preset beside each other on pictures, judged without knowing which is which; the winner becomes the newest.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { ArrowLeft, ArrowRight, Equal, Scale, Trophy, X } from "lucide-react";
import { toast } from "sonner";
import { request } from "../api.js";
import { useLoaded } from "../compare/loaded.js";
import { Pair } from "../compare/pair.jsx";
import { ago, count, number, plural } from "../format.js";
import { complain, FormError, useAct } from "../forms.jsx";
import { useDialogKeys } from "../hotkeys.js";
import { useRefusal } from "../me.js";
import { Bar, IconButton, useFocusTrap, useNow } from "../ui.jsx";
import { useZoom } from "../zoom.js";
import { fetchPreview } from "./preview.js";
import { usePointers } from "./viewer.jsx";

const CLOSEST = 16;
const SIDE = 1280;
const other = (side) => (side === "a" ? "b" : "a");
const nameOf = (contest, side) => (side === "a" ? contest.a : contest.b || "The draft");

/** Begins a contest; `rival` is `{ version }` or `{ recipe }`. */
export const beginContest = (preset, rival, selection) => request("/preset-contests", { method: "POST", body: { preset, ...rival, selection } });

/** Contests of a preset, newest first. */
export function useContests(preset) {
  const [items, setItems] = useState([]);
  const look = useCallback(() => preset && request(`/preset-contests?preset=${encodeURIComponent(preset)}`).then((found) => setItems(found.items), () => {}), [preset]);
  useEffect(() => {
    look();
  }, [look]);
  return [items, look];
}

/** Those of a preset, to be judged or looked at. */
export function ContestList({ items, onOpen }) {
  const now = useNow(30_000);
  if (!items.length) return null;
  return (
    <section className="dv-contests" aria-label="Contests">
      <h3>Judged blindly</h3>
      <ul>
        {items.slice(0, 4).map((one) => {
          const left = one.pictures.filter((picture) => picture.mine === null).length;
          return (
            <li key={one.id}>
              <span>
                {one.a} against {one.b || "a draft"}, {ago(one.created_at, now)}
                <small>{one.promoted ? `${one.promoted} won` : left ? `You have ${plural(left, "picture")} to judge` : "You judged all of it"}</small>
              </span>
              <button type="button" className="dr-button dr-button-small" onClick={() => onOpen(one)}>
                {one.promoted || !left ? "Look" : "Judge"}
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Result({ contest, busy, error, onPromote, onAgain }) {
  const { tally } = contest;
  const why = useRefusal("presets:write");
  const judged = tally.a + tally.b;
  return (
    <div className="dv-contest-result">
      <Trophy size={34} strokeWidth={1.4} aria-hidden />
      <h3>{tally.leader ? `${nameOf(contest, tally.leader)} was preferred` : "Neither was preferred more often"}</h3>
      <dl className="dv-contest-counts">
        {[[`${nameOf(contest, "a")}, there now`, tally.a], [nameOf(contest, "b"), tally.b], ["Neither", tally.same]].map(([words, value]) => (
          <div key={words}>
            <dt>{words}</dt>
            <dd>{count(value)}</dd>
          </div>
        ))}
      </dl>
      <p className="dr-caption">
        {plural(tally.people, "person", "people")} judged. {judged > 0 && `A coin would tell them apart as clearly in ${number(tally.chance * 100, 0)} of 100 tries${tally.chance > 0.05 ? ": judge more, or have others judge, to be surer" : ""}.`}
      </p>
      <FormError error={error} />
      <div className="dv-contest-foot">
        {contest.promoted ? (
          <p role="status">{contest.promoted} is what the name leads to.</p>
        ) : (
          <>
            <button type="button" className="dr-button" onClick={onAgain}>
              Judge again
            </button>
            {tally.leader && (
              <button type="button" className="dr-button dr-button-main" disabled={busy || Boolean(why)} title={why || undefined} onClick={onPromote}>
                {tally.leader === "a" ? `Keep ${contest.a}` : "Make it the newest version"}
              </button>
            )}
          </>
        )}
      </div>
    </div>
  );
}

function Judging({ contest, picture, onPick, children }) {
  const stage = useRef(null);
  const zooming = useZoom(picture.id, stage, CLOSEST);
  const { zoom, to, by } = zooming;
  const pointers = usePointers(stage, { zoom, to, by, onHover: () => {}, onClick: () => {} });
  const sides = [picture.left, other(picture.left)];
  const outputs = useMemo(
    () => sides.map((side, at) => ({ id: String(at), key: `${picture.id} ${side}`, load: (signal) => fetchPreview(picture.id, side === "a" ? contest.recipe_a : contest.recipe_b, { longSide: SIDE, signal }) })),
    [picture.id, picture.left, contest.id],
  );
  const loaded = useLoaded(outputs);
  const [left, right] = outputs.map((one, at) => ({ ...(loaded[one.id]?.key === one.key ? loaded[one.id] : null), words: at ? "Right" : "Left" }));
  return (
    <>
      <div ref={stage} className={`dv-stage dv-back-auto${zoom.scale > 1 ? " dv-zoomed" : ""}`} {...pointers} onDoubleClick={() => to(zoom.scale > 1 ? 1 : 3)}>
        <Pair a={left} b={right} way="side" zoom={zoom} stage={stage} />
      </div>
      <div className="dv-outputs-foot dv-contest-foot">
        {children}
        <button type="button" className="dr-button" aria-pressed={picture.mine === sides[0]} onClick={() => onPick(sides[0])}>
          <ArrowLeft size={15} aria-hidden /> The left one
        </button>
        <button type="button" className="dr-button" aria-pressed={picture.mine === "same"} onClick={() => onPick("same")}>
          <Equal size={15} aria-hidden /> Neither
        </button>
        <button type="button" className="dr-button" aria-pressed={picture.mine === sides[1]} onClick={() => onPick(sides[1])}>
          The right one <ArrowRight size={15} aria-hidden />
        </button>
      </div>
    </>
  );
}

/** `contest` is one as the server tells it; `onPromoted(id)` is told once a version has won. */
export function Contest({ contest: given, onPromoted, onClose }) {
  const root = useRef(null);
  useFocusTrap(root);
  const [contest, setContest] = useState(given);
  const [at, setAt] = useState(() => Math.max(0, given.pictures.findIndex((one) => one.mine === null)));
  const [over, setOver] = useState(given.tally !== null);
  const { busy, error, run } = useAct();
  // What was pressed last is gone by then: the keys go on in the dialog.
  useEffect(() => root.current?.focus({ preventScroll: true }), [over, contest.promoted]);
  const picture = contest.pictures[at];
  const pick = async (picked) => {
    try {
      const next = await request(`/preset-contests/${contest.id}/choices`, { method: "POST", body: { image: picture.id, picked } });
      setContest(next);
      if (at + 1 < next.pictures.length) setAt(at + 1);
      else setOver(next.tally !== null);
    } catch (problem) {
      complain(problem);
    }
  };
  const promote = () =>
    run(async () => {
      const next = await request(`/preset-contests/${contest.id}/promote`, { method: "POST", body: {} });
      setContest(next);
      toast.success(`${next.promoted} is what ${next.preset} leads to now.`);
      onPromoted?.(next.promoted);
    });
  const judging = !over && picture;
  const onKeyDown = useDialogKeys("Judging", [
    { keys: ["ArrowLeft"], words: "The left one is better", off: !judging, act: () => pick(picture.left) },
    { keys: ["ArrowRight"], words: "The right one is better", off: !judging, act: () => pick(other(picture.left)) },
    { keys: ["ArrowDown", "0"], words: "Neither is better", off: !judging, act: () => pick("same") },
    { keys: ["Backspace"], words: "The picture before", off: !judging || !at, act: () => setAt(at - 1) },
    { keys: ["Escape"], words: "Close", move: true, act: onClose },
  ]);
  return createPortal(
    <div ref={root} className="dv-outputs" role="dialog" aria-modal="true" aria-label={`Which is better? ${contest.preset}`} tabIndex={-1} onKeyDown={onKeyDown}>
      <div className="dv-outputs-head">
        <Scale size={18} strokeWidth={1.6} aria-hidden />
        <h2>Which is better?</h2>
        {judging && (
          <span className="dv-outputs-told" role="status">
            {at + 1} of {contest.pictures.length}
          </span>
        )}
        {judging && <Bar value={at} of={contest.pictures.length} label="Pictures judged" className="dv-contest-bar" />}
        <span className="dv-push" />
        <IconButton icon={X} label="Close" hint="Esc" onClick={onClose} />
      </div>
      {judging ? (
        <Judging contest={contest} picture={picture} onPick={pick}>
          <button type="button" className="dr-button dr-button-quiet" disabled={!at} onClick={() => setAt(at - 1)}>
            Back
          </button>
        </Judging>
      ) : contest.tally ? (
        <Result contest={contest} busy={busy} error={error} onPromote={promote} onAgain={() => (setAt(0), setOver(false))} />
      ) : (
        <p className="dr-muted dv-contest-result">You may see none of its pictures.</p>
      )}
    </div>,
    document.querySelector(".radix-themes") || document.body,
  );
}
