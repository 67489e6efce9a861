"""What a model cost to make: hours, money and energy, with how the last two are reckoned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from darkroom.domain.train_config import Cost
from darkroom.domain.training import Metric, StoredCheckpoint, TrainingRun
from darkroom.errors import Error
from darkroom.settings import Settings

_HOUR = 3600.0
_MOST_SECONDS = 30 * 86_400.0
_BASE_WATTS, _CORE_WATTS, _GPU_WATTS = 20.0, 10.0, 350.0
# Student's t for 95 %, by degrees of freedom from 1; beyond, the normal distribution serves.
_STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131)


@dataclass(frozen=True)
class Tariff:
    """What an hour costs, and what is drawn in it."""

    price: float | None = None
    """Of each worker; None where nobody said."""
    currency: str = "EUR"
    """What it is told in."""
    watts: float | None = None
    """Of each worker; None where nobody said."""

    @classmethod
    def of(cls, settings: Settings) -> Tariff:
        """What the settings say."""
        return cls(settings.price_per_hour, settings.currency, settings.watts)

    def seconds(self, name: str, cost: Cost, workers: int) -> float:
        """The time that money buys.

        Args:
            name: the field that names it.
            cost: how much.
            workers: that are paid at the same time.

        Raises:
            Error: `training_invalid`, it is not known what an hour costs, or in other money.
        """
        if not self.price:
            remedy = "Say it by DARKROOM_PRICE_PER_HOUR, or give a time."
            raise Error("training_invalid", f"{name}: it is not known what an hour costs.", remedy=remedy)
        if cost.currency is not None and cost.currency.casefold() != self.currency.casefold():
            raise Error("training_invalid", f"{name}: prices are told in {self.currency}, not in {cost.currency}.")
        return min(_MOST_SECONDS, cost.amount / self.price / workers * _HOUR)


def spent(checkpoint: StoredCheckpoint, training: TrainingRun | None, tariff: Tariff) -> list[tuple[str, str]]:
    """Rows of a card: the time, and what it cost."""
    workers = training.workers if training is not None else 1
    search = training.search if training is not None else None
    # Trials of a search use all of the machine; workers share the training.
    hours = checkpoint.seconds * workers / _HOUR + (search.seconds / _HOUR if search is not None else 0.0)
    device = checkpoint.about.environment.get("device", "")
    unit = "Processor hours" if _is_processor(device) else "GPU hours"
    rows = [("Time", f"{checkpoint.seconds:,.0f} s" + (f" by {workers} workers" if workers > 1 else ""))]
    if search is not None:
        rows.append(("Search before it", f"{search.seconds:,.0f} s, {len(search.found)} trials"))
    rows.append((unit, f"{hours:.3f}"))
    if tariff.price is not None:
        words = f"{hours * tariff.price:.2f} {tariff.currency}, at {tariff.price:g} an hour"
    else:
        words = "not known: DARKROOM_PRICE_PER_HOUR says what an hour costs"
    rows.append(("Cost", words))
    watts = tariff.watts or _guessed(checkpoint)
    how = (
        f"{watts:,.0f} W as DARKROOM_WATTS says"
        if tariff.watts
        else f"{watts:,.0f} W, an estimate from its processors; DARKROOM_WATTS says better"
    )
    rows.append(("Energy", f"{hours * watts / 1000:.3f} kWh ({how})"))
    return rows


def _is_processor(device: str) -> bool:
    return not device or re.search(r", \d+ cores$", device) is not None


def _guessed(checkpoint: StoredCheckpoint) -> float:
    """What a machine draws by what it learnt on."""
    environment = checkpoint.about.environment
    if not _is_processor(environment.get("device", "")):
        return _BASE_WATTS + _GPU_WATTS
    cores = re.search(r", (\d+) cores$", environment.get("device", ""))
    threads = int(environment.get("threads") or (cores[1] if cores else 1))
    return _BASE_WATTS + _CORE_WATTS * threads


def over_seeds(found: Sequence[tuple[int, Metric]]) -> str:
    """What the same training came to with several seeds: the mean, and what holds the true one in 95 of 100 cases.

    Args:
        found: seeds, each with the figure that decides.
    """
    values = [one.value for _, one in found]
    if not found:
        return "nothing is known of any"
    seeds = ", ".join(str(seed) for seed, _ in sorted(found, key=lambda one: one[0]))
    if len(values) < 2:
        return f"{seeds} alone: what another one comes to is not known"
    free = len(values) - 2
    reach = (_STUDENT[free] if free < len(_STUDENT) else 1.96) * stdev(values) / len(values) ** 0.5
    mean = fmean(values)
    low, high = mean - reach, mean + reach
    if max(values) <= 1:  # a share, which nothing exceeds
        low, high = max(0.0, low), min(1.0, high)
    return f"{seeds}: mean {found[0][1].name} {mean:.3f}, {low:.3f} to {high:.3f} in 95 of 100 cases"
