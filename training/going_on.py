"""What a training needs to go on from where it was, written and read back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from darkroom.errors import Error
from training import checkpoint
from training.config import TrainConfig
from training.plan import Plan

if TYPE_CHECKING:
    from training.loop import Run


def settled(config: TrainConfig, out: Path) -> TrainConfig:
    """How a training goes on: in the parts that it found to fit into memory when it began; the pictures in a step are the same."""
    last = out / "last"
    if checkpoint.load_state(last) is None:
        return config
    before = checkpoint.load(last).config
    same = before.batch_size * before.accumulate == config.batch_size * config.accumulate
    return config.model_copy(update=parts(before)) if same and before.accumulate > config.accumulate else config


def halved(config: TrainConfig) -> TrainConfig | None:
    """The same steps in parts half as large; None where they cannot be smaller."""
    if config.batch_size < 4 or config.batch_size % 2:
        return None
    return config.model_copy(update={"batch_size": config.batch_size // 2, "accumulate": config.accumulate * 2})


def parts(config: TrainConfig) -> dict[str, int]:
    """In which parts a step is computed."""
    return {"batch_size": config.batch_size, "accumulate": config.accumulate}


def training_state(run: Run) -> checkpoint.TrainingState:
    """Everything that changes while a model learns, as tensors and JSON values."""
    memory = checkpoint.optimizer_state(run.optimizer)
    # Without a moving average the two are one, and are written once.
    averaged = run.average.state_dict() if run.average is not run.model else {}
    tensors = {
        **{f"model.{name}": value for name, value in run.model.state_dict().items()},
        **{f"average.{name}": value for name, value in averaged.items()},
        **{f"optimizer.{name}": value for name, value in memory.tensors.items()},
    }
    values = {"plan": run.plan.state(), "optimizer": memory.values, "results": run.results.state(), "speed": run.speed}
    return checkpoint.TrainingState(tensors, values)


def restore(run: Run) -> None:
    """Go on from where a training of the same configuration and dataset was; from the start when it left nothing.

    Raises:
        Error: `checkpoint_invalid`, what lies there belongs to another training.
    """
    last, config = run.out / "last", run.config
    state = checkpoint.load_state(last)
    if state is None:
        return
    before = checkpoint.load(last)
    if before.about.dataset != run.dataset:
        cause = f"{run.out} learnt from another dataset version: {before.about.dataset[:12]}."
        raise Error("checkpoint_invalid", cause)
    if before.config != config:
        fields = [name for name in TrainConfig.model_fields if getattr(before.config, name) != getattr(config, name)]
        raise Error("checkpoint_invalid", f"{run.out} was trained with another {' and '.join(fields)}.")

    def of(kind: str) -> dict[str, Any]:
        found = state.tensors.items()
        return {name.removeprefix(kind): value for name, value in found if name.startswith(kind)}

    run.model.load_state_dict(of("model."))
    if run.average is not run.model:
        run.average.load_state_dict(of("average."))
    memory = checkpoint.TrainingState(of("optimizer."), state.values["optimizer"])
    checkpoint.restore_optimizer(run.optimizer, memory)
    run.plan = Plan(**state.values["plan"])
    run.speed = state.values["speed"]
    run.results.restore(state.values["results"])
