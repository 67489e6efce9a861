"""What a version must be worth to become champion of its line."""

from __future__ import annotations

from darkroom.domain.training import Gate, ModelVersion


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
