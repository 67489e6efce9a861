"""The page that shows the contract: one file, nothing from other servers, readable without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Any

from darkroom.api.contract import TAGS, Field, Route, models, routes
from darkroom.errors import ERROR_CODES

_STYLE = """
:root{color-scheme:light dark;--bg:#fcfcfd;--panel:#fff;--text:#1c2024;--soft:#60646c;--line:#d9d9e0;--code:#f0f0f3;
--accent:#5753c6;--get:#2b6a4d;--post:#8a4b10}
@media(prefers-color-scheme:dark){:root{--bg:#111113;--panel:#18191b;--text:#edeef0;--soft:#b0b4ba;--line:#363a3f;
--code:#212225;--accent:#b1a9ff;--get:#7ce0ac;--post:#f5b97a}}
*{box-sizing:border-box}html{scroll-padding-top:16px}
body{margin:0;background:var(--bg);color:var(--text);font:14px/1.55 Inter,system-ui,-apple-system,"Segoe UI",sans-serif}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
.frame{display:grid;grid-template-columns:260px minmax(0,1fr);max-width:1240px;margin:0 auto}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:24px 12px 24px 20px;border-right:1px solid var(--line);
font-size:13px}nav h2{font-size:12px;color:var(--soft);margin:20px 0 4px;font-weight:600}
nav a{display:flex;gap:8px;padding:3px 6px;color:inherit;border-radius:4px;overflow-wrap:anywhere}
nav a:hover{background:var(--code);text-decoration:none}
main{padding:24px 32px 120px;min-width:0}h1{font-size:24px;margin:0 0 4px}main h2{font-size:18px;margin:48px 0 12px}
article{border:1px solid var(--line);border-radius:8px;background:var(--panel);padding:16px 20px;margin:0 0 16px}
article h3{margin:0 0 6px;font:600 14px/1.5 ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.method{font:600 11px/1.7 ui-monospace,Menlo,Consolas,monospace;min-width:34px}.GET{color:var(--get)}.POST{color:var(--post)}
p{margin:0 0 10px;max-width:76ch}.soft{color:var(--soft)}
code,pre{font:12.5px/1.5 ui-monospace,Menlo,Consolas,monospace}code{background:var(--code);padding:1px 4px;border-radius:4px}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13px;margin:8px 0}
th{font-weight:600;color:var(--soft);text-align:left;font-size:12px}
td,th{padding:5px 12px 5px 0;border-bottom:1px solid var(--line);vertical-align:top}tr:last-child td{border-bottom:0}
form{display:flex;gap:8px;margin-top:10px;flex-wrap:wrap}
input{flex:1 1 260px;font:12.5px ui-monospace,Menlo,Consolas,monospace;padding:6px 8px;border:1px solid var(--line);
border-radius:6px;background:var(--bg);color:inherit;min-width:0}
button{font:inherit;font-size:13px;padding:5px 12px;border:1px solid var(--line);border-radius:6px;background:var(--bg);
color:inherit;cursor:pointer}button:hover{border-color:var(--accent)}
pre{background:var(--code);padding:10px 12px;border-radius:6px;overflow:auto;max-height:320px;margin:8px 0 0}
@media(max-width:800px){.frame{display:block}nav{position:static;height:auto;border-right:0;
border-bottom:1px solid var(--line)}main{padding:20px 16px 80px}}
"""

_SCRIPT = """
document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target, out = form.nextElementSibling;
  out.hidden = false; out.textContent = "...";
  try {
    const began = performance.now();
    const answer = await fetch(form.elements.path.value, {headers: {Accept: "application/json"}});
    const type = answer.headers.get("content-type") || "";
    const head = `${answer.status} ${type}  ${Math.round(performance.now() - began)} ms\\n\\n`;
    const text = type.includes("json") ? JSON.stringify(await answer.json(), null, 2) : `${(await answer.blob()).size} bytes`;
    out.textContent = head + (text.length > 20000 ? text.slice(0, 20000) + "\\n..." : text);
  } catch (error) { out.textContent = String(error); }
});
"""


def docs_html(contract: dict[str, Any]) -> str:
    """The contract as one page of HTML."""
    all_routes = list(routes(contract))
    info = contract["info"]
    body = [
        f"<h1>{escape(info['title'])} REST API</h1><p class=soft>Version {escape(info['version'])}, "
        '<a href="/api/v1/openapi.json">openapi.json</a>, <a href="/">back to the gallery</a></p>',
        f"<p>{_rich(' '.join(info['description'].split()))}</p>",
    ]
    for tag, title in TAGS.items():
        body.append(f"<h2 id={tag}>{title}</h2>")
        body += [_route(route) for route in all_routes if route.tag == tag]
    body.append("<h2 id=models>Models</h2>")
    for name, words, fields in models(contract):
        table = _table("field", fields) if fields else ""
        body.append(f'<article id="model-{name.lower()}"><h3>{escape(name)}</h3><p>{_rich(words)}</p>{table}</article>')
    body += ["<h2 id=errors>Errors</h2>", _errors()]
    return (
        '<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content="width=device-width">'
        f"<title>Darkroom REST API</title><style>{_STYLE}</style></head><body><div class=frame>"
        f"<nav aria-label=Contents>{''.join(_contents(all_routes))}</nav><main>{''.join(body)}</main></div>"
        f"<script>{_SCRIPT}</script></body></html>"
    )


def _contents(all_routes: list[Route]) -> Iterator[str]:
    for tag, title in TAGS.items():
        yield f"<h2>{title}</h2>"
        for route in all_routes:
            if route.tag == tag:
                path = escape(route.path.removeprefix("/api/v1"))
                yield f'<a href="#{route.anchor}">{_method(route)}<span>{path}</span></a>'
    yield '<h2>More</h2><a href="#models">Models</a><a href="#errors">Errors</a>'


def _method(route: Route) -> str:
    return f'<span class="method {route.method}">{route.method}</span>'


def _route(route: Route) -> str:
    parts = [f'<article id="{route.anchor}"><h3>{_method(route)} {escape(route.path)}</h3>']
    parts += [f"<p>{_rich(words)}</p>" for words in route.words.split("\n\n")]
    if route.parameters:
        parts.append(_table("parameter", route.parameters))
    if route.body:
        parts.append(f"<p>Body, <code>{escape(route.body[0])}</code>: {_rich(route.body[1])}</p>")
    rows = "".join(
        f"<tr><td>{answer.status}</td><td>{_rich(answer.type)}</td><td>{_rich(answer.words)}</td></tr>"
        for answer in route.answers
    )
    parts.append(f"<div class=scroll><table><tr><th>status<th>answer<th>meaning</tr>{rows}</table></div>")
    if route.method == "GET" and route.tag != "events":
        parts.append(
            f'<form><input name=path value="{escape(route.path)}" aria-label="Address to try" spellcheck=false>'
            "<button>Try</button></form><pre hidden tabindex=0></pre>"
        )
    return "".join(parts) + "</article>"


def _table(what: str, fields: tuple[Field, ...]) -> str:
    rows = []
    for field in fields:
        default = "" if field.default in (None, [], "") else f"<code>{escape(str(field.default))}</code>"
        shown = "required" if field.required and what == "parameter" else default
        name = f"<code>{escape(field.name)}</code>"
        rows.append(f"<tr><td>{name}<td>{_rich(field.type)}<td>{shown}<td>{_rich(field.words)}</tr>")
    head = f"<tr><th>{what}<th>type<th>default<th>meaning</tr>"
    return f"<div class=scroll><table>{head}{''.join(rows)}</table></div>"


def _errors() -> str:
    rows = "".join(
        f'<tr id="error-{row.code}"><td><code>{row.code}</code><td>{row.status}<td>{escape(row.title)}'
        f"<td>{_rich(row.remedy)}</tr>"
        for row in ERROR_CODES.values()
    )
    head = "<tr><th>code<th>status<th>what happened<th>what to do</tr>"
    return f"<article><div class=scroll><table>{head}{rows}</table></div></article>"


def _rich(text: str) -> str:
    """Text with `code` and [Model] as HTML."""
    safe = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
    return re.sub(r"\[([A-Z]\w+)\]", lambda found: f'<a href="#model-{found[1].lower()}">{found[1]}</a>', safe)
