// What a model said of each picture, drawn by Plotly, which is loaded here alone: every dot opens its picture.

import { useEffect, useMemo, useRef, useState } from "react";
import { count, percent } from "../format.js";
import { SelectField } from "../forms.jsx";
import { Section } from "../reading.jsx";
import { useFollow } from "./parts.jsx";

const AXES = [
  ["sure", "how sure it was", ".0%"],
  ["brightness", "brightness", ""],
  ["sharpness", "sharpness", ""],
  ["contrast", "contrast", ""],
  ["megapixels", "megapixels", ""],
  ["iso", "ISO", ""],
];
const LEAST = 2; // pictures of which something is known, for it to be an axis

/** Colours of the page as it is shown now, and again when it changes between light and dark. */
function useColours(root) {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const observer = new MutationObserver(() => setTurn((one) => one + 1));
    for (const one of [document.documentElement, document.querySelector(".radix-themes")]) if (one) observer.observe(one, { attributes: true, attributeFilter: ["class", "data-theme", "style"] });
    return () => observer.disconnect();
  }, []);
  return useMemo(() => {
    if (!root) return null;
    const style = getComputedStyle(root);
    const of = (name, other) => style.getPropertyValue(name).trim() || other;
    return { text: style.color, rule: of("--gray-a4", "rgba(128,128,128,.25)"), right: of("--green-9", "#30a46c"), wrong: of("--red-9", "#e5484d"), font: style.fontFamily };
  }, [root, turn]);
}

/** A plot; `onPick` gets what the chosen dot carries. */
function Plot({ label, traces, x, y, onPick }) {
  const [root, setRoot] = useState(null);
  const [broken, setBroken] = useState(false);
  const pick = useRef(onPick);
  pick.current = onPick;
  const colours = useColours(root);
  useEffect(() => {
    if (!root || !colours) return undefined;
    let gone = false;
    let plotly = null;
    const axis = (given) => ({ gridcolor: colours.rule, zeroline: false, linecolor: colours.rule, automargin: true, fixedrange: false, ...given });
    const layout = {
      autosize: true, height: 340, margin: { l: 56, r: 16, t: 8, b: 48 }, paper_bgcolor: "transparent", plot_bgcolor: "transparent", hovermode: "closest",
      font: { color: colours.text, family: colours.font, size: 12 }, xaxis: axis(x), yaxis: axis(y), legend: { orientation: "h", y: 1.12 }, showlegend: traces.length > 1,
    };
    import("plotly.js-cartesian-dist-min").then(
      async ({ default: found }) => {
        if (gone) return;
        plotly = found;
        await plotly.react(root, traces.map((one) => ({ ...one, ...one.look(colours) })), layout, { responsive: true, displayModeBar: false });
        if (gone) return;
        root.removeAllListeners?.("plotly_click");
        root.on("plotly_click", ({ points }) => pick.current?.(points[0]));
        root.dataset.drawn = "true";
      },
      () => setBroken(true),
    );
    return () => {
      gone = true;
    };
  }, [root, colours, traces, x, y]);
  useEffect(() => () => void import("plotly.js-cartesian-dist-min").then(({ default: plotly }) => root && plotly.purge(root), () => {}), [root]);
  if (broken) return <p className="dr-none">The drawing could not be loaded: reload the page.</p>;
  return <div ref={setRoot} className="dl-drawing" role="figure" aria-label={label} />;
}

const words = (one) => `${one.label}${one.hit ? "" : ` taken for ${one.predicted}`}`;

