// The Develop page: what is done to one picture, seen at once.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useLocation, useNavigate, useSearchParams } from "react-router";
import { LayoutGrid, Move } from "lucide-react";
import { toast } from "sonner";
import { fileUrl } from "../api.js";
import { readChosen } from "../batch/developed.js";
import { signs, useShortcuts } from "../hotkeys.js";
import { undoing } from "../offers.js";
import { IconButton, Trouble, useMedia, useStored } from "../ui.jsx";
import { Filmstrip } from "../strip.jsx";
import { useZoom } from "../zoom.js";
import { Apply, queryOf } from "./apply.jsx";
import { Bar } from "./bar.jsx";
import { Likeness, ModeButtons, MODES, useBefore } from "./compare.jsx";
import { Contest } from "./contest.jsx";
import { readClipboard, writeClipboard } from "./drafts.js";
import { added, appended, copied, developed, EMPTY, fromRecipe, keyOf, moved, recipeOf, removed, set, SNAPSHOTS, switched } from "./document.js";
import { Empty } from "./empty.jsx";
import { Variants } from "./grid.jsx";
import { Handles, shownWith } from "./handles.jsx";
import { useMeasured } from "./histogram.jsx";
import { HistoryList } from "./history.jsx";
import { useHistory } from "./kept.js";
import { More } from "./more.jsx";
import { useNeighbours } from "./neighbours.js";
import { Palette } from "./palette.jsx";
import { Panel } from "./panel.jsx";
import { clipping } from "./pixels.js";
import { FINE, PROXY, settledSide, usePreview } from "./preview.js";
import { PresetList, rest, usePresets } from "./presets.jsx";
import { RawRow } from "./raw.jsx";
import { RAW, rawTool } from "./rawfile.js";
import { SavePreset } from "./save.jsx";
import { missingOf } from "./schema.js";
import { SnapshotList, Snapshots } from "./snapshots.jsx";
import { Stack } from "./stack.jsx";
import { FilterList } from "./filters.jsx";
import { StatusLine } from "./status.jsx";
import { useCatalogue, usePictureRecord } from "./store.js";
import { varied } from "./variants.js";
import { useSampler, Viewer } from "./viewer.jsx";

const CLOSER = [[["+"], ["−"]], "Zoom in or out"];
const MOVES = [["ArrowLeft", 80, 0], ["ArrowRight", -80, 0], ["ArrowUp", 0, 80], ["ArrowDown", 0, -80]];
const MOVING = [MOVES.map(([key]) => signs(`Mod+${key}`)), "Move what is zoomed in"];
const BACKDROPS = ["auto", "dark", "grey", "light"];
const NOTHING = JSON.stringify(recipeOf(EMPTY, { bare: true }));

/** Which step an answer of the server is about, and in which field. */
function mistakeOf(problem, doc, keep) {
  if (!problem) return null;
  const { step, field: named, operation } = problem.facts || {};
  const raw = named?.split(".")[0] === RAW;
  const field = raw ? named.slice(RAW.length + 1) : named;
  const key = raw ? RAW : step ? keyOf(doc, step, keep) : (doc.steps.find((one) => one.on && one.name === operation)?.key ?? null);
  const bare = [`${operation}: `, `${field}: `].reduce((words, start) => (words.startsWith(start) ? words.slice(start.length) : words), problem.message.replace(/^draft, (step \d+: )?/, "").replace(/^raw(\.\w+)*: /, ""));
  return { key, field: field?.split(".")[0], also: problem.facts?.fields || [], words: bare.charAt(0).toUpperCase() + bare.slice(1), problem };
}

/** Steps that left the picture as it was, and why, by their keys. */
function leftOf(found, text, doc, keep) {
  if (!found || found.recipe !== text) return {};
  const said = found.notes.map((note) => /^step (\d+) \([^)]*\) (.*)$/.exec(note)).filter(Boolean);
  return Object.fromEntries(said.map(([, step, words]) => [keyOf(doc, Number(step), keep), words.charAt(0).toUpperCase() + words.slice(1)]));
}

/** The handle of the step that is open, if it has one. */
function toolOf(doc, chosen, catalogue, wanted) {
  if (chosen === RAW) return wanted ? rawTool(doc, catalogue.byName) : null;
  const step = wanted && doc.steps.find((one) => one.key === chosen && one.on);
  const handle = step && catalogue.byName[step.name]?.handles[0];
  return handle ? { step, handle, keep: shownWith(doc, step.key, handle, catalogue.byName, step.params) } : null;
}

