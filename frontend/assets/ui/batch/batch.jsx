// What chosen pictures are taken into: datasets, recipes, files, Develop. Each is told before it is done.

import { Columns2, Database, Download, SlidersHorizontal, Wand2 } from "lucide-react";
import { Link } from "react-router";
import { Compared, MOST } from "../compared.jsx";
import { Gated } from "../forms.jsx";
import { DatasetDialog } from "./dataset.jsx";
import { ExportDialog } from "./export.jsx";
import { RecipeDialog } from "./recipe.jsx";
import { developed, keepChosen } from "./developed.js";

const TOOLS = [
  ["dataset", "Dataset", "Add to a dataset · S", Database, "datasets:write"],
  ["recipe", "Recipe", "Run a recipe on them · R", Wand2, "renditions:write"],
  ["export", "Export", "Take them along in one file · O", Download, "images:read"],
];

export function BatchTools({ acting, selection, source }) {
  return (
    <>
      {TOOLS.map(([kind, name, title, Icon, permission]) => (
        <Gated key={kind} permission={permission} className="dr-chosen-tool" title={title} onClick={() => acting.begin(kind)}>
          <Icon size={17} strokeWidth={1.75} aria-hidden />
          <span>{name}</span>
        </Gated>
      ))}
      {!selection.all && selection.ids.size > 1 && selection.ids.size <= MOST && (
        <button type="button" className="dr-chosen-tool" title="Compare them beside each other" onClick={() => acting.begin("compare")}>
          <Columns2 size={17} strokeWidth={1.75} aria-hidden />
          <span>Compare</span>
        </button>
      )}
      <Link className="dr-chosen-tool" title="Develop these · presets for all of them" to={developed(selection, source)} onClick={() => keepChosen(selection)}>
        <SlidersHorizontal size={17} strokeWidth={1.75} aria-hidden />
        <span>Develop</span>
      </Link>
    </>
  );
}

/** `onOpen(id)` looks at one picture alone. */
export function BatchDialog({ acting, onOpen, onRated }) {
  const { kind, goal, preset } = acting.batch;
  if (kind === "compare") return <Compared ids={goal.selection.ids} onOpen={(id) => (acting.end(), onOpen(id))} onRated={onRated} onClose={acting.end} />;
  if (kind === "dataset") return <DatasetDialog goal={goal} onClose={acting.end} />;
  if (kind === "recipe") return <RecipeDialog goal={goal} onExport={(preset) => acting.begin("export", { goal, preset })} onClose={acting.end} />;
  return <ExportDialog goal={goal} preset={preset} onClose={acting.end} />;
}
