"""Having recipes run on pictures of the library, and what came of it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from darkroom import logs
from darkroom.access import require, scope_of
from darkroom.domain.access import Principal
from darkroom.domain.base import SHA256_PATTERN, new_id, now
from darkroom.domain.rendition import OrderState, RenditionOrder
from darkroom.domain.scope import Scope
from darkroom.errors import Error
from darkroom.services.gallery import ImageFile, open_blob
from darkroom.services.recipes.apart import Spread
from darkroom.services.recipes.estimate import Sample, guess
from darkroom.services.recipes.keys import keys_of
from darkroom.services.recipes.material import resources_of
from darkroom.services.recipes.models import ModelShelf
from darkroom.services.recipes.order_run import OrderRun
from darkroom.services.recipes.order_views import Estimate, Interval, OrderGiven, OrderPage, OrderView, RenditionPage
from darkroom.services.recipes.presets import Chosen, PresetService
from darkroom.services.recipes.previews import PreviewService
from darkroom.services.recipes.views import RecipeGiven
from darkroom.services.runs import RENDITION_JOB, RunLauncher, asked_for, run_url
from darkroom.services.sight import all_changeable, visible
from darkroom.services.turns import may_hurry, priority_of
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.database import Session

_AT_ONCE = 1000
_MOST_IMAGES = 1_000_000
_MOST_SAMPLES = 200
_LEAST_SAMPLES = 5
_TRIED = 3
_TRIED_SECONDS = 3.0
_HOUR = 3600
_SHA256 = re.compile(SHA256_PATTERN.removesuffix("$") + r"\Z")


class RenditionService:
    """Orders, their runs and their results.

    Args:
        settings: limits and links.
        stores: pictures, orders and results.
        launcher: asks for runs.
        presets: reads recipes.
        previews: tries a recipe where nothing is known of its speed.
    """

    def __init__(
        self, settings: Settings, stores: Stores, launcher: RunLauncher, presets: PresetService,
        previews: PreviewService,
    ) -> None:  # fmt: skip
        self.settings = settings
        self.stores = stores
        self._launcher = launcher
        self._presets = presets
        self._previews = previews

    def estimate(self, principal: Principal, given: OrderGiven) -> Estimate:
        """What an order would take; nothing is written.

        Raises:
            Error: `recipe_invalid`, `not_found`, or `invalid_parameter` for more pictures than an order takes.
        """
        scope = scope_of(principal, "renditions:read")
        chosen = self._chosen(given, scope)
        images = self._images(principal, "renditions:read", given)
        left = self._to_make(chosen, images, scope)
        sizes = self.stores.images.sizes(left)
        megapixels = [width * height / 1e6 for _, width, height in sizes.values()]
        samples = self._samples(principal, chosen, left, scope) if left else []
        if samples:
            seconds, size = guess(samples, megapixels, self.settings.workers)
            spans = Interval(**vars(seconds)), Interval(**vars(size))
        else:
            spans = (Interval(expected=0, low=0, high=0),) * 2 if not left else (None, None)  # type: ignore[assignment]
        return Estimate(
            pictures=len(images), to_compute=len(left), reused=len(images) - len(left), seconds=spans[0],
            bytes=spans[1], samples=len(samples), **self._priced(spans[0]),
        )  # fmt: skip

    def _priced(self, seconds: Interval | None) -> dict[str, Any]:
        """What the time costs, where a price was given."""
        price = self.settings.price_per_hour
        if price is None or seconds is None:
            return {}
        cost = {name: value * price / _HOUR for name, value in dict(seconds).items()}
        return {"cost": Interval(**cost), "currency": self.settings.currency}

    def count_to_make(self, principal: Principal, given: OrderGiven) -> int:
        """How many of the pictures of an order have no result yet.

        Raises:
            Error: `recipe_invalid`, `not_found`, or `invalid_parameter` for more pictures than an order takes.
        """
        scope = scope_of(principal, "renditions:read")
        return len(self._to_make(self._chosen(given, scope), self._images(principal, "renditions:read", given), scope))

    def order(self, principal: Principal, given: OrderGiven) -> OrderView:
        """Write an order with its list of pictures, and ask for its run.

        Raises:
            Error: `recipe_invalid`, `not_found`, or `invalid_parameter` for no or too many pictures.
        """
        scope = scope_of(principal, "renditions:write")
        may_hurry(principal, given.priority)
        chosen = self._chosen(given, scope)
        images = self._images(principal, "renditions:write", given)
        if not images:
            raise Error("invalid_parameter", "There is no picture to run the recipe on.", parameter="images")
        order = RenditionOrder(
            id=new_id("r"), principal=principal.id, recipe=chosen.text, recipe_name=chosen.recipe.name,
            preset=chosen.preset, fingerprint=self._fingerprint(chosen, scope), created_at=now(), total=len(images),
            trace_id=logs.trace_id(), owner=principal.account, priority=given.priority,
        )  # fmt: skip

        def work(session: Session) -> None:
            self.stores.orders.create(session, order, images)
            self._tell(session, principal, order, "queued")

        self.stores.database.run(work)
        self._launch(order.id)
        return self._view(self.stores.orders.get(order.id))

    def launch(self, principal: Principal, order_id: str) -> str | None:
        """Ask for a run of an order; None when the orchestrator is down and the sensor will do it later."""
        require(principal, "renditions:write")
        return self._launch(order_id)

    def _launch(self, order_id: str) -> str | None:
        order = self.stores.orders.get(order_id)

        def launch() -> str:
            urgency = priority_of(self.stores, order)
            return self._launcher.launch(order_id, trace_id=order.trace_id, job=RENDITION_JOB, priority=urgency)

        return asked_for("order", order_id, launch, self.stores.orders.mark_requested)

    def pending(self, principal: Principal) -> list[RenditionOrder]:
        """Orders that need a run, oldest first."""
        require(principal, "renditions:read")
        return self.stores.orders.pending(self.settings.heartbeat_seconds)

    def mark_requested(self, principal: Principal, order_id: str) -> None:
        """Remember that a run of the order was asked for just now."""
        require(principal, "renditions:write")
        self.stores.orders.mark_requested(order_id)

    def run_order(
        self, principal: Principal, order_id: str, run_id: str,
        *, on_progress: Callable[[RenditionOrder], None] | None = None, spread: Spread | None = None,
    ) -> RenditionOrder:  # fmt: skip
        """Work on an order: the engine behind the asset, safe to repeat after being killed at any moment.

        Raises:
            Error: `not_found`; `database_unavailable`, `storage_full`, ... when the whole run cannot go on.
        """
        require(principal, "renditions:write")
        claimed = self.stores.orders.claim(order_id, run_id, self.settings.heartbeat_seconds)
        if claimed is None:
            return self.stores.orders.get(order_id)
        run = OrderRun(
            self.settings, self.stores, principal, claimed, run_id, on_progress=on_progress, spread=spread
        )  # fmt: skip
        return run.work()

    def orders(
        self, principal: Principal, *, states: Sequence[OrderState] = (), limit: int = 50, cursor: str | None = None
    ) -> OrderPage:
        """Orders, newest first; one's own alone for whoever sees a part of the pictures."""
        scope = scope_of(principal, "renditions:read")
        by = None if scope.is_everything else principal.id
        found = self.stores.orders.list(states=states or None, principal=by, limit=limit, cursor=cursor)
        return OrderPage(items=tuple(self._view(one) for one in found.items), next_cursor=found.next_cursor)

    def get(self, principal: Principal, order_id: str) -> OrderView:
        """One order.

        Raises:
            Error: `not_found`.
        """
        return self._view(self.find(principal, order_id))

    def find(self, principal: Principal, order_id: str) -> RenditionOrder:
        """One order, as it is kept.

        Raises:
            Error: `not_found`.
        """
        return self._order(order_id, principal, scope_of(principal, "renditions:read"))

    def cancel(self, principal: Principal, order_id: str) -> OrderView:
        """Stop an order; what is made stays.

        Raises:
            Error: `not_found`, or `conflict` when it is over already.
        """
        self._order(order_id, principal, scope_of(principal, "renditions:write"))

        def work(session: Session) -> RenditionOrder | None:
            ended = self.stores.orders.end(session, order_id, "cancelled")
            if ended is not None:
                self._tell(session, principal, ended, "cancelled")
            return ended

        found = self.stores.database.run(work)
        if found is None:
            state = self.stores.orders.get(order_id).state
            raise Error("conflict", f"The order {order_id} is {state}.", state=state)
        return self._view(found)

    def of_image(self, principal: Principal, image_id: str, *, limit: int, cursor: str | None) -> RenditionPage:
        """What recipes made of a picture, newest first.

        Raises:
            Error: `not_found`, `invalid_cursor`.
        """
        visible(self.stores, image_id, scope_of(principal, "renditions:read"))
        found = self.stores.renditions.of_image(image_id, limit=limit, cursor=cursor)
        return RenditionPage(items=found.items, next_cursor=found.next_cursor)

    def file(self, principal: Principal, image_id: str, address: str) -> ImageFile:
        """The bytes of a result.

        Raises:
            Error: `not_found`, or `blob_missing` when they are gone.
        """
        record = visible(self.stores, image_id, scope_of(principal, "renditions:read"))
        made = self.stores.renditions.find(address) if _SHA256.match(address) else None
        if made is None or made.image != image_id:
            raise Error("not_found", "Nothing of that picture lies under that address.", id=address[:80])
        blobs = self.stores.blobs
        info = blobs.stat("renditions", address)
        if info is None:
            raise Error("blob_missing", "The bytes of that result are gone.", remedy="Order it again.", key=address)
        self.stores.renditions.touch([address])
        name = f"{Path(record.name).stem}-{made.recipe}{made.extension}"
        content = blobs.local_path("renditions", address) or partial(
            open_blob, blobs, "renditions", address, info.bytes
        )
        return ImageFile(made.media_type, content, info.bytes, f'"{address}"', name)

    def made(self, principal: Principal, given: RecipeGiven, images: Sequence[str]) -> dict[str, str]:
        """Addresses of the results of a recipe, by picture, as far as they are there.

        Raises:
            Error: `recipe_invalid`, `not_found` for a preset.
        """
        return {image: address for image, (address, _) in self._results(principal, given, images).items()}

    def sizes(self, principal: Principal, given: RecipeGiven, images: Sequence[str]) -> dict[str, int]:
        """Bytes of the results of a recipe, by picture, as far as they are there.

        Raises:
            Error: as `made`.
        """
        return {image: size for image, (_, size) in self._results(principal, given, images).items()}

    def _results(
        self, principal: Principal, given: RecipeGiven, images: Sequence[str]
    ) -> dict[str, tuple[str, int]]:  # fmt: skip
        scope = scope_of(principal, "renditions:read")
        chosen = self._chosen(given, scope)
        fingerprint, found = self._fingerprint(chosen, scope), {}
        for start in range(0, len(images), _AT_ONCE):
            keys = keys_of(self.stores, chosen.program, fingerprint, images[start : start + _AT_ONCE]).images
            sizes = self.stores.renditions.sizes(list(keys))
            found.update({image: (key, sizes[key]) for key, image in keys.items() if key in sizes})
        return found

    def _chosen(self, given: RecipeGiven, scope: Scope) -> Chosen:
        chosen = self._presets.choose(RecipeGiven(recipe=given.recipe, preset=given.preset))
        return ModelShelf(self.stores, scope).pinned(chosen)

    def _order(self, order_id: str, principal: Principal, scope: Scope) -> RenditionOrder:
        """An order, for whoever sees all pictures or made it; it tells of others' pictures otherwise."""
        order = self.stores.orders.get(order_id)
        if not scope.is_everything and order.principal != principal.id:
            raise self.stores.orders.missing(order_id)
        return order

    def _fingerprint(self, chosen: Chosen, scope: Scope) -> str:
        return chosen.program.fingerprint(resources_of(self.settings, self.stores, chosen.program, scope).digests)

    def _images(self, principal: Principal, permission: str, given: OrderGiven) -> list[str]:
        """The pictures meant, as they are now: of a query those on which whoever asks has the permission."""
        selection, scope = given.pictures, scope_of(principal, permission)
        if selection.ids is not None:
            wanted = list(dict.fromkeys(selection.ids))
            all_changeable(self.stores, principal, wanted, permission)
            return wanted
        found: list[str] = []
        for piece in self.stores.selections.known(selection, scope):
            found += piece
            if len(found) > _MOST_IMAGES:
                raise Error(
                    "invalid_parameter", f"An order takes at most {_MOST_IMAGES:,} pictures.", parameter="query"
                )
        return found

    def _to_make(self, chosen: Chosen, images: Sequence[str], scope: Scope) -> list[str]:
        fingerprint, left = self._fingerprint(chosen, scope), []
        for start in range(0, len(images), _AT_ONCE):
            keys = keys_of(self.stores, chosen.program, fingerprint, images[start : start + _AT_ONCE]).images
            known = self.stores.renditions.known(list(keys))
            left += [image for key, image in keys.items() if key not in known]
        return left

    def _samples(self, principal: Principal, chosen: Chosen, left: Sequence[str], scope: Scope) -> list[Sample]:
        """Speed and size of earlier results of the recipe; where there are few, some pictures are tried."""
        known = self.stores.renditions.samples(self._fingerprint(chosen, scope), _MOST_SAMPLES)
        if len(known) >= _LEAST_SAMPLES:
            return known
        begun = time.monotonic()
        for image in left[:: max(1, len(left) // _TRIED)][:_TRIED]:
            with suppress(Error):  # one that cannot be read costs no time either
                known.append(self._previews.measure(principal, image, chosen))
            if time.monotonic() - begun > _TRIED_SECONDS:
                break
        return known

    def _view(self, order: RenditionOrder) -> OrderView:
        url = run_url(self.settings, order.run_id) if order.run_id else None
        return OrderView.of(order, url)

    def _tell(self, session: Session, principal: Principal, order: RenditionOrder, state: str) -> None:
        self.stores.events.append(
            session, type="renditions.changed", principal=principal, ids=[order.id], data={"state": state},
            trace_id=order.trace_id,
        )  # fmt: skip
