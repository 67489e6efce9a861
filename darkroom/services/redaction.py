"""Taking secrets out of what leaves this machine: those that are known, and whatever looks like one."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from pydantic import SecretStr

from darkroom.settings import Settings

REDACTED = "[redacted]"

_SHORTEST = 4
"""Letters below which a known secret would be found in every second word."""
_SHORTEST_PART = 8
_ENVIRONMENT = re.compile(r"(?i)secret|passw|token|api_?key|access_?key|credential")
_USERINFO = re.compile(r"://([^\s\"'/]+)@")
_PARTS = re.compile(r"[\s:,;=\"'{}\[\]]+")
_LOOKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)", re.DOTALL), REDACTED),
    (re.compile(r"(://)[^\s\"']{1,500}@"), rf"\1{REDACTED}@"),
    (re.compile(r"\b(?:dr[rslbdo]?|dk|ghp|gho|github_pat)_[0-9A-Za-z_]{16,}"), REDACTED),
    (re.compile(r"\beyJ[\w-]{5,}(?:\.[\w-]+){1,4}"), REDACTED),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), rf"\1 {REDACTED}"),
    (re.compile(
        r"(?i)((?:password|passwd|secret|token|signature|credential|api[_-]?key|access[_-]?key|account[_-]?key|cookie)[\w-]{0,20}"
        r"\\?[\"']?\s{0,3}[=:]\s{0,3}\\?[\"']?)(?!\[redacted\])[^\s\"',;&}\\]+"
    ), rf"\1{REDACTED}"),
    (re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), REDACTED),
)  # fmt: skip
"""Keys, credentials in addresses, tokens of ours and of others, signed tokens, headers, named values, addresses of people."""


class Redactor:
    """Replaces secrets in texts.

    Args:
        settings: whose secrets are known, and whose home holds keys.
    """

    def __init__(self, settings: Settings) -> None:
        known = {form for secret in _known(settings) for form in _forms(secret) if len(form) >= _SHORTEST}
        # The longest first: a secret may hold another.
        whole = "|".join(re.escape(one) for one in sorted(known, key=len, reverse=True))
        self._known = re.compile(whole) if whole else None
        self._person = str(Path.home())

    def text(self, text: str) -> str:
        """The text without secrets, and without the name of whoever's home folder it speaks of."""
        if self._known is not None:
            text = self._known.sub(REDACTED, text)
        for looks, instead in _LOOKS:
            text = looks.sub(instead, text)
        return text.replace(self._person, "~") if len(self._person) > 1 else text

    def tree(self, value: Any) -> Any:
        """JSON values, each text of which is without secrets."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self.tree(one) for key, one in value.items()}
        return [self.tree(one) for one in value] if isinstance(value, list | tuple) else value


def _forms(secret: str) -> set[str]:
    """A secret as it may stand in a log: as it is, within JSON, within an address."""
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(secret, safe=""),
        quote(secret),
    }


def _known(settings: Settings) -> Iterator[str]:
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            yield from _within(value.get_secret_value())
        elif isinstance(value, str):
            yield from _userinfo(value)
    for name, text in os.environ.items():
        if _ENVIRONMENT.search(name) and len(text) >= _SHORTEST_PART:
            yield text
    for path in settings.keys.glob("*") if settings.keys.is_dir() else ():
        try:
            yield from _within(path.read_text())
        except (OSError, UnicodeDecodeError):
            continue


def _within(secret: str) -> Iterator[str]:
    """A secret, its lines, and what it is made of where it is an address, JSON or a list of pairs."""
    yield secret.strip()
    try:
        parts = _leaves(json.loads(secret))
    except ValueError:
        if "://" in secret:
            yield from _userinfo(secret)
            return
        parts = iter(_PARTS.split(secret))
    yield from (part for part in parts if len(part) >= _SHORTEST_PART)


def _leaves(value: Any) -> Iterator[str]:
    """The texts of a JSON value, not the names that they have."""
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _leaves(one)


def _userinfo(url: str) -> Iterator[str]:
    for found in _USERINFO.findall(url):
        password = found.partition(":")[2]
        yield from (password, unquote(password))
