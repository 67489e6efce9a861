// The quality of a version of a dataset: what is wrong with its pictures, how much of it is too much, and leaving it out.

import { useState } from "react";
import { ArrowLeft, ArrowRight, ChevronRight, CircleAlert, CircleCheck, Download, ListFilter, SlidersHorizontal, Sparkles } from "lucide-react";
import { Link } from "react-router";
import { toast } from "sonner";
import { API, request } from "../api.js";
import { finished } from "../bulk.js";
import { ago, count, number, plural } from "../format.js";
import { Gated, SelectField, complain, useAct } from "../forms.jsx";
import { undoing } from "../offers.js";
import { Section, Waiting } from "../reading.jsx";
import { Trouble, useNow } from "../ui.jsx";
import { Drift } from "./drift.jsx";
import { LearnPage, useFollow } from "./parts.jsx";
import { Shots, usePictures } from "./pictures.jsx";
import { ISSUES, told } from "./issues.js";
import { Rules } from "./quality_rules.jsx";

const SHOWN = 60;
const LEAKS = { group: "group", near_duplicate: "set of near duplicates", burst: "burst" };

/** Judges the pictures of a version, with progress; whether it was done. */
async function judge(version) {
  try {
    const work = await finished(await request(`/datasets/${version}/quality`, { method: "POST", body: {} }), `Judging ${version}`);
    const id = `operation-${work.id}`;
    if (work.state === "done") toast.success(`${version} is judged: ${plural(work.changed, "picture")} looked at.`, { id });
    else toast.error("It was not judged", { id, description: work.error?.cause || "It was stopped before the end." });
    return work.state === "done";
  } catch (problem) {
    complain(problem);
    return false;
  }
}

/** Leaves pictures out of the next version; the notice takes it back. */
async function leaveOut(version, issue, onGo) {
  try {
    const made = await request(`/datasets/${version}/quality/leave-out`, { method: "POST", body: { issues: [issue] } });
    const back = async () => {
      try {
        const restored = await request(`/datasets/${version}/restore`, { method: "POST", body: { message: `Undo of ${made.version.id}` } });
        toast.success(`${restored.version.id} says what ${version} said.`);
        onGo({ version: "" });
      } catch (problem) {
        complain(problem);
      }
    };
    toast.success(`${made.version.id} is without ${plural(made.skipped, "picture")}.`, undoing(back));
    onGo({ version: "" });
  } catch (problem) {
    complain(problem);
  }
}

function Pictures({ version, issue, show }) {
  const [{ data, error }, look] = useFollow(`/datasets/${version}/quality/pictures?issue=${issue}&limit=${SHOWN}`, []);
  if (error) return <Trouble error={error} onRetry={look} />;
  if (!data) return <Waiting rows={1} />;
  return (
    <>
      <Shots small pictures={data.items} show={show} words={(one) => one.issues.map((name) => ISSUES[name][0]).join(", ")} />
      {data.next_cursor && (
        <p className="dr-caption">
          The first {count(SHOWN)} of {count(data.total)}.
        </p>
      )}
    </>
  );
}

function Way({ issue, version, newest, onGo }) {
  const { busy, run } = useAct();
  if (issue.issue === "suspect" || issue.issue === "unlabelled") {
    return (
      <Link className="dr-button" to={`/annotate?name=${version.split("@")[0]}&queue=${issue.issue === "suspect" ? "suspects" : "unlabelled"}`}>
        Go through them <ArrowRight size={15} aria-hidden />
      </Link>
    );
  }
  if (!newest) return null;
  return (
    <Gated permission="datasets:write" className="dr-button" disabled={busy} onClick={() => run(() => leaveOut(version, issue.issue, onGo))}>
      Leave {issue.count === 1 ? "it" : `all ${count(issue.count)}`} out
    </Gated>
  );
}

function Issue({ issue, data, newest, show, onGo }) {
  const { version, leaks } = data;
  const [open, setOpen] = useState(false);
  const [name, words] = ISSUES[issue.issue];
  const some = issue.count > 0;
  const Icon = issue.passed ? CircleCheck : CircleAlert;
  const head = (
    <>
      <ChevronRight className="dq-chevron" size={15} aria-hidden style={some ? undefined : { visibility: "hidden" }} />
      <Icon className={issue.passed ? "dq-good" : "dq-bad"} size={16} aria-hidden />
      <span className="dq-name">
        <strong>{name}</strong>
        <span className="dr-caption">{issue.issue === "outlier" && data.compared_by ? `${words}, as ${data.compared_by} sees it` : words}</span>
      </span>
      <span className="dq-count">{issue.issue === "imbalance" ? "" : issue.known ? count(issue.count) : "–"}</span>
      <span className="dq-share">
        <b>{issue.known ? told(issue.issue, issue.value) : "not looked for"}</b>
        <span className="dr-caption">
          {told(issue.issue, issue.most)} at most{issue.blocks ? ", else no training" : ""}
        </span>
      </span>
    </>
  );
  return (
    <li className="dq-issue">
      {some ? (
        <button type="button" className="dq-row" aria-expanded={open} onClick={() => setOpen(!open)}>
          {head}
        </button>
      ) : (
        <div className="dq-row">{head}</div>
      )}
      {open && (
        <div className="dq-inside">
          <Pictures version={version} issue={issue.issue} show={show} />
          <p className="dq-ways">
            <Way issue={issue} version={version} newest={newest} onGo={onGo} />
            {issue.issue === "leak" && <span className="dr-caption">{leaks.map((one) => `${plural(one.groups, LEAKS[one.cause])} of ${plural(one.pictures, "picture")}`).join(", ")}. Split it anew on the page of the dataset, and they stay together.</span>}
          </p>
        </div>
      )}
    </li>
  );
}

