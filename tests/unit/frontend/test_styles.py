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
