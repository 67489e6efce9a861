"""Words as a search compares them: in what is stored, and in what is asked."""

from __future__ import annotations

import re
import unicodedata

_LONGEST_WORD = 48
_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """The text without case and accents, so that `Café` is found by `cafe`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in decomposed if not unicodedata.combining(one)).casefold()


def tokens(text: str) -> list[str]:
    """The words of a text, folded, each once, in order; for what is stored and for what is asked."""
    return list(dict.fromkeys(word[:_LONGEST_WORD] for word in _WORD.findall(fold(text[:20_000]))))
