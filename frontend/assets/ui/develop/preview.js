// Previews of a recipe: the newest wins, one is asked for at a time, and what takes long is cut short by what is newer.

import { useCallback, useEffect, useRef, useState } from "react";
import { ask } from "../api.js";
import { firstChange } from "./document.js";

/** A preview that has run this long when something newer is wanted is given up. */
const PATIENCE = 350;
const SETTLED = 650;
/** Long side of a proxy, of what follows when nothing changes for a moment, and the most that the server makes for looking at. */
export const PROXY = 1024;
export const FINE = 2048;
export const WHOLE = 8192;

/** Long side of what is wanted once nothing changes: more than `FINE` only where the screen shows more of the picture. */
export function settledSide(picture, shownPixels) {
  const long = Math.max(picture.width, picture.height);
  return Math.min(long, shownPixels > FINE * 1.1 ? WHOLE : FINE);
}

/** Whether a refusal passes by itself. */
export const passing = (problem) => problem.status === 429 || problem.status === 503;

/** Asks for one preview. */
export async function fetchPreview(id, recipe, { longSide = PROXY, quality = 88, format = "jpeg", signal, preset } = {}) {
  const begun = performance.now();
  const sent = JSON.stringify({ ...(preset ? { preset } : { recipe }), long_side: longSide, format, ...(format === "png" ? {} : { quality }) });
  const response = await ask(`/images/${id}/recipe-preview`, { method: "POST", sent, signal, file: `preview.${format}` });
  const blob = await response.blob();
  const number = (name) => Number(response.headers.get(name));
  const notes = JSON.parse(response.headers.get("X-Notes") || "[]");
  return { blob, notes, width: number("X-Width"), height: number("X-Height"), reused: number("X-Steps-Reused"), ms: performance.now() - begun, longSide };
}

/** Pictures in the browser's memory by address; each is given back when nobody shows it any more. */
function useUrl(blob) {
  const [url, setUrl] = useState(null);
  useEffect(() => {
    if (!blob) {
      setUrl(null);
      return undefined;
    }
    const made = URL.createObjectURL(blob);
    setUrl(made);
    // A picture that is on the screen stays until its successor is decoded.
    return () => setTimeout(() => URL.revokeObjectURL(made), 2000);
  }, [blob]);
  return url;
}

/**
 * The preview of a recipe of a picture, kept current. `recipe` is its JSON text, so that equal ones are asked for once.
 * Once nothing changes any more it is asked for again with `settled` pixels at its long side.
 */
export function usePreview(id, recipe, { longSide = PROXY, settled = 0, active = true } = {}) {
  const [state, setState] = useState({ found: null, error: null, busy: false, from: 0 });
  const flight = useRef(null);
  const wanted = useRef(null);
  const last = useRef(null);

  const ask = useCallback(async () => {
    const { id: image, recipe: text, longSide: side } = wanted.current;
    const abort = new AbortController();
    const mine = { abort, begun: performance.now(), image, text, side };
    flight.current = mine;
    const parsed = JSON.parse(text);
    setState((old) => ({ ...old, busy: true, side, from: firstChange(last.current?.image === image ? last.current.recipe : null, parsed) }));
    try {
      const found = await fetchPreview(image, parsed, { longSide: side, signal: abort.signal });
      if (flight.current !== mine) return;
      last.current = { image, recipe: parsed };
      setState({ found: { ...found, id: image, recipe: text }, error: null, busy: false, from: 0 });
    } catch (error) {
      if (flight.current !== mine || error.name === "AbortError") return;
      if (passing(error)) {
        // Too much was asked for just now, or the server is busy: it is asked again by itself.
        setTimeout(() => flight.current === mine && ask(), Math.max(1, error.wait) * 1000);
        return;
      }
      setState((old) => ({ ...old, error: { problem: error, recipe: text }, busy: false }));
    }
    flight.current = null;
    const next = wanted.current;
    if (next && (next.recipe !== text || next.id !== image || next.longSide > side)) ask();
  }, []);

  useEffect(() => {
    if (!active || !id) return undefined;
    wanted.current = { id, recipe, longSide };
    const flying = flight.current;
    if (flying && flying.image === id && flying.text === recipe) return undefined;
    const start = () => {
      flight.current?.abort.abort();
      ask();
    };
    if (!flying) {
      start();
      return undefined;
    }
    const left = flying.image === id ? Math.max(0, PATIENCE - (performance.now() - flying.begun)) : 0;
    const timer = setTimeout(() => flight.current === flying && start(), left);
    return () => clearTimeout(timer);
  }, [id, recipe, longSide, active, ask]);

  // Once nothing changes any more, the same in more pixels.
  useEffect(() => {
    if (!active || state.busy || state.error || !state.found || state.found.longSide >= settled || state.found.recipe !== recipe) return undefined;
    const timer = setTimeout(() => {
      wanted.current = { id, recipe, longSide: settled };
      if (!flight.current) ask();
    }, SETTLED);
    return () => clearTimeout(timer);
  }, [active, settled, state, id, recipe, ask]);

  useEffect(() => () => flight.current?.abort.abort(), []);
  const mine = state.found?.id === id ? state.found : null;
  return { ...state, found: mine, url: useUrl(mine?.blob), error: state.error?.recipe === recipe ? state.error.problem : null };
}

export { useUrl };
