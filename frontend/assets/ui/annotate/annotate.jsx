// The page that labels: one picture large, classes by key, everything kept at once.

import { useEffect, useMemo, useRef, useState } from "react";
import { ArrowLeft, ArrowRight, Check, CircleCheck, Database, GitCommitHorizontal, Sparkles, SquarePlus, Trash2, Undo2 } from "lucide-react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { toast } from "sonner";
import { count, percent, plural } from "../format.js";
import { Gated, SelectField } from "../forms.jsx";
import { LearnPage, tint, useFollow } from "../learn/parts.jsx";
import { Waiting } from "../reading.jsx";
import { Bar, IconButton, Trouble } from "../ui.jsx";
import { useZoom } from "../zoom.js";
import { Classes } from "./classes.jsx";
import { CommitDrafts } from "./commit.jsx";
import { useKeys } from "./keys.js";
import { lookForSuspects } from "./look.js";
import { boxed, labelled, outlined, saidOfThing, thingsOf } from "./outlines.js";
import { saidOf, useQueue } from "./queue.js";
import { Stage } from "./stage.jsx";

const MOST_ZOOM = 24;
const CORNERS = [[0, 0], [1, 0], [1, 1], [0, 1]];
const KINDS = { single: "One class", several: "Several classes", boxes: "Boxes", outlines: "Outlines" };
const PLACED = { boxes: ["box", "boxes"], outlines: ["outline", "outlines"] };

/** The queues that there are, as what a choice is called and what it asks for. */
function queuesOf(about, labels, report) {
  return [
    ["all", "All pictures"],
    ...(about?.kind in PLACED ? [] : [["suspects", !about || about.suspects === null ? "Suspects" : `Suspects (${count(about.suspects)})`]]),
    ["unlabelled", about ? `Without a label (${count(about.unlabelled)})` : "Without a label"],
    ...(report ? [["wrong", "What a model got wrong"]] : []),
    ...labels.map((one) => [`class ${one}`, `Class ${one}`]),
  ];
}

function Empty({ queue, about, onLook, name }) {
  const unsought = queue === "suspects" && about.suspects === null;
  return (
    <div className="an-empty">
      {unsought ? <Sparkles size={36} strokeWidth={1.3} aria-hidden /> : <CircleCheck size={36} strokeWidth={1.3} aria-hidden />}
      <h2>{unsought ? "Nobody has looked for wrong labels yet" : "Nothing to look at here"}</h2>
      <p className="dr-muted">{unsought ? "Models learn from four fifths of the pictures and judge the last one, five times. Where they are sure of another class, the label is probably wrong." : "Choose another queue above."}</p>
      {unsought && (
        <Gated permission="datasets:write" className="dr-button dr-button-main" onClick={onLook}>
          Look for wrong labels
        </Gated>
      )}
      {!unsought && (
        <Link className="dr-button" to={`/datasets?name=${name}`}>
          To the dataset
        </Link>
      )}
    </div>
  );
}

function Guess({ item, said, kind, onTake }) {
  const { guess } = item;
  if (!guess || kind in PLACED) return null;
  const agrees = said.some((one) => one.label === guess.label) || (!guess.label && !said.some((one) => one.label === guess.instead_of));
  const words = guess.label ? <strong>{guess.label}</strong> : <>not {guess.instead_of}</>;
  return (
    <div className={`an-guess${agrees ? "" : " an-guess-other"}`}>
      <p>
        <span className="dr-caption">{agrees ? "A model agrees" : "To a model it looks like"}</span>
        <span>
          {words} <span className="dr-muted">{percent(guess.confidence)} sure</span>
        </span>
        <i className="an-sure" style={{ "--share": guess.confidence }} aria-hidden />
      </p>
      {!agrees && (
        <button type="button" className="dr-button" aria-keyshortcuts="g" onClick={onTake}>
          Take it <kbd aria-hidden>G</kbd>
        </button>
      )}
    </div>
  );
}

