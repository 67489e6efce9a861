// Having it done to many: which pictures, what it takes, and how far it is.

import { useEffect, useMemo, useState } from "react";
import { Link } from "react-router";
import { Download, Play } from "lucide-react";
import { API, request } from "../api.js";
import { bytes, count, duration, number, plural } from "../format.js";
import { complain, Dialog, FormError, useAct } from "../forms.jsx";
import { useRefusal } from "../me.js";
import { readView } from "../query.js";
import { Bar } from "../ui.jsx";
import { recipeOf } from "./document.js";
import { OutputFields } from "./output.jsx";
import { Trials } from "./trials.jsx";

const WAIT = 350;
const LOOK = 800;

/** The filters of a gallery's address as the API takes them in a body. */
export function queryOf(address) {
  return Object.fromEntries(Object.entries(readView(new URLSearchParams(address))).filter(([, value]) => (Array.isArray(value) ? value.length : value)));
}

/** The pictures of an order as a selection. */
const selectionOf = ({ images, query, selection }) => selection || (images ? { ids: images } : { query });

/** What an order would take; nothing is asked without a body. */
export function useEstimate(body) {
  const [state, setState] = useState({ body: null });
  useEffect(() => {
    if (!body) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      request("/renditions", { method: "POST", body: { ...JSON.parse(body), dry_run: true }, signal: abort.signal })
        .then((found) => setState({ body, found }))
        .catch((error) => error.name !== "AbortError" && setState({ body, error }));
    }, WAIT);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [body]);
  return state.body === body ? state : { body };
}

/** An order, looked at until it is done. */
export function useOrder(first) {
  const [order, setOrder] = useState(first);
  const open = order && (order.state === "queued" || order.state === "running");
  useEffect(() => {
    if (!open) return undefined;
    const timer = setInterval(() => request(`/renditions/${order.id}`).then(setOrder, () => {}), LOOK);
    return () => clearInterval(timer);
  }, [open, order?.id]);
  return [order, setOrder];
}

const span = (one, words) => `${words(one.expected)} (${words(one.low)} to ${words(one.high)})`;

export function Estimate({ found, error }) {
  if (error) return <FormError error={error} />;
  if (!found) return <i className="dr-skeleton dv-estimate-wait" aria-label="Estimating" />;
  if (!found.to_compute) return <p>{found.pictures === 1 ? "The result is there already." : `All ${count(found.pictures)} results are there already.`}</p>;
  return (
    <dl className="dv-facts">
      <div>
        <dt>Pictures</dt>
        <dd>
          <strong>{count(found.to_compute)}</strong> to compute{found.reused > 0 && `, ${count(found.reused)} there already`}
        </dd>
      </div>
      <div>
        <dt>Time</dt>
        <dd>{found.seconds ? span(found.seconds, duration) : "Not known: none could be tried"}</dd>
      </div>
      <div>
        <dt>Size</dt>
        <dd>{found.bytes ? span(found.bytes, (value) => bytes(Math.round(value))) : "Not known"}</dd>
      </div>
      {found.cost && (
        <div>
          <dt>Cost</dt>
          <dd>{span(found.cost, (value) => `${value.toFixed(2)} ${found.currency}`)}</dd>
        </div>
      )}
    </dl>
  );
}

const STATES = { queued: "Waits for a run", running: "Working", done: "Done", cancelled: "Stopped" };

