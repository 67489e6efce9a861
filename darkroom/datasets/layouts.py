"""The layouts of labelled pictures that can be imported, by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from darkroom.datasets.boxes import import_voc
from darkroom.datasets.coco import import_coco
from darkroom.datasets.importers import Import, import_csv, import_folder
from darkroom.datasets.pairs import import_pairs
from darkroom.datasets.yolo import import_yolo

IMPORTERS: dict[str, Callable[[Path], Import]] = {
    "imagefolder": import_folder,
    "csv": import_csv,
    "coco": import_coco,
    "yolo": import_yolo,
    "voc": import_voc,
    "pairs": import_pairs,
}
"""Every layout: from the path of a file or a folder to what came of it."""
