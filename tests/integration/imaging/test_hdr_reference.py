"""Exposure fusion of a real bracket beside a fusion that others have published."""

from __future__ import annotations

import numpy as np
import pytest

from darkroom.imaging.formats.load import load
from darkroom.imaging.operations.base import Context, Raster
from darkroom.imaging.operations.registry import operations
from darkroom.imaging.recipes.run import to_raster
from tests.unit.imaging.operations.scenes import floats, psnr, ssim


@pytest.mark.slow
def test_fusion_is_that_of_mertens_but_for_its_brightness(corpora):
    """The reference stretches its result to the whole range at the end, which a line through the values undoes."""

    def read(name: str) -> Raster:
        return to_raster(load((corpora / "hdr_brackets" / name).read_bytes(), name).frames)

    middle, reference = read("grandcanal_mean.jpg"), floats(read("output_ef_expected.png"))
    others = {name: read(f"grandcanal_{name}.jpg") for name in ("over", "under")}
    fuse = operations().get("fuse_exposures")
    params = fuse.parse({"pictures": list(others), "align": "none", "deghost": False})
    made = floats(fuse.apply(middle, params, Context(pictures=others)))
    gain, lift = np.polyfit(made.ravel()[::7], reference.ravel()[::7], 1)
    assert gain == pytest.approx(1, abs=0.15)
    assert psnr(gain * made + lift, reference) > 25
    assert ssim(made, reference) > 0.85
    assert ssim(floats(middle), reference) < 0.7  # what one exposure alone shows
