"""Fingerprints of bodies, taken while they stream by: nothing of them is kept."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks


class Fingerprint(Protocol):
    """Takes pieces of a body."""

    def feed(self, piece: bytes) -> None:
        """Take the next piece."""

    def value(self) -> str:
        """The fingerprint of everything so far."""


def fingerprint(content_type: str, secret: str, query: bytes = b"") -> Fingerprint:
    """A fingerprint for a body of that type.

    Args:
        content_type: header of the request.
        secret: goes into it, so that a stored fingerprint gives no password away that was in the body.
        query: what stands behind the question mark, which is part of what is asked.
    """
    secret += f"?{query.decode('latin-1')}" if query else ""
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if kind == b"multipart/form-data" and boundary:
        try:
            return _OfParts(boundary, secret)
        except FormParserError:
            pass  # a boundary that is none: the route refuses it
    return _OfBytes(secret)


class _OfBytes:
    """Of a body as it is."""

    def __init__(self, secret: str) -> None:
        self._hash = hmac.new(secret.encode(), digestmod=hashlib.sha256)

    def feed(self, piece: bytes) -> None:
        self._hash.update(piece)

    def value(self) -> str:
        return self._hash.hexdigest()


class _OfParts:
    """Of the parts of a form: programs choose another boundary each time they send the same."""

    def __init__(self, boundary: bytes, secret: str) -> None:
        self._secret = secret.encode()
        self._whole = hmac.new(self._secret, digestmod=hashlib.sha256)
        self._part = self._whole.copy()
        self._broken = False
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._begin,
            "on_header_field": self._name,
            "on_header_value": self._value,
            "on_header_end": self._end_of_header,
            "on_headers_finished": self._end_of_headers,
            "on_part_data": self._data,
            "on_part_end": self._end,
        }
        self._field = [b"", b""]
        self._head = b""
        self._parser = MultipartParser(boundary, callbacks)

    def feed(self, piece: bytes) -> None:
        if self._broken:
            return
        try:
            self._parser.write(piece)
        except FormParserError:
            self._broken = True  # the route refuses it: there is no answer to keep

    def value(self) -> str:
        return self._whole.hexdigest()

    def _begin(self) -> None:
        self._part = hmac.new(self._secret, digestmod=hashlib.sha256)

    def _name(self, data: bytes, start: int, end: int) -> None:
        self._field[0] += data[start:end]

    def _value(self, data: bytes, start: int, end: int) -> None:
        self._field[1] += data[start:end]

    def _end_of_header(self) -> None:
        # Each with its length before it: none runs into the next.
        self._head += b"".join(len(one).to_bytes(4, "big") + one for one in self._field)
        self._field = [b"", b""]

    def _end_of_headers(self) -> None:
        self._part.update(hashlib.sha256(self._head).digest())
        self._head = b""

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._part.update(data[start:end])

    def _end(self) -> None:
        self._whole.update(self._part.digest())
