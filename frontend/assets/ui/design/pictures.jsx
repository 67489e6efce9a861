// How pictures are shown: as tiles and as lines, plain, chosen, with what was said of them, and before they are there.

import { Cell } from "../cell.jsx";
import { Line } from "../list.jsx";
import { ListHead } from "../listhead.jsx";
import { Section } from "../reading.jsx";

const PICTURE = "UklGRjwAAABXRUJQVlA4IDAAAACwAQCdASoIAAYAAoBCJZACdAEOtXEwAP6DzP4/z2uPuPQQv52d5/VsHkTRQ5en4AA=";
const PLAIN = { id: "example", name: "harbour.jpg", width: 6000, height: 4000, bytes: 8_400_000, placeholder: PICTURE, tags: ["ocean"], quality: { score: 0.82, problems: [] }, rating: 0, camera: "Halide One", taken_at: "2026-06-01T10:00:00Z" };
const SAID = { ...PLAIN, name: "said.jpg", rating: 4, favourite: true, label: "green" };
const MARKED = { ...PLAIN, name: "marked.jpg", duplicate_group: "g", quality: { score: 0.31, problems: ["blurred"] } };
const STATES = [
  [PLAIN, {}],
  [PLAIN, { active: true }],
  [PLAIN, { chosen: true, choosing: true }],
  [PLAIN, { choosing: true }],
  [SAID, {}],
  [MARKED, {}],
  [null, {}],
];
const nothing = () => {};

const row = (Shown) =>
  STATES.map(([item, state], at) => <Shown key={at} item={item && { ...item, id: `example-${at}` }} position={at} kind="thumbnail" loading={false} height={130} onOpen={nothing} onPick={nothing} {...state} />);

export function Pictures() {
  return (
    <Section id="ds-pictures" title="Pictures" hint="Plain, where the keys are, chosen, to be chosen, with a rating, with marks, and not there yet.">
      <div className="ds-pictures" role="grid" aria-label="Tiles">
        <div role="row">{row(Cell)}</div>
      </div>
      <div className="dr-desk-only">
        <ListHead sort="-taken_at" onSort={nothing} />
        <div className="ds-lines" role="grid" aria-label="Lines">
          {row(Line).map((line, at) => (
            <div key={at} role="row">
              {line}
            </div>
          ))}
        </div>
      </div>
    </Section>
  );
}
