// The bytes of pictures that are compared, with addresses to show them by.

import { useEffect, useRef, useState } from "react";

const AT_ONCE = 2;
/** What was shown stays until its successor is decoded. */
const REST = 2000;

const later = (url) => url && setTimeout(() => URL.revokeObjectURL(url), REST);

/**
 * What each of `outputs` (`{ id, key, load(signal) }`) gave: `{ blob, url, ratio }`, or `{ problem }`. One whose `key` changes is loaded anew,
 * and stays as it is until then. `load` gives `{ blob }`, or nothing where there is nothing better than what is there.
 */
export function useLoaded(outputs, active = true) {
  const [found, setFound] = useState({});
  const all = useRef({});
  const keys = outputs.map((one) => one.key ?? one.id).join("\n");
  useEffect(() => {
    if (!active) return undefined;
    const abort = new AbortController();
    const left = outputs.filter((one) => all.current[one.id]?.key !== (one.key ?? one.id));
    const put = (one, value) => {
      later(all.current[one.id]?.url);
      all.current = { ...all.current, [one.id]: { ...value, key: one.key ?? one.id } };
      setFound(all.current);
    };
    const work = async () => {
      while (left.length && !abort.signal.aborted) {
        const one = left.shift();
        try {
          const { blob, width, height } = await one.load(abort.signal);
          const size = width ? { width, height } : await createImageBitmap(blob);
          if (!abort.signal.aborted) put(one, { blob, url: URL.createObjectURL(blob), ratio: size.width / size.height });
        } catch (problem) {
          if (problem.name !== "AbortError" && !abort.signal.aborted) put(one, { problem });
        }
      }
    };
    for (let at = 0; at < AT_ONCE; at += 1) work();
    return () => abort.abort();
  }, [keys, active]);
  useEffect(
    () => () => {
      Object.values(all.current).forEach((one) => later(one.url));
      all.current = {};
    },
    [],
  );
  return found;
}
