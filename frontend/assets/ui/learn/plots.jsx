// What a model said of each picture, drawn: every dot opens its picture, what is drawn around is shown below.

import { useMemo, useState } from "react";
import { count, percent } from "../format.js";
import { SelectField } from "../forms.jsx";
import { Section } from "../reading.jsx";
import { useFollow } from "./parts.jsx";
import { Picked } from "./picked.jsx";
import { Plot } from "./plot.jsx";
import { AXES, asked, cellOf, known, meant } from "./region.js";

const words = (one) => `${one.label}${one.hit ? "" : ` taken for ${one.predicted}`}`;
const WAYS = [
  ["select", "chooses pictures"],
  ["zoom", "shows a part larger"],
];

/** Dots of those called right or wrong. */
function dotsOf(points, by, hit) {
  const of = points.filter((one) => one.hit === hit);
  return {
    type: "scatter", mode: "markers", name: hit ? "called right" : "called wrong", x: of.map((one) => one[by]), y: of.map((one) => one.right), customdata: of.map((one) => one.key), text: of.map(words),
    hovertemplate: "%{text}<br>%{y:.0%} for what it is<extra></extra>", look: (colours) => ({ marker: { color: hit ? colours.right : colours.wrong, symbol: hit ? "circle" : "x", size: hit ? 6 : 8, opacity: hit ? 0.55 : 0.9 } }),
  };
}

/** Where all pictures lie, the more the stronger. */
function shadeOf({ low, step, right_low: bottom, right_step: up, count: counts, wrong }) {
  return {
    type: "heatmap", name: "all", showscale: false, x0: low + step / 2, dx: step, y0: bottom + up / 2, dy: up, z: counts.map((row) => row.map((one) => (one ? Math.log10(one) + 0.3 : null))),
    text: counts.map((row, y) => row.map((one, x) => `${count(one)} pictures, ${count(wrong[y][x])} called wrong`)), hovertemplate: "%{text}<extra></extra>", hoverongaps: false,
    look: (colours) => ({ colorscale: [[0, "rgba(128,128,128,.12)"], [1, colours.tone("var(--dl-0)")]] }),
  };
}

/** Probability of what a picture is, beside something that is known of it. */
function Points({ id, whole, show }) {
  const axes = AXES.filter(([name]) => known(whole.points, name));
  const [by, setBy] = useState(axes[0]?.[0]);
  const [, title, format] = axes.find(([one]) => one === by) || [];
  const [part, setPart] = useState(null);
  const [way, setWay] = useState("select");
  const [region, setRegion] = useState(null);
  const [lit, setLit] = useState(null);
  // Of few pictures each is there already; of many those of the part that is shown are asked for.
  const many = whole.count > whole.points.length;
  const [{ data }] = useFollow(many ? `/reports/${id}/points?${asked(meant(by, part))}` : "", []);
  const points = data?.points || whole.points;
  const density = data?.density;
  const traces = useMemo(() => {
    const shown = points.filter((one) => one[by] !== null && one[by] !== undefined);
    const dots = [true, false].map((hit) => dotsOf(shown, by, hit));
    return density ? [shadeOf(density), dots[1]] : dots;
  }, [points, density, by]);
  const layout = useMemo(
    () => ({
      showlegend: true, legend: { orientation: "h", y: 1.12 }, x: { title: { text: title }, tickformat: format, ...(part ? { range: part.x } : by === "sure" && { range: [-0.03, 1.03] }) },
      y: { title: { text: "probability of what it is" }, tickformat: ".0%", range: part ? part.y : [-0.03, 1.03] },
    }),
    [title, format, by, part],
  );
  const at = useMemo(() => new Map(traces.flatMap((trace, curve) => (trace.customdata || []).map((key, index) => [key, [curve, index]]))), [traces]);
  if (!by) return null;
  // The chosen one first, then those beside it, so that arrows go on in the drawing.
  const open = (point) => {
    if (point.data.type === "heatmap") return setRegion(cellOf(by, density, point));
    const keys = point.data.customdata;
    const order = keys.map((_, index) => index).sort((a, b) => point.data.x[a] - point.data.x[b]);
    return show(order.map((index) => keys[index]), order.indexOf(point.pointIndex));
  };
  const within = data ? data.within : whole.within;
  const wrong = data ? data.wrong : whole.wrong;
  const hint = density ? `Shades are ${count(within)} pictures, crosses those called wrong most surely. Choose either, or draw around some, to see pictures.` : "A dot is a picture: choose one to see it, or draw around some to see them all.";
  return (
    <Section id="points" title="Picture by picture" hint={hint}>
      <div className="dl-drawing-tools">
        {axes.length > 1 && <SelectField className="dl-beside" label="Beside" options={axes.map(([one, said]) => [one, said])} value={by} onChange={(value) => (setBy(value), setPart(null), setRegion(null))} />}
        <SelectField className="dl-beside" label="Drawing" options={WAYS} value={way} onChange={setWay} />
        {part && (
          <button type="button" className="dr-button dr-button-small" onClick={() => setPart(null)}>
            Show all again
          </button>
        )}
        <button type="button" className="dr-button dr-button-small" onClick={() => setRegion(region ? null : meant(by, part, true))}>
          {region ? "Hide the pictures" : "Choose by numbers"}
        </button>
      </div>
      <Plot
        key={by}
        label={`Probability of what each picture is, by ${title}: ${count(within - wrong)} called right, ${count(wrong)} called wrong`}
        traces={traces}
        layout={layout}
        drag={way}
        lit={lit && at.get(lit)}
        onPick={open}
        onSelect={(range) => setRegion(range && meant(by, range, true))}
        onZoom={setPart}
      />
      {region && <Picked id={id} region={region} title={title} show={show} onChange={setRegion} onLook={setLit} onClose={() => setRegion(null)} />}
    </Section>
  );
}

