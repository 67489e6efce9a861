// How a view looks: layout, size, whole pictures. A part of the address, and what one had last where it says nothing.

import { useCallback, useEffect, useRef, useState } from "react";
import { addressNow, useAddress } from "./address.js";
import { USUAL, keptLook, lookIn, withLook } from "./looks.js";
import { useStored } from "./ui.jsx";

const A_MOMENT = 250; // a slider that is moved says much

/** The look of the gallery, and a way to change it. */
export function useLook() {
  const [params, setParams] = useAddress();
  const [own, setOwn] = useStored("look", keptLook());
  const asked = JSON.stringify(lookIn(params));
  const [look, setLook] = useState(() => ({ ...USUAL, ...own, ...lookIn(params) }));
  const written = useRef([]);
  // An address that says otherwise counts: going back, a link. What was written from here is drawn late, and may be followed already.
  useEffect(() => {
    const at = written.current.lastIndexOf(asked);
    written.current = at < 0 ? [] : written.current.slice(at + 1);
    if (at < 0) setLook((old) => ({ ...old, ...JSON.parse(asked) }));
  }, [asked]);
  useEffect(() => {
    if (withLook(params, look).toString() === params.toString()) return undefined;
    const write = () => {
      const now = addressNow();
      const next = withLook(now, look);
      if (next.toString() === now.toString()) return;
      const said = JSON.stringify(lookIn(next));
      if (said !== asked) written.current.push(said);
      setParams(() => next, { replace: true, preventScrollReset: true });
    };
    const timer = setTimeout(write, A_MOMENT);
    return () => clearTimeout(timer);
  }, [look, params, asked, setParams]);
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
