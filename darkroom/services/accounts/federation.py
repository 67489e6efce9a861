"""Signing in with accounts at other providers."""

from __future__ import annotations

from functools import cached_property

from darkroom.access.providers import Provider, providers_of
from darkroom.domain.base import Model
from darkroom.settings import Settings


class ProviderView(Model):
    """A provider with whose accounts people may sign in."""

    id: str
    """Short name of it."""
    name: str
    """Words for a person."""
    start_url: str
    """Where a browser begins; `?return_to=/path` says where it ends."""


class ProviderList(Model):
    """Providers with whose accounts people may sign in."""

    items: tuple[ProviderView, ...]
    """The providers, none when only passwords are asked for."""


class FederationService:
    """Accounts at other providers.

    Args:
        settings: name the providers.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def providers(self) -> dict[str, Provider]:
        """Every provider by id.

        Raises:
            Error: `invalid_setting`.
        """
        return providers_of(self._settings)

    def list(self) -> ProviderList:
        """The providers that a sign-in page offers."""
        return ProviderList(
            items=tuple(
                ProviderView(id=one.id, name=one.name, start_url=f"/api/v1/auth/oidc/{one.id}/start")
                for one in self.providers.values()
            )
        )