function GripsButton({ on, onToggle }) {
  return (
    <button type="button" className="dr-button dr-button-small" aria-pressed={on} onClick={onToggle}>
      <Move size={14} aria-hidden /> {on ? "Show the result" : "Adjust on the picture"}
    </button>
  );
}

function useMarks(blob, wanted) {
  const [bitmap, setBitmap] = useState(null);
  useEffect(() => {
    let gone = false;
    if (!wanted || !blob) {
      setBitmap(null);
      return undefined;
    }
    clipping(blob).then((found) => !gone && setBitmap(found.bitmap), () => {});
    return () => {
      gone = true;
    };
  }, [blob, wanted]);
  return bitmap;
}

/** True while a key is held down. */
function useHeld(key) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (!held) return undefined;
    const up = (event) => (!event.key || event.key === key) && setHeld(false);
    addEventListener("keyup", up);
    addEventListener("blur", up);
    return () => {
      removeEventListener("keyup", up);
      removeEventListener("blur", up);
    };
  }, [held, key]);
  return [held, setHeld];
}

function Editor({ id, picture, catalogue, view, ids, chosen: meant, wanted, strip, onStep }) {
  const presets = usePresets();
  const { history, doc, act, jump, clear, snapshots, kept } = useHistory(id);
  const [chosen, setChosen] = useState(null);
  const [palette, setPalette] = useState(false);
  const [tab, setTab] = useStored("develop.tab", "edit");
  const [backdrop, setBackdrop] = useStored("develop.backdrop", "auto");
  const [marks, setMarks] = useState(false);
  const [held, setHeld] = useHeld("\\");
  const [pick, setPick] = useState(null);
  const [colour, setColour] = useState(null);
  const stage = useRef(null);
  const zooming = useZoom(id, stage);
  const phone = useMedia("(max-width: 640px)");
  const navigate = useNavigate();

  const [grips, setGrips] = useState(true);
  const tool = useMemo(() => toolOf(doc, chosen, catalogue, grips), [doc, chosen, catalogue, grips]);
  const whole = useCallback((step) => Boolean(catalogue.byName[step.name]) && !missingOf(catalogue.fields(step.name), step.params), [catalogue]);
  const keep = useCallback((step) => whole(step) && (!tool || tool.keep(step)), [whole, tool]);
  const text = useMemo(() => JSON.stringify(recipeOf(doc, { keep, bare: true })), [doc, keep]);
  const near = zooming.zoom.scale > 1.3;
  const pixels = zooming.zoom.scale * devicePixelRatio * Math.max(stage.current?.clientWidth || 0, stage.current?.clientHeight || 0);
  const preview = usePreview(id, text, { longSide: Math.min(near ? FINE : PROXY, Math.max(64, picture.width, picture.height)), settled: phone && !near ? 0 : settledSide(picture, near ? pixels : 0) });
  const original = usePreview(id, NOTHING, { active: held });
  const { found } = preview;
  useEffect(() => rest(preview.busy), [preview.busy]);
  const [mode, setMode] = useState("single");
  const [split, setSplit] = useState(50);
  const [dialog, setDialog] = useState(null);
  const shownMode = tool ? "single" : mode;
  const before = useBefore({ id, doc, keep, catalogue, mode: shownMode, after: found });
  const measured = useMeasured(found?.blob);
  const clipped = useMarks(found?.blob, marks);
  const sample = useSampler(found?.blob);
  const mistake = useMemo(() => mistakeOf(preview.error, doc, keep), [preview.error, doc, keep]);
  const left = useMemo(() => leftOf(found, text, doc, keep), [found, text, doc, keep]);
  const computing = useMemo(() => new Set(preview.busy ? doc.steps.filter((step) => step.on && keep(step)).slice(preview.from).map((step) => step.key) : []), [preview.busy, preview.from, doc, keep]);
  const titleOf = useCallback((name) => (name === RAW ? "RAW file" : catalogue.byName[name]?.title || name), [catalogue]);
  const isRaw = catalogue.raw.includes(picture.format);
  const nameOf = (key) => titleOf(doc.steps.find((step) => step.key === key)?.name);

  const tools = {
    choose: setChosen,
    toggle: (key) => act((old) => switched(old, key), `${doc.steps.find((step) => step.key === key)?.on ? "Switched off" : "Switched on"} ${nameOf(key)}`),
    move: (key, to) => act((old) => moved(old, key, to), `Moved ${nameOf(key)}`),
    remove: (key) => act((old) => removed(old, key), `Deleted ${nameOf(key)}`),
    copy: (key) => act((old) => copied(old, key), `Duplicated ${nameOf(key)}`),
    set: (key, values, words) => act((old) => (key === RAW ? developed(old, values) : set(old, key, values)), words, `${key}.${Object.keys(values).join()}`),
    develop: (values, words) => tools.set(RAW, values, words),
    plain: () => act((old) => developed(old, Object.fromEntries(Object.keys(old.rest.raw || {}).map((key) => [key, undefined]))), "RAW file as the camera set it"),
  };
  const add = (operation) => {
    setPalette(false);
    setChosen(doc.next);
    setTab("edit");
    act((old) => added(old, operation.name, {}, chosen), `Added ${operation.title}`);
  };
  const usePreset = (preset, append) => {
    const made = fromRecipe(preset.recipe, preset.built_in ? preset.name : `${preset.name}@${preset.version}`);
    setChosen(null);
    act((old) => (append ? { ...appended(old, made), rest: old.rest, base: old.base } : made), `${append ? "Added the steps of" : "Preset"} ${preset.title || preset.name}`);
  };
  /** The steps of a filter as steps of this picture, to be changed and saved again. */
  const stepsOf = (filter) => {
    const made = filter.body.steps.reduce((old, step) => added(old, step.name, step.params), EMPTY);
    setTab("edit");
    setChosen(null);
    act((old) => ({ ...made, rest: old.rest }), `Steps of ${filter.title}`);
  };
  const saved = (preset) => {
    setDialog(null);
    act((old) => ({ ...old, base: `${preset.name}@${preset.version}` }), `Saved as ${preset.name}@${preset.version}`);
    toast.success(`Saved as ${preset.name}@${preset.version}.`);
    presets.look();
  };
  const variants = varied(doc, catalogue).length > 0;
  const ready = recipeOf(doc, { keep: whole }).operations.length > 0 || Boolean(doc.rest.raw);
  // What a preset is judged on: the pictures that it is meant for.
  const all = useMemo(() => (ids.length > 1 ? { ids } : meant?.query ? meant : { query: view ? queryOf(view) : {} }), [ids, meant, view]);
  const keepIt = () => {
    if (history.snapshots.length >= SNAPSHOTS) return toast.info(`There are ${SNAPSHOTS} snapshots already.`, { description: "Remove one in the tab History." });
    snapshots.add();
    return toast.success("Kept as a snapshot.", { description: "The tab History shows them; C compares them." });
  };
  const forget = async () => {
    const back = await clear();
    toast("The history is cleared.", { description: "What is done to the picture stays.", ...undoing(back) });
  };
  const backTo = (one) => {
    setDialog(null);
    setChosen(null);
    act(() => one.doc, one.words);
  };
  const onMode = (next) => (setMode(next), setGrips(next === "single" && grips));
  const copyAll = async () => {
    if (await writeClipboard(doc, picture.name)) toast.success(`Copied what is done to ${picture.name}.`, { description: "Paste it onto another picture." });
  };
  const paste = async () => {
    const found = await readClipboard();
    if (!found) return toast.info("No settings are copied yet.", { description: "Copy those of a picture first, then paste them here." });
    setChosen(null);
    act(() => found.doc, `Pasted from ${found.name}`);
    return toast.success(`Pasted what is done to ${found.name}.`);
  };
  useShortcuts("Develop", [
    { keys: ["/"], words: "Add a step", act: () => setPalette(true) },
    { keys: ["\\"], words: "Original, while held", act: () => setHeld(true) },
    { keys: ["Mod+z"], words: "Undo", act: () => jump((at) => at - 1) },
    { keys: ["Mod+Shift+z", "Mod+y"], words: "Redo", act: () => jump((at) => at + 1) },
    { keys: ["Mod+c"], words: "Copy settings", act: copyAll, unless: () => String(getSelection()) !== "" },
    { keys: ["Mod+v"], words: "Paste settings", act: paste },
    { keys: ["y"], words: "Before and after, by turns", act: () => (setGrips(false), setMode(MODES[(MODES.findIndex(([key]) => key === mode) + 1) % MODES.length][0])) },
    { keys: ["x"], words: "Variants of two values", act: () => variants && setDialog("variants") },
    { keys: ["k"], words: "Keep as a snapshot", act: keepIt },
    { keys: ["c"], words: "Compare the snapshots", act: () => history.snapshots.length && setDialog("snapshots") },
    { keys: ["s"], words: "Save as preset", act: () => ready && setDialog({ save: doc }) },
    { keys: ["Mod+Enter"], words: "Make the pictures", act: () => ready && setDialog("apply") },
    { keys: ["ArrowLeft"], words: "Previous picture", act: () => onStep?.(-1) },
    { keys: ["ArrowRight"], words: "Next picture", act: () => onStep?.(1) },
    { keys: ["j"], words: "Show what is cut off", act: () => setMarks((old) => !old) },
    { keys: ["b"], words: "Background", act: () => setBackdrop(BACKDROPS[(BACKDROPS.indexOf(backdrop) + 1) % BACKDROPS.length]) },
    { keys: ["z"], words: "Zoom", act: () => zooming.to(zooming.zoom.scale > 1 ? 1 : 2.5) },
    { keys: ["+", "="], words: "Zoom in or out", group: CLOSER, move: true, act: () => zooming.to((scale) => scale * 1.4) },
    { keys: ["-"], words: "Zoom in or out", group: CLOSER, move: true, act: () => zooming.to((scale) => scale / 1.4) },
    ...MOVES.map(([key, x, y]) => ({ keys: [`Mod+${key}`], words: MOVING[1], group: MOVING, move: true, off: zooming.zoom.scale <= 1, act: () => zooming.by(x, y) })),
    { keys: ["Escape"], words: "Back to the gallery", act: () => (pick ? setPick(null) : navigate(`/?${view ? `${view}&` : ""}image=${id}`)) },
  ]);
  const grip = <GripsButton on={grips} onToggle={() => setGrips(!grips)} />;
  const raw = (isRaw || doc.rest.raw) && <RawRow doc={doc} fields={catalogue.fields(RAW)} picture={picture} idle={!isRaw} chosen={chosen === RAW} error={mistake?.key === RAW ? mistake : null} computing={preview.busy && preview.from === 0} tools={tools} extra={rawTool(doc, catalogue.byName) && grip} />;
  const onHover = (x, y, inside) => setColour(inside ? sample(x, y) : null);
  const onClick = (x, y) => {
    const found = pick && sample(x, y);
    if (!found) return;
    pick(`#${found.map((value) => value.toString(16).padStart(2, "0")).join("")}`);
    setPick(null);
  };
  return (
    <div className="dv-page">
      <Bar picture={picture} history={history} onUndo={() => jump((at) => at - 1)} onRedo={() => jump((at) => at + 1)} onHold={setHeld} held={held} onCopy={copyAll} onPaste={paste} onBack={() => navigate(`/?${view ? `${view}&` : ""}image=${id}`)} ready={ready} onSave={() => setDialog({ save: doc })} onApply={() => setDialog("apply")} more={<More mode={shownMode} onMode={onMode} items={[["Save as preset", () => setDialog({ save: doc }), !ready], ["Variants", () => setDialog("variants"), !variants], ["Keep as a snapshot", keepIt], ["Compare the snapshots", () => setDialog("snapshots"), !history.snapshots.length], ["Copy settings", copyAll], ["Paste settings", paste]]} />}>
        <ModeButtons mode={shownMode} onMode={onMode} />
        <IconButton icon={LayoutGrid} size={17} label="Variants" hint="X" className="dr-desk-only" disabled={!variants} onClick={() => setDialog("variants")} />
      </Bar>
      <main className="dv-main" id="content" tabIndex={-1}>
        <h1 className="dr-hidden">Develop {picture.name}</h1>
        <Viewer
          name={picture.name}
          waiting={fileUrl(id, "preview")}
          after={preview.url}
          original={held ? original.url || fileUrl(id, "preview") : null}
          ratio={found ? found.width / found.height : picture.width / picture.height}
          beforeRatio={picture.width / picture.height}
          before={before.url}
          heat={before.found?.bitmap}
          mode={shownMode}
          split={split}
          onSplit={setSplit}
          marks={clipped}
          zooming={zooming}
          stage={stage}
          backdrop={backdrop}
          picking={Boolean(pick)}
          onHover={onHover}
          onClick={onClick}
          stale={Boolean(preview.error)}
          overlay={
            tool && !pick && (
              <Handles
                key={tool.step.key}
                handle={tool.handle}
                params={tool.step.params}
                fields={catalogue.fields(tool.step.name)}
                ratio={found ? found.width / found.height : 1}
                onSet={(values) => tools.set(tool.step.key, values, `${titleOf(tool.step.name)}: on the picture`)}
              />
            )
          }
        />
        <StatusLine preview={preview} steps={doc.steps.filter((step) => step.on && keep(step))} titleOf={titleOf} zoom={zooming.zoom.scale} colour={colour} picking={Boolean(pick)} mistake={mistake} kept={kept} likeness={<Likeness found={before.found} />} />
        {strip}
      </main>
      <Panel measured={measured} marks={marks} onMarks={() => setMarks(!marks)} tab={tab} onTab={setTab} count={doc.steps.length}>
        {tab === "history" ? (
          <HistoryList history={history} onJump={jump} onOver={() => act(() => EMPTY, "Started over")} onClear={forget}>
            <SnapshotList history={history} snapshots={snapshots} onKeep={keepIt} onUse={backTo} onCompare={() => setDialog("snapshots")} />
          </HistoryList>
        ) : tab === "presets" ? (
          <PresetList id={id} presets={presets} base={doc.base} titleOfStep={titleOf} selection={all} onUse={usePreset}>
            <FilterList onAdd={(one) => add({ name: `user/${one.name}`, title: one.title })} onSteps={stepsOf} />
          </PresetList>
        ) : (
          <Stack doc={doc} catalogue={catalogue} chosen={chosen} error={mistake} left={left} computing={computing} tools={tools} onAdd={() => setPalette(true)} before={raw} extraOf={(step, operation) => operation?.handles.length > 0 && grip} onPick={(take) => setPick(() => take)} />
        )}
      </Panel>
      {dialog === "variants" && <Variants id={id} doc={doc} catalogue={catalogue} keep={whole} onClose={() => setDialog(null)} onUse={(next, words) => (setDialog(null), act(() => next, words))} onSave={(next) => setDialog({ save: next })} />}
      {dialog === "snapshots" && <Snapshots id={id} doc={doc} history={history} keep={whole} onClose={() => setDialog(null)} onUse={backTo} onSave={(next) => setDialog({ save: next })} />}
      {dialog?.save && <SavePreset id={id} doc={dialog.save} presets={presets} catalogue={catalogue} keep={whole} selection={all} onClose={() => setDialog(null)} onSaved={saved} onJudged={(contest) => setDialog({ contest })} onFilter={(one) => (setDialog(null), toast.success(`${one.title} is an operation now.`, { description: "Add it as a step with /." }))} />}
      {dialog?.contest && <Contest contest={dialog.contest} onPromoted={presets.look} onClose={() => setDialog(null)} />}
      {dialog === "apply" && <Apply id={id} doc={doc} keep={whole} ids={ids} view={view} chosen={meant} wanted={wanted} onRest={(rest) => act((old) => ({ ...old, rest }), "Changed how it is written", "rest")} onClose={() => setDialog(null)} />}
      {palette && <Palette operations={catalogue.items} categories={catalogue.categories} onAdd={add} onClose={() => setPalette(false)} />}
    </div>
  );
}

