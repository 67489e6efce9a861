"""Signing in with an account at another provider."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, caller, cookie_name, in_thread
from darkroom.api.network import is_secure
from darkroom.api.routes.auth import end_older, set_cookie
from darkroom.api.schemas import problems
from darkroom.domain.base import Model
from darkroom.errors import Error
from darkroom.services.accounts.federation import ATTEMPT_LIFE, ProviderList, Returned
from darkroom.services.library import Library

router = APIRouter(tags=["auth"])

SIGN_IN_PAGE = "/sign-in"
"""Page that a browser sees when a sign-in fails; it is told the code of the error."""

ProviderIdPath = Annotated[str, Path(alias="id", description="Id of the provider.", max_length=40)]
ReturnTo = Annotated[str, Query(description="Path of this site where it ends.", max_length=1000)]
_Text = Annotated[str | None, Field(max_length=4000)]
_ONWARDS: dict[int | str, dict[str, Any]] = {
    303: {"description": "The browser goes on; one that asks for HTML is sent to the sign-in page after a failure too."}
}
_FAILURES = problems(
    "not_found", "invalid_parameter", "too_many_attempts", "provider_unavailable", "provider_untrusted"
)  # fmt: skip


class Onwards(Model):
    """Where a browser goes next."""

    url: str
    """Address at the provider."""


class CallbackParams(BaseModel):
    """What a provider lets a browser bring back; providers add parameters of their own, which are not looked at."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    state: _Text = None
    """What went along."""
    code: _Text = None
    """To be exchanged."""
    error: _Text = None
    """Why there is no code, as `access_denied`."""
    iss: _Text = None
    """Who answers (RFC 9207)."""


class LinkRequest(Model):
    """An account at a provider to link to one's own."""

    return_to: str = "/"
    """Path of this site where it ends; `?error=CODE` is added after a failure."""


@router.get("/auth/providers", response_model=ProviderList, dependencies=[NO_QUERY])
async def list_sign_in_providers(library: LibraryDep) -> Response:
    """The providers with whose accounts people may sign in; none when only passwords are asked for."""
    mail = library.recovery.is_configured
    return answer(library.federation.list().model_copy(update={"reset_by_mail": mail}))


@router.get("/auth/oidc/{id}/start", response_class=Response, status_code=303, responses=_ONWARDS | _FAILURES)
async def start_provider_sign_in(
    provider_id: ProviderIdPath, request: Request, library: LibraryDep, return_to: ReturnTo = "/"
) -> Response:
    """Send a browser to a provider to sign in there."""
    home = urlsplit(library.settings.public_address)
    if request.headers.get("host", "").lower() != home.netloc.lower():
        # It comes back under that name, and its cookie must be there then.
        query = urlencode({"return_to": return_to})
        return RedirectResponse(f"{home.geturl()}{request.url.path}?{query}", status_code=303)
    address = caller(request, library.settings)
    try:
        begun = await in_thread(library.federation.start, provider_id, return_to, address=address)
    except Error as error:
        return _failed(request, error)
    response = RedirectResponse(begun.url, status_code=303)
    _keep_browser(response, request, library, begun.browser)
    return response


@router.get(
    "/auth/oidc/{id}/callback",
    response_class=Response,
    status_code=303,
    responses=_ONWARDS
    | problems(
        "sign_in_expired", "provider_denied", "address_unverified", "no_account", "identity_taken", "not_found",
        "unauthenticated", "provider_untrusted", "provider_unavailable", "invalid_parameter",
    ),
)  # fmt: skip
async def finish_provider_sign_in(
    provider_id: ProviderIdPath,
    request: Request,
    library: LibraryDep,
    params: Annotated[CallbackParams, Query()],
) -> Response:
    """Where a provider sends the browser back to; a session begins, or the account is linked."""
    name = _browser_cookie(request, library)
    try:
        done = await in_thread(
            library.federation.finish,
            provider_id,
            Returned(state=params.state, code=params.code, error=params.error, issuer=params.iss),
            request.cookies.get(name),
            address=caller(request, library.settings),
            agent=request.headers.get("user-agent"),
        )
    except Error as failure:
        response = _failed(request, failure)
    else:
        response = RedirectResponse(done.return_to, status_code=303)
        if done.secret is not None:
            await end_older(request, library)
            set_cookie(response, request, library, done.secret)
    secure = is_secure(request.headers, library.settings.public_url)
    response.delete_cookie(name, secure=secure, httponly=True, samesite="lax")
    return response


@router.post(
    "/auth/oidc/{id}/link",
    response_model=Onwards,
    responses=_FAILURES | problems("forbidden"),
    dependencies=[NO_QUERY],
)
async def link_provider(
    provider_id: ProviderIdPath,
    request: Request,
    library: LibraryDep,
    principal: PrincipalDep,
    wanted: LinkRequest | None = None,
) -> Response:
    """Begin to link an account at a provider to one's own: the browser goes to the address in the answer."""
    return_to = (wanted or LinkRequest()).return_to
    begun = await in_thread(library.federation.link, principal, provider_id, return_to)
    response = answer(Onwards(url=begun.url))
    _keep_browser(response, request, library, begun.browser)
    return response


@router.delete(
    "/auth/oidc/{id}/link",
    status_code=204,
    response_class=Response,
    responses=problems("not_found", "conflict", "forbidden"),
    dependencies=[NO_QUERY],
)
async def unlink_provider(provider_id: ProviderIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Take the link between one's own account and the one at a provider away."""
    await in_thread(library.federation.unlink, principal, provider_id)
    return Response(status_code=204)


def _browser_cookie(request: Request, library: Library) -> str:
    return f"{cookie_name(request, library.settings)}-way"


def _keep_browser(response: Response, request: Request, library: Library, secret: str) -> None:
    """Let the browser know itself again when it comes back, and no other."""
    response.set_cookie(
        _browser_cookie(request, library), secret, max_age=int(ATTEMPT_LIFE.total_seconds()), path="/",
        secure=is_secure(request.headers, library.settings.public_url), httponly=True, samesite="lax",
    )  # fmt: skip


def _failed(request: Request, error: Error) -> Response:
    """A page for a person, the problem for a program."""
    if "text/html" not in request.headers.get("accept", ""):
        raise error
    page = str(error.context.get("return_to", SIGN_IN_PAGE))
    joint = "&" if "?" in page else "?"
    return RedirectResponse(f"{page}{joint}{urlencode({'error': error.code})}", status_code=303)
