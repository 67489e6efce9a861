"""What axe-core says of a page: rules of WCAG 2.2 AA that a program can check, and its good practices."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from playwright.sync_api import Page

_RUN = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  // A menu hangs beside the page, in no landmark: there is none for it.
  const rules = { region: { enabled: !document.querySelector("[role=menu]") } };
  const found = await axe.run(document, { resultTypes: ["violations"], runOnly: tags, rules });
  const why = (node) => (node.any[0] || node.all[0] || node.none[0])?.message || "";
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.impact} ${rule.id}: ${node.html.slice(0, 160)} (${why(node)})`));
}"""


@cache
def _program() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text()


def violations(page: Page) -> list[str]:
    """What is wrong, each with the element and the reason."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_program())
    return page.evaluate(_RUN)
