// Labels of a dataset that are probably wrong, and the way to mend them.

import { ArrowRight, Sparkles } from "lucide-react";
import { Link } from "react-router";
import { lookForSuspects } from "../annotate/look.js";
import { ago, count, percent } from "../format.js";
import { Gated } from "../forms.jsx";
import { Section } from "../reading.jsx";
import { useNow } from "../ui.jsx";
import { useFollow } from "./parts.jsx";
import { Shots } from "./pictures.jsx";

const SHOWN = 12;

function Found({ version, show }) {
  const [{ data }] = useFollow(`/datasets/${version.id}/suspects?limit=${SHOWN}`, []);
  const now = useNow(60_000);
  if (!data) return null;
  return (
    <>
      <p className="dr-muted">
        {data.suspects ? `${count(data.suspects)} of ${count(data.examined)} labels (${percent(data.suspects / data.examined)}).` : "None is left."} Models that never saw a picture agree with {percent(data.agreement)} of all labels. Looked for in {data.found_in}, {ago(data.created_at, now)}.
      </p>
      <Shots
        small
        pictures={data.items}
        show={show}
        words={(one) => `Labelled ${one.said || "nothing"}, looks like ${one.guess || "something else"}, ${percent(one.confidence)} sure`}
        below={(one) => (
          <p className="dl-change">
            {one.said || "nothing"} <ArrowRight size={12} aria-label="or rather" /> <strong>{one.guess || `no ${one.said}`}</strong>
          </p>
        )}
      />
    </>
  );
}

/** `known`: how many there are, null where nobody has looked. */
export function Suspects({ version, known, newest, show, onLooked }) {
  return (
    <Section id="suspects" title="Labels to doubt" hint="Where models that learnt from the other pictures are sure of another class.">
      {known !== null && <Found key={known} version={version} show={show} />}
      <p className="dl-suspect-ways">
        <Gated permission="datasets:write" className="dr-button" onClick={() => lookForSuspects(version.id, onLooked)}>
          <Sparkles size={15} aria-hidden /> Look for wrong labels
        </Gated>
        {newest && known > 0 && (
          <Link className="dr-button" to={`/annotate?name=${version.dataset}&queue=suspects`}>
            Go through them <ArrowRight size={15} aria-hidden />
          </Link>
        )}
      </p>
    </Section>
  );
}
