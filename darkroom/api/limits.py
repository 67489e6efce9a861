"""How much one may ask for: by person, token and address, at a cost that reflects the work, and how much at a time.

Every request is paid for by who asks. What no account stands behind (public routes, credentials that are not good) is paid for by
the address it came from. The owner at this machine, from whom nobody needs protection, pays nothing.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

from fastapi import Depends
from starlette.requests import Request
from starlette.types import Scope

from darkroom.access.throttle import place
from darkroom.api.buckets import WINDOW_SECONDS, Buckets, Level
from darkroom.api.deps import BackendDep, PrincipalDep, caller
from darkroom.api.network import is_local
from darkroom.api.sharing import Sharing
from darkroom.api.slots import Slots
from darkroom.domain.access import Principal
from darkroom.domain.language import LONGEST
from darkroom.errors import Error
from darkroom.settings import Settings

METER_KEY = "darkroom.meter"
"""Where a request's meter lies in its scope."""

COSTS: dict[str, float] = {
    "get_thumbnail": 0.1,
    "get_trash_thumbnail": 0.1,
    "get_preview": 0.5,
    "get_sidecar": 0.5,
    "get_tile": 0.1,
    "get_tile_grid": 5,
    "index_images": 5,
    "group_images": 5,
    "similar_images": 5,
    "find_names": 5,
    "get_facets": 5,
    "map_images": 2,
    "complete_query": 2,
    "bulk_images": 20,
    "read_values": 10,
    "choose_examples": 10,
    "export_sidecars": 50,
    "export_images": 50,
    "preview_export": 5,
    "list_tags": 5,
    "try_rule": 20,
    "apply_rule": 20,
    "trash_images": 5,
    "restore_images": 5,
    "purge_trash": 20,
    "empty_trash": 20,
    "rename_tag": 20,
    "delete_tag": 20,
    "commit_dataset": 20,
    "preview_dataset": 5,
    "get_dataset": 5,
    "export_dataset": 20,
    "restore_dataset": 20,
    "branch_dataset": 20,
    "split_dataset": 20,
    "preview_merge": 20,
    "merge_dataset": 20,
    "compare_dataset": 10,
    "preview_augment": 10,
    "list_label_suspects": 5,
    "get_dataset_quality": 10,
    "judge_dataset": 20,
    "list_poor_pictures": 5,
    "export_dataset_quality": 20,
    "leave_out_poor": 20,
    "expand_dataset": 100,
    "import_dataset": 50,
    "list_to_annotate": 5,
    "get_drafts": 5,
    "commit_drafts": 20,
    "find_label_suspects": 20,
    "embed_pictures": 20,
    "bring_model": 50,
    "add_search_model": 50,
    "use_search_model": 20,
    "start_training": 20,
    "reproduce_model": 20,
    "measure_training": 20,
    "export_report": 10,
    "export_report_pdf": 20,
    "export_report_tables": 10,
    "compare_report": 10,
    "compare_models": 10,
    "list_experiments": 5,
    "list_evaluations": 5,
    "evaluate_model": 20,
    "list_collections": 5,
    "delete_collection": 10,
    "follow_events": 5,
    "upload_images": 5,
    "complete_upload": 5,
    "check_place": 20,
    "count_places": 100,
    "verify_storage": 100,
    "arrange_storage": 100,
    "begin_backup": 100,
    "verify_backup": 100,
    "begin_move": 20,
    "plan_move": 100,
    "submit_uploads": 5,
    "retry_failures": 10,
    "export_audit": 20,
    "get_diagnostics": 100,
    "validate_recipe": 2,
    "save_preset": 2,
    "save_filter": 2,
    "learn_filter": 20,
    "begin_preset_contest": 10,
    # The picture is opened; what is computed of it comes on top, by its pixels.
    "preview_recipe": 5,
    "curve_quality": 20,
    # Some pictures may be tried, and the order itself is paid for by its pictures.
    "order_renditions": 20,
    # A password is hashed.
    "set_up": 20,
    "sign_in": 20,
    "reset_password": 20,
    "change_password": 20,
    "create_user": 20,
}
"""Operation -> units; all others cost one. Bytes and pixels come on top."""

_COMPARISON = 5.0
"""Units of a comparison with every picture, which a view may ask for."""
_COMPARED = re.compile(r"(?:like|similar):", re.IGNORECASE)
_BYTES_A_UNIT = 1_000_000
_PIXELS_A_UNIT = 1_000_000
_REFUSED = 5.0
"""Units for credentials that are not good."""
_PATIENCE = 10.0
_QUEUED = ("user", "token")
"""Whose requests wait for a slot, whether or not they are counted: Darkroom itself and its owner have nobody to be fair to."""
_NO_SLOT = frozenset({"upload_images", "put_upload_part", "import_dataset", "follow_events"})
"""Operations that wait for the client most of the time, not for us."""


