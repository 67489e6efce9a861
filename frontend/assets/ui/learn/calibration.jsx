// How sure a model was beside how often it was right, with the interval of each share.

import { useMemo } from "react";
import { count, percent } from "../format.js";
import { Section } from "../reading.jsx";
import { Plot } from "./plot.jsx";

const SURE = 1.959963984540054;

/** The ends of the interval that holds a share in 95 of 100 cases (Wilson). */
export function spanOf(share, total) {
  const width = SURE * Math.sqrt((share * (1 - share)) / total + SURE ** 2 / (4 * total ** 2));
  const middle = share + SURE ** 2 / (2 * total);
  const scale = 1 + SURE ** 2 / total;
  return [Math.max(0, (middle - width) / scale), Math.min(1, (middle + width) / scale)];
}

const tellBin = (one) => `${percent(one.confidence)} sure, right in ${percent(one.accuracy)} of ${count(one.count)}`;

/** `onPick(bin)` shows the pictures behind a dot. */
export function Calibration({ bins, onPick }) {
  const traces = useMemo(() => {
    const spans = bins.map((one) => spanOf(one.accuracy, one.count));
    const most = Math.max(...bins.map((one) => one.count));
    return [
      { type: "scatter", mode: "lines", x: [0, 1], y: [0, 1], hoverinfo: "skip", look: (colours) => ({ line: { dash: "dot", width: 1, color: colours.mark } }) },
      {
        type: "scatter", mode: "lines+markers", x: bins.map((one) => one.confidence), y: bins.map((one) => one.accuracy), customdata: bins.map((_, at) => at), text: bins.map(tellBin), hovertemplate: "%{text}<extra></extra>",
        error_y: { type: "data", symmetric: false, array: bins.map((one, at) => spans[at][1] - one.accuracy), arrayminus: bins.map((one, at) => one.accuracy - spans[at][0]), thickness: 1, width: 3 },
        look: (colours) => ({ line: { color: colours.tone("var(--dl-0)") }, marker: { size: bins.map((one) => 7 + 9 * Math.sqrt(one.count / most)) } }),
      },
    ];
  }, [bins]);
  const layout = useMemo(() => ({ showlegend: false, x: { title: { text: "sure" }, tickformat: ".0%", range: [0, 1.03] }, y: { title: { text: "right" }, tickformat: ".0%", range: [0, 1.03] } }), []);
  return (
    <Section id="calibration" title="Calibration" hint="On the dotted line it is right as often as it is sure. Below it, it is too sure of itself. Dots are as large as they have pictures, with the interval of their share; choose one to see them.">
      <div className="dl-calibration">
        <Plot label={`Calibration: ${bins.map(tellBin).join("; ")}`} traces={traces} layout={layout} height={360} onPick={(point) => point.customdata !== undefined && onPick(bins[point.customdata])} />
      </div>
    </Section>
  );
}
