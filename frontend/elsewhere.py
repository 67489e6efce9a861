"""What may come of signing in with another provider, in the words of the error table.

The browser comes back with no more than a code in the address, so the words are in the page.
"""

from __future__ import annotations

from darkroom.errors import ERROR_CODES

_CODES = (
    "sign_in_expired", "provider_denied", "provider_untrusted", "provider_unavailable", "no_account", "identity_taken",
    "too_many_attempts", "unauthenticated", "forbidden",
)  # fmt: skip

ELSEWHERE = {code: [ERROR_CODES[code].title, ERROR_CODES[code].remedy] for code in _CODES}
"""Code -> what it is, and what to do."""
