"""Pictures as a panel keeps them: small, and few."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from darkroom.imaging import native
from training.data import Pictures

MOST = 8
"""Pictures of a panel."""
_SIDE = 128


def chosen(part: Pictures) -> Pictures:
    """Those whose hashes come first; of a picture with several parts the first one."""
    first = {key: at for at, key in reversed(list(enumerate(part.keys)))}
    places = torch.tensor([first[key] for key in sorted(first)[:MOST]])
    keys = tuple(part.keys[at] for at in places.tolist())
    places = places.to(part.targets.device)
    return Pictures(part.pixels[places.to(part.pixels.device)], part.targets[places], part.weights[places], keys)


def small(pictures: Tensor) -> list[str]:
    """Pictures from 0 to 1 as WebP of 128 pixels at most, base64."""
    side = min(_SIDE, pictures.shape[-1])
    scaled = functional.interpolate(
        pictures.float().cpu(), (side, side), mode="bilinear", antialias=True, align_corners=False
    )
    found = (scaled.clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    return [_webp(one) for one in found]


def _webp(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> str:
    held = BytesIO()
    native.pillow().fromarray(np.ascontiguousarray(picture)).save(held, "WEBP", quality=70, method=2)
    return b64encode(held.getvalue()).decode()
