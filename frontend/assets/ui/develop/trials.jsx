// A recipe tried on others before it is made of all: those where it is likely to go wrong, and some that differ as all of them do.

import { useEffect, useState } from "react";
import { TriangleAlert } from "lucide-react";
import { request } from "../api.js";
import { bytes, number } from "../format.js";
import { fetchPreview, passing } from "./preview.js";

const SIDE = 256;
const DIFFERENT = 9;
const WAIT = 400;
const WHY = { darkest: "The darkest", brightest: "The brightest", highest_iso: "The highest ISO", least_sharp: "The least sharp", most_detail: "The most detail", largest: "The largest" };

export const reasonOf = ({ why, traits }) => WHY[why] || (traits.length ? traits.join(", ").replace(/^./, (one) => one.toUpperCase()) : "As most are");

const pause = (seconds, signal) =>
  new Promise((done, stop) => {
    const timer = setTimeout(done, seconds * 1000);
    signal.addEventListener("abort", () => (clearTimeout(timer), stop(new DOMException("", "AbortError"))));
  });

/** Asks again where the server is busy for a moment. */
async function patiently(ask, signal) {
  for (;;) {
    try {
      return await ask();
    } catch (problem) {
      if (!passing(problem)) throw problem;
      await pause(Math.max(1, problem.wait || 1), signal);
    }
  }
}

/** What the result of one picture takes and keeps: measured at its full size; nothing where a quality is looked for, or no format is chosen. */
async function measured(id, recipe, output, signal) {
  if (!output?.format || output.adaptive) return null;
  const { quality, ...options } = output;
  const found = await patiently(() => request(`/images/${id}/quality-curve`, { method: "POST", body: { recipe, output: options, qualities: quality ? [quality] : [] }, signal }), signal);
  return { ...found.points[0], basis: found.basis };
}

function useTrials(recipe, output, selection) {
  const [state, setState] = useState({ items: null, error: null });
  useEffect(() => {
    const abort = new AbortController();
    const urls = [];
    const { signal } = abort;
    const put = (id, values) => !signal.aborted && setState((old) => ({ ...old, items: old.items.map((one) => (one.id === id ? { ...one, ...values } : one)) }));
    setState({ items: null, error: null });
    (async () => {
      await pause(WAIT / 1000, signal);
      const { items } = await request("/images/examples", { method: "POST", body: { selection: JSON.parse(selection), count: DIFFERENT }, signal });
      setState({ items, error: null });
      const given = JSON.parse(recipe);
      for (const { id } of items) {
        try {
          const { blob } = await patiently(() => fetchPreview(id, given, { longSide: SIDE, quality: 80, signal }), signal);
          urls.push(URL.createObjectURL(blob));
          put(id, { url: urls.at(-1) });
        } catch (problem) {
          if (problem.name === "AbortError") return;
          put(id, { problem });
        }
      }
      for (const { id } of items) {
        const size = await measured(id, given, JSON.parse(output), signal).catch((problem) => (problem.name === "AbortError" ? undefined : { problem }));
        if (size === undefined) return;
        put(id, { size });
      }
    })().catch((error) => error.name !== "AbortError" && !signal.aborted && setState({ items: null, error }));
    return () => {
      abort.abort();
      urls.forEach((url) => URL.revokeObjectURL(url));
    };
  }, [recipe, output, selection]);
  return state;
}

function Figures({ one, asked }) {
  if (one.problem || !asked) return null;
  if (one.size === undefined) return <small>…</small>;
  if (!one.size || one.size.problem) return null;
  return (
    <small title={`${one.size.basis === "sample" ? "Measured on sixteen parts of it at full size" : "Measured on all of it"}; likeness to the picture before it is written`}>
      {one.size.basis === "sample" ? "≈ " : ""}
      {bytes(one.size.bytes)} · {number(one.size.likeness, 3)}
    </small>
  );
}

/** `recipe` is what is done and `output` how it is written, as JSON; `selection` the pictures meant, likewise. */
export function Trials({ recipe, output, selection }) {
  const { items, error } = useTrials(recipe, output, selection);
  const { format, adaptive } = JSON.parse(output) || {};
  if (error) return <p className="dr-caption">{error.message}</p>;
  if (items && !items.length) return null;
  return (
    <section className="dv-tried" aria-label="Tried on some of them">
      <p className="dr-caption">
        Tried on those where it is likely to go wrong, and on some that differ as all of them do.{" "}
        {format && !adaptive ? "Below each: its size, and its likeness to itself before it is written." : "Choose a format to see what each takes."}
      </p>
      <ul className="dv-trials">
        {(items || Array.from({ length: DIFFERENT }, (_, id) => ({ id }))).map((one) => (
          <li key={one.id} title={one.problem ? `${one.problem.message} ${one.problem.remedy || ""}` : one.name}>
            <span className="dv-preset-shot">{one.url ? <img src={one.url} alt={one.name} /> : one.problem ? <TriangleAlert size={18} strokeWidth={1.5} aria-label={one.problem.message} /> : <i className="dr-skeleton" />}</span>
            <span>{one.problem ? one.problem.title : one.why ? reasonOf(one) : ""}</span>
            <Figures one={one} asked={Boolean(format) && !adaptive} />
          </li>
        ))}
      </ul>
    </section>
  );
}
