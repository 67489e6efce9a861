"""Signing in and out, the first administrator, one's own account."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, caller, cookie_name, in_hard_thread, in_thread
from darkroom.api.etags import IfMatch, expected, tagged
from darkroom.api.network import is_local, is_secure
from darkroom.api.schemas import problems
from darkroom.domain.base import Model
from darkroom.errors import Error
from darkroom.services.accounts.requests import Credentials, NewAdministrator, OwnChange, PasswordChange, PasswordReset
from darkroom.services.accounts.sessions import SESSION_LIFE, Tokens
from darkroom.services.accounts.views import Me, UserView
from darkroom.services.library import Library

router = APIRouter(tags=["auth"])

SessionIdPath = Annotated[str, Path(alias="id", description="Id of the session.", max_length=80)]


class SetupState(Model):
    """Whether the first administrator is still to be made."""

    needed: bool
    """Nobody administers this Darkroom yet."""
    possible: bool
    """Whether this request came from where it can be done: from this machine."""


class SignedIn(Model):
    """Answer to a sign-in."""

    session: str
    """Id of the session."""
    tokens: Tokens | None
    """With `kind: program`; a browser got a cookie."""


class Refresh(Model):
    """A refresh token to exchange."""

    refresh_token: Annotated[str, Field(min_length=1, max_length=200)]
    """The one that came last."""


class SignOut(Model):
    """Which sessions to end."""

    everywhere: bool = False
    """Every session of the account, not only this one."""


class SignedOut(Model):
    """Answer to a sign-out."""

    ended: int
    """How many sessions ended."""


class Forgotten(Model):
    """An account whose password is forgotten."""

    email: Annotated[str, Field(min_length=1, max_length=254)]
    """Its address."""


class KeySet(Model):
    """Public keys as a JSON Web Key Set (RFC 7517)."""

    keys: tuple[dict[str, Any], ...]
    """The keys; those that may still have tokens too."""


@router.get("/setup", response_model=SetupState, dependencies=[NO_QUERY])
async def get_setup(request: Request, library: LibraryDep) -> Response:
    """Whether this Darkroom still needs its first administrator."""
    needed = not await in_thread(library.sessions.has_accounts)
    return answer(SetupState(needed=needed, possible=needed and is_local(request.scope, request.headers)))


@router.post(
    "/setup",
    response_model=UserView,
    status_code=201,
    responses=problems("forbidden", "conflict", "invalid_parameter"),
    dependencies=[NO_QUERY],
)
async def set_up(new: NewAdministrator, request: Request, library: LibraryDep) -> Response:
    """Make the first administrator: once, and only from the machine that Darkroom runs on."""
    if not is_local(request.scope, request.headers):
        raise Error(
            "forbidden", "The first administrator is made on the machine itself.",
            remedy="There, run `darkroom user create` or open Darkroom's page.",
        )  # fmt: skip
    made = await in_hard_thread(library.users.set_up, new, address=caller(request, library.settings))
    return answer(made, status=201)


@router.post(
    "/auth/sign-in",
    response_model=SignedIn,
    responses=problems("sign_in_failed", "too_many_attempts", "invalid_parameter"),
    dependencies=[NO_QUERY],
)
async def sign_in(given: Credentials, request: Request, library: LibraryDep) -> Response:
    """Sign in with address and password: a browser gets a cookie, a program an access and a refresh token."""
    session, secret = await in_hard_thread(
        library.sessions.sign_in,
        given,
        address=caller(request, library.settings),
        agent=request.headers.get("user-agent"),
    )
    if isinstance(secret, Tokens):
        return answer(SignedIn(session=session.id, tokens=secret))
    response = answer(SignedIn(session=session.id, tokens=None))
    await end_older(request, library)
    set_cookie(response, request, library, secret)
    return response


@router.post("/auth/refresh", response_model=Tokens, responses=problems("unauthenticated"), dependencies=[NO_QUERY])
async def refresh_tokens(given: Refresh, request: Request, library: LibraryDep) -> Response:
    """Exchange a refresh token for new tokens, once; one that comes a second time ends the session."""
    address = caller(request, library.settings)
    return answer(await in_thread(library.sessions.refresh, given.refresh_token, address=address))


@router.post("/auth/sign-out", response_model=SignedOut, dependencies=[NO_QUERY])
async def sign_out(
    request: Request, library: LibraryDep, principal: PrincipalDep, which: SignOut | None = None
) -> Response:
    """End this session, or every session of the account."""
    everywhere = which is not None and which.everywhere
    ended = await in_thread(library.sessions.sign_out, principal, everywhere=everywhere)
    response = answer(SignedOut(ended=ended))
    secure = is_secure(request.headers, library.settings.public_url)
    response.delete_cookie(cookie_name(request, library.settings), secure=secure, httponly=True, samesite="lax")
    # Pictures may be kept by a browser; whoever sits down at it next must not find them there.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@router.post(
    "/auth/password",
    status_code=204,
    response_class=Response,
    responses=problems("sign_in_failed", "forbidden", "invalid_parameter"),
    dependencies=[NO_QUERY],
)
async def change_password(change: PasswordChange, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Set one's own new password; every other session of the account ends."""
    await in_hard_thread(library.users.change_password, principal, change)
    return Response(status_code=204)


