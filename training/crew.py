"""Who takes part in a training: this process alone, or several that share the parts of each step.

What makes several processes end where one ends: a step is made of parts (`accumulate`), each with random numbers and batch
statistics of its own, and every process takes as many parts that follow one another. Gradients are summed; running statistics are
put together as if the parts had been seen one after the other. The first process alone looks at the clock, validates and
writes; the others do as it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    pass

FAILED = "failed"
"""What the first process says when it cannot go on."""


class Crew(Protocol):
    """The processes of a training, seen from one of them."""

    size: int
    """How many they are."""

    @property
    def leads(self) -> bool:
        """Whether this is the process that looks at the clock, validates and writes."""
        ...

    def mine(self, parts: Sequence[Tensor]) -> Iterator[tuple[int, Tensor]]:
        """The parts of a step that this process computes, each with its number."""
        ...

    def join(self, model: nn.Module, before: dict[str, Tensor]) -> None:
        """Make gradients and statistics those of all parts.

        Args:
            model: with the gradients of this process.
            before: its statistics before the step.
        """
        ...

    def agree(self, said: dict[str, Any]) -> dict[str, Any]:
        """What the first process says, for all."""
        ...


class Alone:
    """One process."""

    leads = True
    size = 1

    def mine(self, parts: Sequence[Tensor]) -> Iterator[tuple[int, Tensor]]:
        """All of them."""
        return enumerate(parts)

    def join(self, model: nn.Module, before: dict[str, Tensor]) -> None:
        """Nothing to do."""

    def agree(self, said: dict[str, Any]) -> dict[str, Any]:
        """What it says itself."""
        return said


class Together:
    """Several processes of one `torch.distributed` group.

    Args:
        rank: of this process.
        size: how many there are.
    """

    def __init__(self, rank: int, size: int) -> None:
        self._rank = rank
        self.size = size

    @property
    def leads(self) -> bool:
        """Whether this is the first one."""
        return self._rank == 0

    def mine(self, parts: Sequence[Tensor]) -> Iterator[tuple[int, Tensor]]:
        """As many as each of the others, one after the other."""
        share = len(parts) // self.size
        numbered = list(enumerate(parts))
        return iter(numbered[self._rank * share : (self._rank + 1) * share])

    def join(self, model: nn.Module, before: dict[str, Tensor]) -> None:
        """Sum gradients; put running statistics together in the order of the parts."""
        gradients = [one.grad for one in model.parameters() if one.grad is not None]
        flat = torch.cat([one.flatten() for one in gradients])
        torch.distributed.all_reduce(flat)
        for one, summed in zip(gradients, torch.split(flat, [one.numel() for one in gradients]), strict=True):
            one.copy_(summed.view_as(one))
        self._statistics(model, before)

    def _statistics(self, model: nn.Module, before: dict[str, Tensor]) -> None:
        """Fold what each process has seen into the statistics of before, one process after the other.

        A running mean r becomes (1 - m) r + m s with each part, so after k parts it is (1 - m)^k r + d, where d does not
        depend on r: d of all processes can be applied to the same r in order.
        """
        for name, norm in model.named_modules():
            if not isinstance(norm, nn.BatchNorm2d) or norm.running_mean is None or norm.running_var is None:
                continue
            counted = norm.num_batches_tracked
            parts = int(counted - before[f"{name}.num_batches_tracked"]) if counted is not None else 0
            kept = (1 - (norm.momentum or 0.0)) ** parts
            for kind, now in (("running_mean", norm.running_mean), ("running_var", norm.running_var)):
                old = before[f"{name}.{kind}"]
                seen = [torch.empty_like(now) for _ in range(self.size)]
                torch.distributed.all_gather(seen, now - kept * old)
                for one in seen:
                    old = kept * old + one
                now.copy_(old)
            if counted is not None:
                counted.copy_(before[f"{name}.num_batches_tracked"] + parts * self.size)

    def agree(self, said: dict[str, Any]) -> dict[str, Any]:
        """What the first one says."""
        box: list[Any] = [said]
        torch.distributed.broadcast_object_list(box, src=0)
        found: dict[str, Any] = box[0]
        return found


def statistics(model: nn.Module) -> dict[str, Tensor]:
    """Copies of the running statistics of a model, by name."""
    return {name: value.clone() for name, value in model.named_buffers()}
