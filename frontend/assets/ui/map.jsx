// Where the pictures of a view were taken, on an outline of the world that comes with Darkroom.

import { useCallback, useEffect, useRef, useState } from "react";
import { Crop, Globe, Minus, Plus } from "lucide-react";
import { request } from "./api.js";
import { count, plural } from "./format.js";
import { Dialog, FormError } from "./forms.jsx";
import { boxIn, withBox } from "./located.js";
import { writeView } from "./query.js";
import { useAnswer } from "./reading.jsx";
import { IconButton } from "./ui.jsx";
import { WORLD } from "./world.js";

const ACROSS = 24; // clusters beside each other at most
const CLOSEST = 4000;
const PAUSE = 120;
const WHOLE = { x: 0, y: 0, zoom: 1 };
const TINY = 0.02; // degrees of pictures that stand as good as in one place
const MARGIN = 0.15;

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** A middle that keeps the world in sight. */
function held({ x, y, zoom }) {
  const near = clamp(zoom, 1, CLOSEST);
  return { zoom: near, x: clamp(x, -180 + 180 / near, 180 - 180 / near), y: clamp(y, -90 + 90 / near, 90 - 90 / near) };
}

const boxOf = ({ x, y, zoom }) => ({ south: y - 90 / zoom, west: x - 180 / zoom, north: y + 90 / zoom, east: x + 180 / zoom });

/** So that all of a box is in sight, with something around it. */
function around({ south, west, north, east }) {
  const tall = Math.max(north - south, TINY) * (1 + MARGIN * 2);
  const wide = Math.max(east - west, TINY) * (1 + MARGIN * 2);
  return held({ x: (west + east) / 2, y: (south + north) / 2, zoom: Math.min(360 / wide, 180 / tall) });
}

function useClusters(view, look) {
  const box = boxOf(look);
  const query = writeView({ ...view, where: withBox(view.where, null) });
  const params = new URLSearchParams(query);
  params.delete("sort");
  for (const [name, degrees] of Object.entries(box)) params.set(name, String(Number(degrees.toFixed(5))));
  params.set("step", String(clamp(360 / look.zoom / ACROSS, 0.0005, 45)));
  const key = params.toString();
  return useAnswer(key, (signal) => request(`/images/map?${key}`, { signal }), PAUSE);
}

const sizeOf = (one, largest) => 22 + 26 * Math.sqrt(one.count / largest);

/** Clusters that would lie on one another as one; `pixel` is degrees across. */
function apart(clusters, pixel) {
  const largest = Math.max(1, ...clusters.map((one) => one.count));
  const kept = [];
  for (const one of clusters) {
    const near = kept.find((other) => Math.hypot(other.longitude - one.longitude, other.latitude - one.latitude) < ((sizeOf(one, largest) + sizeOf(other, largest)) / 2) * pixel);
    if (!near) kept.push({ ...one });
    else Object.assign(near, { count: near.count + one.count, south: Math.min(near.south, one.south), west: Math.min(near.west, one.west), north: Math.max(near.north, one.north), east: Math.max(near.east, one.east) });
  }
  return kept;
}

