// Live events for this tab. One tab of the browser holds the connection and tells the others: a browser
// opens only six connections to a host, and a stream in each tab would soon leave none for pictures.

import { useEffect, useRef, useSyncExternalStore } from "react";
import { API } from "./api.js";
import { readMe } from "./me.js";

const TYPES = [
  "images.added", "images.updated", "images.deleted", "batch.queued", "batch.started", "batch.progress", "batch.finished",
  "failures.added", "failures.updated", "run.changed", "tags.changed", "collections.changed",
  "datasets.changed", "training.changed", "models.changed",
  "operation.queued", "operation.progress", "operation.finished", "resync", "hello",
];
const RETRY = 3000;
const REFUSED = 60_000;

const listeners = new Set();
const watchers = new Set();
let connected = true;
let lastSeq = null;
let started = false;
let channel = null;

function setConnected(value) {
  if (value === connected) return;
  // What happened in between is not known, so everything shown is looked at again.
  if (value) listeners.forEach((tell) => tell({ type: "resync" }));
  connected = value;
  watchers.forEach((tell) => tell());
}

function receive(event) {
  // The stream says where it begins, so that readers see whether they are behind.
  if (event.type === "hello" || event.type === "resync") lastSeq = event.data?.seq ?? lastSeq;
  if (event.seq) {
    if (lastSeq !== null && event.seq <= lastSeq) return;
    lastSeq = event.seq;
  }
  listeners.forEach((tell) => tell(event));
}

function publish(message) {
  channel?.postMessage(message);
}

// Resolves never: the lock that the caller holds ends with the tab.
function hold() {
  return new Promise(() => {
    // A stream that was refused does not begin again by itself: who is signed out is led away by this question, and
    // who may not follow what happens is asked about again later, without a refusal each time.
    const look = () =>
      readMe().then(
        (me) => {
          const refused = Boolean(me.denied["events:read"]);
          if (refused) {
            setConnected(true);
            publish({ connected: true });
          }
          setTimeout(refused ? look : open, refused ? REFUSED : RETRY);
        },
        (problem) => problem.status !== 401 && setTimeout(look, RETRY),
      );
    const open = () => {
      const source = new EventSource(`${API}/events${lastSeq === null ? "" : `?last_event_id=${lastSeq}`}`);
      source.onopen = () => {
        setConnected(true);
        publish({ connected: true });
      };
      source.onerror = () => {
        setConnected(false);
        publish({ connected: false });
        if (source.readyState === EventSource.CLOSED) look();
      };
      for (const type of TYPES) {
        source.addEventListener(type, (message) => {
          const parsed = JSON.parse(message.data || "null");
          const event = message.lastEventId && parsed?.type ? parsed : { type, data: parsed };
          receive(event);
          publish({ event });
        });
      }
      addEventListener("pagehide", () => source.close(), { once: true });
    };
    open();
  });
}

function start() {
  if (started) return;
  started = true;
  if (!navigator.locks || !window.BroadcastChannel) {
    hold();
    return;
  }
  channel = new BroadcastChannel("darkroom-live");
  channel.onmessage = ({ data }) => {
    if (data.event) receive(data.event);
    if (data.connected !== undefined) setConnected(data.connected);
  };
  navigator.locks.request("darkroom-live", hold);
}

/** Calls `handler(event)` for every live event while the component is there. */
export function useLive(handler) {
  const latest = useRef(handler);
  latest.current = handler;
  useEffect(() => {
    start();
    const tell = (event) => latest.current(event);
    listeners.add(tell);
    return () => listeners.delete(tell);
  }, []);
}

/** Whether live events arrive. */
export function useConnected() {
  return useSyncExternalStore(
    (tell) => {
      watchers.add(tell);
      return () => watchers.delete(tell);
    },
    () => connected,
    () => true,
  );
}
