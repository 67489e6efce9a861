// A recipe tried on others before it is made of all: the worst, the best and the largest of those that are meant.

import { useEffect, useState } from "react";
import { TriangleAlert } from "lucide-react";
import { request } from "../api.js";
import { fetchPreview } from "./preview.js";

const SIDE = 256;
const KINDS = [["quality", "worst", 3], ["-quality", "best", 2], ["-bytes", "largest", 2], ["taken_at", "oldest", 1]];

/** Pictures of a view that differ as much as its extremes do. */
async function chosenOf(view, ids, signal) {
  if (ids) return ids.slice(0, 8).map((id) => ({ id, words: "" }));
  const params = new URLSearchParams(view || "");
  const found = [];
  for (const [sort, words, limit] of KINDS) {
    params.set("sort", sort);
    params.set("limit", limit);
    const { items } = await request(`/images?${params}`, { signal });
    for (const item of items) if (!found.some((one) => one.id === item.id)) found.push({ id: item.id, words: `${words}: ${item.name}` });
  }
  return found;
}

export function Trials({ recipe, view, ids }) {
  const [found, setFound] = useState(null);
  const chosen = ids?.join();
  useEffect(() => {
    const abort = new AbortController();
    const urls = [];
    setFound(null);
    (async () => {
      const pictures = await chosenOf(view, chosen?.split(","), abort.signal);
      setFound(pictures);
      for (const picture of pictures) {
        let result;
        try {
          const { blob } = await fetchPreview(picture.id, JSON.parse(recipe), { longSide: SIDE, quality: 80, signal: abort.signal });
          urls.push(URL.createObjectURL(blob));
          result = { url: urls.at(-1) };
        } catch (problem) {
          result = { problem };
        }
        if (abort.signal.aborted) return;
        setFound((old) => old.map((one) => (one.id === picture.id ? { ...one, ...result } : one)));
      }
    })().catch(() => {});
    return () => {
      abort.abort();
      urls.forEach((url) => URL.revokeObjectURL(url));
    };
  }, [recipe, view, chosen]);
  return (
    <ul className="dv-trials" aria-label="Tried on some of them">
      {(found || Array.from({ length: 4 }, (_, id) => ({ id, words: "" }))).map((one) => (
        <li key={one.id} title={one.problem ? `${one.problem.message} ${one.problem.remedy}` : one.words}>
          <span className="dv-preset-shot">{one.url ? <img src={one.url} alt={one.words} /> : one.problem ? <TriangleAlert size={18} strokeWidth={1.5} aria-label={one.problem.message} /> : <i className="dr-skeleton" />}</span>
          <span>{one.problem ? one.problem.title : one.words}</span>
        </li>
      ))}
    </ul>
  );
}
