// What is done with the pictures chosen: the bar under them, and the keys.

import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { Flag, FolderMinus, FolderPlus, Heart, PencilLine, Plus, ScanSearch, Star, Tag, Trash2, X } from "lucide-react";
import { Popover } from "@radix-ui/themes";
import { toast } from "sonner";
import { request } from "./api.js";
import { Ask } from "./batch/ask.jsx";
import { BatchDialog, BatchTools } from "./batch/batch.jsx";
import { AT_ONCE, change, undo } from "./bulk.js";
import { useCollections, useFillable } from "./collections.js";
import { Labels } from "./describe.jsx";
import { count, plural } from "./format.js";
import { Gated, complain } from "./forms.jsx";
import { refusal } from "./me.js";
import { MetadataDialog } from "./metadata/metadata.jsx";
import { Rating } from "./rating.jsx";
import { Selection } from "./selection.js";
import { SimilarDialog } from "./similar.jsx";
import { giveFocus } from "./ui.jsx";

const FAR = 10_000; // pictures that can be named one by one; of more, the whole view is chosen
const EDIT = "images:edit";
const TRASH = "trash:write";

/** The selection of a view, and what clicks, keys and rectangles do to it. */
export function useChoosing(source, query, onActive) {
  const selection = useMemo(() => new Selection(), []);
  const anchor = useRef(-1);
  useEffect(() => {
    // "All" means all of the view that was seen.
    if (selection.all && selection.query !== query) selection.clear();
    anchor.current = -1;
  }, [selection, query]);

  const take = useCallback(
    async (runs, more) => {
      if (runs.reduce((sum, [from, to]) => sum + to - from + 1, 0) > FAR) {
        toast.error("That is too much for one range", { description: "Narrow the view by filters, then choose all of it." });
        return;
      }
      try {
        const ids = (await Promise.all(runs.map(([from, to]) => source.ids(from, to)))).flat();
        if (more) selection.set(ids);
        else selection.only(ids);
      } catch (problem) {
        complain(problem);
      }
    },
    [selection, source],
  );

  const onPick = useCallback(
    (position, how) => {
      const item = source.at(position);
      if (how === "range" && anchor.current >= 0) {
        take([[Math.min(anchor.current, position), Math.max(anchor.current, position)]], true);
      } else if (item) {
        selection.toggle(item.id);
        anchor.current = position;
      }
      onActive(position);
    },
    [selection, source, take, onActive],
  );
  return { selection, onPick, onSweep: take };
}

