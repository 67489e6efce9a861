// The gallery: search, filters, grid and lightbox. Its view is the page's address.

import { Suspense, lazy, startTransition, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ArrowUp, FolderInput, ImagePlus, Maximize, Minimize, SlidersHorizontal, Upload } from "lucide-react";
import { useNavigate } from "react-router";
import { request } from "./api.js";
import { count, plural } from "./format.js";
import { ChosenBar, choosingKeys, sortingKeys, useActing, useChoosing } from "./chosen.jsx";
import { useCollections } from "./collections.js";
import { KeepView } from "./collections.jsx";
import { Chips, Filters } from "./filters.jsx";
import { Gated } from "./forms.jsx";
import { Grid } from "./grid.jsx";
import { GroupMenu, KeepBest } from "./grouping.jsx";
import { FirstSteps } from "./menu.jsx";
import { documentOf, emptied, filterCount, isFiltered, isRanked, searchOf, sortOf, sortsOf, writeView } from "./query.js";
import { useLook } from "./look.js";
import { LARGEST, SMALLEST, lookParams } from "./looks.js";
import { SearchBox } from "./search.jsx";
import { Seen } from "./similar.jsx";
import { LayoutChoice, SizeSlider, SortMenu } from "./toolbar.jsx";
import { wholeOf } from "./groups.js";
import { useShortcuts } from "./hotkeys.js";
import { IconButton, Trouble, useFocusTrap, useMedia, useStored } from "./ui.jsx";
import { choose } from "./upload.jsx";
import { useFacets, useFresh, useSource, useView } from "./view.js";

// What is only seen once a picture is open comes after the pictures.
const later = () => import("./lightbox.jsx");
const Lightbox = lazy(() => later().then(({ Lightbox }) => ({ default: Lightbox })));
const ARROWS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];
const A_MOMENT = 1500;
const SIZES = [[["+"], ["−"]], "Size of pictures"];

function Empty() {
  const [inbox, setInbox] = useState("");
  useEffect(() => {
    // Whoever may not know it is told so where that matters, not here.
    request("/queue").then((queue) => setInbox(queue.inbox), () => {});
  }, []);
  return (
    <div className="dr-empty">
      <div className="dr-empty-art" aria-hidden>
        <i />
        <i />
        <i>
          <ImagePlus size={30} strokeWidth={1.4} />
        </i>
      </div>
      <h2>Your library is empty</h2>
      <p>Drop pictures or folders anywhere on this page, paste them, or copy them into the inbox folder. They appear here by themselves.</p>
      <Gated permission="images:write" className="dr-button dr-button-main" onClick={choose}>
        <Upload size={16} aria-hidden /> Choose pictures
      </Gated>
      {inbox && (
        <p className="dr-empty-path">
          <FolderInput size={15} aria-hidden />
          <code>{inbox}</code>
        </p>
      )}
    </div>
  );
}

function Drawer({ children, onClose }) {
  const root = useRef(null);
  useFocusTrap(root);
  return (
    <div className="dr-drawer-shade" onClick={(event) => event.target === event.currentTarget && onClose()}>
      <div ref={root} className="dr-drawer" role="dialog" aria-modal="true" aria-label="Filters" tabIndex={-1} onKeyDown={(event) => event.key === "Escape" && onClose()}>
        {children}
      </div>
    </div>
  );
}

export function Gallery(props) {
  const [there, setThere] = useState(false);
  // Drawn in pieces, between which the browser does what else there is to do.
  useEffect(() => startTransition(() => setThere(true)), []);
  return there ? <Whole {...props} /> : <main className="dr-content" id="content" tabIndex={-1} aria-busy />;
}

