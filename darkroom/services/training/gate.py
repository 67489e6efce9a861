"""What a version must be worth to become champion of its line, and who must vouch for it."""

from __future__ import annotations

from darkroom.domain.access import Principal
from darkroom.domain.training import Gate, ModelLine, ModelVersion, TrainingRun
from darkroom.errors import Error


def lacking(gate: Gate, version: ModelVersion, champion: ModelVersion | None) -> tuple[str, ...]:
    """What a line asks of a champion that a version does not have, in words; nothing where it has all."""
    new, found = version.metrics[0] if version.metrics else None, []
    if new is None:
        return (f"{version.id} was judged by nothing.",) if gate.least_score is not None else ()
    if gate.least_score is not None and new.value < gate.least_score:
        found.append(f"{version.id} has {new.name} {new.value:.3f}; the line asks for {gate.least_score:.3f}.")
    if champion is None or champion.id == version.id or not champion.metrics:
        return tuple(found)
    gain = new.value - champion.metrics[0].value
    if gain < gate.least_gain:
        words = f"{gain:+.3f} beside {champion.id}; the line asks for {gate.least_gain:+.3f}."
        found.append(f"{version.id} has {new.name} {words}")
    return tuple(found)


def vouched(principal: Principal, line: ModelLine, version: ModelVersion, training: TrainingRun | None) -> None:
    """Return if somebody else proposed a version than who would make it champion now, and than who trained it.

    Raises:
        Error: `model_held_back`.
    """
    proposal = line.proposal
    if proposal is None or proposal.number != version.number or proposal.declined_by is not None:
        raise Error(
            "model_held_back", f"{line.id} asks for two people, and nobody has proposed {version.id}.",
            remedy=f"Propose it with `darkroom model propose {version.id}`; somebody else then promotes it.",
        )  # fmt: skip
    did = "proposed" if principal.account == proposal.by else "trained"
    if principal.account in (proposal.by, training.owner if training else None):
        raise Error(
            "model_held_back", f"{line.id} asks for somebody else to approve: you {did} {version.id} yourself.",
            remedy="Ask another person with models:approve to promote it.",
        )  # fmt: skip