/** Acts on the picture that is open, else on those chosen, else on the one that has the focus; many are shown first. */
export function useActing(source, selection, active, image, onGone) {
  const [asking, setAsking] = useState(null);
  const [open, setOpen] = useState("");
  const [describing, setDescribing] = useState(null);
  const [batch, setBatch] = useState(null);

  const one = (id) => ({ selection: { ids: [id] }, total: 1, isIn: (other) => other === id });
  const target = () => {
    if (image) return one(image);
    if (selection.count(source.total)) return { selection: selection.describe(), total: selection.count(source.total), isIn: (id) => selection.has(id) };
    const item = source.at(active);
    return item && one(item.id);
  };
  const run = async (goal, action, words, shown, expected) => {
    if (shown) source.patch(goal.isIn, shown);
    try {
      const work = await change(goal.selection, action, words, expected);
      if (action.type !== "edit") selection.clear();
      return work;
    } catch (problem) {
      complain(problem);
      return undefined;
    } finally {
      source.reload();
    }
  };
  /** `shown(item)` is what the grid shows until the server has answered. */
  const act = (action, words, shown) => {
    const why = refusal(action.type === "trash" ? TRASH : EDIT);
    const goal = target();
    if (why) toast.error("You may not do this", { description: why });
    else if (!goal) toast("Choose a picture first.");
    else if (goal.total > AT_ONCE) setAsking({ goal, action, words, shown });
    else run(goal, action, words, shown);
  };
  const edit = (change, words, shown = () => change) => act({ type: "edit", edit: change }, words, shown);
  return {
    asking,
    describing,
    /** Opens the form for what is meant; closes it without a change. */
    describe: () => setDescribing(target() || null),
    leave: () => setDescribing(null),
    /** What is meant is taken into a dataset, a recipe or a file, by a dialog that asks first. */
    batch,
    begin: (kind, more) => {
      const goal = target();
      if (goal || more) setBatch({ kind, goal, ...more });
    },
    end: () => setBatch(null),
    described: (edit, expected) => {
      const plain = Object.fromEntries(["title", "rating", "favourite"].filter((name) => name in edit).map((name) => [name, edit[name]]));
      run(describing, { type: "edit", edit }, "changed", () => ("label" in edit ? { ...plain, label: edit.label === "none" ? null : edit.label } : plain), expected);
      setDescribing(null);
    },
    open,
    setOpen,
    answer: (found) => {
      if (found) run(asking.goal, asking.action, asking.words, asking.shown, found.count);
      setAsking(null);
    },
    rate: (rating) => edit({ rating }, rating ? `rated ${plural(rating, "star")}` : "without a rating"),
    favourite: (on) => edit({ favourite: on }, on ? "marked as favourite" : "no longer marked as favourite"),
    label: (label) => edit({ label: label || "none" }, label ? `labelled ${label}` : "without a label", () => ({ label })),
    tag: (tag) => edit({ add_tags: [tag] }, `tagged ${tag}`, (item) => ({ tags: [...new Set([...item.tags, tag])].sort() })),
    untag: (tag) => edit({ remove_tags: [tag] }, `no longer tagged ${tag}`, (item) => ({ tags: item.tags.filter((one) => one !== tag) })),
    uncollect: (collection) => edit({ remove_from: [collection.id] }, `taken out of ${collection.name}`, () => ({})),
    collect: (collection) => edit({ add_to: [collection.id] }, `added to ${collection.name}`, () => ({})),
    /** Of near duplicates those with a better one beside them go to the trash. */
    keepBest: (query, total) => {
      const why = refusal(TRASH);
      const goal = { selection: { query }, total, isIn: () => false };
      if (why) toast.error("You may not do this", { description: why });
      else if (total > AT_ONCE) setAsking({ goal, action: { type: "keep_best" }, words: "looked at, the worse ones moved to the trash" });
      else run(goal, { type: "keep_best" }, "moved to the trash");
    },
    trash: () => {
      if (image && !refusal(TRASH)) onGone();
      act({ type: "trash" }, "moved to the trash");
    },
    isFavourite: () => {
      const goal = target();
      return Boolean(goal && source.items(goal.isIn).every((item) => item.favourite));
    },
  };
}

const LABELS = ["red", "yellow", "green", "blue"];
const STARS = [[["1 – 5"]], "Rate, 0 for none"];
const COLOURS = [[["6 – 9"]], "Label red, yellow, green, blue"];

/** Keys of whoever sorts pictures: those for the picture that is open, too. */
export const sortingKeys = (acting, onPick, position) => [
  { keys: ["x"], words: "Choose the picture", off: position < 0, act: () => onPick(position, "toggle") },
  ...[1, 2, 3, 4, 5, 0].map((rating) => ({ keys: [String(rating)], words: rating ? `Rate ${plural(rating, "star")}` : "No rating", group: STARS, act: () => acting.rate(rating) })),
  ...LABELS.map((label, at) => ({ keys: [String(6 + at)], words: `Label ${label}`, group: COLOURS, act: () => acting.label(label) })),
  { keys: ["f"], words: "Favourite, or no longer", act: () => acting.favourite(!acting.isFavourite()) },
  { keys: ["Delete"], words: "Move to the trash", act: () => acting.trash() },
];

const BATCH = [
  ["s", "dataset", "Add those chosen to a dataset", "datasets:write"],
  ["r", "recipe", "Run a recipe on those chosen", "renditions:write"],
  ["o", "export", "Export those chosen", "images:read"],
];

/** Keys for many pictures, beside those of moving and opening. */
export const choosingKeys = (acting, selection, source, query) => [
  { keys: ["Mod+a"], words: "Choose all of the view", off: !source.total, act: () => selection.everything(query) },
  { keys: ["t"], words: "Tag those chosen", off: () => !selection.count(source.total), act: () => acting.setOpen("tag") },
  { keys: ["c"], words: "Add those chosen to a collection", off: () => !selection.count(source.total), act: () => acting.setOpen("collect") },
  { keys: ["e"], words: "Edit metadata of those chosen", off: () => !selection.count(source.total) || Boolean(refusal(EDIT)), act: () => acting.describe() },
  ...BATCH.map(([key, kind, words, permission]) => ({ keys: [key], words, off: () => !selection.count(source.total) || Boolean(refusal(permission)), act: () => acting.begin(kind) })),
  { keys: ["Mod+z"], words: "Take the last change back", act: () => undo() },
];

