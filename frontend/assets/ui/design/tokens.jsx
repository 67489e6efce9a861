// What the styles are made of, read from the page itself: colours with their contrast, sizes of type, room and corners.

import { useContext, useEffect, useRef, useState } from "react";
import { ColorModeContext } from "$/utils/context-registry";
import { Section } from "../reading.jsx";

const GROUNDS = ["--dr-canvas", "--dr-chrome", "--dr-raised"];
const TEXTS = ["--dr-text", "--dr-muted", "--dr-good", "--dr-warn", "--dr-bad"];
const RING = "--dr-focus";
const PAIRS = [["--dr-on-ink", "--dr-ink"], ["--dr-on-fill", "--dr-fill"]];
const TYPE = ["--dr-type-tiny", "--dr-type-small", "--dr-type-caption", "--dr-type-note", "--dr-type", "--dr-type-title", "--dr-type-touched", "--dr-type-large", "--dr-type-page"];
const CORNERS = ["--dr-corner-small", "--dr-corner", "--dr-corner-large", "--dr-corner-dialog"];

/** Relative luminance of a computed `rgb(...)`, as WCAG 2 defines it. */
function luminance(colour) {
  const [red, green, blue] = colour.map((one) => (one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** Values of tokens where they hold, read anew when the theme changes. */
function useTokens(names) {
  const root = useRef(null);
  const { resolvedColorMode } = useContext(ColorModeContext);
  const [found, setFound] = useState({});
  useEffect(() => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const frame = requestAnimationFrame(() => {
      const style = getComputedStyle(root.current);
      const read = (name) => {
        canvas.fillStyle = style.getPropertyValue(name).trim();
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
      };
      setFound(Object.fromEntries(names.map((name) => [name, read(name)])));
    });
    return () => cancelAnimationFrame(frame);
  }, [resolvedColorMode]);
  return [root, found];
}

/** `ring` shows a colour that is no text as the ring that it is. */
function Swatch({ text, ground, found, ring }) {
  const ratio = found[text] && found[ground] ? contrast(found[text], found[ground]) : 0;
  const shown = ring ? { outline: `2px solid var(${text})` } : { color: `var(${text})` };
  return (
    <div className="ds-swatch" style={{ ...shown, background: `var(${ground})` }}>
      <strong>{ratio.toFixed(1)}</strong>
      <span>{text.slice(5)}</span>
    </div>
  );
}

export function Colours() {
  const [root, found] = useTokens([...GROUNDS, ...TEXTS, RING, ...PAIRS.flat()]);
  return (
    <Section id="ds-colours" title="Colours" hint="Each on each ground, with its contrast: text takes 4.5, what has the focus 3.">
      <div ref={root} className="ds-colours">
        {GROUNDS.map((ground) => (
          <div key={ground}>
            <span className="dr-caption">{ground.slice(5)}</span>
            {TEXTS.map((text) => (
              <Swatch key={text} text={text} ground={ground} found={found} />
            ))}
            <Swatch text={RING} ground={ground} found={found} ring />
          </div>
        ))}
        <div>
          <span className="dr-caption">on their own</span>
          {PAIRS.map(([text, ground]) => (
            <Swatch key={text} text={text} ground={ground} found={found} />
          ))}
        </div>
      </div>
    </Section>
  );
}

export function Sizes() {
  return (
    <Section id="ds-sizes" title="Type and corners">
      <div className="ds-type">
        {TYPE.map((name) => (
          <p key={name} style={{ fontSize: `var(${name})` }}>
            {name.slice(5)}
          </p>
        ))}
      </div>
      <div className="ds-corners">
        {CORNERS.map((name) => (
          <span key={name} style={{ borderRadius: `var(${name})` }}>
            {name.slice(5)}
          </span>
        ))}
      </div>
    </Section>
  );
}
