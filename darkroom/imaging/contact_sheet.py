"""Many thumbnails in one small picture, for Dagster's asset pages."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from darkroom.imaging import native

_BACKGROUND = (24, 26, 31)
_GAP = 4


def contact_sheet(thumbnails: Sequence[bytes], columns: int = 8, cell: int = 96) -> bytes:
    """The thumbnails in rows, each cut to a square, as WebP; those that cannot be read are left empty.

    Args:
        thumbnails: encoded pictures, as stored.
        columns: most of them in a row.
        cell: side of a square in pixels.
    """
    image_module = native.pillow()
    from PIL import ImageOps

    columns = max(1, min(columns, len(thumbnails) or 1))
    rows = max(1, -(-len(thumbnails) // columns))
    step = cell + _GAP
    sheet = image_module.new("RGB", (columns * step + _GAP, rows * step + _GAP), _BACKGROUND)
    for number, data in enumerate(thumbnails):
        try:
            with image_module.open(BytesIO(data)) as image:
                tile = ImageOps.fit(image.convert("RGBA"), (cell, cell))
        except (OSError, ValueError):
            continue
        row, column = divmod(number, columns)
        sheet.paste(tile, (_GAP + column * step, _GAP + row * step), tile)
    target = BytesIO()
    sheet.save(target, "WEBP", quality=78, method=2)
    return target.getvalue()
