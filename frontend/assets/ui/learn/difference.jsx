// What differs between two versions of a dataset, with the pictures.

import { useState } from "react";
import { ArrowRight, X } from "lucide-react";
import { count } from "../format.js";
import { Waiting } from "../reading.jsx";
import { IconButton, Trouble } from "../ui.jsx";
import { useFollow } from "./parts.jsx";
import { Shots } from "./pictures.jsx";

const KINDS = [
  ["added", "Added"],
  ["removed", "Removed"],
  ["relabelled", "Labelled anew"],
  ["moved", "In another split"],
];

const pictures = (diff, kind) => diff[`${kind}_images`].map((one) => (typeof one === "string" ? { key: one } : one));

function below(one) {
  if (one.before === undefined) return null;
  return (
    <p className="dl-change">
      {one.before || "nothing"} <ArrowRight size={12} aria-label="to" /> <strong>{one.after || "nothing"}</strong>
    </p>
  );
}

export function Difference({ before, after, show, onClose }) {
  const [{ data, error }, look] = useFollow(`/datasets/${after}/diff?before=${encodeURIComponent(before)}`, []);
  const [chosen, setChosen] = useState("");
  const there = data ? KINDS.filter(([kind]) => data[kind]) : [];
  const kind = there.some(([one]) => one === chosen) ? chosen : there[0]?.[0];
  const named = data && kind ? pictures(data, kind) : [];
  return (
    <section className="dl-diff" aria-labelledby="difference">
      <header>
        <h2 id="difference">
          {before} <ArrowRight size={15} aria-label="to" /> {after}
        </h2>
        <IconButton icon={X} label="Close the comparison" onClick={onClose} />
      </header>
      {error && <Trouble error={error} onRetry={look} />}
      {!data && !error && <Waiting rows={1} />}
      {data && (
        <div className="dr-codes" role="group" aria-label="Kinds of differences">
          {KINDS.map(([one, words]) => (
            <button key={one} type="button" className="dr-chip" aria-pressed={one === kind} disabled={!data[one]} onClick={() => setChosen(one)}>
              {words} <span>{count(data[one])}</span>
            </button>
          ))}
          <span className="dr-caption">{count(data.same)} the same</span>
        </div>
      )}
      {data && !kind && <p className="dr-none">Nothing differs.</p>}
      {named.length > 0 && <Shots small pictures={named} show={show} words={(one) => (one.before === undefined ? KINDS.find(([name]) => name === kind)[1] : `${one.before || "nothing"} became ${one.after || "nothing"}`)} below={below} />}
      {named.length > 0 && named.length < data[kind] && <p className="dr-caption">The first {count(named.length)} of {count(data[kind])}.</p>}
    </section>
  );
}
