// The gallery: search, filters, grid and lightbox. Its view is the page's address.

import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { ArrowDownUp, ArrowUp, FolderInput, Grid2x2, Grid3x3, ImagePlus, Maximize, Minimize, Search, SlidersHorizontal, Upload, X } from "lucide-react";
import { DropdownMenu } from "@radix-ui/themes";
import { useSearchParams } from "react-router";
import { request } from "./api.js";
import { count, plural } from "./format.js";
import { Chips, Filters } from "./filters.jsx";
import { Gated } from "./forms.jsx";
import { Grid } from "./grid.jsx";
import { Lightbox } from "./lightbox.jsx";
import { useLive } from "./live.js";
import { FirstSteps } from "./menu.jsx";
import { DEFAULT_SORT, emptyView, filterCount, isFiltered, readView, writeView } from "./query.js";
import { ImageSource } from "./source.js";
import { IconButton, Trouble, useFocusTrap, useHotkeys, useMedia, useStored } from "./ui.jsx";
import { choose } from "./upload.jsx";

const REFRESH = 900;
const TYPING = 220;
const ARROWS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];

/** The view in the address, and a way to change it. */
function useView() {
  const [params, setParams] = useSearchParams();
  const query = useMemo(() => writeView(readView(params)), [params]);
  const view = useMemo(() => readView(new URLSearchParams(query)), [query]);
  const setView = useCallback(
    (next, options) => setParams(() => new URLSearchParams(writeView(next)), { preventScrollReset: true, ...options }),
    [setParams],
  );
  const image = params.get("image");
  const setImage = useCallback(
    (id, options) =>
      setParams(
        (old) => {
          const changed = new URLSearchParams(old);
          if (id) changed.set("image", id);
          else changed.delete("image");
          return changed;
        },
        { preventScrollReset: true, ...options },
      ),
    [setParams],
  );
  return { query, view, setView, image, setImage };
}

/** Calls `act` at once and then at most every `every` ms, the last call never lost. */
function useThrottled(act, every) {
  const latest = useRef(act);
  latest.current = act;
  const state = useRef({ last: 0, timer: 0 });
  useEffect(() => () => clearTimeout(state.current.timer), []);
  return useCallback(() => {
    const now = performance.now();
    clearTimeout(state.current.timer);
    const run = () => {
      state.current.last = performance.now();
      latest.current();
    };
    const wait = state.current.last + every - now;
    if (wait <= 0) run();
    else state.current.timer = setTimeout(run, wait);
  }, [every]);
}

function useFacets(query) {
  const [state, setState] = useState({ facets: null, error: null });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    request(`/facets${query && `?${query}`}`, { signal: abort.signal })
      .then((facets) => setState({ facets, error: null }))
      .catch((error) => error.name !== "AbortError" && setState((old) => ({ ...old, error })));
    return () => abort.abort();
  }, [query, turn]);
  const again = useThrottled(() => setTurn((old) => old + 1), 2000);
  return [state.facets, again];
}

function useSource(query) {
  const source = useMemo(() => new ImageSource(query), [query]);
  useEffect(() => {
    source.open();
    return () => source.close();
  }, [source]);
  useSyncExternalStore(source.subscribe, source.snapshot, source.snapshot);
  return source;
}

function SearchBox({ value, onChange, field }) {
  const [text, setText] = useState(value);
  const timer = useRef(0);
  const typed = useRef(value);
  useEffect(() => {
    // The address may change elsewhere (back button, a chip); what is being typed wins.
    if (value !== typed.current) {
      setText(value);
      typed.current = value;
    }
  }, [value]);
  const type = (next, wait = TYPING) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      typed.current = next.trim();
      onChange(typed.current);
    }, wait);
  };
  return (
    <div className="dr-search" role="search">
      <Search size={16} aria-hidden />
      <input
        ref={field}
        type="search"
        value={text}
        maxLength={200}
        placeholder="Search names, tags, cameras"
        aria-label="Search pictures"
        onChange={(event) => type(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") type(text, 0);
          if (event.key === "Escape") {
            if (text) type("", 0);
            else event.currentTarget.blur();
          }
        }}
      />
      {text ? (
        <button type="button" aria-label="Clear search" onClick={() => type("", 0)}>
          <X size={15} aria-hidden />
        </button>
      ) : (
        <kbd aria-hidden>/</kbd>
      )}
    </div>
  );
}

