// Drawings by Plotly, which is loaded when the first of them is to be seen: points, lines and cells that lead to their pictures.

import { useEffect, useMemo, useRef, useState } from "react";

const load = () => import("plotly.js-cartesian-dist-min").then(({ default: plotly }) => plotly);
const TONE = /^var\((--[\w-]+)\)$/;

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
    return {
      text: of("--dr-muted", style.color),
      rule: of("--gray-a4", "rgba(128,128,128,.25)"),
      mark: of("--gray-a8", "rgba(128,128,128,.5)"),
      raised: of("--dr-raised", "transparent"),
      right: of("--green-9", "#30a46c"),
      wrong: of("--red-9", "#e5484d"),
      font: style.fontFamily,
      /** A colour of the style sheets, as `var(--dl-0)` names it. */
      tone: (name) => (TONE.test(name) ? of(TONE.exec(name)[1], "#888888") : name),
    };
  }, [root, turn]);
}

const axisOf = (colours, given) => ({ gridcolor: colours.rule, linecolor: colours.rule, zeroline: false, automargin: true, ...given });

function layoutOf(colours, { x, y, shapes, ...rest }, height, drag) {
  return {
    autosize: true, height, margin: { l: 52, r: 14, t: 8, b: 44 }, paper_bgcolor: "transparent", plot_bgcolor: "transparent", hovermode: "closest", dragmode: drag,
    // Where somebody zoomed to stays while figures come in.
    uirevision: "kept", font: { color: colours.text, family: colours.font, size: 12 }, hoverlabel: { font: { family: colours.font } },
    activeselection: { fillcolor: colours.mark, opacity: 0.2 }, newselection: { line: { color: colours.text, dash: "dot" } }, xaxis: axisOf(colours, x), yaxis: axisOf(colours, y),
    shapes: (shapes || []).map((one) => ({ ...one, line: { ...one.line, color: colours.mark } })), ...rest,
  };
}

/** What happens in a drawing, told to whoever listens now. */
function listen(root, heard) {
  root.on("plotly_click", ({ points }) => heard.current.onPick?.(points[0]));
  root.on("plotly_hover", ({ points, xvals }) => heard.current.onHover?.(xvals?.[0] ?? points[0]?.x ?? null));
  root.on("plotly_unhover", () => heard.current.onHover?.(null));
  root.on("plotly_selected", (found) => found?.range && heard.current.onSelect?.(found.range));
  root.on("plotly_deselect", () => heard.current.onSelect?.(null));
  root.on("plotly_relayout", (changed) => {
    const ends = ["xaxis.range[0]", "xaxis.range[1]", "yaxis.range[0]", "yaxis.range[1]"].map((name) => changed[name]);
    if (ends.every(Number.isFinite)) heard.current.onZoom?.({ x: ends.slice(0, 2), y: ends.slice(2) });
    else if (changed["xaxis.autorange"] || changed["xaxis.range"]) heard.current.onZoom?.(null);
  });
}

/**
 * A drawing. `traces` are Plotly's, each with `look(colours)` for what follows the theme; `layout` has the axes `x` and `y`.
 * `onPick` gets the chosen point, `onSelect` the part that was drawn around, `onZoom` the part that is shown, `onHover` where the pointer is.
 * `lit` is a point ([trace, index]) that is shown as if the pointer were there, `cursor` a place on the horizontal axis.
 */
export function Plot({ label, traces, layout, height = 340, drag = "zoom", lit = null, cursor = null, className = "", ...heard }) {
  const [root, setRoot] = useState(null);
  const [plotly, setPlotly] = useState(null);
  const [broken, setBroken] = useState(false);
  const told = useRef(heard);
  told.current = heard;
  const colours = useColours(root);
  useEffect(() => {
    let gone = false;
    load().then(
      (found) => gone || setPlotly(found),
      () => gone || setBroken(true),
    );
    return () => {
      gone = true;
    };
  }, []);
  useEffect(() => {
    if (!root || !colours || !plotly) return;
    const drawn = traces.map(({ look, ...one }) => ({ ...one, ...look?.(colours) }));
    plotly.react(root, drawn, layoutOf(colours, layout, height, drag), { responsive: true, displayModeBar: false }).then(() => {
      if (!root.dataset.drawn) listen(root, told);
      root.dataset.drawn = "true";
    });
  }, [root, colours, plotly, traces, layout, height, drag]);
  useEffect(() => {
    if (!root?.dataset.drawn || !plotly) return;
    if (lit) plotly.Fx.hover(root, [{ curveNumber: lit[0], pointNumber: lit[1] }]);
    else plotly.Fx.unhover(root);
  }, [root, plotly, lit]);
  useEffect(() => {
    if (!root?.dataset.drawn || !plotly) return;
    plotly.relayout(root, { shapes: cursor === null ? [] : [{ type: "line", xref: "x", yref: "paper", x0: cursor, x1: cursor, y0: 0, y1: 1, line: { width: 1, color: colours.mark } }] });
  }, [cursor]);
  useEffect(() => () => plotly && root && plotly.purge(root), [root, plotly]);
  if (broken) return <p className="dr-none">The drawing could not be loaded: reload the page.</p>;
  return <div ref={setRoot} className={`dl-drawing ${className}`} style={{ minHeight: height }} role={label ? "figure" : undefined} aria-label={label} aria-hidden={label ? undefined : true} />;
}
