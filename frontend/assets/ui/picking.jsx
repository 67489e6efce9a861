// How one picture of a view is opened and chosen, whatever it is drawn as.

import { useEffect, useRef } from "react";
import { Check } from "lucide-react";

const LONG_PRESS = 450;

/** Held down with a finger, a picture is chosen: there is no key to hold. */
function useLongPress(act) {
  const timer = useRef(0);
  const held = useRef(false);
  const stop = () => clearTimeout(timer.current);
  useEffect(() => stop, []);
  return {
    onTouchStart: () => {
      held.current = false;
      timer.current = setTimeout(() => {
        held.current = true;
        act();
      }, LONG_PRESS);
    },
    onTouchMove: stop,
    onTouchEnd: (event) => {
      stop();
      if (held.current) event.preventDefault();
    },
    onTouchCancel: stop,
    onContextMenu: (event) => held.current && event.preventDefault(),
  };
}

/** Handlers of a picture: a click opens it, or chooses it where some are chosen already or a key says so. */
export function usePicking({ position, choosing, onOpen, onPick }) {
  const press = useLongPress(() => onPick(position, "toggle"));
  const onClick = (event) => {
    if (event.shiftKey) onPick(position, "range");
    else if (event.ctrlKey || event.metaKey || choosing) onPick(position, "toggle");
    else onOpen(position);
  };
  return { onClick, onDoubleClick: () => choosing && onOpen(position), ...press };
}

/** The corner of a picture that chooses it, alone or with all since the last one. */
export function CheckButton({ className, name, position, chosen, size, onPick }) {
  const onClick = (event) => {
    event.stopPropagation();
    onPick(position, event.shiftKey ? "range" : "toggle");
  };
  return (
    <button type="button" tabIndex={-1} className={className} aria-label={`Choose ${name}`} aria-pressed={chosen} onClick={onClick}>
      <Check size={size} strokeWidth={3} aria-hidden />
    </button>
  );
}
