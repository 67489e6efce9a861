// How a view looks: layout, size, whole pictures. A part of the address, and what one had last where it says nothing.

import { useCallback, useEffect, useState } from "react";
import { useSearchParams } from "react-router";
import { USUAL, keptLook, lookIn, withLook } from "./looks.js";
import { useStored } from "./ui.jsx";

const A_MOMENT = 250; // a slider that is moved says much

/** The look of the gallery, and a way to change it. */
export function useLook() {
  const [params, setParams] = useSearchParams();
  const [own, setOwn] = useStored("look", keptLook());
  const asked = JSON.stringify(lookIn(params));
  const [look, setLook] = useState(() => ({ ...USUAL, ...own, ...lookIn(params) }));
  // An address that says otherwise counts: going back, a link.
  useEffect(() => setLook((old) => ({ ...old, ...JSON.parse(asked) })), [asked]);
  useEffect(() => {
    const next = withLook(params, look);
    if (next.toString() === params.toString()) return undefined;
    const timer = setTimeout(() => setParams(next, { replace: true, preventScrollReset: true }), A_MOMENT);
    return () => clearTimeout(timer);
  }, [look, params, setParams]);
  const change = useCallback(
    (part) =>
      setLook((old) => {
        const next = { ...old, ...part };
        setOwn(next);
        return next;
      }),
    [setOwn],
  );
  return [look, change];
}