/** `id` is a picture whose own result is offered at the end; `children` stand beside the buttons. */
export function Progress({ order, id, onCancel, onClose, children }) {
  const [mine, setMine] = useState(null);
  const over = order.state === "done" || order.state === "cancelled";
  useEffect(() => {
    // The results of this picture, newest first: one of them may be of this order.
    if (over && id) request(`/images/${id}/renditions?limit=5`).then((found) => setMine(found.items.find((one) => one.order === order.id) || found.items[0] || null), () => {});
  }, [over, id, order.id]);
  const facts = [`${count(order.made)} made`, order.reused && `${count(order.reused)} there already`, order.failed && `${count(order.failed)} failed`, order.made_bytes && (order.source_bytes > order.made_bytes ? `${bytes(order.made_bytes)} from ${bytes(order.source_bytes)}, ${Math.round(100 * (1 - order.made_bytes / order.source_bytes))} % less` : bytes(order.made_bytes)), order.short && `${count(order.short)} missed what was looked for`];
  return (
    <div className="dv-order">
      <p role="status">
        <strong>{STATES[order.state]}</strong> {count(order.done)} of {plural(order.total, "picture")}
        {order.state === "running" && order.rate ? ` · ${number(order.rate)} / s` : ""}
        {!over && order.seconds_left ? ` · ${duration(order.seconds_left)} left` : ""}
      </p>
      <Bar value={order.done} of={order.total} label="Pictures done" className={order.state === "queued" ? "dr-progress-busy" : ""} />
      <p className="dr-caption">
        {facts.filter(Boolean).join(" · ")}
        {order.failed > 0 && <Link to="/activity"> See why on the Activity page</Link>}
      </p>
      <footer className="dr-dialog-foot">
        {over && mine && (
          <a className="dr-button" href={`${API}/images/${id}/renditions/${mine.id}?download=true`} download>
            <Download size={15} aria-hidden /> This picture
          </a>
        )}
        {children}
        {!over && (
          <button type="button" className="dr-button dr-button-quiet" onClick={onCancel}>
            Stop
          </button>
        )}
        <button type="button" className="dr-button dr-button-main" onClick={onClose}>
          {over ? "Close" : "Go on in the background"}
        </button>
      </footer>
    </div>
  );
}

export function Apply({ id, doc, keep, ids, view, chosen, wanted, onRest, onClose }) {
  const scopes = useMemo(() => {
    const found = [["this", "This picture", { images: [id] }]];
    if (ids.length > 1) found.push(["ids", `The ${count(ids.length)} chosen`, { images: ids }]);
    if (chosen?.query) found.push(["chosen", `All of the view it came from but ${count(chosen.except.length)}`, { selection: chosen }]);
    if (view) found.push(["view", "All of the view it came from", { query: queryOf(view) }]);
    found.push(["all", "The whole library", { query: {} }]);
    return found;
  }, [id, ids, view, chosen]);
  const [scope, setScope] = useState(ids.length > 1 ? "ids" : scopes.some(([key]) => key === wanted) ? wanted : "this");
  const body = JSON.stringify({ recipe: recipeOf(doc, { keep }), ...scopes.find(([key]) => key === scope)[2] });
  const tried = JSON.stringify(recipeOf(doc, { keep, bare: true }));
  const estimate = useEstimate(body);
  const [order, setOrder] = useOrder(null);
  const why = useRefusal("renditions:write");
  const { busy, error, run } = useAct();
  const begin = () => run(async () => setOrder(await request("/renditions", { method: "POST", body: JSON.parse(body) })));
  return (
    <Dialog title="Make the pictures" onClose={onClose}>
      {order ? (
        <Progress order={order} id={id} onCancel={() => request(`/renditions/${order.id}/cancel`, { method: "POST" }).then(setOrder, complain)} onClose={onClose} />
      ) : (
        <div className="dr-form dv-apply">
          <fieldset className="dv-scopes">
            <legend>Of which pictures</legend>
            {scopes.map(([one, words]) => (
              <label key={one}>
                <input type="radio" name="dv-scope" checked={scope === one} onChange={() => setScope(one)} /> {words}
              </label>
            ))}
          </fieldset>
          <OutputFields rest={doc.rest} onChange={onRest} of={{ id, recipe: JSON.parse(tried) }} />
          <div className="dv-estimate" aria-live="polite">
            <Estimate {...estimate} />
          </div>
          {scope !== "this" && <Trials recipe={tried} output={JSON.stringify(doc.rest.output || null)} selection={JSON.stringify(selectionOf(scopes.find(([key]) => key === scope)[2]))} />}
          <FormError error={error} />
          <footer className="dr-dialog-foot">
            <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
              Cancel
            </button>
            <button type="button" className="dr-button dr-button-main" disabled={busy || !estimate.found || Boolean(why)} title={why || undefined} onClick={begin}>
              <Play size={15} aria-hidden /> Make {estimate.found ? plural(estimate.found.pictures, "picture") : "them"}
            </button>
          </footer>
        </div>
      )}
    </Dialog>
  );
}
