// The line under the picture: what is computed, how long it took, the colour under the pointer.

import { LoaderCircle, TriangleAlert } from "lucide-react";
import { number, percent, plural } from "../format.js";
import { FINE } from "./preview.js";

const KEPT = { server: "Draft kept", browser: "Draft kept in this browser alone", nowhere: "The draft could not be kept" };

function Colour({ value }) {
  const hex = value.map((one) => one.toString(16).padStart(2, "0")).join("");
  return (
    <span className="dv-colour-read">
      <i style={{ background: `#${hex}` }} aria-hidden />
      <code>
        {value.map((one) => String(one).padStart(3, " ")).join(" ")} · #{hex}
      </code>
    </span>
  );
}

function Doing({ preview, steps: on, titleOf, mistake }) {
  if (mistake) {
    return (
      <span className="dv-mistake" role="alert">
        <TriangleAlert size={14} aria-hidden /> {mistake.key === null ? `${mistake.words} ${mistake.problem.remedy}` : "A step cannot be done as it is. The picture shows what was before."}
      </span>
    );
  }
  if (preview.busy) {
    const first = on[preview.from];
    return (
      <span>
        <LoaderCircle size={13} className="dv-spin" aria-hidden /> {preview.side > FINE ? "Computing in full size" : first ? `Computing ${titleOf(first.name)}${on.length - preview.from > 1 ? ` and ${plural(on.length - preview.from - 1, "step")} after it` : ""}` : "Computing"}
      </span>
    );
  }
  const { found } = preview;
  if (!found) return <span />;
  return (
    <span>
      {found.width} × {found.height} {found.longSide > FINE ? "in full size in" : "preview in"} {found.ms < 1000 ? `${number(found.ms, 0)} ms` : `${number(found.ms / 1000, 1)} s`}
      {on.length > 1 && found.reused > 0 && ` · ${Math.min(found.reused, on.length)} of ${on.length} steps remembered`}
    </span>
  );
}

export function StatusLine({ preview, steps, titleOf, zoom, colour, picking, mistake, kept, likeness }) {
  return (
    <footer className="dv-status" data-ms={preview.found?.ms ?? ""} data-busy={preview.busy || undefined}>
      <Doing preview={preview} steps={steps} titleOf={titleOf} mistake={mistake} />
      {picking && <strong>Click the colour in the picture</strong>}
      <span className="dv-push" />
      {likeness}
      {colour && <Colour value={colour} />}
      {zoom > 1 && <span>{percent(zoom)}</span>}
      <span className="dr-desk-only">{KEPT[kept]}</span>
    </footer>
  );
}