function Choice({ name, hint, icon: Icon, acting, width = 260, plain, children }) {
  const key = name.toLowerCase();
  const open = acting.open === key;
  const was = useRef(false);
  const before = useRef(null);
  // Taken now: once it is there, its field has the focus.
  if (open && !was.current) before.current = document.activeElement;
  was.current = open;
  // A key opens it as well as its button: the focus goes back to where it was, to the pictures where that was nowhere.
  const giveBack = (event) => {
    event.preventDefault();
    giveFocus(before.current === document.body ? document.querySelector(".dr-grid") : before.current);
  };
  return (
    <Popover.Root open={open} onOpenChange={(open) => acting.setOpen(open ? key : "")}>
      <Popover.Trigger>
        <Gated permission={EDIT} className={`dr-chosen-tool${plain ? " dr-chosen-plain" : ""}`} title={hint ? `${name} · ${hint}` : name} onClick={() => acting.setOpen(key)}>
          <Icon size={17} strokeWidth={1.75} aria-hidden />
          <span>{name}</span>
        </Gated>
      </Popover.Trigger>
      <Popover.Content side="top" align="center" width={`${width}px`} className="dr-popover" aria-label={name} onCloseAutoFocus={giveBack}>
        {children(() => acting.setOpen(""))}
      </Popover.Content>
    </Popover.Root>
  );
}

