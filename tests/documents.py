"""The examples of the documentation, as they stand there.

A fenced block is run by its language: `sh` by bash, `python` by Python, `yaml` as a recipe, `env` as settings, `json` and `toml` are
read. `text` is no example. A comment in the line before says what is different:

    <!-- not run: why -->        it cannot be run here
    <!-- endless -->             it goes on for ever: it must print something, and is ended then
    <!-- with accounts -->       it needs somebody with an account, so it comes after all others
    <!-- file: web.yaml -->      its text is also that file
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
LANGUAGES = frozenset({"sh", "python", "yaml", "env", "json", "toml", "text"})
_BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>[^\n]*?) -->\n)?^```(?P<language>[^\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)
_MARK = re.compile(r"(?:not run: (?P<reason>.{10,})|(?P<way>endless|with accounts)|file: (?P<file>[a-z0-9.-]+))\Z")


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    place: str
    """File and line."""
    document: str
    """File."""
    language: str
    """What it is written in."""
    code: str
    """Its text."""
    mark: str
    """What the comment before it says."""

    @property
    def reason(self) -> str | None:
        """Why it is not run."""
        found = _MARK.match(self.mark)
        return found["reason"] if found else None

    @property
    def way(self) -> str | None:
        """How it is run, where that is special."""
        found = _MARK.match(self.mark)
        return found["way"] if found else None

    @property
    def file(self) -> str | None:
        """File that it is."""
        found = _MARK.match(self.mark)
        return found["file"] if found else None

    @property
    def understood(self) -> bool:
        """Whether its language and its comment mean something."""
        return self.language in LANGUAGES and (not self.mark or _MARK.match(self.mark) is not None)


def documents() -> list[Path]:
    """Every page with examples; what is written from the code is checked where it is written."""
    folder = ROOT / "docs"
    return [ROOT / "README.md", *sorted(folder.glob("*.md")), *sorted((folder / "how-to").glob("*.md")), *sorted(
        (folder / "storage").glob("*.md")
    )]  # fmt: skip


def blocks() -> Iterator[Block]:
    """Every fenced block."""
    for path in documents():
        text = path.read_text()
        name = path.relative_to(ROOT).as_posix()
        for found in _BLOCK.finditer(text):
            line = text.count("\n", 0, found.start("language")) + 1
            yield Block(f"{name}:{line}", name, found["language"].strip(), found["code"], found["mark"] or "")


def fences() -> int:
    """How many fences there are, opening and closing."""
    return sum(path.read_text().count("\n```") + path.read_text().startswith("```") for path in documents())
