// What was taken for what: a grid of counts, and the pictures behind each of them.

import { useRef, useState } from "react";
import { count, percent, plural } from "../format.js";
import { Section } from "../reading.jsx";
import { Shots } from "./pictures.jsx";

const MOST = 40; // classes that a grid on a screen can show

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** One cell is in the order of Tab; arrows lead to the others. */
function Grid({ labels, counts, chosen, onChoose }) {
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
                    aria-label={real === called ? `${plural(one, "picture")} of ${labels[real]} called so` : `${plural(one, "picture")} of ${labels[real]} taken for ${labels[called]}`}
                    className={one ? (real === called ? "dl-right" : "dl-wrong") : ""}
                    style={{ "--share": `${Math.round(12 + (one / whole) * 68)}%` }}
                    onFocus={() => setAt([real, called])}
                    onClick={() => onChoose(one ? [real, called] : null)}
                  >
                    {one ? count(one) : ""}
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

/** Of many classes: the pairs that are confused most. */
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

function Behind({ cell, label, predicted, total, show }) {
  const words = label === predicted ? `${label}, called so` : `${label} taken for ${predicted}`;
  return (
    <div className="dl-behind" aria-live="polite">
      <h3>
        {words} <span className="dr-muted">{plural(total, "picture")}{cell && cell.pictures.length < total ? `, the ${count(cell.pictures.length)} it was most sure of` : ""}</span>
      </h3>
      {cell ? <Shots small pictures={cell.pictures} show={show} words={(one) => `${words}, ${percent(one.confidence)} sure`} below={(one) => <p className="dr-caption">{percent(one.confidence)}</p>} /> : <p className="dr-muted">This report was made before reports named the pictures; the next one will.</p>}
    </div>
  );
}

export function Confusion({ labels, counts, cells, show }) {
  const [chosen, setChosen] = useState(null);
  const many = labels.length > MOST;
  const [real, called] = chosen || [];
  return (
    <Section id="confusion" title={many ? "Confused most" : "Confusion"} hint={many ? "Choose one to see its pictures." : "A row for what they are, a column for what they were taken for. Choose a cell to see its pictures."}>
      <div className={`dl-confusion${chosen ? " dl-confusion-open" : ""}`}>
        <div className="dl-wide">{many ? <Pairs labels={labels} counts={counts} onChoose={setChosen} /> : <Grid labels={labels} counts={counts} chosen={chosen} onChoose={setChosen} />}</div>
        {chosen && <Behind key={chosen.join()} cell={cells.find((one) => one.label === labels[real] && one.predicted === labels[called])} label={labels[real]} predicted={labels[called]} total={counts[real][called]} show={show} />}
      </div>
    </Section>
  );
}
