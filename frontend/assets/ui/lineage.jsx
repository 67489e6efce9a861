// Where a picture came from and what came of it, drawn beside a list that says the same.

import { useCallback, useEffect, useMemo, useState } from "react";
import { Boxes, Database, ExternalLink, FileText, FolderInput, GraduationCap, Image as ImageIcon, Layers, Package, Workflow } from "lucide-react";
import { Link } from "react-router";
import { fileUrl, request } from "./api.js";
import { moment, plural, title } from "./format.js";

const AGAIN = 2000; // milliseconds until what is still being read is asked for once more
const SETTLE = 200; // held arrow keys pass many pictures
const ROW = 46;
const LANE = 13;

/** Kind -> icon, how far from the source it is drawn, and the word for several of it. */
const KINDS = {
  source: [FolderInput, 0, "file"],
  batch: [Package, 1, "batch"],
  picture: [ImageIcon, 2, "picture"],
  rendition: [Layers, 3, "rendition"],
  dataset: [Database, 3, "version"],
  training: [GraduationCap, 4, "training"],
  model: [Boxes, 4, "model"],
  report: [FileText, 5, "report"],
};
const WORDS = { train: "learnt from", validation: "chosen by", test: "judged by" };
const WAIT = { nodes: null };

function useLineage(id) {
  const [state, setState] = useState(WAIT);
  useEffect(() => {
    const abort = new AbortController();
    let timer;
    const ask = () =>
      request(`/images/${id}/lineage`, { signal: abort.signal }).then(
        (found) => {
          setState(found);
          if (found.unread) timer = setTimeout(ask, AGAIN);
        },
        (error) => error.name !== "AbortError" && setState({ error }),
      );
    setState(WAIT);
    timer = setTimeout(ask, SETTLE);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [id]);
  return state;
}

/** Ids of everything that a thing came from and that came of it, itself among them. */
function related(id, edges) {
  const found = new Set([id]);
  for (const [from, to] of [["source", "target"], ["target", "source"]]) {
    const wanted = [id];
    while (wanted.length) {
      const one = wanted.pop();
      for (const edge of edges) {
        if (edge[from] === one && !found.has(edge[to])) {
          found.add(edge[to]);
          wanted.push(edge[to]);
        }
      }
    }
  }
  return found;
}

/** Things in the order in which they are listed: what came of a version of a dataset right below it. */
function ordered(nodes, edges) {
  const known = new Map(nodes.map((one) => [one.id, one]));
  const parents = new Map();
  for (const edge of edges) parents.set(edge.target, [...(parents.get(edge.target) || []), edge.source]);
  const found = new Set();
  const take = (node) => {
    // What comes of several stands below the last of them.
    if (found.has(node) || (parents.get(node.id) || []).some((one) => known.has(one) && !found.has(known.get(one)))) return;
    found.add(node);
    for (const edge of edges) if (edge.source === node.id && known.has(edge.target)) take(known.get(edge.target));
  };
  for (const node of nodes) take(node);
  for (const node of nodes) found.add(node);
  return [...found];
}

function Lines({ nodes, edges, lit }) {
  const place = new Map(nodes.map((one, at) => [one.id, { x: 8 + KINDS[one.kind][1] * LANE, y: at * ROW + 14 }]));
  const width = 16 + 5 * LANE;
  return (
    <svg className="dr-lines" width={width} height={nodes.length * ROW} viewBox={`0 0 ${width} ${nodes.length * ROW}`} aria-hidden>
      {edges.map(({ source, target }) => {
        const [from, to] = [place.get(source), place.get(target)];
        if (!from || !to) return null;
        const bend = Math.min(6, to.x - from.x);
        return <path key={`${source} ${target}`} data-lit={(lit?.has(source) && lit.has(target)) || undefined} d={`M${from.x} ${from.y}V${to.y - bend}Q${from.x} ${to.y} ${from.x + bend} ${to.y}H${to.x}`} />;
      })}
      {nodes.map((one) => (
        <circle key={one.id} data-kind={one.kind} data-lit={lit?.has(one.id) || undefined} cx={place.get(one.id).x} cy={place.get(one.id).y} r={one.kind === "picture" ? 5 : 3.5} />
      ))}
    </svg>
  );
}

function Thing({ node, told, current, faint, onPoint }) {
  const Icon = KINDS[node.kind][0];
  const name = node.kind === "rendition" ? title(node.name) : node.name;
  const words = [title(KINDS[node.kind][2]), node.kind === "dataset" ? WORDS[node.words] : node.words, node.at && moment(node.at)].filter(Boolean).join(" · ");
  return (
    <li data-faint={faint || undefined} aria-current={current || undefined} style={{ height: ROW }} onPointerEnter={() => onPoint(node.id)} onPointerLeave={() => onPoint(null)} onFocus={() => onPoint(node.id)} onBlur={() => onPoint(null)}>
      <Icon size={15} aria-hidden />
      <div>
        {node.page && !current ? (
          <Link to={node.page} title={name}>
            {name}
          </Link>
        ) : (
          <strong title={name}>{name}</strong>
        )}
        <span title={words}>{words}</span>
        {told && <span className="dr-hidden">{told}</span>}
      </div>
      {node.dagster_url && (
        <a className="dr-lineage-asset" href={node.dagster_url} target="_blank" rel="noreferrer" aria-label={`${name}: asset in Dagster`} title="Asset in Dagster">
          <ExternalLink size={13} aria-hidden />
        </a>
      )}
    </li>
  );
}

function Graph({ id, nodes, edges }) {
  const [pointed, setPointed] = useState(null);
  const list = useMemo(() => ordered(nodes, edges), [nodes, edges]);
  const names = useMemo(() => new Map(nodes.map((one) => [one.id, one.name])), [nodes]);
  const lit = useMemo(() => (pointed ? related(pointed, edges) : null), [pointed, edges]);
  const point = useCallback((one) => setPointed(one), []);
  // What the lines say, for those who do not see them.
  const told = (node) => {
    const from = edges.filter((edge) => edge.target === node.id).map((edge) => names.get(edge.source));
    return from.length ? `, made of ${from.join(", ")}` : "";
  };
  return (
    <div className="dr-lineage">
      <Lines nodes={list} edges={edges} lit={lit} />
      <ol>
        {list.map((node) => (
          <Thing key={node.id} node={node} told={told(node)} current={node.id === `picture:${id}`} faint={lit !== null && !lit.has(node.id)} onPoint={point} />
        ))}
      </ol>
    </div>
  );
}

/** The whole story of a picture, which is `picture.lineage` as far as one picture alone can tell it. */
export function Lineage({ picture }) {
  const { nodes, edges, more, unread, error } = useLineage(picture.id);
  const { lineage } = picture;
  return (
    <>
      {error && <p className="dr-muted">What came of it could not be read: {error.message}</p>}
      {!nodes && !error && (
        <div aria-hidden>
          {[60, 80, 70].map((width) => (
            <i key={width} className="dr-skeleton" style={{ width: `${width}%` }} />
          ))}
        </div>
      )}
      {nodes && <Graph id={picture.id} nodes={nodes} edges={edges} />}
      {Object.entries(more || {}).map(([kind, left]) => (
        <p key={kind} className="dr-muted">
          and {plural(left, `more ${KINDS[kind][2]}`)}
        </p>
      ))}
      {unread > 0 && (
        <p className="dr-muted" role="status">
          {plural(unread, "version")} of datasets still to be looked at …
        </p>
      )}
      {lineage.run_id && lineage.dagster_run_url && (
        <a className="dr-lineage-run" href={lineage.dagster_run_url} target="_blank" rel="noreferrer">
          <Workflow size={15} aria-hidden /> Run in Dagster <ExternalLink size={12} aria-hidden />
        </a>
      )}
      {lineage.near_duplicates.length > 0 && (
        <>
          <h4>
            <Layers size={14} aria-hidden /> Near duplicates
          </h4>
          <div className="dr-near">
            {lineage.near_duplicates.map((other) => (
              <Link key={other.id} to={`/?duplicates=${picture.duplicate_group}&image=${other.id}`} title={other.name}>
                <img src={fileUrl(other.id, "thumbnail")} alt={other.name} loading="lazy" />
              </Link>
            ))}
          </div>
        </>
      )}
    </>
  );
}
