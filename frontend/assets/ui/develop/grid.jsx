// Variants: two parameters varied against each other, each cell with its size and how alike it is to what is there now.

import { useMemo, useState } from "react";
import { useMedia } from "../ui.jsx";
import { Beside } from "./cells.jsx";
import { shown } from "./schema.js";
import { around, spread, varied, withValue } from "./variants.js";

function Axis({ name, options, axis, onAxis }) {
  const put = (at, text) => {
    const value = Number(text);
    if (Number.isFinite(value)) onAxis({ ...axis, range: axis.range.map((one, index) => (index === at ? value : one)) });
  };
  return (
    <fieldset className="dv-axis">
      <legend>{name}</legend>
      <select className="dr-input dr-select" aria-label={`Parameter ${name.toLowerCase()}`} value={axis.id} onChange={(event) => onAxis({ id: event.target.value, range: rangeOf(options, event.target.value) })}>
        {options.map((one) => (
          <option key={one.id} value={one.id}>
            {one.words}
          </option>
        ))}
      </select>
      <input className="dr-input" type="number" step="any" aria-label={`${name} from`} value={axis.range[0]} onChange={(event) => put(0, event.target.value)} />
      <span aria-hidden>–</span>
      <input className="dr-input" type="number" step="any" aria-label={`${name} to`} value={axis.range[1]} onChange={(event) => put(1, event.target.value)} />
    </fieldset>
  );
}

const rangeOf = (options, id) => {
  const one = options.find((option) => option.id === id);
  return one.range || around(one.field, one.value);
};

export function Variants({ id, doc, catalogue, keep, onUse, onSave, onClose }) {
  const phone = useMedia("(max-width: 640px)");
  const options = useMemo(() => varied(doc, catalogue), [doc, catalogue]);
  const [size, setSize] = useState(3);
  const [across, setAcross] = useState(() => ({ id: options[0].id, range: rangeOf(options, options[0].id) }));
  const [down, setDown] = useState(() => {
    const other = options[1] || options[0];
    return { id: other.id, range: rangeOf(options, other.id) };
  });
  const grid = useMemo(() => {
    const [x, y] = [across, down].map((axis) => options.find((one) => one.id === axis.id) || options[0]);
    const columns = spread(x.field, across.range, size);
    const rows = x.id === y.id ? [y.value] : spread(y.field, down.range, size);
    const docOf = (column, row) => {
      const first = withValue(doc, x, column);
      return x.id === y.id ? first : withValue(first, y, row);
    };
    const words = (column, row) => `${x.field.label} ${shown(x.field, column)}${x.id === y.id ? "" : `, ${y.field.label} ${shown(y.field, row)}`}`;
    return { columns: columns.length, cells: rows.flatMap((row) => columns.map((column) => ({ id: `${column}/${row}`, words: words(column, row), doc: docOf(column, row) }))) };
  }, [across, down, size, doc, options]);
  const tools = (
    <>
      <Axis name="Across" options={options} axis={across} onAxis={setAcross} />
      {options.length > 1 && <Axis name="Down" options={options} axis={down} onAxis={setDown} />}
      <div className="dv-segments" role="radiogroup" aria-label="Size of the grid">
        {[3, 4, 5].map((one) => (
          <label key={one}>
            <input type="radio" name="dv-grid-size" checked={size === one} onChange={() => setSize(one)} />
            <span>
              {one} × {one}
            </span>
          </label>
        ))}
      </div>
    </>
  );
  return (
    <Beside
      title="Variants"
      tools={tools}
      id={id}
      doc={doc}
      keep={keep}
      cells={grid.cells}
      columns={phone ? Math.min(2, grid.columns) : grid.columns}
      caption="Bytes of the small preview, and how alike it is to what you have now. Arrows go from cell to cell; the wheel, + and − look closer at all of them."
      use="Use these values"
      onUse={(cell) => onUse(cell.doc, cell.words)}
      onSave={onSave}
      onClose={onClose}
    />
  );
}
