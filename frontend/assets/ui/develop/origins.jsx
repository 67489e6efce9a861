// What a preset does, and where each part of it comes from: from the preset that it extends, changed, or its own.

const WORDS = { inherited: "inherited", changed: "changed", own: "its own" };

const said = (value) => (value === null || value === undefined ? "nothing" : typeof value === "object" ? JSON.stringify(value) : String(value));

function Origin({ origin, base }) {
  return (
    <span className={`dv-origin dv-origin-${origin}`} title={origin === "own" ? "Said by this preset" : origin === "changed" ? `Other than in ${base}` : `As in ${base}`}>
      {WORDS[origin]}
    </span>
  );
}

/** `found` is a preset with its recipe; `titleOf` names an operation. */
export function Origins({ found, titleOf }) {
  const { origins } = found;
  const steps = found.recipe.operations.map((step) => (typeof step === "string" ? [step, {}] : Object.entries(step)[0]));
  return (
    <>
      <ol className="dv-origins">
        {steps.map(([name, params], at) => {
          const from = origins?.steps[at];
          return (
            <li key={at}>
              <strong>{titleOf(name)}</strong> {from && <Origin origin={from.origin} base={found.extends} />}
              <code>
                {Object.entries(params).map(([key, value], place) => (
                  <span key={key}>
                    {place > 0 && ", "}
                    {key} {said(value)}
                    {from && key in from.changed && <i> ({from.changed[key] === null ? "not set" : said(from.changed[key])} there)</i>}
                  </span>
                ))}
              </code>
            </li>
          );
        })}
        {origins?.left_out.map((name, at) => (
          <li key={`out ${at}`} className="dv-origin-gone">
            <strong>{titleOf(name)}</strong> <Origin origin="changed" base={found.extends} /> <code>left out here</code>
          </li>
        ))}
      </ol>
      {origins?.settings.length > 0 && (
        <dl className="dv-facts dv-origins-rest">
          {origins.settings.map((one) => (
            <div key={one.name}>
              <dt>{one.name.replaceAll("_", " ")}</dt>
              <dd>
                <Origin origin={one.origin} base={found.extends} /> <code>{said(one.value)}</code>
                {one.origin === "changed" && <i className="dr-caption"> ({said(one.was)} there)</i>}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}