function Tiles({ data }) {
  const tiles = [
    ["Score", number(data.score * 100, 1), "of 100: what its examples are worth on average"],
    ["Without an issue", count(data.clean), `of ${plural(data.total, "example")}`],
    ["Verdict", data.blocked.length ? "Blocked" : data.passed ? "Well" : "Look at it", data.blocked.length ? "no training begins with it" : data.passed ? "nothing is too much" : plural(data.issues.filter((one) => !one.passed).length, "thing is too much", "things are too much")],
  ];
  return (
    <dl className="dr-tiles dq-tiles">
      {tiles.map(([name, value, note]) => (
        <div key={name} className="dr-tile">
          <dt>{name}</dt>
          <dd>{value}</dd>
          <dd className="dr-tile-note">{note}</dd>
        </div>
      ))}
    </dl>
  );
}

function Beside({ versions, version, chosen, onChosen }) {
  const others = versions.filter((one) => one.id !== version);
  if (!others.length) return null;
  const choose = async (id) => {
    if (id && !(await judge(id))) return;
    onChosen(id);
  };
  const options = [["", "Choose a version"], ...others.map((one) => [one.id, one.id])];
  return <SelectField label="Beside" options={options} value={chosen} onChange={choose} />;
}

function Judged({ data, versions, newest, against, setAgainst, show, onGo }) {
  return (
    <>
      <Tiles data={data} />
      {data.blocked.map((one) => (
        <p key={one} className="dq-blocked">
          <CircleAlert size={16} aria-hidden /> {one}
        </p>
      ))}
      <Section id="issues" title="Issues" hint="What is too much comes first. A row opens its pictures; of duplicates, those that repeat a better one.">
        <ul className="dq-issues">
          {data.issues.map((one) => (
            <Issue key={one.issue} issue={one} data={data} newest={newest} show={show} onGo={onGo} />
          ))}
        </ul>
      </Section>
      <Section id="drift" title="Drift" hint="How its pictures and labels differ from those of another version.">
        <Beside versions={versions} version={data.version} chosen={against} onChosen={setAgainst} />
        {data.drift && <Drift drift={data.drift} />}
      </Section>
    </>
  );
}

function Nobody({ version, onJudged }) {
  const { busy, run } = useAct();
  return (
    <div className="dr-empty dl-empty">
      <ListFilter size={40} strokeWidth={1.25} aria-hidden />
      <h2>Nobody has judged {version}</h2>
      <p>Duplicates, blurred, dark and odd pictures, those unlike their class, leaks between splits: what is known of a picture is found once, and later versions take it over. New versions are judged by themselves within a minute, unless their limits say otherwise.</p>
      <Gated permission="datasets:write" className="dr-button dr-button-main" disabled={busy} onClick={() => run(async () => (await judge(version)) && onJudged())}>
        <Sparkles size={16} aria-hidden /> Judge its pictures
      </Gated>
    </div>
  );
}

/** The page of a version's quality; `number` is its version, the newest one without. */
export function Quality({ name, number: version, onGo }) {
  const [{ data: all }] = useFollow(`/datasets/${name}/versions`, ["datasets"]);
  const [against, setAgainst] = useState("");
  const [ruling, setRuling] = useState(false);
  const [show, lightbox] = usePictures();
  const now = useNow(60_000);
  const newest = all?.items[0]?.id;
  const id = version ? `${name}@${version}` : newest;
  const query = against ? `?against=${encodeURIComponent(against)}` : "";
  const [{ data: about, error: none }, lookAgain] = useFollow(id ? `/datasets/${id}` : "", ["datasets"]);
  const [{ data, error: broken }, look] = useFollow(about?.judged && about.version.id === id ? `/datasets/${id}/quality${query}` : "", ["datasets"]);
  const error = none || broken;
  return (
    <LearnPage
      title={id ? `Quality of ${id}` : "Quality"}
      lead={data ? `Judged ${ago(data.created_at, now)}.` : "What is wrong with its pictures and labels, and how much of it is too much."}
      above={
        <Link to={`/datasets?name=${name}${version ? `&version=${version}` : ""}`} className="dl-back">
          <ArrowLeft size={15} aria-hidden /> {name}
        </Link>
      }
      tools={
        <>
          {data && (
            <button type="button" className="dr-button" onClick={() => setRuling(true)}>
              <SlidersHorizontal size={16} aria-hidden /> Limits
            </button>
          )}
          {data && (
            <a className="dr-button" href={`${API}/datasets/${id}/quality/html${query}`} download={`${id}-quality.html`}>
              <Download size={16} aria-hidden /> Report
            </a>
          )}
        </>
      }
    >
      {error && !data && <Trouble error={error} onRetry={none ? lookAgain : look} />}
      {!data && !error && about?.judged !== false && <Waiting rows={6} />}
      {about?.judged === false && <Nobody version={id} onJudged={lookAgain} />}
      {data && <Judged data={data} versions={all?.items || []} newest={newest === data.version} against={against} setAgainst={setAgainst} show={show} onGo={onGo} />}
      {ruling && <Rules name={name} onClose={() => setRuling(false)} onSaved={look} />}
      {lightbox}
    </LearnPage>
  );
}
