"""Models: versions that trainings leave, and aliases that say which of them is used."""

from __future__ import annotations

from collections.abc import Sequence

from darkroom.access import reach_of, require, scope_of
from darkroom.domain.access import Principal
from darkroom.domain.base import now
from darkroom.domain.scope import Scope
from darkroom.domain.training import AliasMove, Gate, Metric, ModelLine, ModelVersion, StoredReport, TrainingRun
from darkroom.errors import Error
from darkroom.services.datasets.reach import VersionReach, page_of
from darkroom.services.training.gate import lacking, vouched
from darkroom.services.training.views import ModelDetail, ModelNotes, ModelPage, Promotion, Rollback
from darkroom.store import Stores
from darkroom.store.database import Session

CANDIDATE, CHAMPION = "candidate", "champion"
_MOVES = 100
_VERSIONS = 1000
_TAGS = 32


class ModelService:
    """The registry of models.

    Args:
        stores: models and their versions.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._reach = VersionReach(stores)

    def list(self, principal: Principal, *, limit: int = 50, cursor: str | None = None) -> ModelPage:
        """Models of whose newest version one may see every picture that it learnt from, newest first."""
        scope = scope_of(principal, "training:read")
        page = page_of(
            lambda most, after: self._stores.models.page(limit=most, cursor=after),
            lambda one: self._covers(one, scope), limit, cursor,
        )  # fmt: skip
        return ModelPage(items=page.items, next_cursor=page.next_cursor)

    def get(self, principal: Principal, name: str) -> ModelDetail:
        """A model with its versions, as far as one may see the pictures that they learnt from.

        Raises:
            Error: `not_found`.
        """
        scope = scope_of(principal, "training:read")
        line = self._seen(principal, name)
        versions = self._stores.model_versions.page(limit=_VERSIONS, name=name).items
        if scope.is_everything:
            return ModelDetail(model=line, versions=versions, licences=self._licences(versions))
        seen = tuple(one for one in versions if self._reach.covers(one.dataset, scope))
        numbers = {one.number for one in seen}
        aliases = {alias: number for alias, number in line.aliases.items() if number in numbers}
        moves = tuple(one for one in line.moves if one.number in numbers and one.before in numbers | {None})
        line = line.model_copy(update={"aliases": aliases, "moves": moves})
        return ModelDetail(model=line, versions=seen, licences=self._licences(seen))

    def _licences(self, versions: Sequence[ModelVersion]) -> dict[str, str]:
        known = self._stores.checkpoints.licences([one.checkpoint for one in versions])
        return {str(one.number): known[one.checkpoint] for one in versions if one.checkpoint in known}

    def may_go_on(self, principal: Principal, name: str, permission: str) -> None:
        """Return if somebody may add versions to a model of that name, or make one.

        Raises:
            Error: `conflict` where the name is taken by one that may not be seen, `forbidden`.
        """
        line, scope = self._stores.models.find(name), scope_of(principal, permission)
        if line is None and self._stores.brought.version(name) is not None:
            raise Error(
                "conflict", f"The name {name} is taken by a model that was brought.", remedy="Give it another name."
            )
        if line is None or self._covers(line, scope):
            return
        if not self._covers(line, reach_of(principal, "training:read")):
            raise Error("conflict", f"The name {name} is taken by another model.", remedy="Give it another name.")
        self.usable(principal, permission, self._newest(line))

    def _covers(self, line: ModelLine, scope: Scope) -> bool:
        return scope.is_everything or self._reach.covers(self._newest(line).dataset, scope)

    def _newest(self, line: ModelLine) -> ModelVersion:
        """The newest version that was not deleted."""
        newest = self._stores.model_versions.find(f"{line.id}@{line.latest}")
        return newest or self._stores.model_versions.page(limit=1, name=line.id).items[0]

    def usable(self, principal: Principal, permission: str, version: ModelVersion) -> None:
        """Return if somebody has a permission on every picture that a version learnt from.

        Raises:
            Error: `forbidden`.
        """
        learnt_from = self._stores.dataset_versions.get(version.dataset)
        gap = self._reach.gap(learnt_from, scope_of(principal, permission))
        if gap is not None:
            raise self._reach.refuse(principal, permission, gap)

    def _seen(self, principal: Principal, name: str) -> ModelLine:
        line = self._line(name)
        if not self._covers(line, scope_of(principal, "training:read")):
            raise _unknown(name)
        return line

    def promote(self, principal: Principal, name: str, given: Promotion, *, back: bool = False) -> ModelDetail:
        """Let an alias lead to a version; back to an earlier one is the same.

        Args:
            principal: who does.
            name: of the model.
            given: alias and version.
            back: where it led before, for which nobody else need vouch.

        Raises:
            Error: `not_found`; `model_held_back` when the version is worse than the one of now, or cannot be compared with it, or is
                to be the champion and cannot be used without PyTorch, unless `force` is given; and whatever is forced, where
                somebody else must vouch for it.
        """
        scope_of(principal, "models:write")
        line = self._seen(principal, name)
        version = self._version(name, given.number)
        before = line.aliases.get(given.alias)
        # Also the one that it leads away from: what is told of the two is of both.
        for number in {given.number, before or given.number}:
            self.usable(principal, "models:write", self._version(name, number))
        if given.alias == CHAMPION and line.gate.approval and before != given.number:
            require(principal, "models:approve")
            if line.gate.another and not back:
                vouched(principal, line, version, self._stores.trainings.find(version.training))
        if before != given.number and not given.force:
            self._gate(line, given.alias, version, self._version(name, before) if before is not None else None)
        if before != given.number:
            moved = _moved(line, given.alias, given.number, principal, given.why)
            if line.proposal is not None and (given.alias, given.number) == (CHAMPION, line.proposal.number):
                moved = moved.model_copy(update={"proposal": None})

            def work(session: Session) -> None:
                self._stores.models.replace(moved, session=session)
                self._tell(session, principal, name, alias=given.alias, version=given.number)

            self._stores.database.run(work)
        return self.get(principal, name)

    def rollback(self, principal: Principal, name: str, given: Rollback) -> ModelDetail:
        """Let an alias lead to where it led before its last move, whatever the figures say.

        Raises:
            Error: `not_found`, `conflict` where it never led elsewhere, and as `promote`.
        """
        scope_of(principal, "models:write")
        line = self._seen(principal, name)
        last = next((one for one in reversed(line.moves) if one.alias == given.alias), None)
        if last is None or last.before is None:
            raise Error("conflict", f"The alias {given.alias} of {name} has led nowhere else before.")
        why = given.why or f"back from version {last.number}"
        promotion = Promotion(number=last.before, alias=given.alias, force=True, why=why)
        return self.promote(principal, name, promotion, back=True)

    def set_gate(self, principal: Principal, name: str, gate: Gate) -> ModelDetail:
        """Say what a version must be worth to become champion, and whether somebody must approve.

        Raises:
            Error: `not_found`, `forbidden`.
        """
        require(principal, "models:approve")
        line = self._seen(principal, name)

        def work(session: Session) -> None:
            self._stores.models.replace(line.model_copy(update={"gate": gate}), session=session)
            self._tell(session, principal, name)

        self._stores.database.run(work)
        return self.get(principal, name)

    def verdict(self, principal: Principal, version_id: str) -> tuple[str, ...]:
        """What keeps a version from becoming champion of its line, in words; for the check of its report.

        Raises:
            Error: `not_found`.
        """
        scope_of(principal, "training:read")
        name, _, number = version_id.partition("@")
        line, version = self._seen(principal, name), self.version(principal, name, int(number))
        return lacking(line.gate, version, self._champion(line, version))

    def version(self, principal: Principal, name: str, number: int) -> ModelVersion:
        """A version of a model, if one may see the pictures that it learnt from.

        Raises:
            Error: `not_found`.
        """
        scope = scope_of(principal, "training:read")
        self._seen(principal, name)
        found = self._version(name, number)
        if not self._reach.covers(found.dataset, scope):
            raise _no_version(name, number)
        return found

    def note(self, principal: Principal, name: str, number: int, given: ModelNotes) -> ModelVersion:
        """Set and unset tags of a version, and say what it is meant for.

        Raises:
            Error: `not_found`, `forbidden`, `invalid_parameter` for too many tags.
        """
        scope_of(principal, "models:write")
        found = self.version(principal, name, number)
        self.usable(principal, "models:write", found)
        tags = tuple(sorted({*found.tags, *given.add_tags} - set(given.remove_tags)))
        if len(tags) > _TAGS:
            raise Error("invalid_parameter", f"A version has at most {_TAGS} tags.", parameter="add_tags")
        use = found.intended_use if given.intended_use is None else given.intended_use.strip()
        changed = found.model_copy(update={"tags": tags, "intended_use": use})

        def work(session: Session) -> None:
            self._stores.model_versions.replace(changed, session=session)
            self._tell(session, principal, name, version=number)

        self._stores.database.run(work)
        return self._version(name, number)

    def register(self, session: Session, principal: Principal, training: TrainingRun, report: StoredReport) -> str:
        """The next version of the training's model, as candidate; for the transaction that ends the training."""
        name = training.model_line
        line = self._stores.models.find(name, session=session)
        number = line.latest + 1 if line else 1
        version = ModelVersion(
            id=f"{name}@{number}", name=name, number=number, training=training.id, checkpoint=report.checkpoint,
            report=report.id, dataset=training.dataset, task=training.task, metrics=report.metrics, created_at=now(),
        )  # fmt: skip
        self._stores.model_versions.insert(version, session=session)
        new = ModelLine(id=name, task=training.task, latest=1, aliases={}, created_at=version.created_at)
        changed = (line or new).model_copy(update={"latest": number})
        changed = _moved(changed, CANDIDATE, number, principal, f"training {training.id}")
        if training.promote and self._may_lead(changed, version, session):
            changed = _moved(changed, CHAMPION, number, principal, f"better than the champion by report {report.id}")
        if line is None:
            self._stores.models.insert(changed, session=session)
        else:
            self._stores.models.replace(changed, session=session)
        self._tell(session, principal, name, version=number)
        return version.id

    def _may_lead(self, line: ModelLine, version: ModelVersion, session: Session) -> bool:
        """Whether a version becomes champion by itself."""
        if line.gate.approval or lacking(line.gate, version, self._champion(line, version, session)):
            return False
        return self._beats_champion(line, version, session) and self._exported(version, session)

    def _champion(self, line: ModelLine, version: ModelVersion, session: Session | None = None) -> ModelVersion | None:
        """The champion that a version would follow."""
        number = line.aliases.get(CHAMPION)
        if number in (None, version.number):
            return None
        return self._stores.model_versions.find(f"{line.id}@{number}", session=session)

    def _beats_champion(self, line: ModelLine, version: ModelVersion, session: Session) -> bool:
        number = line.aliases.get(CHAMPION)
        if number is None:
            return True
        champion = self._stores.model_versions.get(f"{line.id}@{number}", session=session)
        return self._comparable(version, champion, session) and _score(version).value > _score(champion).value

    def _gate(self, line: ModelLine, alias: str, version: ModelVersion, before: ModelVersion | None) -> None:
        """What an alias may lead to without force."""
        if alias == CHAMPION and not self._exported(version):
            why = self._stores.checkpoints.get(version.checkpoint).not_exported or "it was not tried."
            cause = f"{version.id} has no ONNX file, so nothing but PyTorch could use it: {why}"
            raise Error("model_held_back", cause)
        if before is not None and not (
            alias == CHAMPION and line.gate.least_gain < 0 and self._comparable(version, before)
        ):
            self._is_better(version, before)
        if alias == CHAMPION and (asked := lacking(line.gate, version, before)):
            raise Error("model_held_back", " ".join(asked))

    def _exported(self, version: ModelVersion, session: Session | None = None) -> bool:
        return self._stores.checkpoints.get(version.checkpoint, session=session).has_onnx

    def _is_better(self, version: ModelVersion, champion: ModelVersion) -> None:
        if not self._comparable(version, champion):
            cause = f"{version.id} and {champion.id} were judged by different pictures."
            raise Error("model_held_back", cause)
        new, old = _score(version), _score(champion)
        if new.value < old.value:
            cause = f"{version.id} has {new.name} {new.value:.3f}, {champion.id} has {old.value:.3f}."
            raise Error("model_held_back", cause)

    def _comparable(self, one: ModelVersion, other: ModelVersion, session: Session | None = None) -> bool:
        """Whether both were judged by the same split of the same examples."""
        reports = [self._stores.reports.get(version.report, session=session) for version in (one, other)]
        datasets = [self._stores.dataset_versions.get(report.dataset) for report in reports]
        return datasets[0].hash == datasets[1].hash and reports[0].split == reports[1].split

    def _line(self, name: str) -> ModelLine:
        found = self._stores.models.find(name)
        if found is None:
            raise _unknown(name)
        return found

    def _version(self, name: str, number: int) -> ModelVersion:
        found = self._stores.model_versions.find(f"{name}@{number}")
        if found is None:
            raise _no_version(name, number)
        return found

    def _tell(self, session: Session, principal: Principal, name: str, **data: object) -> None:
        self._stores.events.append(session, type="models.changed", principal=principal, ids=[name], data=data)


def _unknown(name: str) -> Error:
    remedy = "`darkroom model list` shows the models there are."
    return Error("not_found", f"There is no model {name[:100]!r}.", remedy=remedy, id=name[:100])


def _no_version(name: str, number: int) -> Error:
    remedy = f"`darkroom model show {name}` shows the versions there are."
    return Error("not_found", f"There is no model version {name}@{number}.", remedy=remedy, id=f"{name}@{number}")


def _score(version: ModelVersion) -> Metric:
    return version.metrics[0]


def _moved(line: ModelLine, alias: str, number: int, principal: Principal, why: str) -> ModelLine:
    move = AliasMove(alias=alias, number=number, before=line.aliases.get(alias), at=now(), by=principal.id, why=why)
    aliases = {**line.aliases, alias: number}
    return line.model_copy(update={"aliases": aliases, "moves": (*line.moves, move)[-_MOVES:]})
