"""The two towers of a model for searching: one makes rows of pictures, one of words, near each other where the words say what a picture shows.

(Radford et al., Learning Transferable Visual Models From Natural Language Supervision, 2021; Zhai et al., Sigmoid Loss for
Language Image Pre-Training, 2023.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from darkroom.errors import Error
from darkroom.imaging.operations.learned_features import opened, prepared, told
from darkroom.imaging.operations.learned_model import MAX_MODEL_BYTES
from darkroom.imaging.operations.learned_onnx import facts_of
from darkroom.imaging.pixels import Array

ROWS = "rows"
"""What both towers call what they give."""
PICTURES, TOKENS, MASK = "pictures", "tokens", "mask"
"""What they call what they are given; a tower of words may do without the mask."""
_MOST_TOKENIZER_BYTES = 64_000_000

Row = np.ndarray[Any, np.dtype[np.float32]]


class PictureTower:
    """Rows of pictures.

    Args:
        data: an ONNX file whose input `pictures` is count x 3 x side x side, RGB from 0 to 1, and whose output is `rows`.
        name: what it is called in errors.

    Raises:
        Error: `model_unusable`.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self._name = name
        _inputs(data, name, {PICTURES})
        self._session = opened(data, name)

    def rows(self, pictures: Sequence[Array]) -> Row:
        """A row of length 1 for each picture (side x side x 3, 8 bits).

        Raises:
            Error: `model_unusable` where the model breaks.
        """
        return told(self._session, ROWS, {PICTURES: prepared(pictures)}, self._name)


class TextTower:
    """Rows of words.

    Args:
        data: an ONNX file whose input `tokens` is count x length, perhaps with a `mask` of the same shape, and whose output is `rows`.
        tokenizer: as `tokenizer.json` has it.
        length: tokens of every text: longer ones are cut, shorter ones filled up.
        padding: token that fills up.
        name: what it is called in errors.

    Raises:
        Error: `model_unusable`.
    """

    def __init__(self, data: bytes, tokenizer: bytes, *, length: int, padding: int, name: str) -> None:
        self._name = name
        self._masked = MASK in _inputs(data, name, {TOKENS, MASK})
        self._tokenizer = _tokenizer(tokenizer, length, padding, name)
        self._session = opened(data, name)

    def rows(self, texts: Sequence[str]) -> Row:
        """A row of length 1 for each text.

        Raises:
            Error: `model_unusable` where the model breaks.
        """
        found = self._tokenizer.encode_batch(list(texts))
        given = {TOKENS: np.array([one.ids for one in found], np.int64)}
        if self._masked:
            given[MASK] = np.array([one.attention_mask for one in found], np.int64)
        return told(self._session, ROWS, given, self._name)


def _inputs(data: bytes, name: str, allowed: set[str]) -> set[str]:
    if len(data) > MAX_MODEL_BYTES:
        raise Error("model_unusable", f"{name} has {len(data):,} bytes; {MAX_MODEL_BYTES:,} are allowed.")
    found = {one.name for one in facts_of(data, name).inputs}
    if not found or found - allowed:
        raise Error("model_unusable", f"{name} asks for {', '.join(sorted(found)) or 'nothing'}.")
    return found


def _tokenizer(data: bytes, length: int, padding: int, name: str) -> Any:
    from tokenizers import Tokenizer

    if len(data) > _MOST_TOKENIZER_BYTES:
        raise Error("model_unusable", f"The tokenizer of {name} has {len(data):,} bytes.")
    try:
        found = Tokenizer.from_buffer(data)
        found.enable_truncation(max_length=length)
        found.enable_padding(length=length, pad_id=padding, pad_token=found.id_to_token(padding) or "")
    except Exception as error:  # its errors have no base class of their own
        raise Error("model_unusable", f"The tokenizer of {name} cannot be read: {str(error)[:200]}.") from error
    return found
