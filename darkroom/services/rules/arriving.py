"""Rules at work on what a batch brought in: the last step of its run, which never fails it."""

from __future__ import annotations

from collections.abc import Callable

from darkroom import logs
from darkroom.domain.access import Principal
from darkroom.domain.rule import FilingRule
from darkroom.errors import Error
from darkroom.services.editing import EditingService
from darkroom.services.recipes.order_views import OrderGiven
from darkroom.services.recipes.renditions import RenditionService
from darkroom.store import Stores

_AT_ONCE = 10_000
_log = logs.get(__name__)


class ArrivingPictures:
    """Applies the rules, one after the other; done again, it changes nothing.

    Args:
        stores: rules and pictures.
        editing: changes pictures.
        renditions: has recipes run; made when first needed.
    """

    def __init__(self, stores: Stores, editing: EditingService, renditions: Callable[[], RenditionService]) -> None:
        self._stores = stores
        self._editing = editing
        self._renditions = renditions

    def file(self, principal: Principal, batch: str) -> None:
        """Let every rule that is switched on look at the pictures that a batch brought in."""
        for rule in self._stores.rules.all():
            if not rule.enabled:
                continue
            try:
                self._apply(principal, rule, batch)
            except Error as error:
                # A collection or a preset may be gone; the pictures are in the library all the same.
                _log.warning("rule_failed", rule=rule.id, batch=batch, code=error.code, error=str(error)[:200])

    def _apply(self, principal: Principal, rule: FilingRule, batch: str) -> None:
        # All of them first: what the rule sets may change what fits it.
        images = self._stores.selections.brought(batch, rule.where or None)
        if not images:
            return
        if rule.edit is not None:
            self._editing.edit_many(principal, images, rule.edit)
        if rule.preset is not None:
            for start in range(0, len(images), _AT_ONCE):
                part = tuple(images[start : start + _AT_ONCE])
                self._renditions().order(principal, OrderGiven(preset=rule.preset, images=part))
        _log.info("rule_applied", rule=rule.id, batch=batch, images=len(images))
