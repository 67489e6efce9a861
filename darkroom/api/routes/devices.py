"""Letting programs in that have no browser (RFC 8628)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import StringConstraints
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, caller, get_backend, identify, in_thread
from darkroom.api.device_page import device_html
from darkroom.api.schemas import problems
from darkroom.domain.base import Model
from darkroom.errors import Error
from darkroom.services.accounts.devices import DeviceCode, DeviceView, UserCode
from darkroom.services.accounts.sessions import Tokens

router = APIRouter(tags=["auth"])
pages = APIRouter(include_in_schema=False)


class Waiting(Model):
    """A program that asks whether it was let in."""

    device_code: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """What it got when it began to wait."""


class Shown(Model):
    """A code that a program shows."""

    user_code: UserCode
    """As `BCDF-GHJK`; case and dashes do not matter."""


class Decision(Shown):
    """What a person decides about a program that waits."""

    allow: bool
    """Whether it may act as this person."""


@router.post(
    "/auth/device",
    response_model=DeviceCode,
    responses=problems("too_many_attempts", "setup_needed"),
    dependencies=[NO_QUERY],
)
async def begin_device_sign_in(request: Request, library: LibraryDep) -> Response:
    """Begin to sign in a program without a browser: it shows `user_code` and `verification_uri`, and waits."""
    address, agent = caller(request, library.settings), request.headers.get("user-agent")
    return answer(await in_thread(library.devices.begin, address=address, agent=agent))


@router.post(
    "/auth/device/token",
    response_model=Tokens,
    responses=problems(
        "authorization_pending", "slow_down", "device_denied", "device_expired", "invalid_parameter"
    ),
    dependencies=[NO_QUERY],
)  # fmt: skip
async def finish_device_sign_in(waiting: Waiting, request: Request, library: LibraryDep) -> Response:
    """Ask whether the program was let in; not more often than every `interval` seconds."""
    address = caller(request, library.settings)
    return answer(await in_thread(library.devices.token, waiting.device_code, address=address))


@router.post(
    "/auth/device/look",
    response_model=DeviceView,
    responses=problems("not_found", "forbidden", "too_many_attempts", "invalid_parameter"),
    dependencies=[NO_QUERY],
)
async def look_at_device(shown: Shown, library: LibraryDep, principal: PrincipalDep) -> Response:
    """The program that waits under a code, for whoever decides about it."""
    return answer(await in_thread(library.devices.look, principal, shown.user_code))


@router.post(
    "/auth/device/decide",
    status_code=204,
    response_class=Response,
    responses=problems("not_found", "forbidden", "too_many_attempts", "invalid_parameter"),
    dependencies=[NO_QUERY],
)
async def decide_device(decision: Decision, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Let a program in as oneself, or not."""
    await in_thread(library.devices.decide, principal, decision.user_code, allow=decision.allow)
    return Response(status_code=204)


@pages.get("/device")
async def device_page(request: Request, code: str = "") -> Response:
    """The page where a person lets a program in."""
    shown = "".join(letter for letter in code.upper() if letter.isalnum() or letter == "-")[:12]
    library = await get_backend(request).library()
    try:
        principal = await identify(request, library)
    except Error as error:
        if error.code != "unauthenticated":
            raise
        principal = None
    if principal is None or principal.kind == "anonymous":
        onwards = "%2Fdevice" + (f"%3Fcode%3D{shown}" if shown and shown.isascii() else "")
        return RedirectResponse(f"/sign-in?return_to={onwards}", status_code=303)
    return HTMLResponse(device_html(principal.name, shown))
