"""Brightness: operations that are a curve of each channel, so that any number of them costs one table."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from darkroom.imaging.operations.base import Params
from darkroom.imaging.operations.declare import tone
from darkroom.imaging.operations.tones import Values


class GammaParams(Params):
    """Parameters of `gamma`."""

    gamma: float = Field(1.2, ge=0.1, le=10, json_schema_extra={"step": 0.05})
    """Exponent: above 1 lifts the middle tones, below 1 lowers them; black and white stay."""


@tone(
    "gamma", category="light", aliases=("midtones",), identity={"gamma": 1}, examples=({"gamma": 1.8}, {"gamma": 0.5})
)
def gamma(values: Values, params: GammaParams) -> Values:
    """Lift or lower the middle tones, with black and white in their place."""
    return np.asarray(np.maximum(values, 0.0) ** (1 / params.gamma))