const THRESHOLD_X = { title: { text: "least sure" }, tickformat: ".0%" };
const SHARE_Y = { tickformat: ".0%", range: [-0.03, 1.03] };

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
  const layout = useMemo(() => ({ showlegend: true, legend: { orientation: "h", y: 1.12 }, x: THRESHOLD_X, y: SHARE_Y }), []);
  const open = (point) => {
    const least = curve[point.pointIndex]?.threshold ?? 0;
    const keys = data.points.filter((one) => !one.hit && one.sure >= least).sort((a, b) => b.sure - a.sure).map((one) => one.key);
    if (keys.length) show(keys);
  };
  const last = curve.at(-1);
  return (
    <Section id="thresholds" title="If it may say nothing" hint="Leaving pictures alone of which it is not sure enough makes it more often right about the others. Choose a dot to see what it still calls wrong there.">
      <Plot label={`Accuracy by least confidence: at ${percent(last.threshold)}, ${percent(last.kept)} are called, ${percent(last.accuracy)} of them right`} traces={traces} layout={layout} onPick={open} />
    </Section>
  );
}

const CURVES = 10; // as many as have colours of their own

/** Precision against recall of each class, by how sure the model must be to call it; `onPick` leads from a dot to pictures, where they are known. */
export function Recall({ classes, onPick = null }) {
  const [label, setLabel] = useState("");
  const drawn = useMemo(() => classes.filter((one) => one.points.length > 1), [classes]);
  const traces = useMemo(
    () =>
      drawn
        .filter((one) => (label ? one.label === label : drawn.indexOf(one) < CURVES))
        .map((one) => ({
          type: "scatter", mode: "lines+markers", name: one.label, x: one.points.map((point) => point.recall), y: one.points.map((point) => point.precision), customdata: one.points.map((point) => [one.label, point.threshold]),
          hovertemplate: `%{fullData.name}, if at least %{customdata[1]:.0%} sure:<br>%{y:.1%} of those called so are, %{x:.1%} of them found<extra></extra>`, look: (colours) => ({ line: { color: colours.tone(`var(--dl-${drawn.indexOf(one) % CURVES})`) }, marker: { size: 4 } }),
        })),
    [drawn, label],
  );
  const layout = useMemo(() => ({ showlegend: true, legend: { orientation: "h", y: 1.12 }, x: { title: { text: "recall" }, tickformat: ".0%", range: [-0.03, 1.03] }, y: { title: { text: "precision" }, ...SHARE_Y } }), []);
  if (!drawn.length) return null;
  return (
    <Section id="recall" title="Precision against recall" hint={`The surer it must be to call a class, the more of what it calls so is, and the less of it is found.${onPick ? " Choose a dot to see what is called so there." : ""}`}>
      {drawn.length > 1 && <SelectField className="dl-beside" label="Class" options={[["", drawn.length > CURVES ? `the ${CURVES} largest` : "all"], ...drawn.map((one) => [one.label, one.label])]} value={label} onChange={setLabel} />}
      <Plot label={`Precision against recall of ${drawn.map((one) => one.label).join(", ")}`} traces={traces} layout={layout} onPick={onPick && (({ customdata: [predicted, least] }) => onPick({ by: "sure", low: least, predicted }))} />
    </Section>
  );
}

function ClassCurves({ id, onPick }) {
  const [{ data }] = useFollow(`/reports/${id}/curves`, []);
  return data && <Recall classes={data.classes} onPick={onPick} />;
}

/** `onPick(region)` shows pictures of a part of the report. */
export function Plots({ id, show, onPick }) {
  const [{ data }] = useFollow(`/reports/${id}/points`, []);
  if (!data) return null;
  return (
    <>
      <Points id={id} whole={data} show={show} />
      <ClassCurves id={id} onPick={onPick} />
      {data.curve.length > 1 && <Thresholds data={data} show={show} />}
    </>
  );
}