export function Develop() {
  const [params] = useSearchParams();
  const { hash } = useLocation();
  const navigate = useNavigate();
  const view = params.get("view");
  const scope = params.get("scope");
  const chosen = useMemo(() => readChosen(params, hash), [scope, hash, view]);
  const ids = useMemo(() => chosen?.ids || (params.get("ids") || "").split(",").filter(Boolean), [params, chosen]);
  const id = params.get("image") || ids[0] || null;
  const catalogue = useCatalogue();
  const { picture, error } = usePictureRecord(id);
  const neighbours = useNeighbours(id, { view, ids, start: Number(params.get("at") ?? -1) });
  const open = (item, at) => {
    const changed = new URLSearchParams(params);
    changed.set("image", item.id);
    if (at !== undefined) changed.set("at", at);
    navigate({ search: `?${changed}`, hash }, { replace: at !== undefined });
  };
  if (!id) return <Empty onChoose={open} />;
  const trouble = error || catalogue.error;
  if (trouble) {
    return (
      <main className="dv-main dv-trouble" id="content" tabIndex={-1}>
        <Trouble error={trouble} onRetry={error ? undefined : catalogue.again} />
        <a className="dr-button" href="/develop">
          Choose another picture
        </a>
      </main>
    );
  }
  const known = picture || (neighbours?.item?.id === id ? neighbours.item : null);
  if (!known || !catalogue.ready) return <div className="dv-page dv-page-wait" aria-busy="true" />;
  const goTo = (at) => {
    const item = neighbours.source.at(at);
    if (item && item.id !== id) open(item, at);
  };
  const strip = neighbours && neighbours.position >= 0 && neighbours.source.total > 1 && <Filmstrip source={neighbours.source} position={neighbours.position} onMove={goTo} />;
  return <Editor key={id} id={id} picture={known} catalogue={catalogue} view={view} ids={ids} chosen={chosen} wanted={scope} strip={strip} onStep={neighbours?.position >= 0 ? (by) => goTo(neighbours.position + by) : null} />;
}