/** Probability of what a picture is, beside something that is known of it. */
function Points({ data, show }) {
  const axes = AXES.filter(([name]) => data.points.filter((one) => one[name] !== null && one[name] !== undefined).length >= LEAST);
  const [by, setBy] = useState(axes[0]?.[0]);
  const [name, title, format] = axes.find(([one]) => one === by) || axes[0] || [];
  const traces = useMemo(() => {
    const known = data.points.filter((one) => one[name] !== null && one[name] !== undefined);
    return [true, false].map((hit) => {
      const of = known.filter((one) => one.hit === hit);
      return {
        type: "scatter", mode: "markers", name: hit ? "called right" : "called wrong", x: of.map((one) => one[name]), y: of.map((one) => one.right), customdata: of.map((one) => one.key), text: of.map(words),
        hovertemplate: "%{text}<br>%{y:.0%} for what it is<extra></extra>", look: (colours) => ({ marker: { color: hit ? colours.right : colours.wrong, symbol: hit ? "circle" : "x", size: hit ? 6 : 8, opacity: hit ? 0.55 : 0.9 } }),
      };
    });
  }, [data, name]);
  const x = useMemo(() => ({ title: { text: title }, tickformat: format, ...(name === "sure" && { range: [-0.03, 1.03] }) }), [title, format, name]);
  const y = useMemo(() => ({ title: { text: "probability of what it is" }, tickformat: ".0%", range: [-0.03, 1.03] }), []);
  if (!name) return null;
  // The chosen one first, then those beside it, so that arrows go on in the drawing.
  const open = (point) => {
    const keys = point.data.customdata;
    const order = keys.map((_, index) => index).sort((a, b) => point.data.x[a] - point.data.x[b]);
    show(order.map((index) => keys[index]), order.indexOf(point.pointIndex));
  };
  const wrong = data.points.filter((one) => !one.hit).length;
  return (
    <Section id="points" title="Picture by picture" hint={`A dot is a picture: choose one to see it.${data.count > data.points.length ? ` ${count(data.points.length)} of ${count(data.count)} are drawn, those called wrong first.` : ""}`}>
      {axes.length > 1 && <SelectField className="dl-beside" label="Beside" options={axes.map(([one, said]) => [one, said])} value={name} onChange={setBy} />}
      <Plot label={`Probability of what each picture is, by ${title}: ${count(data.points.length - wrong)} called right, ${count(wrong)} called wrong`} traces={traces} x={x} y={y} onPick={open} />
    </Section>
  );
}

/** What comes of calling only those pictures that the model is sure of. */
function Thresholds({ data, show }) {
  const { curve } = data;
  const traces = useMemo(
    () =>
      [
        ["accuracy", "of those called, right", "right"],
        ["kept", "called at all", "wrong"],
      ].map(([key, name, colour]) => ({ type: "scatter", mode: "lines+markers", name, x: curve.map((one) => one.threshold), y: curve.map((one) => one[key]), hovertemplate: `%{y:.1%} ${name}<extra></extra>`, look: (colours) => ({ line: { color: colours[colour], dash: key === "kept" ? "dot" : "solid" }, marker: { size: 4 } }) })),
    [curve],
  );
  const x = useMemo(() => ({ title: { text: "least sure" }, tickformat: ".0%" }), []);
  const y = useMemo(() => ({ tickformat: ".0%", range: [-0.03, 1.03] }), []);
  const open = (point) => {
    const least = curve[point.pointIndex]?.threshold ?? 0;
    const keys = data.points.filter((one) => !one.hit && one.sure >= least).sort((a, b) => b.sure - a.sure).map((one) => one.key);
    if (keys.length) show(keys);
  };
  const last = curve.at(-1);
  return (
    <Section id="thresholds" title="If it may say nothing" hint="Leaving pictures alone of which it is not sure enough makes it more often right about the others. Choose a dot to see what it still calls wrong there.">
      <Plot label={`Accuracy by least confidence: at ${percent(last.threshold)}, ${percent(last.kept)} are called, ${percent(last.accuracy)} of them right`} traces={traces} x={x} y={y} onPick={open} />
    </Section>
  );
}

export function Plots({ id, show }) {
  const [{ data }] = useFollow(`/reports/${id}/points`, []);
  if (!data) return null;
  return (
    <>
      <Points data={data} show={show} />
      {data.curve.length > 1 && <Thresholds data={data} show={show} />}
    </>
  );
}
