// Outlines in the picture: those that are there, with a handle for each corner of the one that is chosen, and the one that is being drawn.

const HANDLES = 400; // of more corners than that the outline is moved as a whole, or drawn anew
const BETWEEN = 120; // of so few, a side takes a corner more where it is pulled

const points = (outline) => outline.map((one) => one.join(",")).join(" ");
const place = ([x, y], scale) => ({ left: `${x * 100}%`, top: `${y * 100}%`, "--thin": 1 / scale });
const middle = ([x, y], [a, b]) => [(x + a) / 2, (y + b) / 2];

function Handles({ thing, scale, corner, onGrabCorner }) {
  const count = thing.outlines.reduce((sum, one) => sum + one.length, 0);
  if (count > HANDLES) return null;
  return thing.outlines.flatMap((outline, which) => [
    ...(count > BETWEEN ? [] : outline.map((one, at) => <i key={`${which} more ${at}`} className="an-grip an-corner-more" aria-hidden style={place(middle(one, outline[(at + 1) % outline.length]), scale)} onPointerDown={(event) => onGrabCorner(event, [which, at], true)} />)),
    ...outline.map((one, at) => <i key={`${which} ${at}`} className={`an-grip an-corner${corner?.[0] === which && corner[1] === at ? " an-corner-on" : ""}`} aria-hidden style={place(one, scale)} onPointerDown={(event) => onGrabCorner(event, [which, at], false)} />),
  ]);
}

export function Outlined({ thing, at, of, colour, on, scale, corner, onChoose, onGrab, onGrabCorner }) {
  return (
    <>
      <svg className="an-lines" viewBox="0 0 1 1" preserveAspectRatio="none">
        <g className={`an-outline${on ? " an-outline-on" : ""}`} style={{ "--tint": colour, "--thin": 1 / scale }} role="button" tabIndex={0} aria-pressed={on} aria-label={`${thing.label}, outline ${at + 1} of ${of}`} data-box={at} onFocus={() => onChoose(at)} onPointerDown={(event) => onGrab(event, at, "")}>
          {thing.outlines.map((outline, which) => (
            <polygon key={which} points={points(outline)} />
          ))}
        </g>
      </svg>
      <span className="an-name-at" style={{ ...place([thing.box.x, thing.box.y], scale), "--tint": colour }} aria-hidden>
        <span className="an-box-name">{thing.label}</span>
      </span>
      {on && <Handles thing={thing} scale={scale} corner={corner} onGrabCorner={onGrabCorner} />}
    </>
  );
}

/** The outline that is being drawn: its corners, and the way to where the pointer is. */
export function Pending({ corners, over, scale, colour }) {
  return (
    <>
      <svg className="an-lines" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden>
        <polyline className="an-pending" style={{ "--tint": colour, "--thin": 1 / scale }} points={points(over ? [...corners, over] : corners)} />
      </svg>
      {corners.map((one, at) => (
        <i key={at} className={`an-grip an-corner an-pending-corner${at ? "" : " an-corner-on"}`} aria-hidden style={place(one, scale)} />
      ))}
    </>
  );
}
