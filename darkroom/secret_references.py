"""Secrets by reference: a setting may name where its secret lies instead of holding it.

`file:/run/secrets/mail` is what that file holds, as container platforms and systemd hand secrets over, and `env:MAIL_PASSWORD` the
value of another variable. Processes that are started get the reference, never the secret in their environment.
"""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import SecretStr

_LARGEST = 64 * 1024


class ReferredSecret(SecretStr):
    """A secret that was found by reference.

    Args:
        secret: what was found.
        reference: where.
    """

    def __init__(self, secret: str, reference: str) -> None:
        super().__init__(secret)
        self.reference = reference


def resolved(value: SecretStr) -> SecretStr:
    """The secret that a value refers to, or the value itself.

    Raises:
        ValueError: when there is nothing where it refers to.
    """
    kind, _, place = value.get_secret_value().partition(":")
    if kind == "file":
        return ReferredSecret(_of_file(place), f"file:{place}")
    if kind == "env":
        found = os.environ.get(place, "")
        if not found:
            raise ValueError(f"refers to the variable {place[:100]}, which is not set")
        return ReferredSecret(found, f"env:{place}")
    return value


def _of_file(place: str) -> str:
    try:
        with Path(place).expanduser().open("rb") as file:
            data = file.read(_LARGEST + 1)
        found = data.decode().rstrip("\r\n")
    except OSError as error:
        raise ValueError(f"refers to the file {place[:200]}, which cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"refers to the file {place[:200]}, which is no text") from error
    if not found or len(data) > _LARGEST:
        raise ValueError(f"refers to the file {place[:200]}, which holds {'nothing' if not found else 'too much'}")
    return found