@dataclass
class Meter:
    """What one request costs, and who pays."""

    payers: list[tuple[Buckets, str]] = field(default_factory=list)
    address: tuple[Buckets, str] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    """For the answer."""
    received: int = 0
    """Bytes of the body so far."""

    def spend(self, *, pixels: int = 0, size: int = 0) -> None:
        """Pay for work that was not known when the request was let in."""
        units = pixels / _PIXELS_A_UNIT + size / _BYTES_A_UNIT
        if units >= 0.1:
            for buckets, key in self.payers:
                buckets.charge(key, units)

    def settle(self, status: int, sent: int) -> None:
        """Pay for what went through, at the end."""
        self.spend(size=self.received + sent)
        if status == 401 and self.address is not None:
            buckets, key = self.address
            buckets.charge(key, _REFUSED)


def meter_of(scope: Scope) -> Meter:
    """The meter of a request."""
    found: Meter = scope.setdefault(METER_KEY, Meter())
    return found


class Limits:
    """The buckets, as far as this process knows them, and how many requests of one person are worked on at a time.

    Args:
        settings: how much is allowed.
    """

    def __init__(self, settings: Settings) -> None:
        self._users = _buckets(settings.rate_user)
        self._tokens = _buckets(settings.rate_token)
        self.addresses = _buckets(settings.rate_address)
        self.slots = Slots(settings.rate_parallel, _PATIENCE)
        named = {"user": self._users, "token": self._tokens, "address": self.addresses}
        self.sharing = Sharing({name: one for name, one in named.items() if one is not None})

    def payers(self, principal: Principal) -> Iterator[tuple[str, Buckets, str]]:
        """Name of the policy, buckets and key of everybody who pays for a principal's request."""
        if principal.kind not in ("user", "token"):
            return
        if self._users is not None and principal.user is not None:
            yield "user", self._users, principal.user
        if self._tokens is not None and principal.kind == "token":
            yield "token", self._tokens, principal.id


def _buckets(capacity: int) -> Buckets | None:
    return Buckets(capacity) if capacity else None


def _limited(cause: str, seconds: int, headers: dict[str, str] | None = None) -> Error:
    return Error("rate_limited", cause, headers={**(headers or {}), "Retry-After": str(seconds)}, seconds=seconds)


async def admit(request: Request, backend: BackendDep) -> None:
    """Turn an address away that has spent its allowance, before anything is looked up for it.

    Raises:
        Error: `rate_limited`.
    """
    limits: Limits = request.app.state.limits
    if backend.opened is not None:
        limits.sharing.tend(backend.opened.stores.allowances)
    if limits.addresses is None or is_local(request.scope, request.headers):
        return
    key = place(caller(request, backend.settings))
    found = meter_of(request.scope)
    found.address = (limits.addresses, key)
    level = limits.addresses.take(key, 0.0)
    if level.left < 1:
        _tell(found, [("address", limits.addresses, level)])
        raise _limited(
            "This address has sent too many requests that no account stands behind.", level.wait_seconds or 1
        )


def comparisons(where: str) -> int:
    """How many times an expression has every picture compared with something, at most."""
    return len(_COMPARED.findall(where[:LONGEST]))


async def meter(request: Request, principal: PrincipalDep) -> AsyncIterator[None]:
    """Let a request in if who asks can pay for it, and take one of his slots while it is worked on.

    Raises:
        Error: `rate_limited`.
    """
    limits: Limits = request.app.state.limits
    found, name = meter_of(request.scope), request.scope["route"].name
    cost = COSTS.get(name, 1.0) + _COMPARISON * comparisons(request.query_params.get("where", ""))
    payers = list(limits.payers(principal))
    if principal.kind == "anonymous" and found.address is not None:
        payers = [("address", *found.address)]
    levels = [(policy, buckets, buckets.take(key, cost)) for policy, buckets, key in payers]
    found.payers = [(buckets, key) for _, buckets, key in payers]
    _tell(found, levels)
    for policy, _, level in levels:
        if not level.allowed:
            raise _limited(f"The allowance of this {policy} is spent for now; this costs {cost:g}.", level.wait_seconds)
    if principal.kind not in _QUEUED or name in _NO_SLOT:
        yield
        return
    slot = principal.user or principal.id
    try:
        await limits.slots.enter(slot)
    except TimeoutError as error:
        raise _limited("Too many of your requests are being worked on at a time.", 1) from error
    try:
        yield
    finally:
        limits.slots.leave(slot)


METER = Depends(meter, scope="function")
"""Given back once the answer is made, not once it is sent: a slow reader holds nothing up."""


def _tell(found: Meter, levels: list[tuple[str, Buckets, Level]]) -> None:
    """The header fields of draft-ietf-httpapi-ratelimit-headers."""
    if not levels:
        return
    policy, _, tightest = min(levels, key=lambda one: one[2].left / one[1].capacity)
    found.headers |= {
        "RateLimit-Policy": ", ".join(f'"{name}";q={one.capacity};w={WINDOW_SECONDS}' for name, one, _ in levels),
        "RateLimit": f'"{policy}";r={tightest.left};t={tightest.full_seconds}',
    }
