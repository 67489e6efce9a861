// What is read again and again while it is looked at.

import { useCallback, useEffect, useRef, useState } from "react";
import { request } from "./api.js";
import { useLive } from "./live.js";

const LOOK = 4000;

/** Something read over REST, again every few seconds and when a live event says that it changed. */
export function useRead(path, types) {
  const [state, setState] = useState({ data: null, error: null });
  const flying = useRef(false);
  const look = useCallback(async () => {
    if (flying.current || document.hidden) return;
    flying.current = true;
    try {
      const data = await request(path);
      setState({ data, error: null });
    } catch (error) {
      setState((old) => ({ ...old, error }));
    }
    flying.current = false;
  }, [path]);
  useEffect(() => {
    look();
    const timer = setInterval(look, LOOK);
    return () => clearInterval(timer);
  }, [look]);
  useLive((event) => types.some((type) => event.type.startsWith(type)) && look());
  return [state, look, setState];
}
