"""The page where a person lets a program in: one file, nothing from other servers."""

from __future__ import annotations

from html import escape

_STYLE = """
:root{color-scheme:light dark;--bg:#fcfcfc;--panel:#fff;--text:#202020;--soft:#646464;--line:#d9d9d9;--main:#ffc53d;
--on:#4f3422;--bad:#ce2c31}
@media(prefers-color-scheme:dark){:root{--bg:#111;--panel:#191919;--text:#eee;--soft:#b4b4b4;--line:#3a3a3a;--bad:#ff9592}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;padding:16px;background:var(--bg);
color:var(--text);font:15px/1.55 "Inter Variable",Inter,system-ui,-apple-system,"Segoe UI",sans-serif}
main{width:100%;max-width:420px;background:var(--panel);border:1px solid var(--line);border-radius:12px;padding:28px}
img{display:block;width:40px;height:40px;margin-bottom:16px}h1{font-size:20px;margin:0 0 6px}p{margin:0 0 14px}
.soft{color:var(--soft);font-size:13px}label{display:block;font-weight:600;margin-bottom:6px}
input{width:100%;font:600 24px/1.4 ui-monospace,Menlo,Consolas,monospace;letter-spacing:.12em;text-align:center;
text-transform:uppercase;padding:10px;border:1px solid var(--line);border-radius:8px;background:var(--bg);color:inherit}
.row{display:flex;gap:10px;margin-top:16px}button{flex:1;font:600 15px/1.4 inherit;padding:10px 14px;border-radius:8px;
border:1px solid var(--line);background:var(--bg);color:inherit;cursor:pointer;font-family:inherit}
button.main{background:var(--main);border-color:var(--main);color:var(--on)}button:disabled{opacity:.6;cursor:default}
:focus-visible{outline:2px solid var(--main);outline-offset:2px}dl{margin:0 0 14px;display:grid;gap:4px 12px;
grid-template-columns:auto 1fr}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}[role=alert]{color:var(--bad);margin:12px 0 0}
[hidden]{display:none!important}
"""

_SCRIPT = """
const find = (id) => document.getElementById(id);
const show = (name) => ["ask", "decide", "done"].forEach((one) => { find(one).hidden = one !== name; });
async function send(path, body) {
  find("error").textContent = "";
  const answer = await fetch(`/api/v1/auth/device/${path}`, {
    method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)});
  if (answer.ok) return answer.status === 204 ? {} : answer.json();
  const problem = await answer.json().catch(() => ({}));
  if (answer.status === 401) location.assign(`/sign-in?return_to=${encodeURIComponent(location.pathname + location.search)}`);
  throw new Error(`${problem.detail || "That did not work."} ${problem.remedy || ""}`);
}
async function guarded(work) {
  document.querySelectorAll("button").forEach((one) => { one.disabled = true; });
  try { await work(); } catch (error) { find("error").textContent = error.message; }
  document.querySelectorAll("button").forEach((one) => { one.disabled = false; });
}
find("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  guarded(async () => {
    const found = await send("look", {user_code: find("code").value});
    find("agent").textContent = found.agent || "does not say";
    find("address").textContent = found.address || "this machine";
    find("since").textContent = new Date(found.created_at).toLocaleTimeString();
    find("shown").textContent = find("code").value.toUpperCase();
    show("decide"); find("deny").focus();
  });
});
function decide(allow) {
  return guarded(async () => {
    await send("decide", {user_code: find("code").value, allow});
    find("outcome").textContent = allow ? "The program is let in." : "The program was not let in.";
    show("done");
  });
}
find("allow").addEventListener("click", () => decide(true));
find("deny").addEventListener("click", () => decide(false));
"""


def device_html(name: str, code: str) -> str:
    """The page.

    Args:
        name: of the person who is signed in.
        code: typed in already.
    """
    return f"""<!doctype html><html lang=en><head><meta charset=utf-8><title>Let a program in &middot; Darkroom</title>
<meta name=viewport content="width=device-width, initial-scale=1"><link rel=icon href="/logo.svg" type="image/svg+xml">
<style>{_STYLE}</style></head><body><main><img src="/logo.svg" alt="">
<h1>Let a program in</h1><p class=soft>It will act as {escape(name)}, until its session is ended on the account page.</p>
<form id=ask><label for=code>Code that the program shows</label>
<input id=code name=code value="{escape(code)}" autocomplete=off autocapitalize=characters spellcheck=false maxlength=12 required
autofocus><div class=row><button class=main>Continue</button></div></form>
<section id=decide hidden><dl><dt>Program</dt><dd id=agent></dd><dt>From</dt><dd id=address></dd><dt>Since</dt><dd id=since></dd>
<dt>Code</dt><dd id=shown></dd></dl><p>Allow it only if you started it yourself, a moment ago, and it shows this very code. Nobody
else has a reason to send you one.</p><div class=row><button id=deny>Do not allow</button><button id=allow class=main>Allow</button>
</div></section><section id=done hidden><p id=outcome role=status></p><p class=soft>You can close this page.</p></section>
<p id=error role=alert></p></main><script>{_SCRIPT}</script></body></html>"""
