"""What a short look at a training measured."""

from __future__ import annotations

from pydantic import Field

from darkroom.domain.base import Model

_MICRO = 1_000_000


class Probe(Model):
    """Times and memory of a few steps of the real loop, on some of the pictures."""

    step_seconds: float = Field(gt=0)
    """Mean time of a step."""
    quick_seconds: float = Field(gt=0)
    """Mean of the quickest quarter of the steps."""
    slow_seconds: float = Field(gt=0)
    """Mean of the slowest quarter."""
    steps: int = Field(ge=1)
    """Steps that were measured."""
    validation_seconds: float = Field(ge=0)
    """Time in which one picture is judged."""
    decode_seconds: float = Field(ge=0)
    """Time in which one picture is decoded, by all cores together."""
    step_size: int = Field(ge=1)
    """Pictures in a step."""
    batch_size: int = Field(ge=1)
    """Pictures at a time: as many as were asked for, or fewer where those do not fit into memory."""
    accumulate: int = Field(ge=1)
    """Batches in a step."""
    memory_bytes: int = Field(ge=0)
    """Most memory in use: of the GPU where there is one, else of the process."""
    memory_total_bytes: int = Field(ge=0)
    """How much there is."""
    pixel_bytes: int = Field(ge=0)
    """How much of that was pictures."""
    pictures: int = Field(ge=1)
    """How many pictures that were."""
    examples: int = Field(1, ge=1)
    """Examples that the training pictures made: of pairs and of parts of pictures another number than of pictures."""
    examples_of: int = Field(1, ge=1)
    """Training pictures that they were made of."""
    start_seconds: float = Field(0.0, ge=0)
    """Time before the first picture: the process, the libraries."""

    def numbers(self) -> dict[str, int]:
        """As whole numbers, as the result of an operation has them: times in microseconds."""
        found = self.model_dump()
        return {
            f"{name}_us" if isinstance(value, float) else name: round(value * _MICRO)
            if isinstance(value, float)
            else value
            for name, value in found.items()
        }

    @classmethod
    def of_numbers(cls, numbers: dict[str, int]) -> Probe:
        """Back from `numbers`."""
        found = {
            name.removesuffix("_us"): value / _MICRO if name.endswith("_us") else value
            for name, value in numbers.items()
        }
        return cls.model_validate({"start_seconds": 0.0, "validation_seconds": 0.0, "decode_seconds": 0.0, **found})
