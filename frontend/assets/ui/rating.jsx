// Stars: shown, and set by a click; the star that is set already takes them away.

import { useState } from "react";
import { Star } from "lucide-react";
import { plural } from "./format.js";

export function Rating({ value = 0, onRate, large, words = (stars) => plural(stars, "star"), className = "" }) {
  const [over, setOver] = useState(0);
  const shown = over || value;
  return (
    <div className={`dr-stars${large ? "" : " dr-stars-small"} ${className}`} role="group" aria-label="Rating" onPointerLeave={() => setOver(0)}>
      {[1, 2, 3, 4, 5].map((stars) => (
        <button
          key={stars}
          type="button"
          aria-label={words(stars)}
          title={words(stars)}
          aria-pressed={stars === value}
          className={stars <= shown ? "dr-star-on" : ""}
          onPointerEnter={(event) => event.pointerType === "mouse" && setOver(stars)}
          onClick={() => onRate(stars === value ? 0 : stars)}
        >
          <Star size={large ? 20 : 16} fill="currentColor" strokeWidth={0} aria-hidden />
        </button>
      ))}
    </div>
  );
}
