"""The curve of bytes and likeness over quality, on a fair sample of the picture at full size."""

from __future__ import annotations

from collections.abc import Sequence

from darkroom.domain.quality_curve import CurvePoint, QualityCurve
from darkroom.imaging.formats.encode import encode
from darkroom.imaging.formats.frames import Frames
from darkroom.imaging.formats.load import load
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.prepare import prepare
from darkroom.imaging.formats.purposes import PURPOSES
from darkroom.imaging.formats.similarity import luma, sampled, ssim
from darkroom.imaging.formats.targets import TARGETS

QUALITIES = (30, 45, 60, 70, 80, 88, 95)
"""Where the curve is measured unless other places are asked for."""
MOST_POINTS = 9
USUAL = 80
"""Where a format names no quality of its own."""
_TINY = 16


def quality_curve(picture: Frames, options: EncodeOptions, qualities: Sequence[int] = QUALITIES) -> QualityCurve:
    """Bytes and likeness at each quality, or at the usual one without any; where the format loses nothing, of the one file there is.

    Raises:
        Error: as `encode`, when nobody here writes the format.
    """
    target = TARGETS[options.format]
    # What conversion of colours and depth changes is not the encoder's loss.
    whole = prepare(Frames(picture.pixels, picture.icc), options, target.taking(options)).frames
    sample = sampled(whole)
    area = whole.width * whole.height / (sample.width * sample.height)
    without_loss = target.quality is None or options.lossless or target.lossless(options)
    asked = [None] if without_loss else sorted({*qualities} or {target.quality or USUAL})[:MOST_POINTS]
    head = len(encode(Frames(sample.pixels[:_TINY, :_TINY].copy(), sample.icc), options).data) if area > 1 else 0
    points, encoder = [], ""
    for quality in asked:
        made = encode(sample, options.model_copy(update={"quality": quality}))
        back = load(made.data, f"curve.{made.format}").frames
        size = len(made.data) if area == 1 else round(head + max(0, len(made.data) - head) * area)
        likeness = ssim(luma(sample), luma(back))
        points.append(CurvePoint(quality=quality, bytes=size, likeness=round(likeness, 5)))
        encoder = made.encoder
    return QualityCurve(
        format=options.format, encoder=encoder, basis="whole" if area == 1 else "sample", width=whole.width,
        height=whole.height, points=tuple(points), usual=target.quality, presets=PURPOSES.get(options.format, {}),
    )  # fmt: skip