function SortMenu({ value, options, onChange, small }) {
  const label = options.find(([key]) => key === value)?.[1];
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger>
        <button type="button" className={small ? "dr-icon-button" : "dr-button dr-button-quiet"} aria-label={`Sort: ${label}`}>
          <ArrowDownUp size={small ? 18 : 15} strokeWidth={1.75} aria-hidden />
          {!small && label}
        </button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content align="end" variant="soft" color="gray">
        <DropdownMenu.RadioGroup value={value} onValueChange={onChange}>
          {options.map(([key, name]) => (
            <DropdownMenu.RadioItem key={key} value={key}>
              {name}
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

function SizeSlider({ value, onChange }) {
  return (
    <div className="dr-size">
      <Grid3x3 size={15} aria-hidden />
      <input type="range" className="dr-range" min={96} max={400} step={4} value={value} style={{ "--at": (value - 96) / 304 }} aria-label="Size of pictures" aria-valuetext={`${value} pixels`} onChange={(event) => onChange(Number(event.target.value))} />
      <Grid2x2 size={15} aria-hidden />
    </div>
  );
}

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
      <aside ref={root} className="dr-drawer" role="dialog" aria-modal="true" aria-label="Filters" tabIndex={-1} onKeyDown={(event) => event.key === "Escape" && onClose()}>
        {children}
      </aside>
    </div>
  );
}

/** Follows live events: shows new pictures at once at the top of the page, else offers them. */
function useFresh(source, atTop, again) {
  const [fresh, setFresh] = useState(0);
  useEffect(() => setFresh(0), [source]);
  const reload = useThrottled(() => source.reload(), REFRESH);
  useEffect(() => {
    if (atTop && fresh) {
      setFresh(0);
      reload();
    }
  }, [atTop, fresh, reload]);
  useLive((event) => {
    // Something may have happened between reading the view and following the events.
    const behind = event.type === "hello" && source.seq !== null && event.data.seq > source.seq;
    if (!behind && !/^(images|resync)/.test(event.type)) {
      if (event.type.startsWith("failures")) again();
      return;
    }
    again();
    if (event.type !== "images.added" || atTop || source.total === 0) reload();
    else setFresh((old) => old + (event.ids?.length || 1));
  });
  return [fresh, () => setFresh(0), reload];
}

export function Gallery({ sorts }) {
  const { query, view, setView, image, setImage } = useView();
  const source = useSource(query);
  const [facets, countAgain] = useFacets(query);
  const wide = useMedia("(min-width: 1100px)");
  const phone = useMedia("(max-width: 640px)");
  const [panel, setPanel] = useStored("filters", true);
  const [drawer, setDrawer] = useState(false);
  const [size, setSize] = useStored("size", 200);
  const [fit, setFit] = useStored("fit", false);
  const [active, setActive] = useState(-1);
  const [atTop, setAtTop] = useState(true);
  const search = useRef(null);
  const grid = useRef(null);
  const [fresh, forget] = useFresh(source, atTop, countAgain);

  useEffect(() => {
    setActive(-1);
    grid.current?.top();
  }, [source]);
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

  const showFilters = () => (wide ? setPanel(!panel) : setDrawer(true));
  const resize = (by) => setSize(Math.min(400, Math.max(96, size + by)));
  useHotkeys({
    "/": () => search.current?.focus(),
    f: showFilters,
    u: choose,
    "+": () => resize(40),
    "-": () => resize(-40),
    Escape: () => isFiltered(view) && setView(emptyView(view)),
    ...Object.fromEntries(ARROWS.map((key) => [key, (event) => grid.current?.take(event)])),
  });

  const filters = filterCount(view);
  const total = source.total;
  const empty = total === 0 && !isFiltered(view);
  const nothing = total === 0 && !empty;
  const shown = phone ? Math.max(104, size * 0.6) : size;
  return (
    <div className={`dr-gallery${wide && panel && !empty ? " dr-with-panel" : ""}`}>
      <header className="dr-bar-top">
        {!phone && <IconButton icon={SlidersHorizontal} label="Filters" hint="F" aria-pressed={wide && panel} className={filters ? "dr-has-mark" : ""} onClick={showFilters} />}
        <SearchBox value={view.q} field={search} onChange={(q) => setView({ ...view, q }, { replace: true })} />
        <div className="dr-bar-tools">
          {phone && <IconButton icon={SlidersHorizontal} label="Filters" className={filters ? "dr-has-mark" : ""} onClick={showFilters} />}
          <SortMenu value={view.sort || DEFAULT_SORT} options={sorts} small={phone} onChange={(sort) => setView({ ...view, sort })} />
          {!phone && (
            <>
              <IconButton icon={fit ? Minimize : Maximize} label={fit ? "Fill the tiles" : "Show whole pictures"} onClick={() => setFit(!fit)} />
              <SizeSlider value={size} onChange={setSize} />
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
          <Filters view={view} facets={facets} onChange={setView} />
        </aside>
      )}
      {drawer && (
        <Drawer onClose={() => setDrawer(false)}>
          <Filters view={view} facets={facets} onChange={setView} onClose={() => setDrawer(false)} />
          <footer>
            <button type="button" className="dr-button dr-button-main" onClick={() => setDrawer(false)}>
              Show {total === null ? "pictures" : plural(total, "picture")}
            </button>
          </footer>
        </Drawer>
      )}
      <main className="dr-content" id="content">
        <h1 className="dr-hidden">Gallery</h1>
        <FirstSteps />
        {!empty && (
          <div className="dr-context">
            <p role="status">
              {total === null ? <i className="dr-skeleton" style={{ width: 84 }} /> : <><strong>{count(total)}</strong> {total === 1 ? "picture" : "pictures"}</>}
            </p>
            <Chips view={view} onChange={setView} />
            {isFiltered(view) && (
              <button type="button" className="dr-link" onClick={() => setView(emptyView(view))}>
                Clear
              </button>
            )}
          </div>
        )}
        {source.error && total === null && <Trouble error={source.error} onRetry={() => source.open()} />}
        {empty && <Empty />}
        {nothing && (
          <div className="dr-empty">
            <h2>No picture fits</h2>
            <p>Nothing in the library has all of what is asked for.</p>
            <button type="button" className="dr-button" onClick={() => setView(emptyView(view))}>
              Clear search and filters
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
        {total > 0 && <Grid source={source} size={shown} gap={phone ? 3 : 8} ratio={phone ? 1 : 3 / 4} fit={fit} active={active} onActive={setActive} onOpen={open} onTop={setAtTop} handle={grid} />}
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
      </main>
      {image && <Lightbox source={source} id={image} position={position} onMove={move} onClose={close} />}
    </div>
  );
}
