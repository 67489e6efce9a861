// How sure a model was beside how often it was right.

import { count, percent } from "../format.js";
import { Section } from "../reading.jsx";

const SIDE = 240;
const PAD = { left: 44, top: 8, bottom: 40, right: 26 };
const SHARES = [0, 0.25, 0.5, 0.75, 1];

const x = (share) => PAD.left + share * SIDE;
const y = (share) => PAD.top + (1 - share) * SIDE;

/** `cells` hold pictures with how sure the model was of each: those behind a dot. */
export function Calibration({ bins, cells, show }) {
  const behind = (one) => cells.flatMap((cell) => cell.pictures).filter((guess) => guess.confidence >= one.low && (guess.confidence < one.high || one.high === 1)).map((guess) => guess.key);
  const most = Math.max(...bins.map((one) => one.count));
  const words = bins.map((one) => `${percent(one.confidence)} sure, right in ${percent(one.accuracy)} of ${count(one.count)}`).join("; ");
  return (
    <Section id="calibration" title="Calibration" hint="On the line it is right as often as it is sure. Below it, it is too sure of itself. Dots are as large as they have pictures.">
      <svg className="dl-calibration" viewBox={`0 0 ${PAD.left + SIDE + PAD.right} ${PAD.top + SIDE + PAD.bottom}`} role="img" aria-label={`Calibration: ${words}`}>
        {SHARES.map((share) => (
          <g key={share}>
            <line x1={x(0)} x2={x(1)} y1={y(share)} y2={y(share)} className="dl-rule" />
            <line x1={x(share)} x2={x(share)} y1={y(0)} y2={y(1)} className="dl-rule" />
            <text x={x(0) - 8} y={y(share) + 4} textAnchor="end">
              {percent(share)}
            </text>
            <text x={x(share)} y={y(0) + 16} textAnchor="middle">
              {percent(share)}
            </text>
          </g>
        ))}
        <line x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} className="dl-ideal" />
        <polyline points={bins.map((one) => `${x(one.confidence)},${y(one.accuracy)}`).join(" ")} className="dl-line" style={{ color: "var(--dl-0)" }} />
        {bins.map((one) => (
          <circle key={one.low} className={behind(one).length ? "dl-dot-open" : undefined} onClick={() => behind(one).length && show(behind(one))} cx={x(one.confidence)} cy={y(one.accuracy)} r={3 + 5 * Math.sqrt(one.count / most)} fill="var(--dl-0)">
            <title>{`${percent(one.confidence)} sure, right in ${percent(one.accuracy)} of ${count(one.count)}`}</title>
          </circle>
        ))}
        <text x={x(0.5)} y={y(0) + 34} textAnchor="middle">
          sure
        </text>
      </svg>
    </Section>
  );
}
