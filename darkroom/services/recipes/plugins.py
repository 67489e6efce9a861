"""Plug-ins that are installed: what each is and may do, and switching them off and on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from darkroom.access import require
from darkroom.access.trail import Trail
from darkroom.domain.access import Principal
from darkroom.errors import Error
from darkroom.services.recipes.views import BrokenPlugin, PluginList, PluginSwitch, PluginView
from darkroom.settings import Settings
from darkroom.store import Stores

if TYPE_CHECKING:
    from darkroom.imaging.plugins.shelf import Installed, Shelf


class PluginService:
    """Tells of plug-ins. They come by `darkroom plugin install`, on the machine itself: whoever may put code there can do so.

    Args:
        settings: where they are.
        stores: where the audit log lies.
    """

    def __init__(self, settings: Settings, stores: Stores) -> None:
        self._settings = settings
        self._trail = Trail(stores)

    def list(self, principal: Principal) -> PluginList:
        """Plug-ins that are installed, and what each may do."""
        require(principal, "system:write")
        from darkroom.imaging.operations.registry import operations
        from darkroom.imaging.plugins.sandbox import enforced

        broken = {one.name: one.cause for one in operations().broken}
        shelf, found = self._shelf(), []
        for name in shelf.names():
            try:
                found.append(_view(shelf, shelf.get(name), broken.get(name)))
            except Error as error:
                broken.setdefault(name, error.cause)
        return PluginList(
            items=tuple(found),
            broken=tuple(BrokenPlugin(name=name, cause=cause) for name, cause in sorted(broken.items())),
            enforced=enforced(),
        )

    def switch(self, principal: Principal, name: str, given: PluginSwitch) -> PluginView:
        """Switch a plug-in off, or on again: every process sees it before its next step.

        Raises:
            Error: `not_found`; `plugin_invalid` when its folder is damaged.
        """
        require(principal, "system:write")
        from darkroom.imaging.operations.registry import operations

        shelf = self._shelf()
        changed = shelf.switch(name, on=given.enabled)
        if changed:
            self._trail.note(principal, "plugin.enabled" if given.enabled else "plugin.disabled", name)
        causes = {one.name: one.cause for one in operations().broken}
        return _view(shelf, shelf.get(name), causes.get(name))

    def _shelf(self) -> Shelf:
        from darkroom.imaging.plugins.shelf import Shelf

        return Shelf(self._settings.plugins)


def _view(shelf: Shelf, one: Installed, cause: str | None) -> PluginView:
    about = one.manifest
    enabled = shelf.enabled(about.name)
    return PluginView(
        name=about.name, version=about.version, summary=about.summary, licence=about.licence, author=about.author,
        operations={key: part.version for key, part in about.operations.items()}, asked=about.permissions.names(),
        granted=one.granted, memory_mb=about.limits.memory_mb, seconds=about.limits.seconds, golden=one.golden,
        digest=one.digest, enabled=enabled, cause=cause if enabled else None,
    )  # fmt: skip