/** Pans by dragging, zooms by the wheel; with `choosing` a drag spans a rectangle. */
function usePointer(stage, look, setLook, choosing, onBox) {
  const [span, setSpan] = useState(null);
  const from = useRef(null);
  const placed = (event) => {
    const rect = stage.current.getBoundingClientRect();
    const { south, west, north, east } = boxOf(look);
    return { lon: west + ((event.clientX - rect.left) / rect.width) * (east - west), lat: north - ((event.clientY - rect.top) / rect.height) * (north - south) };
  };
  useEffect(() => {
    const element = stage.current;
    // React's wheel listeners are passive and could not stop the page from scrolling.
    const onWheel = (event) => {
      event.preventDefault();
      setLook((old) => held({ ...old, zoom: old.zoom * Math.exp(-event.deltaY * 0.002) }));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [stage, setLook]);
  const spanned = (one, other) => ({ south: Math.min(one.lat, other.lat), north: Math.max(one.lat, other.lat), west: Math.min(one.lon, other.lon), east: Math.max(one.lon, other.lon) });
  return {
    span,
    handlers: {
      onPointerDown: (event) => {
        if (event.button !== 0 || event.target.closest("button")) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { ...placed(event), look, clientX: event.clientX, clientY: event.clientY };
      },
      onPointerMove: (event) => {
        const begun = from.current;
        if (!begun) return;
        if (choosing || event.shiftKey) setSpan(spanned(begun, placed(event)));
        else {
          const rect = stage.current.getBoundingClientRect();
          setLook(held({ ...begun.look, x: begun.look.x - ((event.clientX - begun.clientX) / rect.width) * (360 / begun.look.zoom), y: begun.look.y + ((event.clientY - begun.clientY) / rect.height) * (180 / begun.look.zoom) }));
        }
      },
      onPointerUp: () => {
        from.current = null;
        if (span && span.east > span.west && span.north > span.south) onBox(span);
        setSpan(null);
      },
      onPointerCancel: () => {
        from.current = null;
        setSpan(null);
      },
    },
  };
}

function Rectangle({ box, look, name }) {
  const seen = boxOf(look);
  const across = (degrees) => ((degrees - seen.west) / (seen.east - seen.west)) * 100;
  const down = (degrees) => ((seen.north - degrees) / (seen.north - seen.south)) * 100;
  return <i className={name} aria-hidden style={{ left: `${across(box.west)}%`, top: `${down(box.north)}%`, width: `${across(box.east) - across(box.west)}%`, height: `${down(box.south) - down(box.north)}%` }} />;
}

function Cluster({ one, look, largest, onOpen }) {
  const seen = boxOf(look);
  const size = sizeOf(one, largest);
  const words = `${plural(one.count, "picture")} ${one.name ? `around ${one.name}` : `at ${one.latitude.toFixed(2)}, ${one.longitude.toFixed(2)}`}`;
  return (
    <button type="button" className="dr-map-cluster" title={words} aria-label={words} onClick={() => onOpen(one)} style={{ left: `${((one.longitude - seen.west) / (seen.east - seen.west)) * 100}%`, top: `${((seen.north - one.latitude) / (seen.north - seen.south)) * 100}%`, width: size, height: size }}>
      {one.count > 9999 ? `${Math.round(one.count / 1000)}k` : count(one.count)}
    </button>
  );
}

export function MapDialog({ view, onChange, onClose }) {
  const chosen = boxIn(view.where);
  const [look, setLook] = useState(() => (chosen ? around(chosen) : WHOLE));
  const [choosing, setChoosing] = useState(false);
  const stage = useRef(null);
  const { found, error } = useClusters(view, look);
  const show = useCallback((box) => onChange({ where: withBox(view.where, box) }), [view, onChange]);
  const { span, handlers } = usePointer(stage, look, setLook, choosing, show);
  const zoom = (by) => setLook((old) => held({ ...old, zoom: old.zoom * by }));
  const open = (one) => {
    const tiny = one.north - one.south < TINY && one.east - one.west < TINY;
    if (tiny || look.zoom >= CLOSEST) show({ south: one.south - TINY / 2, west: one.west - TINY / 2, north: one.north + TINY / 2, east: one.east + TINY / 2 });
    else setLook(around(one));
  };
  const onKeyDown = (event) => {
    const step = 60 / look.zoom;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (moves[event.key]) setLook((old) => held({ ...old, x: old.x + moves[event.key][0], y: old.y + moves[event.key][1] }));
    else if (event.key === "+" || event.key === "=") zoom(2);
    else if (event.key === "-") zoom(1 / 2);
    else return;
    event.preventDefault();
  };
  const clusters = apart(found?.clusters || [], 360 / look.zoom / (stage.current?.clientWidth || 900));
  const largest = Math.max(1, ...clusters.map((one) => one.count));
  const { south, west, north, east } = boxOf(look);
  return (
    <Dialog title="Where they were taken" className="dr-map-dialog" onClose={onClose}>
      <div ref={stage} className="dr-map" data-choosing={choosing || undefined} role="group" aria-label="Map; arrow keys move it, + and - zoom" tabIndex={0} onKeyDown={onKeyDown} {...handlers}>
        <svg viewBox={`${west * 10} ${-north * 10} ${(east - west) * 10} ${(north - south) * 10}`} preserveAspectRatio="none" aria-hidden>
          <path d={WORLD} />
        </svg>
        {chosen && <Rectangle box={chosen} look={look} name="dr-map-chosen" />}
        {clusters.map((one) => (
          <Cluster key={one.image} one={one} look={look} largest={largest} onOpen={open} />
        ))}
        {span && <Rectangle box={span} look={look} name="dr-map-span" />}
      </div>
      <FormError error={error} />
      <div className="dr-map-tools">
        <IconButton icon={Plus} label="Closer" onClick={() => zoom(2)} />
        <IconButton icon={Minus} label="Farther" onClick={() => zoom(1 / 2)} />
        <IconButton icon={Globe} label="The whole world" onClick={() => setLook(WHOLE)} />
        <IconButton icon={Crop} label="Drag a rectangle" hint="Shift and drag" aria-pressed={choosing} onClick={() => setChoosing(!choosing)} />
        <p role="status">{found ? `${plural(found.total, "picture")} in sight` : "Counting …"}</p>
        {chosen && (
          <button type="button" className="dr-button" onClick={() => show(null)}>
            Anywhere
          </button>
        )}
        <button type="button" className="dr-button dr-button-main" onClick={() => (show(boxOf(look)), onClose())}>
          Show these
        </button>
      </div>
    </Dialog>
  );
}
