// What policies of augmentation are worth: short trainings with one and without any, begun beside its preview, and what came of them.

import { useState } from "react";
import { FlaskConical } from "lucide-react";
import { Link } from "react-router";
import { toast } from "sonner";
import { request } from "../api.js";
import { plural } from "../format.js";
import { FormError, Gated, TextField, useAct } from "../forms.jsx";
import { Section } from "../reading.jsx";
import { STRENGTHS, VALUES, pairsOf } from "./given.js";
import { figure, metricName, useFollow } from "./parts.jsx";
import { Difference } from "./side.jsx";

/** Begins trainings with a policy and without any, by the options that are chosen beside it. */
export function Try({ dataset, task, more }) {
  const [seeds, setSeeds] = useState(2);
  const [minutes, setMinutes] = useState(2);
  const { busy, error, run } = useAct();
  const send = () =>
    run(async () => {
      const bodies = pairsOf({ dataset, task, budget: Number(minutes) * 60 }, more, Number(seeds));
      for (const body of bodies) await request("/training-runs", { method: "POST", body });
      toast.success(`${plural(bodies.length, "short training")} wait, behind all others`, { description: "What comes of them stands on the page of the dataset." });
    });
  // It stands in the form of something else, which Enter would begin.
  const enter = (event) => event.key === "Enter" && event.target.matches("input") && event.preventDefault();
  return (
    <details className="dl-fold dl-try">
      <summary>What is it worth?</summary>
      <p className="dr-caption">Short trainings with it and without any, alike in all else: as many of each as there are seeds, behind all other trainings.</p>
      <div className="dl-try-form" onKeyDown={enter}>
        <TextField label="Seeds" type="number" min={1} max={10} value={seeds} onChange={(event) => setSeeds(event.target.value)} />
        <TextField label="Minutes each" type="number" min={0.1} step="any" value={minutes} onChange={(event) => setMinutes(event.target.value)} />
        <Gated permission="training:write" className="dr-button" disabled={busy || more.augment.strength === "none" || !(seeds >= 1 && minutes > 0)} onClick={send}>
          <FlaskConical size={15} aria-hidden /> Try it with and without
        </Gated>
      </div>
      <FormError error={error} />
    </details>
  );
}

/** A policy in a few words: its strength, and what was moved. */
function words({ policy, task }) {
  const strength = STRENGTHS.find(([name]) => name === policy.strength)?.[1] || policy.strength;
  const moved = VALUES.filter(([name, , , , , tasks]) => policy[name] !== undefined && (!tasks || tasks.includes(task)));
  return [strength, moved.map(([name, label, , , tell]) => `${label} ${tell(policy[name])}`).join(", ")];
}

const mean = (values) => (values.length ? values.reduce((sum, one) => sum + one, 0) / values.length : null);

function Row({ one }) {
  const [strength, values] = words(one);
  const judged = one.pairs.filter((pair) => pair.policy.score !== null && pair.nothing.score !== null);
  const ids = one.pairs.flatMap((pair) => [pair.nothing.training, pair.policy.training]);
  const waiting = one.pairs.length - one.judged;
  return (
    <tr>
      <td title={values}>
        <strong>{strength}</strong> <span className="dr-caption">{one.model}</span>
      </td>
      <td>{one.judged ? figure(mean(judged.map((pair) => pair.policy.score))) : "–"}</td>
      <td>{one.judged ? figure(mean(judged.map((pair) => pair.nothing.score))) : "–"}</td>
      <td>
        {one.right ? <Difference delta={one.right} /> : one.gain === null ? "" : `${one.gain > 0 ? "+" : ""}${figure(one.gain)}`}
        {waiting > 0 && <span className="dr-caption">{plural(waiting, "pair")} not judged yet</span>}
      </td>
      <td>
        <Link to={`/experiments?show=${ids.join(",")}`}>{plural(one.pairs.length, "seed")}</Link>
      </td>
    </tr>
  );
}

/** What came of policies that were tried on a version; nothing where none was. */
export function Ablations({ version }) {
  const [{ data }] = useFollow(`/datasets/${version}/ablations`, ["training", "models"]);
  if (!data?.items.length) return null;
  const score = data.items.find((one) => one.score_name)?.score_name;
  return (
    <Section id="policies" title="Policies of augmentation" hint="Trainings with a policy beside those that differ in nothing else and have none; green and red differences, in percentage points, are surely there.">
      <div className="dl-wide" tabIndex={0} role="region" aria-label="Policies of augmentation, beside none">
        <table className="dl-table">
          <thead>
            <tr>
              <th scope="col">Policy</th>
              <th scope="col">{score ? metricName(score) : "Worth"}</th>
              <th scope="col">Without</th>
              <th scope="col">Difference</th>
              <th scope="col">Trainings</th>
            </tr>
          </thead>
          <tbody>
            {data.items.map((one) => (
              <Row key={one.pairs[0].policy.training} one={one} />
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
