// Presets, each shown on this very picture; where they are used, and what this machine lacks for some.

import { useEffect, useRef, useState } from "react";
import { Info, LoaderCircle, Plus, Scale, TriangleAlert } from "lucide-react";
import { Link } from "react-router";
import { request } from "../api.js";
import { moment, plural, title } from "../format.js";
import { complain, Confirm, Dialog, FormError, useAct } from "../forms.jsx";
import { useRefusal } from "../me.js";
import { Waiting } from "../reading.jsx";
import { IconButton, Trouble } from "../ui.jsx";
import { beginContest, Contest, ContestList, useContests } from "./contest.jsx";
import { Origins } from "./origins.jsx";
import { fetchPreview, passing } from "./preview.js";
import { useNewest } from "./store.js";

const SIDE = 224;
const AT_ONCE = 2;
const KEPT = 120;

const shots = new Map();
const queue = [];
let flying = 0;
let resting = false;

/** What is looked at comes first: the small ones wait while it is computed. */
export function rest(wanted) {
  resting = wanted;
  next();
}

function next() {
  while (!resting && flying < AT_ONCE && queue.length) {
    const job = queue.shift();
    if (job.gone) continue;
    flying += 1;
    job.run().finally(() => {
      flying -= 1;
      next();
    });
  }
}

/** The address of what a preset makes of a picture; asked for when it comes into sight, remembered for the picture. */
function useShot(id, preset, seen) {
  const key = `${id}/${preset.name}@${preset.version}`;
  const [state, setState] = useState(() => shots.get(key) || null);
  useEffect(() => {
    setState(shots.get(key) || null);
    if (!seen || shots.has(key) || preset.missing.length) return undefined;
    const job = {
      run: async () => {
        try {
          const made = await fetchPreview(id, null, { preset: preset.built_in ? preset.name : `${preset.name}@${preset.version}`, longSide: SIDE, quality: 80 });
          shots.set(key, { url: URL.createObjectURL(made.blob) });
        } catch (problem) {
          if (passing(problem) || !problem.status) {
            setTimeout(() => !job.gone && queue.push(job) && next(), Math.max(2, problem.wait) * 1000);
            return;
          }
          shots.set(key, { problem });
        }
        while (shots.size > KEPT) {
          const [oldest, one] = shots.entries().next().value;
          shots.delete(oldest);
          if (one.url) URL.revokeObjectURL(one.url);
        }
        if (!job.gone) setState(shots.get(key));
      },
    };
    queue.push(job);
    next();
    return () => {
      job.gone = true;
    };
  }, [key, seen, id, preset]);
  return state;
}

function useSeen(ref) {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const watcher = new IntersectionObserver(([entry]) => entry.isIntersecting && setSeen(true), { rootMargin: "120px" });
    watcher.observe(ref.current);
    return () => watcher.disconnect();
  }, [ref]);
  return seen;
}

export const titleOf = (preset) => preset.title || title(preset.name.replaceAll("-", " "));

function Tile({ id, preset, current, onUse, onAppend, onDetails }) {
  const root = useRef(null);
  const shot = useShot(id, preset, useSeen(root));
  const lacks = preset.missing[0];
  const refused = shot?.problem && `${shot.problem.message} ${shot.problem.remedy}`;
  return (
    <li ref={root} className={`dv-preset${current ? " dv-preset-on" : ""}`}>
      <button type="button" className="dv-preset-main" aria-label={`Use the preset ${titleOf(preset)}`} aria-disabled={Boolean(lacks)} title={lacks || refused || preset.description} onClick={() => !lacks && onUse(preset)}>
        <span className="dv-preset-shot">
          {shot?.url ? <img src={shot.url} alt="" draggable={false} /> : lacks || refused ? <TriangleAlert size={20} strokeWidth={1.5} aria-hidden /> : <i className="dr-skeleton" />}
        </span>
        <span className="dv-preset-words">
          <strong>{titleOf(preset)}</strong>
          {lacks || refused ? <small className="dv-lacks">{lacks || shot.problem.message}</small> : <small>{preset.built_in ? "Comes with Darkroom" : `Version ${preset.version}`}{preset.orders > 0 && ` · made ${plural(preset.orders, "time")}`}</small>}
        </span>
      </button>
      <span className="dv-preset-tools">
        <IconButton icon={Plus} size={14} label={`Add the steps of ${titleOf(preset)}`} disabled={Boolean(lacks)} onClick={() => onAppend(preset)} />
        <IconButton icon={Info} size={14} label={`About ${titleOf(preset)}`} onClick={() => onDetails(preset)} />
      </span>
    </li>
  );
}

/** The newest version of every preset, kept current. */
export const usePresets = () => useNewest("/presets");

const idOf = (preset, version = preset.version) => (preset.built_in ? preset.name : `${preset.name}@${version}`);
/** A preset with its whole recipe. */
export const readPreset = (preset, version) => request(`/presets/${encodeURIComponent(idOf(preset, version))}`);

