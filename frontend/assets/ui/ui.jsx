// Small parts that several components share.

import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Tooltip } from "@radix-ui/themes";

/** A value kept in this browser. */
export function useStored(key, initial) {
  const [value, setValue] = useState(() => {
    try {
      return JSON.parse(localStorage.getItem(`darkroom.${key}`)) ?? initial;
    } catch {
      return initial;
    }
  });
  const set = useCallback(
    (next) => {
      setValue(next);
      try {
        localStorage.setItem(`darkroom.${key}`, JSON.stringify(next));
      } catch {
        // Storage may be off; the value then lasts as long as the page.
      }
    },
    [key],
  );
  return [value, set];
}

export function useMedia(query) {
  return useSyncExternalStore(
    (tell) => {
      const list = matchMedia(query);
      list.addEventListener("change", tell);
      return () => list.removeEventListener("change", tell);
    },
    () => matchMedia(query).matches,
    () => false,
  );
}

const FRAMES = 300;

/** Keeps Tab inside an element while it is open, and gives focus back afterwards. */
export function useFocusTrap(ref, active = true) {
  useEffect(() => {
    if (!active || !ref.current) return undefined;
    const root = ref.current;
    const before = document.activeElement;
    const reachable = () =>
      [...root.querySelectorAll("a[href], button:not([disabled]), input:not([disabled]), select:not([disabled]), textarea:not([disabled]), [tabindex]:not([tabindex='-1'])")].filter((one) => one.offsetParent !== null);
    let frame = 0;
    // What is not visible yet, as on the first frames of a dark page, takes no focus.
    const take = (tries) => {
      if (root.contains(document.activeElement)) return;
      root.focus({ preventScroll: true });
      if (tries && !root.contains(document.activeElement)) frame = requestAnimationFrame(() => take(tries - 1));
    };
    take(FRAMES);
    const onKey = (event) => {
      if (event.key !== "Tab") return;
      const all = reachable();
      const edge = event.shiftKey ? all[0] : all.at(-1);
      if (!all.length || document.activeElement === edge || document.activeElement === root) {
        event.preventDefault();
        (event.shiftKey ? all.at(-1) : all[0])?.focus();
      }
    };
    root.addEventListener("keydown", onKey);
    return () => {
      cancelAnimationFrame(frame);
      root.removeEventListener("keydown", onKey);
      giveFocus(before);
    };
  }, [ref, active]);
}

/** Gives the focus back to where it was; where that is gone, to the dialog that is open or to the page, so that it is never nowhere. */
export function giveFocus(before) {
  const there = before?.isConnected && before !== document.body;
  const open = [...document.querySelectorAll("[role=dialog][aria-modal=true]")].at(-1);
  (there ? before : open || document.getElementById("content"))?.focus?.({ preventScroll: true });
}

const OTHERS = 60; // a menu gives the focus back itself, a moment after it is gone
let last = null; // what had the focus; each page has a frame of its own
const isLost = () => last && !last.isConnected && document.activeElement === document.body;

/** Where what has the focus goes away, with its list or its page, the focus goes on from there. */
export function useKeptFocus() {
  useEffect(() => {
    const onFocus = (event) => {
      last = event.target;
    };
    let timer = 0;
    const observer = new MutationObserver(() => {
      if (!isLost()) return;
      clearTimeout(timer);
      timer = setTimeout(() => isLost() && giveFocus(null), OTHERS);
    });
    document.addEventListener("focusin", onFocus);
    observer.observe(document.body, { childList: true, subtree: true });
    return () => {
      clearTimeout(timer);
      observer.disconnect();
      document.removeEventListener("focusin", onFocus);
    };
  }, []);
}

/** The time, told again every so often. */
export function useNow(every = 1000) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

export function IconButton({ label, hint, icon: Icon, size = 18, className = "", side, ...rest }) {
  return (
    <Tooltip content={hint ? `${label} · ${hint}` : label} side={side} delayDuration={400}>
      <button type="button" className={`dr-icon-button ${className}`} aria-label={label} {...rest}>
        <Icon size={size} strokeWidth={1.75} aria-hidden />
      </button>
    </Tooltip>
  );
}

export function Bar({ value, of, label, className = "" }) {
  const share = of > 0 ? Math.min(1, value / of) : 0;
  return (
    <div className={`dr-progress ${className}`} role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={of} aria-valuenow={value}>
      <span style={{ width: `${share * 100}%` }} />
    </div>
  );
}

export function Trouble({ error, onRetry }) {
  return (
    <div className="dr-trouble" role="alert">
      <strong>{error.title}</strong>
      <p>{error.message}</p>
      {error.remedy && <p className="dr-muted">{error.remedy}</p>}
      {onRetry && (
        <button type="button" className="dr-button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