function Things({ kind, things, labels, chosen, onChoose, onRemove, onAdd }) {
  const [noun, nouns] = PLACED[kind];
  return (
    <section className="an-boxes" aria-label={kind === "boxes" ? "Boxes" : "Outlines"}>
      <header>
        <h2>{plural(things.length, noun, nouns)}</h2>
        <button type="button" className="dr-button dr-button-small" aria-keyshortcuts="b" onClick={onAdd}>
          <SquarePlus size={14} aria-hidden /> Add <kbd aria-hidden>B</kbd>
        </button>
      </header>
      <ul>
        {things.map((one, at) => (
          <li key={at} className={at === chosen ? "an-on" : ""}>
            <button type="button" aria-pressed={at === chosen} onClick={() => onChoose(at)}>
              <i style={{ background: tint(Math.max(0, labels.indexOf(one.label))) }} aria-hidden />
              {one.label}
            </button>
            <IconButton icon={Trash2} size={15} label={`Delete ${one.label}, ${noun} ${at + 1}`} onClick={() => onRemove(at)} />
          </li>
        ))}
      </ul>
      {!things.length && <p className="dr-caption">{kind === "boxes" ? "Draw one on the picture, or press B." : "Draw around it in one go, or click its corners; B puts one in the middle."}</p>}
    </section>
  );
}

/** What can be said of the picture that is shown, by whichever kind of labels the dataset has. */
function useSaying(queue, kind, { chosen, setChosen, fresh, setFresh, nameOne }) {
  const { item, say, go } = queue;
  const said = item ? saidOf(item) : [];
  const placed = kind === "boxes" || kind === "outlines";
  const things = placed ? thingsOf(said) : [];
  const setThings = (next, at) => {
    say(item, next.flatMap(saidOfThing));
    setChosen(at);
  };
  const choose = (label) => {
    if (!item) return;
    if (placed) {
      setFresh(label);
      if (chosen !== null && things[chosen]) setThings(things.map((one, at) => (at === chosen ? labelled(one, label) : one)), chosen);
    } else if (kind === "several") {
      const there = said.some((one) => one.label === label);
      say(item, there ? said.filter((one) => one.label !== label) : [...said, { kind: "classification", label }]);
    } else {
      const own = item.annotations.find((one) => one.label === label);
      say(item, [own || { kind: "classification", label }]);
      go((old) => old + 1);
    }
  };
  const take = () => {
    const guess = item?.guess;
    if (!guess || placed) return;
    if (kind === "several") {
      const rest = said.filter((one) => one.label !== guess.instead_of);
      say(item, guess.label ? [...rest, { kind: "classification", label: guess.label }] : rest);
    } else choose(guess.label);
  };
  const right = () => {
    if (!item) return;
    say(item, said);
    go((old) => old + 1);
  };
  const remove = (at) => setThings(things.filter((_, place) => place !== at), null);
  const add = () => {
    if (!fresh) return nameOne();
    const box = { x: 0.375, y: 0.375, width: 0.25, height: 0.25 };
    const made = kind === "outlines" ? outlined(fresh, [CORNERS.map(([x, y]) => [box.x + x * box.width, box.y + y * box.height])]) : boxed(fresh, box);
    return setThings([...things, made], things.length);
  };
  return { kind, said, placed, things, choose, take, right, remove, add, setThings };
}

