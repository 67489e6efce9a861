"""Versions that somebody proposes as champion, for somebody else to approve by promoting them, or to decline."""

from __future__ import annotations

from darkroom.access import require, scope_of
from darkroom.domain.access import Principal
from darkroom.domain.base import now
from darkroom.domain.proposal import Proposal
from darkroom.domain.training import ModelLine
from darkroom.errors import Error
from darkroom.services.training.models import ModelService
from darkroom.services.training.views import Declined, ModelDetail, Proposed
from darkroom.store import Stores
from darkroom.store.database import Session


class ProposalService:
    """Proposals; one at a time for each model.

    Args:
        stores: models.
        models: which versions there are.
    """

    def __init__(self, stores: Stores, models: ModelService) -> None:
        self._stores = stores
        self._models = models

    def propose(self, principal: Principal, name: str, given: Proposed) -> ModelDetail:
        """Say that a version should be champion; whoever approves promotes it.

        Raises:
            Error: `not_found`, `forbidden`, `conflict` where it is champion already.
        """
        scope_of(principal, "models:write")
        version = self._models.version(principal, name, given.number)
        self._models.usable(principal, "models:write", version)
        line = self._stores.models.get(name)
        if line.aliases.get("champion") == given.number:
            raise Error("conflict", f"{version.id} is the champion already.")
        proposal = Proposal(number=given.number, by=principal.account, at=now(), why=given.why)
        return self._changed(principal, line, proposal, proposed=given.number)

    def decline(self, principal: Principal, name: str, given: Declined) -> ModelDetail:
        """Say no to what was proposed; who proposed it is told why. One's own proposal is taken back so.

        Raises:
            Error: `not_found`, `forbidden`, `conflict` where nothing waits.
        """
        scope_of(principal, "models:write")
        self._models.get(principal, name)
        line = self._stores.models.get(name)
        proposal = line.proposal
        if proposal is None or proposal.declined_by is not None:
            raise Error("conflict", f"No version of {name} waits for approval.")
        if proposal.by != principal.account:
            require(principal, "models:approve")
        said = {"declined_by": principal.account, "declined_because": given.why}
        return self._changed(principal, line, proposal.model_copy(update=said), declined=proposal.number)

    def _changed(self, principal: Principal, line: ModelLine, proposal: Proposal, **told: int) -> ModelDetail:
        def work(session: Session) -> None:
            self._stores.models.replace(line.model_copy(update={"proposal": proposal}), session=session)
            self._stores.events.append(
                session, type="models.changed", principal=principal, ids=[line.id],
                data={**told, "by": proposal.by, "why": proposal.declined_because or proposal.why},
            )  # fmt: skip

        self._stores.database.run(work)
        return self._models.get(principal, line.id)
