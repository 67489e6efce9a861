"""What all encoders of Pillow share."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from darkroom.imaging import native
from darkroom.imaging.formats.prepare import Prepared

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def save(picture: Prepared, kind: str, **arguments: Any) -> bytes:
    """Eight bits through Pillow, with the profile."""
    frames = picture.frames
    images = [_image(frame) for frame in frames.each]
    target = BytesIO()
    if frames.icc:
        arguments["icc_profile"] = frames.icc
    if frames.animated:
        arguments |= {"save_all": True, "append_images": images[1:], "loop": frames.loop}
        arguments |= {"duration": list(frames.delays) or 100}
    images[0].save(target, kind, **arguments)
    return target.getvalue()


def _image(array: Any) -> Any:
    channels = array.shape[2]
    return native.pillow().frombuffer(
        _MODES[channels], (array.shape[1], array.shape[0]), array.tobytes(), "raw", _MODES[channels], 0, 1
    )


def deep(picture: Prepared, _options: object) -> str | None:
    """Pillow writes eight bits a sample."""
    return "more than 8 bits a sample" if picture.frames.depth != 8 else None
