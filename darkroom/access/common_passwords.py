"""Passwords that are guessed first: common ones, words and names, and what people make of them to please a form.

The lists are those of zxcvbn: 30,000 passwords out of breaches, and the commonest words and names of English. Everything
here takes time in proportion to the length, because strangers choose what is looked at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise

OURS = ("darkroom", "photo", "photos", "picture", "pictures", "images", "gallery", "administrator")
"""Words that somebody tries here before anywhere else, besides the address of the account."""

_AROUND = 8
"""Most digits and signs that are put around a word: the length of a date."""
_LEAST_WORD = 3
_LETTERS = tuple(str.maketrans("@4831!|0$5+7", f"aabe{one}{one}{one}osstt") for one in "il")


def is_common(password: str, about: Iterable[str] = ()) -> bool:
    """Whether a password is one of the first that anybody would try.

    Args:
        password: of any length.
        about: words about the account, as its address.
    """
    text = unicodedata.normalize("NFKC", password).casefold()
    own = {part for one in (*OURS, *about) for part in _parts(one.casefold())}
    return any(form in own or form in _known() or _is_sequence(form) for form in _forms(text))


def _parts(word: str) -> Iterator[str]:
    yield word
    yield re.sub(r"[\W_]+", "", word)
    yield from (part for part in re.split(r"[\W_]+", word) if len(part) >= _LEAST_WORD)


def _forms(text: str) -> Iterator[str]:
    """A password without what was put around and between, of several alike one, and with letters for the signs that stand for them."""
    for whole in {text, _once(text)}:
        bare = re.sub(r"^[\W_]+|[\W_]+$", "", whole)
        core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", whole)
        cut = {one for one in (bare, core) if len(one) >= _LEAST_WORD and len(whole) - len(one) <= _AROUND}
        found = {whole, *cut, *(re.sub(r"[\W_]+", "", one) for one in cut)}
        found |= {form.translate(letters) for form in found for letters in _LETTERS}
        yield from found | {_once(form) for form in found}


def _once(text: str) -> str:
    """The piece that a text is several times, or the text."""
    # Such a text lies within itself twice.
    return text[: (text + text).find(text, 1)] if text else text


def _is_sequence(text: str) -> bool:
    """Whether each character follows the one before, or all are one, as 1234567890."""
    steps = {(ord(after) - ord(before)) % 10 if text.isdigit() else ord(after) - ord(before)
             for before, after in pairwise(text)}  # fmt: skip
    return len(steps) == 1 and bool(steps & {-1, 0, 1, 9})


@cache
def _known() -> frozenset[str]:
    # Imported when used: the lists are large, and passwords are set rarely.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(word for words in FREQUENCY_LISTS.values() for word in words if len(word) >= _LEAST_WORD)
