"""Writes what our pages need of the styles of Radix Themes: `frontend/assets/vendor/radix.css`.

    python -m scripts.radix_styles [--check]

The package brings 800 kB for all of its components, colours and utilities, which a browser reads before it shows anything; we use a
few of them. Run it after a build whenever Reflex brings another version of the package, or a page uses another component or colour.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "frontend" / ".web" / "node_modules" / "@radix-ui" / "themes"
OUT = ROOT / "frontend" / "assets" / "vendor" / "radix.css"
COLOURS = ("gray", "amber", "red", "tomato", "grass")
"""Those that our styles and components name."""
COMPONENTS = {
    "Theme": ("Text",),
    "Tooltip": ("Tooltip", "PopperContent"),
    "Popover": ("Popover", "PopperContent"),
    "DropdownMenu": ("DropdownMenu", "BaseMenu", "PopperContent", "ScrollArea"),
    "Link": ("Link",),
}
"""What pages use -> beginnings of the classes that it wears."""
_SHARED = ("reset", "r", "variant", "underline", "high")
_CLASS = re.compile(r"\.rt-([A-Za-z]+)")
_COMMAS = re.compile(r",(?![^()]*\))")


def blocks(css: str) -> Iterator[tuple[str, str]]:
    """Rules at the top of a sheet: what stands before the braces, and within."""
    depth = start = opened = 0
    for at, letter in enumerate(css):
        if letter == "{":
            depth += 1
            opened = at if depth == 1 else opened
        elif letter == "}":
            depth -= 1
            if depth == 0:
                yield css[start:opened].strip(), css[opened + 1 : at]
                start = at + 1


def is_worn(selector: str) -> bool:
    """Whether something of ours can fit a selector."""
    ours = {beginning for worn in COMPONENTS.values() for beginning in worn}
    return all(
        name in _SHARED or name == "Text" or any(name.startswith(one) for one in ours - {"Text"})
        for name in _CLASS.findall(selector)
    )


def kept(css: str) -> Iterator[str]:
    """The rules that something of ours can wear."""
    for head, body in blocks(css):
        if head.startswith(("@media", "@supports")):
            inner = "\n".join(kept(body))
            if inner:
                yield f"{head} {{\n{inner}\n}}"
        elif head.startswith("@"):
            yield f"{head} {{{body}}}"
        elif worn := [one.strip() for one in _COMMAS.split(head) if is_worn(one)]:
            yield f"{', '.join(worn)} {{{body}}}"


def sheet() -> str:
    """The styles, with whose they are."""
    version = json.loads((PACKAGE / "package.json").read_text())["version"]
    licence = (PACKAGE / "LICENSE").read_text().strip()
    tokens = [(PACKAGE / "tokens" / "base.css").read_text()]
    tokens += [(PACKAGE / "tokens" / "colors" / f"{colour}.css").read_text() for colour in COLOURS]
    rules = kept(re.sub(r"/\*.*?\*/", "", (PACKAGE / "components.css").read_text(), flags=re.DOTALL))
    head = (
        f"/*\nOf @radix-ui/themes {version}, by scripts/radix_styles.py: not to be changed by hand.\n\n{licence}\n*/\n"
    )
    return head + "\n".join([*tokens, *rules]) + "\n"


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only tell whether the file is current")
    asked = parser.parse_args()
    found = sheet()
    if asked.check:
        return int(not OUT.exists() or OUT.read_text() != found)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