/** A name to type, with those known that fit it. */
export function Names({ known, placeholder, verb, onChoose, onRemove }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const clean = text.trim().replace(/\s*\/\s*/g, "/").replace(/^\/+|\/+$/g, "");
  const fitting = known.filter((one) => one.name.toLowerCase().includes(clean.toLowerCase())).slice(0, 7);
  const exact = known.some((one) => one.name.toLowerCase() === clean.toLowerCase());
  const rows = [...fitting, ...(clean && !exact ? [{ name: clean, fresh: true }] : [])];
  const chosen = Math.min(at, rows.length - 1);
  const onKeyDown = (event) => {
    if (event.key === "ArrowDown") setAt(Math.min(chosen + 1, rows.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(0, chosen - 1));
    else if (event.key === "Enter" && event.shiftKey && onRemove && rows[chosen] && !rows[chosen].fresh) onRemove(rows[chosen]);
    else if (event.key === "Enter" && rows[chosen]) onChoose(rows[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <div className="dr-names">
      <input
        className="dr-input dr-input-small"
        role="combobox"
        aria-expanded={rows.length > 0}
        aria-controls="dr-names-list"
        aria-activedescendant={rows.length ? `dr-name-${chosen}` : undefined}
        aria-label={placeholder}
        placeholder={placeholder}
        maxLength={120}
        autoFocus
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id="dr-names-list" role="listbox" aria-label={placeholder}>
        {rows.map((one, row) => (
          <li key={one.fresh ? "fresh" : one.id || one.name} id={`dr-name-${row}`} role="option" aria-selected={row === chosen} className={row === chosen ? "dr-name-on" : ""} onClick={() => onChoose(one)} onPointerMove={() => setAt(row)}>
            {one.fresh ? <Plus size={14} aria-hidden /> : null}
            <span>{one.fresh ? `${verb} “${one.name}”` : one.name}</span>
            {one.count !== undefined && <small>{count(one.count)}</small>}
            {onRemove && !one.fresh && (
              <i
                className="dr-name-off"
                aria-hidden
                title={`Take ${one.name} off`}
                onClick={(event) => {
                  event.stopPropagation();
                  onRemove(one);
                }}
              >
                <X size={13} />
              </i>
            )}
          </li>
        ))}
      </ul>
      {!rows.length && <p className="dr-caption">Type a name.</p>}
      {onRemove && fitting.length > 0 && <p className="dr-caption">Enter puts it on, Shift and Enter takes it off.</p>}
    </div>
  );
}

export function ChosenBar({ selection, source, onOpen, total, query, view, facets, acting }) {
  useSyncExternalStore(selection.subscribe, selection.snapshot, selection.snapshot);
  const all = useCollections();
  const collections = useFillable(all);
  const here = (all || []).find((one) => one.id === view.collection && one.kind === "manual" && one.may_change);
  const chosen = selection.count(total);
  const [like, setLike] = useState(null);
  const tags = useMemo(() => (facets?.tag || []).map((one) => ({ name: one.value, count: one.count })), [facets]);
  const collect = async (one, close) => {
    close();
    try {
      acting.collect(one.fresh ? await request("/collections", { method: "POST", body: { name: one.name } }) : one);
    } catch (problem) {
      complain(problem);
    }
  };
  return (
    <>
      {chosen > 0 && (
        <div className="dr-chosen" role="toolbar" aria-label="Chosen pictures">
          <button type="button" className="dr-icon-button" aria-label="Choose none" title="Choose none · Esc" onClick={() => selection.clear()}>
            <X size={17} aria-hidden />
          </button>
          <strong role="status">{count(chosen)} chosen</strong>
          {chosen < total && (
            <button type="button" className="dr-link" onClick={() => selection.everything(query)}>
              All {count(total)}
            </button>
          )}
          <div className="dr-chosen-tools">
            <i className="dr-chosen-line" aria-hidden />
            <Choice plain name="Tag" hint="T" icon={Tag} acting={acting}>
              {(close) => <Names known={tags} placeholder="Add a tag" verb="New tag" onChoose={(one) => (close(), acting.tag(one.name))} onRemove={(one) => (close(), acting.untag(one.name))} />}
            </Choice>
            <Choice plain name="Rate" hint="1 – 5" icon={Star} acting={acting} width={230}>
              {(close) => (
                <div className="dr-rate">
                  <Rating large onRate={(stars) => (close(), acting.rate(stars))} />
                  <button type="button" className="dr-link" onClick={() => (close(), acting.rate(0))}>
                    None
                  </button>
                </div>
              )}
            </Choice>
            <Choice plain name="Label" hint="6 – 9" icon={Flag} acting={acting} width={230}>
              {(close) => (
                <div className="dr-rate">
                  <Labels onChoose={(label) => (close(), acting.label(label))} />
                  <button type="button" className="dr-link" onClick={() => (close(), acting.label(null))}>
                    None
                  </button>
                </div>
              )}
            </Choice>
            <Gated permission={EDIT} className="dr-chosen-tool dr-chosen-plain" title="Favourite · F" onClick={() => acting.favourite(!acting.isFavourite())}>
              <Heart size={17} strokeWidth={1.75} aria-hidden />
              <span>Favourite</span>
            </Gated>
            <Choice plain name="Collect" hint="C" icon={FolderPlus} acting={acting}>
              {(close) => <Names known={collections} placeholder="Add to a collection" verb="New collection" onChoose={(one) => collect(one, close)} />}
            </Choice>
            {here && (
              <Gated permission={EDIT} className="dr-chosen-tool" title={`Take out of ${here.name}`} onClick={() => acting.uncollect(here)}>
                <FolderMinus size={17} strokeWidth={1.75} aria-hidden />
                <span>Take out</span>
              </Gated>
            )}
            <Gated permission={EDIT} className="dr-chosen-tool" title="Edit metadata · E" onClick={acting.describe}>
              <PencilLine size={17} strokeWidth={1.75} aria-hidden />
              <span>Metadata</span>
            </Gated>
            {!selection.all && chosen === 1 && (
              <button type="button" className="dr-chosen-tool" title="More like this" onClick={() => setLike([...selection.ids][0])}>
                <ScanSearch size={17} strokeWidth={1.75} aria-hidden />
                <span>Similar</span>
              </button>
            )}
            <i className="dr-chosen-line" aria-hidden />
            <BatchTools acting={acting} selection={selection} source={source} />
            <i className="dr-chosen-line" aria-hidden />
            <Gated permission={TRASH} className="dr-chosen-tool dr-chosen-plain" title="Move to the trash · Delete" onClick={acting.trash}>
              <Trash2 size={17} strokeWidth={1.75} aria-hidden />
              <span>Trash</span>
            </Gated>
          </div>
        </div>
      )}
      {acting.describing && <MetadataDialog goal={acting.describing} onClose={acting.leave} onChange={acting.described} />}
      {like && <SimilarDialog id={like} name="the chosen one" onClose={() => setLike(null)} onChoose={(ids) => selection.only(ids)} />}
      {acting.batch && <BatchDialog acting={acting} onOpen={onOpen} onRated={(id, rating) => source.patch((one) => one === id, () => ({ rating }))} />}
      {acting.asking && <Ask asking={acting.asking} onAnswer={acting.answer} />}
    </>
  );
}
