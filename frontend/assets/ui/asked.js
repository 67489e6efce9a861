// What this page asked of the API, in the memory of the page alone, and each of it as a command for a shell or as Python.

const MOST = 60;
/** Characters of a body; more does not fit into a command on every system. */
const LARGEST = 32_768;
/** Addresses whose bodies and queries are not kept: they carry passwords, tokens and links to get in with. */
const PRIVATE = /^\/api\/v1\/(auth|setup|users|tokens)(\/|$)/;
const SECRET = /pass(word|phrase)|secret|token|credential|api_?key|access_?key|private_?key/i;
/** What is sent by POST and changes nothing. */
const LOOKING = /\/(values|known|estimate|dry-run|recipe-preview|quality-curve|sidecars)$/;

export const HIDDEN = "left-out";
let asked = [];
let names = null;
let number = 0;
const watchers = new Set();

export const everythingAsked = () => asked;
export const onAsked = (tell) => (watchers.add(tell), () => watchers.delete(tell));

const hiding = (key, value) => (SECRET.test(key) && value !== null && typeof value !== "boolean" ? HIDDEN : value);

/** An address without the values of parameters that are secret. */
function bare(address) {
  const [path, query = ""] = address.split("?");
  if (PRIVATE.test(path) || !query) return path;
  const kept = query.split("&").map((pair) => (SECRET.test(pair.split("=")[0]) ? `${pair.split("=")[0]}=${HIDDEN}` : pair));
  return `${path}?${kept.join("&")}`;
}

/** What is kept of a body: itself without its secrets, or why it is not kept. */
function bodyOf(path, sent) {
  if (sent === undefined) return {};
  if (PRIVATE.test(path)) return { missing: "It is secret, and so it is not kept." };
  if (sent.length > LARGEST) return { missing: "It is too large to be kept." };
  return { body: JSON.parse(sent, hiding) };
}

/** Of those of a kind the newest, of both kinds half at least where there are as many: reading again and again drives no change out. */
function room(all) {
  const half = MOST / 2;
  const changes = all.filter((one) => one.changes).length;
  const spare = { true: Math.max(half, MOST - (all.length - changes)), false: Math.max(half, MOST - changes) };
  return all.filter((one) => (spare[one.changes] -= 1) >= 0);
}

/**
 * Notes that something is asked; the function that comes back is told the status of the answer, 0 where none came.
 * `sent` is the body as it is sent, `file` the name of what comes back where that is no text.
 */
export function noted(method, address, { sent, revision, file } = {}) {
  const begun = performance.now();
  const path = bare(address);
  const kept = bodyOf(path.split("?")[0], sent);
  const changes = method !== "GET" && !LOOKING.test(path.split("?")[0]) && kept.body?.dry_run !== true;
  return (status) => {
    const one = { id: (number += 1), method, path, ...kept, revision, file, changes, status, ms: performance.now() - begun, at: Date.now() };
    const other = changes ? asked : asked.filter((old) => old.changes || old.method !== method || old.path !== path);
    asked = room([one, ...other]);
    watchers.forEach((tell) => tell());
  };
}

/** Reads what the contract calls its routes, once; without it they keep their addresses. */
export async function readNames() {
  if (names) return;
  const answer = await fetch("/api/v1/openapi.json");
  if (answer.ok) names = routesOf(await answer.json());
  asked = [...asked];
  watchers.forEach((tell) => tell());
}

/** The contract's routes as patterns with their words, those with the fewest variables first. */
export function routesOf(contract) {
  const rank = (path) => path.split("{").length;
  return Object.entries(contract.paths)
    .sort(([left], [right]) => rank(left) - rank(right))
    .map(([path, methods]) => [new RegExp(`^${path.split(/\{[^}]*\}/).map((part) => part.replace(/[.*+?^$()|[\]\\]/g, "\\$&")).join("[^/]+")}$`), methods]);
}

/** Words for what was asked; its method and address where the contract is not known. */
export function wordsFor(one, routes = names) {
  const path = one.path.split("?")[0];
  const methods = routes?.find(([pattern, known]) => pattern.test(path) && known[one.method.toLowerCase()])?.[1];
  return methods?.[one.method.toLowerCase()].summary || `${one.method} ${path.replace("/api/v1", "")}`;
}

/** A word of a POSIX shell that means exactly the text. */
export const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

// curl takes brackets and braces of an address for patterns.
const whole = (one, origin) => (origin + one.path).replace(/[[\]{}]/g, encodeURIComponent);

/** The request as a command, for a shell where DARKROOM_TOKEN is set. */
export function asCurl(one, origin) {
  const parts = [`curl -X ${one.method} ${quoted(whole(one, origin))}`, '-H "Authorization: Bearer $DARKROOM_TOKEN"'];
  if (one.revision !== undefined) parts.push(`-H ${quoted(`If-Match: "${one.revision}"`)}`);
  if (one.missing) parts.push("--json @body.json");
  else if (one.body !== undefined) parts.push(`--json ${quoted(JSON.stringify(one.body))}`);
  if (one.file) parts.push(`-o ${quoted(one.file)}`);
  return `${one.missing ? `# body.json is what was sent. ${one.missing}\n` : ""}${parts.join(" \\\n  ")}\n`;
}

/** A value as Python writes it. */
export function literal(value, indent = "") {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return JSON.stringify(value);
  const deeper = `${indent}    `;
  const list = Array.isArray(value);
  const items = list ? value.map((one) => literal(one, deeper)) : Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${literal(one, deeper)}`);
  const [open, close] = list ? "[]" : "{}";
  const line = open + items.join(", ") + close;
  return line.length <= 80 && !line.includes("\n") ? line : `${open}\n${items.map((one) => `${deeper}${one},\n`).join("")}${indent}${close}`;
}

/** The request as a program, for an environment where DARKROOM_TOKEN is set; httpx comes with Darkroom. */
export function asPython(one, origin) {
  const headers = [`"Authorization": f"Bearer {os.environ['DARKROOM_TOKEN']}"`];
  if (one.revision !== undefined) headers.push(`"If-Match": ${literal(`"${one.revision}"`)}`);
  const body = one.missing ? "    json=json.loads(Path(\"body.json\").read_text()),\n" : one.body !== undefined ? `    json=${literal(one.body, "    ")},\n` : "";
  return [
    ...(one.missing ? [`# body.json is what was sent. ${one.missing}`, "import json"] : []),
    "import os",
    ...(one.missing || one.file ? ["from pathlib import Path"] : []),
    "",
    "import httpx",
    "",
    "answer = httpx.request(",
    `    ${literal(one.method)},`,
    `    ${literal(whole(one, origin))},`,
    `    headers={${headers.join(", ")}},`,
    `${body}    timeout=60,`,
    ")",
    "answer.raise_for_status()",
    one.file ? `Path(${literal(one.file)}).write_bytes(answer.content)` : "print(answer.text)",
    "",
  ].join("\n");
}
