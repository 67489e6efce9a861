// What was taken for what, pictures or pixels: a grid of counts, and the pictures behind each of them.

import { useMemo, useRef, useState } from "react";
import { count, percent, plural } from "../format.js";
import { Section } from "../reading.jsx";
import { ToGallery } from "./picked.jsx";
import { Shots } from "./pictures.jsx";
import { Plot } from "./plot.jsx";

const MOST = 40; // classes that a grid on a screen can show

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** One cell is in the order of Tab; arrows lead to the others. */
function Grid({ labels, counts, noun, chosen, onChoose }) {
  const root = useRef(null);
  const [at, setAt] = useState([0, 0]);
  const onKeyDown = (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const next = at.map((one, axis) => Math.min(labels.length - 1, Math.max(0, one + step[axis])));
    setAt(next);
    root.current.querySelector(`[data-cell="${next.join("-")}"]`)?.focus();
  };
  return (
    <table ref={root} className="dl-matrix" role="grid" aria-label="Confusion" onKeyDown={onKeyDown} style={{ "--classes": labels.length }}>
      <thead>
        <tr>
          <td />
          {labels.map((label) => (
            <th key={label} scope="col">
              <span title={label}>{label}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {counts.map((row, real) => {
          const whole = row.reduce((sum, one) => sum + one, 0) || 1;
          return (
            <tr key={labels[real]}>
              <th scope="row" title={labels[real]}>
                {labels[real]}
              </th>
              {row.map((one, called) => (
                <td key={labels[called]}>
                  <button
                    type="button"
                    data-cell={`${real}-${called}`}
                    tabIndex={at[0] === real && at[1] === called ? 0 : -1}
                    aria-pressed={chosen?.[0] === real && chosen?.[1] === called}
                    aria-label={real === called ? `${plural(one, noun)} of ${labels[real]} called so` : `${plural(one, noun)} of ${labels[real]} taken for ${labels[called]}`}
                    className={one ? (real === called ? "dl-right" : "dl-wrong") : ""}
                    style={{ "--share": `${Math.round(12 + (one / whole) * 68)}%` }}
                    onFocus={() => setAt([real, called])}
                    onClick={() => onChoose(one ? [real, called] : null)}
                  >
                    {one ? (noun === "picture" ? count(one) : percent(one / whole)) : ""}
                  </button>
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Cells of a drawing that lie on the diagonal, or beside it; each as strong as its share of its row is beside the largest one. */
function cellsOf(labels, counts, noun, right) {
  const shares = counts.map((row, real) => {
    const whole = row.reduce((sum, one) => sum + one, 0) || 1;
    return row.map((one, called) => ((real === called) === right && one ? one / whole : null));
  });
  const words = (one, real, called) => `${plural(one, noun)} of ${labels[real]}<br>${right ? "called so" : `taken for ${labels[called]}`}`;
  return {
    type: "heatmap", x: labels, y: labels, z: shares, zmin: 0, zmax: Math.max(...shares.flat().map((one) => one || 0)), showscale: false, hoverongaps: false,
    text: counts.map((row, real) => row.map((one, called) => words(one, real, called))), hovertemplate: "%{text}<extra></extra>", look: (colours) => ({ colorscale: [[0, "rgba(128,128,128,.1)"], [1, right ? colours.right : colours.wrong]] }),
  };
}

/** Of many classes: all of them as a drawing, in which one looks closer. */
function Field({ labels, counts, noun, onChoose }) {
  const traces = useMemo(() => [true, false].map((right) => cellsOf(labels, counts, noun, right)), [labels, counts, noun]);
  const layout = useMemo(() => ({ x: { title: { text: "taken for" }, type: "category", showgrid: false }, y: { title: { text: "is" }, type: "category", autorange: "reversed", showgrid: false } }), []);
  return <Plot label={`Confusion of ${count(labels.length)} classes`} traces={traces} layout={layout} height={560} onPick={({ pointIndex: [real, called] }) => counts[real][called] && onChoose([real, called])} />;
}

/** The pairs that are confused most. */
function Pairs({ labels, counts, onChoose }) {
  const pairs = counts
    .flatMap((row, real) => row.map((one, called) => [one, real, called]))
    .filter(([one, real, called]) => one && real !== called)
    .sort((a, b) => b[0] - a[0])
    .slice(0, MOST);
  return (
    <ul className="dl-pairs">
      {pairs.map(([one, real, called]) => (
        <li key={`${real}-${called}`}>
          <button type="button" className="dr-chip" onClick={() => onChoose([real, called])}>
            {labels[real]} taken for {labels[called]} <span>{count(one)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** How much of a picture is in a cell: how sure the model was of it, or what share of its pixels it is. */
const amount = (one) => (one.share !== undefined ? `${percent(one.share)} of it` : `${percent(one.confidence)} sure`);

function Behind({ id, cell, label, predicted, total, noun, show }) {
  const words = label === predicted ? `${label}, called so` : `${label} taken for ${predicted}`;
  const few = cell && noun === "picture" && cell.pictures.length < total ? `, the ${count(cell.pictures.length)} it was most sure of` : "";
  return (
    <div className="dl-behind" aria-live="polite">
      <h3>
        {words}{" "}
        <span className="dr-muted">
          {plural(total, noun)}
          {few}
        </span>
      </h3>
      {id && <ToGallery id={id} region={{ label, predicted }} />}
      {cell ? <Shots small pictures={cell.pictures} show={show} words={(one) => `${words}, ${amount(one)}`} below={(one) => <p className="dr-caption">{amount(one)}</p>} /> : <p className="dr-muted">{noun === "picture" ? "This report was made before reports named the pictures; the next one will." : "Of these the pictures are not named: only of confusions."}</p>}
    </div>
  );
}

/** `id` names the report where all pictures of a cell can be asked for; `noun` is what was counted. */
export function Confusion({ id = null, labels, counts, cells, noun = "picture", show }) {
  const [chosen, setChosen] = useState(null);
  const many = labels.length > MOST;
  const [real, called] = chosen || [];
  const name = (at) => (noun === "picture" ? labels[at] : at ? labels[at] : "");
  const hint = noun === "picture" ? "A row for what they are, a column for what they were taken for. Choose a cell to see its pictures." : "Of the pixels of each class, the share that was taken for each. Choose a cell to see the pictures with most of them.";
  return (
    <Section id="confusion" title="Confusion" hint={hint}>
      {many && <Field labels={labels} counts={counts} noun={noun} onChoose={setChosen} />}
      <div className={`dl-confusion${chosen ? " dl-confusion-open" : ""}`}>
        <div className="dl-wide">{many ? <Pairs labels={labels} counts={counts} onChoose={setChosen} /> : <Grid labels={labels} counts={counts} noun={noun} chosen={chosen} onChoose={setChosen} />}</div>
        {chosen && <Behind key={chosen.join()} id={id} cell={cells.find((one) => one.label === name(real) && one.predicted === name(called))} label={labels[real]} predicted={labels[called]} total={counts[real][called]} noun={noun} show={show} />}
      </div>
    </Section>
  );
}