@router.post(
    "/auth/reset",
    status_code=204,
    response_class=Response,
    responses=problems("link_expired", "invalid_parameter"),
    dependencies=[NO_QUERY],
)
async def reset_password(reset: PasswordReset, request: Request, library: LibraryDep) -> Response:
    """Set a new password with the secret of a one-time link; every session of the account ends."""
    await in_hard_thread(library.users.reset, reset, address=caller(request, library.settings))
    return Response(status_code=204)


@router.post(
    "/auth/forgot",
    status_code=202,
    response_class=Response,
    responses=problems("mail_not_configured", "too_many_attempts", "invalid_parameter"),
    dependencies=[NO_QUERY],
)
async def ask_for_reset_mail(forgotten: Forgotten, request: Request, library: LibraryDep) -> Response:
    """Ask for a link by mail to set a forgotten password; the answer is the same whether or not there is an account."""
    await in_thread(library.recovery.forgot, forgotten.email, address=caller(request, library.settings))
    return Response(status_code=202)


@router.get("/auth/me", response_model=Me, dependencies=[NO_QUERY])
async def get_me(library: LibraryDep, principal: PrincipalDep) -> Response:
    """Who asks, what that one may do, and where it is signed in."""
    return answer(await in_thread(library.users.me, principal))


@router.patch(
    "/auth/me",
    response_model=UserView,
    responses=problems("forbidden", "precondition_failed", "invalid_parameter"),
    dependencies=[NO_QUERY],
)
async def update_me(
    change: OwnChange, library: LibraryDep, principal: PrincipalDep, if_match: IfMatch = None
) -> Response:
    """Change one's own name."""
    revision = expected(if_match)
    changed = await in_thread(library.users.rename, principal, change, revision=revision)
    return tagged(changed, changed.revision)


@router.delete(
    "/auth/sessions/{id}",
    status_code=204,
    response_class=Response,
    responses=problems("not_found"),
    dependencies=[NO_QUERY],
)
async def end_session(session_id: SessionIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """End one of one's own sessions."""
    await in_thread(library.sessions.end, principal, session_id)
    return Response(status_code=204)


@router.get("/auth/jwks", response_model=KeySet, dependencies=[NO_QUERY])
async def get_jwks(library: LibraryDep) -> Response:
    """Public keys with which others can check access tokens."""
    return answer(KeySet(keys=tuple(await in_thread(library.keys.public))))


async def end_older(request: Request, library: Library) -> None:
    """A session that the browser had before ends: whoever planted its cookie must not ride along."""
    cookie = request.cookies.get(cookie_name(request, library.settings))
    if cookie:
        await in_thread(library.sessions.forget, cookie)


def set_cookie(response: Response, request: Request, library: Library, secret: str) -> None:
    """Give a browser the cookie of a session: not to be read by scripts, not sent with other sites' requests."""
    same: Literal["lax"] = "lax"
    response.set_cookie(
        cookie_name(request, library.settings), secret, max_age=int(SESSION_LIFE.total_seconds()), path="/",
        secure=is_secure(request.headers, library.settings.public_url), httponly=True, samesite=same,
    )  # fmt: skip
