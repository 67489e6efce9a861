"""What a file is called where it is saved: the header `Content-Disposition` (RFC 6266)."""

from __future__ import annotations

import re
from urllib.parse import quote

_MOST = 150
_UNSAFE = re.compile(r"[^A-Za-z0-9 ._()@-]")


def disposition(name: str, *, inline: bool = False) -> str:
    """The header's value.

    It is told twice: as near as plain ASCII comes, and as it is, in UTF-8 (RFC 8187), which browsers and our client take.

    Args:
        name: of the file, whatever characters it has.
        inline: to be shown rather than saved.
    """
    kind = "inline" if inline else "attachment"
    plain = _UNSAFE.sub("_", name)[:_MOST] or "file"
    whole = quote(name.encode("utf-8", "replace"), safe="")
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{whole}"