function Details({ preset, titleOfStep, selection, onOther, onChanged, onClose, onUse }) {
  const [contests, lookAgain] = useContests(preset.built_in ? null : preset.name);
  const [contest, setContest] = useState(null);
  const { busy, error: refused, run } = useAct();
  const begin = () => run(async () => setContest(await beginContest(preset.name, { version }, selection)));
  const [version, setVersion] = useState(preset.version);
  const [state, setState] = useState({ found: null, error: null });
  const [asking, setAsking] = useState(false);
  const why = useRefusal("presets:write");
  useEffect(() => {
    readPreset(preset, version).then((found) => setState({ found, error: null }), (error) => setState({ found: null, error }));
  }, [preset, version]);
  const { found, error } = state;
  if (asking) {
    return <Confirm title={`Take ${preset.name} out of the list?`} words="Its versions stay readable for what was made with them." verb="Take it out" onClose={() => setAsking(false)} onConfirm={async () => (await request(`/presets/${encodeURIComponent(preset.name)}`, { method: "DELETE" }), onClose())} />;
  }
  return (
    <Dialog title={titleOf(preset)} onClose={onClose}>
      {error && <Trouble error={error} />}
      {!found && !error && <Waiting />}
      {found && (
        <div className="dv-about">
          {found.description && <p>{found.description}</p>}
          {found.missing.map((words) => (
            <p key={words} className="dr-field-error">
              {words}
            </p>
          ))}
          <Origins found={found} titleOf={titleOfStep} />
          <dl className="dv-facts">
            <div>
              <dt>Version</dt>
              <dd>
                {found.versions.length > 1 ? (
                  <select className="dr-input dr-select" aria-label="Version" value={version} onChange={(event) => setVersion(Number(event.target.value))}>
                    {found.versions.map((one) => (
                      <option key={one}>{one}</option>
                    ))}
                  </select>
                ) : (
                  found.version
                )}
              </dd>
            </div>
            {found.extends && (
              <div>
                <dt>Made from</dt>
                <dd>
                  <button type="button" className="dr-link" onClick={() => onOther(found.extends)}>
                    {found.extends}
                  </button>
                </dd>
              </div>
            )}
            {found.created_at && (
              <div>
                <dt>Saved</dt>
                <dd>{moment(found.created_at)}</dd>
              </div>
            )}
            <div>
              <dt>Used by</dt>
              <dd>
                {plural(found.used.renditions, "result")}, {plural(found.used.orders, "order")}, {plural(found.used.presets.length, "preset")}
                {found.used.presets.length > 0 && ` (${found.used.presets.slice(0, 6).join(", ")})`}
                {found.used.rules.map((rule) => (
                  <span key={rule}>
                    , rule <Link to={`/rules?rule=${rule}`}>{rule}</Link>
                  </span>
                ))}
              </dd>
            </div>
          </dl>
          <ContestList items={contests} onOpen={setContest} />
          <FormError error={refused} />
          <footer className="dr-dialog-foot">
            {version !== found.versions[0] && (
              <button type="button" className="dr-button" disabled={busy || Boolean(why)} title={why || undefined} onClick={begin}>
                <Scale size={15} aria-hidden /> Judge against {found.versions[0]}
              </button>
            )}
            {!preset.built_in && (
              <button type="button" className="dr-button dr-button-quiet" disabled={Boolean(why)} title={why || undefined} onClick={() => setAsking(true)}>
                Take out of the list
              </button>
            )}
            <button type="button" className="dr-button dr-button-main" disabled={found.missing.length > 0} onClick={() => (onUse(found), onClose())}>
              Use it
            </button>
          </footer>
        </div>
      )}
      {contest && <Contest contest={contest} onPromoted={() => onChanged()} onClose={() => (setContest(null), lookAgain())} />}
    </Dialog>
  );
}

export function PresetList({ id, presets, base, titleOfStep, selection, onUse, children }) {
  const [about, setAbout] = useState(null);
  const [words, setWords] = useState("");
  const [busy, setBusy] = useState(false);
  const { items, error, look } = presets;
  if (error && !items) return <Trouble error={error} onRetry={look} />;
  if (!items) return <Waiting rows={5} />;
  const wanted = words.trim().toLowerCase();
  const fits = items.filter((one) => `${one.name} ${one.title} ${one.description}`.toLowerCase().includes(wanted));
  const use = async (preset, append) => {
    setBusy(true);
    try {
      onUse(preset.recipe ? preset : await readPreset(preset), append);
    } finally {
      setBusy(false);
    }
  };
  const other = async (words) => {
    const found = await request(`/presets/${encodeURIComponent(words)}`).catch(complain);
    if (found?.name) setAbout(found);
  };
  const groups = [["Yours", fits.filter((one) => !one.built_in)], ["Come with Darkroom", fits.filter((one) => one.built_in)]];
  return (
    <div className="dv-presets" aria-busy={busy}>
      <input className="dr-input dr-input-small" type="search" aria-label="Search presets" placeholder="Search presets" value={words} onChange={(event) => setWords(event.target.value)} />
      {busy && <LoaderCircle size={14} className="dv-spin dv-presets-busy" aria-hidden />}
      {groups.map(([name, list]) =>
        list.length ? (
          <section key={name} aria-label={name}>
            <h2>{name}</h2>
            <ul>
              {list.map((preset) => (
                <Tile key={preset.name} id={id} preset={preset} current={base?.split("@")[0] === preset.name} onUse={(one) => use(one, false)} onAppend={(one) => use(one, true)} onDetails={setAbout} />
              ))}
            </ul>
          </section>
        ) : null,
      )}
      {!fits.length && <p className="dr-muted">No preset is called that.</p>}
      {children}
      {about && <Details key={`${about.name}@${about.version}`} preset={about} titleOfStep={titleOfStep} selection={selection} onOther={other} onChanged={look} onClose={() => setAbout(null)} onUse={(found) => use(found, false)} />}
    </div>
  );
}
