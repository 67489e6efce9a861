// The page of tags: all of them as a tree, counted; renamed, joined, coloured and taken away here.

import { useCallback, useEffect, useMemo, useState } from "react";
import { ChevronRight, Merge, Palette, Pencil, Tags as TagsIcon, Trash2 } from "lucide-react";
import { Link, useNavigate } from "react-router";
import { request } from "./api.js";
import { changing, offerAct, undo } from "./bulk.js";
import { count, plural } from "./format.js";
import { Confirm, Dialog, FormError, TextField, complain, useAct } from "./forms.jsx";
import { useShortcuts } from "./hotkeys.js";
import { useLive } from "./live.js";
import { useRefusal } from "./me.js";
import { OrganisePage } from "./organise.jsx";
import { flatTags, joined } from "./tags.js";
import { Trouble } from "./ui.jsx";

const COLOURS = ["#d84848", "#e08a2b", "#d8b52b", "#4c9f58", "#2f9c9c", "#3f78c8", "#7d55c0", "#c85a9a", "#8a8a8a"];

/** The tree of tags, read again whenever one changes. */
function useTree() {
  const [state, setState] = useState({ tags: null, error: null });
  const read = useCallback(() => request("/tags").then((tree) => setState({ tags: flatTags(tree.items), error: null }), (error) => setState((old) => ({ ...old, error }))), []);
  useEffect(() => void read(), [read]);
  useLive((event) => /^(tags|images|resync|hello)/.test(event.type) && read());
  return [state, read];
}