function Whole({ sorts }) {
  const navigate = useNavigate();
  const { query, view, setView, group, setGroup, image, setImage } = useView();
  const source = useSource(query, group);
  const whole = useMemo(() => wholeOf(query, group), [query, group]);
  const [facets, countAgain] = useFacets(query);
  const wide = useMedia("(min-width: 1100px)");
  const phone = useMedia("(max-width: 640px)");
  const [panel, setPanel] = useStored("filters", true);
  const [drawer, setDrawer] = useState(false);
  const [keeping, setKeeping] = useState(false);
  const collections = useCollections();
  const [{ size, fit, layout: mode, columns }, setLook] = useLook();
  const setSize = (size) => setLook({ size });
  const [active, setActive] = useState(-1);
  const [atTop, setAtTop] = useState(true);
  const search = useRef(null);
  const grid = useRef(null);
  const [fresh, forget] = useFresh(source, atTop, countAgain);
  const { selection, onPick, onSweep } = useChoosing(source, whole, setActive);

  useEffect(() => {
    setActive(-1);
    grid.current?.top();
  }, [source]);
  useEffect(() => {
    if (source.total === null) return undefined;
    const timer = setTimeout(later, A_MOMENT);
    return () => clearTimeout(timer);
  }, [source.total === null]);
  const open = useCallback(
    (position) => {
      const item = source.at(position);
      setActive(position);
      if (item) setImage(item.id);
    },
    [source, setImage],
  );
  const move = useCallback(
    (position) => {
      const item = source.at(position);
      if (!item) return;
      setActive(position);
      setImage(item.id, { replace: true });
    },
    [source, setImage],
  );
  const close = useCallback(() => {
    setImage(null, { replace: true });
    if (active >= 0) grid.current?.reveal(active);
    requestAnimationFrame(() => grid.current?.focus());
  }, [setImage, active]);
  const position = useMemo(() => {
    if (!image) return -1;
    return source.at(active)?.id === image ? active : source.find(image);
  }, [image, source, source.version, active]);

  const acting = useActing(source, selection, active, image, () => (source.at(position + 1) ? move(position + 1) : close()));

  /** A collection that is chosen looks as it was kept. */
  const showView = (part) => {
    const kept = part.collection && part.collection !== view.collection && (collections || []).find((one) => one.id === part.collection)?.look;
    if (kept) navigate(`/?${writeView({ ...view, ...part })}&${lookParams(kept)}`);
    else setView(part);
  };
  const showFilters = () => (wide ? setPanel(!panel) : setDrawer(true));
  const resize = (by) => setSize(Math.min(LARGEST, Math.max(SMALLEST, size + by)));
  const some = () => selection.count(source.total) > 0;
  useShortcuts("Choosing", [...sortingKeys(acting, onPick, active), ...choosingKeys(acting, selection, source, whole)]);
  useShortcuts("Gallery", [
    { keys: ["/"], words: "Search", act: () => search.current?.focus() },
    { keys: ["\\"], words: "Filters", act: showFilters },
    { keys: ["u"], words: "Upload", act: choose },
    ...ARROWS.map((key) => ({ keys: [key], words: "Move", group: [["←", "↑", "↓", "→"].map((one) => [one]), "Move; with Shift choose on the way"], move: true, off: !source.total, act: (event) => grid.current?.take(event) })),
    { keys: ["Enter"], words: "Open", move: true, off: active < 0, unless: () => !document.activeElement.matches("body, main"), act: () => open(active) },
    { keys: ["+"], words: "Larger pictures", group: SIZES, act: () => resize(40) },
    { keys: ["-"], words: "Smaller pictures", group: SIZES, act: () => resize(-40) },
    { keys: ["Escape"], words: "Choose none, then clear search and filters", off: () => !some() && !isFiltered(view), act: () => (some() ? selection.clear() : setView(emptied())) },
  ]);

  const stackTools =
    group === "stack"
      ? (grouped, at) => <KeepBest number={grouped.counts[at] - 1} words={`Keep the best of ${grouped.counts[at]} near duplicates`} onKeep={() => acting.keepBest(documentOf(grouped.queryOf(at)), grouped.counts[at])} />
      : undefined;
  const filters = filterCount(view);
  const total = source.total;
  // A picture with several tags is shown with each of them.
  const pictures = group === "tag" && total !== null ? (facets?.total ?? total) : total;
  const empty = total === 0 && !isFiltered(view) && group !== "stack";
  const nothing = total === 0 && !empty;
  const shape = phone ? "grid" : mode;
  const shown = phone ? Math.max(104, size * 0.6) : size;
  const list = { text: columns, sort: sortOf(view), onSort: (sort) => setView({ sort }), onText: (columns) => setLook({ columns }) };
  return (
    <div className={`dr-gallery${wide && panel && !empty ? " dr-with-panel" : ""}`}>
      <header className="dr-bar-top">
        {!phone && <IconButton icon={SlidersHorizontal} label="Filters" hint="\" aria-pressed={wide && panel} className={filters ? "dr-has-mark" : ""} onClick={showFilters} />}
        <SearchBox value={view.where || view.q} field={search} onChange={(text) => setView(searchOf(text), { replace: true })} />
        <div className="dr-bar-tools">
          {phone && <IconButton icon={SlidersHorizontal} label="Filters" className={filters ? "dr-has-mark" : ""} onClick={showFilters} />}
          <GroupMenu value={group} onChange={setGroup} />
          <SortMenu value={sortOf(view)} options={sortsOf(sorts, view)} small={phone} onChange={(sort) => setView({ sort })} />
          {!phone && (
            <>
              {mode === "grid" && <IconButton icon={fit ? Minimize : Maximize} label={fit ? "Fill the tiles" : "Show whole pictures"} onClick={() => setLook({ fit: !fit })} />}
              <LayoutChoice value={mode} onChange={(layout) => setLook({ layout })} />
              {mode !== "list" && <SizeSlider value={size} onChange={setSize} />}
            </>
          )}
          <Gated permission="images:write" className="dr-button dr-button-main" onClick={choose} aria-label="Upload pictures">
            <Upload size={16} aria-hidden />
            {!phone && "Upload"}
          </Gated>
        </div>
      </header>
      {wide && panel && !empty && (
        <aside className="dr-filters" aria-label="Filters">
          <Filters view={view} facets={facets} failed={Boolean(source.error)} collections={collections} onChange={showView} />
        </aside>
      )}
      {drawer && (
        <Drawer onClose={() => setDrawer(false)}>
          <Filters view={view} facets={facets} failed={Boolean(source.error)} collections={collections} onChange={showView} onClose={() => setDrawer(false)} />
          <footer>
            <button type="button" className="dr-button dr-button-main" onClick={() => setDrawer(false)}>
              Show {total === null ? "pictures" : plural(total, "picture")}
            </button>
          </footer>
        </Drawer>
      )}
      <main className="dr-content" id="content" tabIndex={-1}>
        <h1 className="dr-hidden">Gallery</h1>
        <FirstSteps />
        {!empty && (
          <div className="dr-context">
            <p role="status">
              {total === null ? !source.error && <i className="dr-skeleton" style={{ width: 84 }} /> : <><strong>{count(pictures)}</strong> {pictures === 1 ? "picture" : "pictures"}{group && ` in ${plural(source.groups.length, group === "stack" ? "stack" : "group")}`}</>}
            </p>
            {group === "stack" && total > 0 && <KeepBest words="Keep the best of each stack" onKeep={() => acting.keepBest(documentOf(query), total)} />}
            <Chips view={view} collections={collections} onChange={setView} />
            {isRanked(view.where) && <Seen />}
            {isFiltered(view) && (
              <>
                <button type="button" className="dr-link" onClick={() => setView(emptied())}>
                  Clear
                </button>
                <Gated permission="images:write" className="dr-link" title="Keep the search and the filters as a collection" onClick={() => setKeeping(true)}>
                  Keep
                </Gated>
              </>
            )}
          </div>
        )}
        {source.error && total === null && <Trouble error={source.error} onRetry={() => source.open()} />}
        {empty && <Empty />}
        {nothing && (
          <div className="dr-empty">
            <h2>{group === "stack" ? "No near duplicates" : "No picture fits"}</h2>
            <p>{group === "stack" ? "Among these pictures none looks like another." : "Nothing in the library has all of what is asked for."}</p>
            <button type="button" className="dr-button" onClick={() => (group === "stack" ? setGroup("") : setView(emptied()))}>
              {group === "stack" ? "Show all pictures" : "Clear search and filters"}
            </button>
          </div>
        )}
        {total === null && !source.error && (
          <div className="dr-grid dr-grid-wait" aria-hidden style={{ "--cell": `${shown}px`, "--gap": phone ? "3px" : "8px" }}>
            {Array.from({ length: 36 }, (_, at) => (
              <i key={at} className="dr-skeleton" style={{ aspectRatio: phone ? 1 : 4 / 3 }} />
            ))}
          </div>
        )}
        {total > 0 && <Grid source={source} sort={group ? (group === "day" ? "-taken_at" : "group") : sortOf(view)} groupTools={stackTools} mode={shape} list={list} size={shown} gap={phone ? 3 : 8} ratio={phone ? 1 : 3 / 4} fit={fit} active={active} selection={selection} onActive={setActive} onOpen={open} onPick={onPick} onSweep={onSweep} onTop={setAtTop} handle={grid} />}
        {fresh > 0 && !atTop && (
          <button
            type="button"
            className="dr-fresh"
            onClick={() => {
              forget();
              grid.current?.top();
              source.reload();
            }}
          >
            <ArrowUp size={15} aria-hidden /> {plural(fresh, "new picture")}
          </button>
        )}
        <ChosenBar selection={selection} source={source} onOpen={setImage} total={pictures} query={whole} view={view} facets={facets} acting={acting} />
      </main>
      {keeping && <KeepView view={view} look={{ layout: mode, size, fit, group: group || null, columns: columns ? columns.split(",") : [] }} all={collections || []} onClose={() => setKeeping(false)} />}
      <Suspense fallback={null}>{image && <Lightbox source={source} selection={selection} acting={acting} keys={sortingKeys(acting, onPick, position)} id={image} position={position} onMove={move} onClose={close} />}</Suspense>
    </div>
  );
}
