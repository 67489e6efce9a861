// What a training says of the same few pictures at each validation: a strip through time.

import { useEffect, useState } from "react";
import { fileUrl } from "../api.js";
import { count, percent } from "../format.js";
import { Section } from "../reading.jsx";
import { Drawn, Key } from "./marks.jsx";
import { useFollow } from "./parts.jsx";

const inside = (data) => `data:image/webp;base64,${data}`;
const words = (labels) => labels.join(", ") || "nothing";

/** A square picture, as a network sees it, with what is drawn into it. */
function Square({ source, marks, label }) {
  const [gone, setGone] = useState(false);
  return (
    <span className="dl-square" role="img" aria-label={label}>
      {!gone && <img src={source} alt="" loading="lazy" draggable={false} onError={() => setGone(true)} />}
      {marks?.length > 0 && <Drawn marks={marks} width={96} height={96} />}
    </span>
  );
}

function Truth({ picture }) {
  const label = picture.labels.length ? `It is ${words(picture.labels)}` : picture.given ? "As it is" : `What is there: ${words([...new Set(picture.marks.map((one) => one.label))])}`;
  return (
    <th scope="row">
      <Square source={picture.given ? inside(picture.given) : fileUrl(picture.key, "thumbnail")} marks={picture.marks} label={label} />
      {picture.labels.length > 0 && <span className="dl-truth">{words(picture.labels)}</span>}
    </th>
  );
}

function Now({ picture, said }) {
  if (said.picture) return <Square source={inside(said.picture)} label="What it made" />;
  if (picture.labels.length || said.labels.length) {
    const right = words(said.labels) === words(picture.labels);
    return (
      <span className={right ? "dl-said dl-said-right" : "dl-said"}>
        <b>{words(said.labels)}</b>
        {said.confidence !== null && <span className="dr-caption">{percent(said.confidence)}</span>}
      </span>
    );
  }
  return <Square source={fileUrl(picture.key, "thumbnail")} marks={said.marks} label={`Found: ${words(said.marks.map((one) => one.label))}`} />;
}

/** `validations` says when there is more to see. */
export function PanelStrip({ id, validations }) {
  const [{ data }, look] = useFollow(validations ? `/training-runs/${id}/panel` : "", []);
  useEffect(() => {
    if (validations) look();
  }, [validations, look]);
  if (!data?.looks.length) return null;
  const drawn = data.pictures.some((one) => one.marks.length) || data.looks.some((look) => look.said.some((one) => one.marks.length));
  const wanted = data.pictures.some((one) => one.wanted);
  return (
    <Section id="panel" title="What it says of some pictures" hint="The same few of validation, each time it was judged; the latest first.">
      {drawn && <Key boxes={data.looks.some((look) => look.said.some((one) => one.marks.some((mark) => mark.is_box)))} />}
      <div className="dl-wide dl-panel" tabIndex={0} role="region" aria-label="Pictures over time">
        <table>
          <thead>
            <tr>
              <th scope="col">Picture</th>
              {wanted && <th scope="col">To become</th>}
              {[...data.looks].reverse().map((one) => (
                <th key={one.step} scope="col">
                  step {count(one.step)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.pictures.map((picture, at) => (
              <tr key={picture.key}>
                <Truth picture={picture} />
                {wanted && <td>{picture.wanted && <Square source={inside(picture.wanted)} label="What it is to become" />}</td>}
                {[...data.looks].reverse().map((one) => (
                  <td key={one.step}>
                    <Now picture={picture} said={one.said[at]} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
