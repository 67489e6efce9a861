"""The parts of the library that are about people: accounts, how they sign in, and what they may do."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from darkroom.settings import Settings

if TYPE_CHECKING:
    from darkroom.access.guard import Guard
    from darkroom.access.keys import SigningKeys
    from darkroom.services.accounts.audit import AuditService
    from darkroom.services.accounts.devices import DeviceService
    from darkroom.services.accounts.federation import FederationService
    from darkroom.services.accounts.policies import PolicyService
    from darkroom.services.accounts.recovery import RecoveryService
    from darkroom.services.accounts.sessions import SessionService
    from darkroom.services.accounts.tokens import TokenService
    from darkroom.services.accounts.users import UserService
    from darkroom.store import Stores


class People:
    """Services about people, each made when it is first used; the library is what they are parts of."""

    settings: Settings
    stores: Stores

    @cached_property
    def guard(self) -> Guard:
        """Who may do what, now."""
        from darkroom.access.guard import Guard

        return Guard(self.stores)

    @cached_property
    def keys(self) -> SigningKeys:
        """What access tokens are signed with."""
        from darkroom.access.keys import SigningKeys

        return SigningKeys(self.settings.keys, f"darkroom:{self.stores.database.library_id()}")

    @cached_property
    def users(self) -> UserService:
        """People's accounts."""
        from darkroom.services.accounts.users import UserService

        return UserService(self.settings, self.stores, self.guard)

    @cached_property
    def sessions(self) -> SessionService:
        """Signing in, and who a request comes from."""
        from darkroom.access.owner import OwnerSecret
        from darkroom.services.accounts.sessions import SessionService

        return SessionService(self.stores, self.guard, self.users, self.keys, OwnerSecret(self.settings.keys))

    @cached_property
    def federation(self) -> FederationService:
        """Signing in with accounts at other providers."""
        from darkroom.services.accounts.federation import FederationService
        from darkroom.services.accounts.joining import Joining

        joining = Joining(self.settings, self.stores, self.guard)
        return FederationService(self.settings, self.stores, self.sessions, joining)

    @cached_property
    def recovery(self) -> RecoveryService:
        """Links by mail."""
        from darkroom.services.accounts.recovery import RecoveryService

        return RecoveryService(self.settings, self.stores, self.users)

    @cached_property
    def devices(self) -> DeviceService:
        """Programs that wait to be let in."""
        from darkroom.services.accounts.devices import DeviceService

        return DeviceService(self.settings, self.stores, self.sessions)

    @cached_property
    def tokens(self) -> TokenService:
        """API tokens."""
        from darkroom.services.accounts.tokens import TokenService

        return TokenService(self.stores, self.guard)

    @cached_property
    def policies(self) -> PolicyService:
        """Roles and rules."""
        from darkroom.services.accounts.policies import PolicyService

        return PolicyService(self.stores, self.guard)

    @cached_property
    def audit(self) -> AuditService:
        """The audit log."""
        from darkroom.services.accounts.audit import AuditService

        return AuditService(self.stores)