/** Asks for another name; one that is there already is joined, and that is said before. */
function Rename({ tag, tags, onClose, onDone }) {
  const [to, setTo] = useState(tag.tag);
  const { busy, error, run } = useAct();
  const name = to.trim().replace(/^\/+|\/+$/g, "");
  const other = joined(tags, tag.tag, name);
  const save = async (event) => {
    event.preventDefault();
    const began = await run(() => request("/tags/rename", { method: "POST", body: { tag: tag.tag, to: name, merge: Boolean(other) } }));
    if (!began) return;
    onClose();
    onDone(began, other ? `joined with ${name}` : `renamed to ${name}`);
  };
  return (
    <Dialog title={`Rename ${tag.tag}`} onClose={onClose}>
      <form onSubmit={save}>
        <TextField label="Name" required maxLength={120} value={to} spellCheck={false} list="dr-all-tags" hint={tag.children.length ? "The tags below go along. Levels are parted by /." : "Levels are parted by /."} onChange={(event) => setTo(event.target.value)} />
        <datalist id="dr-all-tags">
          {tags.map((one) => (
            <option key={one.tag} value={one.tag} />
          ))}
        </datalist>
        <p className="dr-caption" role="status">
          {other ? `${other.tag} is there already, on ${plural(other.count, "picture")}: the two become one.` : `On ${plural(tag.count, "picture")}.`}
        </p>
        <FormError error={error} />
        <footer className="dr-dialog-foot">
          <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="dr-button dr-button-main" disabled={busy || !name || name === tag.tag}>
            {other && <Merge size={15} aria-hidden />} {other ? "Join" : "Rename"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function Colour({ tag, onClose, onDone }) {
  const { busy, error, run } = useAct();
  const give = (colour) => request("/tags/colour", { method: "POST", body: { tag: tag.tag, colour } });
  const choose = async (colour) => {
    if (await run(() => give(colour))) {
      onDone();
      onClose();
      if (colour !== tag.colour) offerAct(`${tag.tag} ${colour ? "has another colour" : "has no colour now"}`, () => give(tag.colour).then(onDone), `${tag.tag} looks as before`);
    }
  };
  return (
    <Dialog title={`Colour of ${tag.tag}`} onClose={onClose}>
      <div className="dr-swatches" role="group" aria-label="Colours">
        {COLOURS.map((colour) => (
          <button key={colour} type="button" className="dr-swatch" style={{ "--swatch": colour }} aria-pressed={tag.colour === colour} aria-label={colour} disabled={busy} onClick={() => choose(colour)} />
        ))}
      </div>
      <FormError error={error} />
      <footer className="dr-dialog-foot">
        <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
          Cancel
        </button>
        <button type="button" className="dr-button" disabled={busy || !tag.colour} onClick={() => choose(null)}>
          No colour
        </button>
      </footer>
    </Dialog>
  );
}

function Row({ tag, closed, largest, readOnly, onToggle, onAsk }) {
  const open = !closed.has(tag.tag);
  const act = (what, Icon, label) => (
    <button type="button" className="dr-icon-button" aria-label={`${label} ${tag.tag}`} title={label} disabled={readOnly} onClick={() => onAsk(what, tag)}>
      <Icon size={15} strokeWidth={1.75} aria-hidden />
    </button>
  );
  return (
    <li className="dr-tag-line" data-tag={tag.tag} style={{ paddingLeft: 6 + tag.depth * 22 }}>
      {tag.children.length ? (
        <button type="button" className="dr-icon-button dr-tag-fold" aria-expanded={open} aria-label={`Tags below ${tag.tag}`} onClick={() => onToggle(tag.tag)}>
          <ChevronRight size={15} aria-hidden />
        </button>
      ) : (
        <span className="dr-tag-fold" aria-hidden />
      )}
      <Link to={`/?tag=${encodeURIComponent(tag.tag)}`} className="dr-tag-name" aria-label={`${tag.tag}, ${plural(tag.count, "picture")}`}>
        <i className="dr-tag-dot" style={tag.colour ? { background: tag.colour } : undefined} aria-hidden />
        <strong>{tag.name}</strong>
        <span className="dr-tag-share" aria-hidden>
          <i style={{ width: `${(tag.count / largest) * 100}%` }} />
        </span>
        <span className="dr-tag-count">{count(tag.count)}</span>
      </Link>
      <span className="dr-tag-acts">
        {act("rename", Pencil, "Rename or join")}
        {act("colour", Palette, "Colour")}
        {act("remove", Trash2, "Take away")}
      </span>
    </li>
  );
}

export function Tags() {
  const [{ tags, error }, read] = useTree();
  const navigate = useNavigate();
  const refused = useRefusal("tags:write");
  const [words, setWords] = useState("");
  const [closed, setClosed] = useState(() => new Set());
  const [asked, setAsked] = useState(null);
  const toggle = (tag) =>
    setClosed((old) => {
      const next = new Set(old);
      if (!next.delete(tag)) next.add(tag);
      return next;
    });
  const shown = useMemo(() => {
    if (!tags) return [];
    const wanted = words.trim().toLowerCase();
    if (wanted) return tags.filter((one) => one.tag.toLowerCase().includes(wanted));
    return tags.filter((one) => ![...closed].some((above) => one.tag.startsWith(`${above}/`)));
  }, [tags, words, closed]);
  const focused = () => shown.find((one) => one.tag === document.activeElement?.closest("[data-tag]")?.dataset.tag);
  const step = (by) => {
    const links = [...document.querySelectorAll(".dr-tag-line .dr-tag-name")];
    const at = links.indexOf(document.activeElement?.closest("[data-tag]")?.querySelector(".dr-tag-name"));
    links[Math.max(0, Math.min(links.length - 1, at + by))]?.focus();
  };
  const ask = (what) => {
    const tag = focused();
    if (tag && !refused) setAsked({ what, tag });
  };
  useShortcuts("Tags", [
    { keys: ["ArrowDown", "j"], words: "Next tag", move: true, act: () => step(1) },
    { keys: ["ArrowUp", "k"], words: "Tag before", move: true, act: () => step(-1) },
    { keys: ["F2", "r"], words: "Rename or join the tag", off: Boolean(refused), act: () => ask("rename") },
    { keys: ["l"], words: "Colour the tag", off: Boolean(refused), act: () => ask("colour") },
    { keys: ["Delete"], words: "Take the tag away", off: Boolean(refused), act: () => ask("remove") },
    { keys: ["Mod+z"], words: "Take the last change back", off: Boolean(refused), act: () => undo().then(read) },
  ]);
  const after = (began, said) => changing(began, said).then(read, complain);
  const remove = async () => {
    const { tag } = asked.tag;
    const began = await request("/tags/delete", { method: "POST", body: { tag } });
    after(began, `no longer tagged ${tag}`);
  };
  const largest = Math.max(1, ...(tags || []).map((one) => one.count));
  return (
    <OrganisePage title="Tags">
      {error && <Trouble error={error} />}
      {!tags && !error && (
        <ul className="dr-tag-list" aria-hidden>
          {[60, 45, 70, 52, 38].map((width) => (
            <li key={width} className="dr-tag-line">
              <i className="dr-skeleton" style={{ width: `${width}%`, height: 18 }} />
            </li>
          ))}
        </ul>
      )}
      {tags?.length === 0 && (
        <div className="dr-empty">
          <TagsIcon size={40} strokeWidth={1.25} aria-hidden />
          <h2>No tag yet</h2>
          <p>Choose pictures in the gallery and press T. Folders of the inbox become tags too, and a tag like places/oslo lies below places.</p>
          <button type="button" className="dr-button" onClick={() => navigate("/")}>
            To the gallery
          </button>
        </div>
      )}
      {tags?.length > 0 && (
        <>
          <div className="dr-tag-find">
            <input className="dr-input" type="search" aria-label="Find a tag" placeholder={`Find in ${count(tags.length)} tags`} value={words} onChange={(event) => setWords(event.target.value)} />
          </div>
          <ul className="dr-tag-list" aria-label="Tags">
            {shown.map((one) => (
              <Row key={one.tag} tag={words ? { ...one, depth: 0, name: one.tag } : one} closed={closed} largest={largest} readOnly={Boolean(refused)} onToggle={toggle} onAsk={(what, tag) => setAsked({ what, tag: tags.find((other) => other.tag === tag.tag) })} />
            ))}
          </ul>
          {!shown.length && (
            <p className="dr-muted" role="status">
              No tag is called that.
            </p>
          )}
        </>
      )}
      {asked?.what === "rename" && <Rename tag={asked.tag} tags={tags} onClose={() => setAsked(null)} onDone={after} />}
      {asked?.what === "colour" && <Colour tag={asked.tag} onClose={() => setAsked(null)} onDone={read} />}
      {asked?.what === "remove" && <Confirm title={`Take ${asked.tag.tag} away?`} words={`It is taken off ${plural(asked.tag.count, "picture")}${asked.tag.children.length ? ", with all tags below it" : ""}. The pictures stay, and it can be undone.`} verb="Take away" onClose={() => setAsked(null)} onConfirm={remove} />}
    </OrganisePage>
  );
}
