"""Design tokens are in one place."""

from __future__ import annotations

import re
from pathlib import Path

STYLES = Path(__file__).parents[3] / "frontend" / "assets" / "styles"


def test_sizes_of_type_are_tokens():
    """`base.css` names them; elsewhere no size is written in pixels."""
    sheets = sorted(STYLES.glob("*.css"))
    assert len(sheets) > 5
    found = [
        f"{sheet.name}:{number}: {line.strip()}"
        for sheet in sheets
        for number, line in enumerate(sheet.read_text().splitlines(), 1)
        if re.search(r"^\s*font(-size)?:.*\dpx", line)
    ]
    assert found == []


def test_every_colour_and_component_of_radix_that_is_used_has_its_styles():
    """A page gets a sixth of the sheets of Radix; what a page names must be among it, and of the version that is installed."""
    from reflex_components_radix.plugin import RADIX_THEMES_PACKAGE

    from scripts.radix_styles import COLOURS, COMPONENTS, OUT

    assert f"Of {RADIX_THEMES_PACKAGE.replace('@3', ' 3')}, by" in OUT.read_text()[:200]
    frontend = STYLES.parents[1]
    sources = [*STYLES.glob("*.css"), *(frontend / "assets" / "ui").rglob("*.js*"), frontend / "theme.py"]
    text = "\n".join(path.read_text() for path in sources)
    named = set(re.findall(r"var\(--([a-z]+)-(?:a?[0-9]+|contrast|surface|indicator|track)\)", text))
    named |= set(re.findall(r'(?:color|accent_color|gray_color|data-(?:accent|gray)-color)="([a-z]+)"', text))
    assert named - {"accent", "black", "white", "shadow", "dl"} == set(COLOURS)
    imported = re.findall(r'import \{([^}]*)\} from "@radix-ui/themes"', text)
    assert {name.strip() for line in imported for name in line.split(",")} <= set(COMPONENTS)


def test_what_can_be_worn_of_a_sheet_is_kept():
    from scripts.radix_styles import kept

    css = """
      .rt-Link:where(.rt-high-contrast), .rt-Card { a: 1 }
      .rt-Card { b: 1 }
      :where(p) { c: 1 }
      @media (width > 3px) { .rt-Table { d: 1 } .rt-PopoverContent { e: 1 } }
      @media print { .rt-Table { f: 1 } }
      @keyframes in { from { g: 1 } }
    """
    text = " ".join("".join(kept(css)).split())
    assert [letter for letter in "abcdefg" if f"{letter}: 1" in text] == ["a", "c", "e", "g"]
    assert "Card" not in text