function Head({ name, queue, asked, labels, onAsk, onCommit }) {
  const { about, drafts, at } = queue;
  const value = asked.queue === "class" ? `class ${asked.label}` : asked.queue;
  return (
    <header className="dr-bar-top an-head">
      <Link to={`/datasets?name=${name}`} className="dr-icon-button" aria-label={`To the dataset ${name}`}>
        <ArrowLeft size={18} aria-hidden />
      </Link>
      <div className="an-title">
        <h1>Annotate</h1>
        <span className="dr-muted">{about?.version || name}</span>
      </div>
      <select className="dr-input dr-select an-queue" aria-label="Which pictures" value={value} onChange={(event) => onAsk(event.target.value)}>
        {queuesOf(about, labels, asked.report).map(([one, words]) => (
          <option key={one} value={one}>
            {words}
          </option>
        ))}
      </select>
      <div className="an-reached">
        <span>{about && (about.total ? `${count(at + 1)} of ${count(about.total)}` : "none")}</span>
        <Bar value={about?.total ? at + 1 : 0} of={about?.total || 1} label="Pictures reached" />
      </div>
      <span className="an-kept dr-caption" role="status">
        {drafts && (drafts.looked_at ? `${count(drafts.looked_at)} looked at, ${count(drafts.changed)} changed` : "Nothing changed yet")}
      </span>
      <Gated permission="datasets:write" className="dr-button dr-button-main" disabled={!drafts?.looked_at} onClick={onCommit}>
        <GitCommitHorizontal size={16} aria-hidden /> Commit
      </Gated>
    </header>
  );
}

function Labeller({ name, asked, onAsk, onKind }) {
  const queue = useQueue(name, asked, asked.kind);
  const { about, item } = queue;
  const [own, setOwn] = useState([]);
  const [chosen, setChosen] = useState(null);
  const [corner, setCorner] = useState(null); // of the chosen outline: which outline of it, and which corner
  const [pending, setPending] = useState(null); // corners of an outline that is being drawn
  const finishing = useRef(() => {});
  const [committing, setCommitting] = useState(false);
  const stage = useRef(null);
  const search = useRef(null);
  const zooming = useZoom(item?.key, stage, MOST_ZOOM);
  const navigate = useNavigate();
  const labels = useMemo(() => {
    const drawn = queue.items.flatMap((one) => (one.draft?.annotations || []).map((said) => said.label));
    return [...(about?.labels || []), ...new Set([...drawn, ...own].filter((one) => !about?.labels.includes(one)))];
  }, [about, queue.items, own]);
  const [fresh, setFresh] = useState("");
  const kind = about?.kinds.includes(asked.kind) ? asked.kind : about?.kind;
  const nameOne = () => {
    search.current?.focus();
    toast("Name a class first, then draw");
  };
  const saying = useSaying(queue, kind, { chosen, setChosen, fresh: fresh || labels[0] || "", setFresh, nameOne });
  const onCommit = () => queue.settled().then(() => setCommitting(true));
  useKeys({ queue, saying, labels, chosen, setChosen, corner, setCorner, pending, setPending, finish: () => finishing.current(), zooming, search, onCommit });
  useEffect(() => {
    setChosen(null);
    setPending(null);
  }, [item?.key]);
  useEffect(() => setCorner(null), [item?.key, chosen]);
  useEffect(() => {
    if (chosen !== null) stage.current?.querySelector(`[data-box="${chosen}"]`)?.focus({ preventScroll: true });
  }, [chosen]);
  const on = saying.placed ? [saying.things[chosen]?.label || fresh || labels[0]] : saying.said.map((one) => one.label);
  return (
    <>
      <Head name={name} queue={queue} asked={asked} labels={about?.labels || []} onAsk={onAsk} onCommit={onCommit} />
      <div className="an-body">
        {queue.error && !about && <Trouble error={queue.error} onRetry={queue.again} />}
        {!about && !queue.error && <Waiting rows={3} />}
        {about && !item && <Empty queue={asked.queue} about={about} name={name} onLook={() => lookForSuspects(name, queue.again)} />}
        {item && <Stage kind={saying.placed ? kind : ""} item={item} things={saying.things} labels={labels} chosen={chosen} corner={corner} pending={pending} fresh={fresh || labels[0]} stage={stage} zooming={zooming} finishing={finishing} onChoose={setChosen} onThings={saying.setThings} onCorner={setCorner} onPending={setPending} onClassless={nameOne} />}
      </div>
      <aside className="an-side" aria-label="What it shows">
        {item && kind === null && <p className="dr-none">Pairs cannot be changed by hand here.</p>}
        {item && kind && (
          <>
            <p className="an-said">
              <span className="dr-caption">{item.draft ? (item.draft.conflict ? "Others say something else by now" : "You say") : "The version says"}</span>
              <strong>{[...new Set(saying.said.map((one) => one.label))].join(", ") || "nothing"}</strong>
              {item.split && <span className="dr-badge">{item.split}</span>}
            </p>
            <Guess item={item} said={saying.said} kind={kind} onTake={saying.take} />
            <Classes labels={labels} on={on} guess={saying.placed ? "" : item.guess?.label} many={kind === "several"} words={saying.placed ? `Class of ${PLACED[kind][1]}` : "Class of the picture"} search={search} onChoose={saying.choose} onNew={(label) => setOwn((old) => [...old, label])} />
            {saying.placed && <Things kind={kind} things={saying.things} labels={labels} chosen={chosen} onChoose={setChosen} onRemove={saying.remove} onAdd={saying.add} />}
            {about.kinds.length > 1 && <SelectField label="What is said of pictures" options={about.kinds.map((one) => [one, KINDS[one]])} value={kind} onChange={onKind} />}
          </>
        )}
        <footer className="an-ways">
          <IconButton icon={ArrowLeft} label="Previous picture" hint="←" disabled={!item || queue.at === 0} onClick={() => queue.go((old) => old - 1)} />
          <IconButton icon={Undo2} label="Undo" hint="Ctrl Z" disabled={!queue.undoable} onClick={queue.undo} />
          <button type="button" className="dr-button an-right" disabled={!item || !kind} onClick={saying.right}>
            <Check size={16} aria-hidden /> Right <kbd aria-hidden>↵</kbd>
          </button>
          <IconButton icon={ArrowRight} label="Skip to the next picture" hint="→" disabled={!item || queue.at + 1 >= (about?.total || 0)} onClick={() => queue.go((old) => old + 1)} />
        </footer>
      </aside>
      {committing && queue.drafts && <CommitDrafts name={name} drafts={queue.drafts} onClose={() => setCommitting(false)} onDone={(version, relabelled) => (relabelled ? navigate(`/datasets?name=${name}&version=${version}&before=${version - 1}`) : queue.again())} />}
    </>
  );
}

