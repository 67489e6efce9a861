"""GitHub: OAuth 2 without OpenID Connect. Who somebody is, is asked of its API."""

from __future__ import annotations

from typing import Any

from darkroom.access.oidc import Answer, Claimed
from darkroom.access.provider_http import ask, client_for, untrusted
from darkroom.access.providers import Provider


class GithubClient:
    """Speaks with GitHub.

    Args:
        provider: GitHub itself, or a GitHub Enterprise Server.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._http = client_for()

    def authorization_endpoint(self) -> str:
        """Where browsers are sent."""
        return f"{self._provider.issuer}/login/oauth/authorize"

    def redeem(self, answer: Answer) -> Claimed:
        """Exchange a code, and ask whose it is.

        Raises:
            Error: `provider_unavailable` or `provider_untrusted`.
        """
        provider = self._provider
        secret = provider.client_secret
        form = {
            "client_id": provider.client_id, "client_secret": secret.get_secret_value() if secret else "",
            "code": answer.code, "redirect_uri": answer.redirect_uri, "code_verifier": answer.verifier,
        }  # fmt: skip
        found = ask(self._http, "POST", f"{provider.issuer}/login/oauth/access_token", form=form)
        token = found.get("access_token")
        if not isinstance(token, str) or not token:
            raise untrusted(provider, "it gives no access token")
        user = ask(self._http, "GET", f"{provider.api}/user", bearer=token)
        # The number stays when somebody renames himself, and a name that became free is given to others.
        number = user.get("id")
        if not isinstance(number, int) or isinstance(number, bool):
            raise untrusted(provider, "it does not say whose account it is")
        email = _primary(ask(self._http, "GET", f"{provider.api}/user/emails", bearer=token, listed=True))
        name = user.get("name") or user.get("login")
        return Claimed(
            issuer=provider.issuer, subject=str(number), email=email, verified=email is not None,
            name=name if isinstance(name, str) else None,
        )  # fmt: skip


def _primary(emails: list[Any]) -> str | None:
    """The primary address, if it is verified; what a profile shows is not."""
    for one in emails:
        if isinstance(one, dict) and one.get("primary") is True and one.get("verified") is True:
            email = one.get("email")
            return email if isinstance(email, str) else None
    return None
