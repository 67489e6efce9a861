// The REST API, and problems (RFC 9457) as exceptions with words for a person.

import { noted } from "./asked.js";

export const API = "/api/v1";

export class Problem extends Error {
  constructor(document, status) {
    super(document.detail || document.title || `The server answered ${status}.`);
    this.name = "Problem";
    this.title = document.title || "The request failed";
    this.code = document.code || "internal";
    this.remedy = document.remedy || "";
    this.traceId = document.trace_id || "";
    this.status = status;
    this.parameter = document.parameter || "";
    this.wait = document.seconds || 0;
    /** Everything else that the server says of the case. */
    this.facts = document;
  }
}

/** Told of every answer that says that nobody is signed in, or that somebody may not do something. */
export const onRefused = new Set();

/** The problem itself, after whoever watches has been told of it. */
function tell(problem) {
  if (problem.code === "unauthenticated" || problem.code === "forbidden") onRefused.forEach((hear) => hear(problem));
  return problem;
}

export function unreachable() {
  return new Problem(
    { title: "Darkroom does not answer", code: "unreachable", detail: "The server cannot be reached.", remedy: "It is tried again by itself. See `darkroom status`." },
    0,
  );
}

export function problemFrom(text, status) {
  try {
    return tell(new Problem(JSON.parse(text), status));
  } catch {
    return new Problem({ title: `The server answered ${status}` }, status);
  }
}

/**
 * Asks the API with JSON that is written already; the answer as it comes. With `revision`, a change is refused when somebody else has
 * changed the document since; with `keepalive`, what is sent arrives although the page goes away; `file` is what an answer that is no
 * text is called.
 */
export async function ask(path, { method = "GET", sent, signal, revision, keepalive, file } = {}) {
  const answered = noted(method, API + path, { sent, revision, file });
  let response;
  try {
    response = await fetch(API + path, {
      method,
      signal,
      keepalive,
      headers: { ...(sent !== undefined && { "Content-Type": "application/json" }), ...(revision !== undefined && { "If-Match": `"${revision}"` }) },
      body: sent,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    answered(0);
    throw unreachable();
  }
  answered(response.status);
  if (!response.ok) throw problemFrom(await response.text(), response.status);
  return response;
}

/** Asks the API; what it says. */
export async function request(path, { body, ...more } = {}) {
  const response = await ask(path, { ...more, sent: body === undefined ? undefined : JSON.stringify(body) });
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

/** Has a file that is made of what is sent saved by the browser. */
export async function save(path, body, name) {
  const response = await ask(path, { method: "POST", sent: JSON.stringify(body), file: name });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export const fileUrl = (id, kind) => `${API}/images/${id}/${kind}`;