/** Which dataset, where the address names none. */
function Which() {
  const [{ data, error }, look] = useFollow("/datasets?limit=200", ["datasets"]);
  return (
    <LearnPage title="Annotate" lead="Go through the pictures of a dataset, and mend their labels.">
      {error && !data && <Trouble error={error} onRetry={look} />}
      {!data && !error && <Waiting rows={3} />}
      {data?.items.length === 0 && (
        <div className="dr-empty dl-empty">
          <Database size={40} strokeWidth={1.25} aria-hidden />
          <h2>No dataset yet</h2>
          <p>
            <Link to="/datasets">Make one first</Link>.
          </p>
        </div>
      )}
      <ul className="dr-rows dl-rows">
        {data?.items.map((one) => (
          <li key={one.id}>
            <Link to={`/annotate?name=${one.id}`} className="dl-row dl-row-model">
              <span className="dl-row-name">
                <strong>{one.id}</strong>
                <span className="dr-muted">{one.description || plural(one.latest, "version")}</span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </LearnPage>
  );
}

export function Annotate() {
  const [params, setParams] = useSearchParams();
  const name = params.get("name");
  const report = params.get("report") || "";
  const queue = params.get("queue") || "all";
  const label = params.get("label") || "";
  const kind = params.get("as") || "";
  if (!name) return <Which />;
  const ask = (value) => {
    const [which, ...rest] = value.split(" ");
    setParams({ name, queue: which, ...(rest.length && { label: rest.join(" ") }), ...(report && { report }), ...(kind && { as: kind }) }, { replace: true });
  };
  const say = (next) =>
    setParams(
      (old) => {
        const changed = new URLSearchParams(old);
        changed.set("as", next);
        return changed;
      },
      { replace: true },
    );
  return (
    <main className="an-page" id="content" tabIndex={-1}>
      <Labeller key={name} name={name} asked={{ queue, label, report: queue === "wrong" ? report : "", kind }} onAsk={ask} onKind={say} />
    </main>
  );
}
