// What a model makes of a picture, beside what it was, what it was to become, and what other models make of it.

import { useEffect, useMemo, useState } from "react";
import { request } from "../api.js";
import { Outputs } from "../compare/outputs.jsx";
import { FINE, fetchPreview } from "../develop/preview.js";

const STEPS = { enhancement: "enhance_learned", style: "style_learned" };
/** Pictures that fit beside each other. */
const MOST = 6;

/** The task of a model that makes pictures, as its mistakes tell; nothing for others. */
export const taskOf = (mistake) => (mistake?.psnr !== undefined ? "enhancement" : mistake?.kept !== undefined ? "style" : null);

/** Versions of models of a task that can be run, newest first. */
function useVersions(task) {
  const [names, setNames] = useState([]);
  useEffect(() => {
    const abort = new AbortController();
    request("/models?limit=100", { signal: abort.signal }).then(
      ({ items }) => setNames(items.filter((one) => one.task === task).flatMap((one) => Array.from({ length: one.latest }, (_, at) => `${one.id}@${one.latest - at}`))),
      () => {},
    );
    return () => abort.abort();
  }, [task]);
  return names;
}

/** `image` is what it was, `target` what it was to become (where that is known), `model` the version that is looked at. */
export function Made({ image, target, model, task, onClose }) {
  const [others, setOthers] = useState([]);
  const versions = useVersions(task);
  const outputs = useMemo(() => {
    const made = (id, words, of, operations) => ({ id, words, key: `${id} ${of}`, load: (signal) => fetchPreview(of, { name: "draft", operations }, { longSide: FINE, signal }) });
    return [
      ...(target ? [made("target", "What it was to become", target, [])] : []),
      made("before", "What it was", image, []),
      ...[model, ...others].map((name) => made(name, name, image, [{ [STEPS[task]]: { model: name } }])),
    ];
  }, [image, target, model, others, task]);
  const left = versions.filter((name) => name !== model && !others.includes(name));
  const tools = left.length > 0 && outputs.length < MOST && (
    <select className="dr-input dr-select dl-made-more" aria-label="Another model beside it" value="" onChange={(event) => setOthers([...others, event.target.value])}>
      <option value="">Another model…</option>
      {left.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
  return <Outputs title={`What ${model} made`} tools={tools} outputs={outputs} hint={`How alike each is to ${target ? "what it was to become" : "what it was"}. Y goes through the ways to compare, arrows through the pictures, N hides the names.`} onClose={onClose} />;
}
