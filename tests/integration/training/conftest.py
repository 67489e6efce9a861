"""A library that holds drawn shapes with what they show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from darkroom.datasets.importers import import_folder
from darkroom.domain.access import SYSTEM
from darkroom.services.datasets.views import Committed
from darkroom.services.library import Library
from darkroom.settings import Settings
from darkroom.store import Stores
from tests.factories import image_record
from tests.fakes import RecordingLauncher
from tests.shapes import draw_shapes


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_shapes(tmp_path_factory.mktemp("shapes"), {"train": 12, "validation": 6, "test": 4})


@pytest.fixture
def launcher() -> RecordingLauncher:
    return RecordingLauncher()


@pytest.fixture
def library(mongo_settings: Settings, stores: Stores, launcher: RecordingLauncher) -> Iterator[Library]:
    """An open library whose runs are only written down."""
    library = Library(mongo_settings, stores, launcher)
    yield library
    library.guard.close()


def bring_in(library: Library, folder: Path) -> list:
    """Put the pictures of a folder of classes into the library; returns what an import says of them."""
    examples = list(import_folder(folder).examples.values())
    records = []
    for number, one in enumerate(examples):
        library.stores.blobs.put("originals", one.key, (folder / one.path).read_bytes(), durable=False)
        records.append(
            image_record(number, id=one.key, name=Path(one.path).name, renditions=(), tags=(one.annotations[0].label,))
        )
    library.stores.database.run(lambda session: library.stores.images.upsert_many(session, records))
    return examples


@pytest.fixture
def committed(library: Library, shapes: Path) -> Callable[..., Committed]:
    """Commits the shapes, all or some of them."""
    examples = bring_in(library, shapes)

    def work(name: str = "shapes", *, without: int = 0, splits: bool = True) -> Committed:
        chosen = examples[without:]
        if not splits:
            chosen = [one.model_copy(update={"split": None}) for one in chosen]
        return library.datasets.commit(SYSTEM, name, chosen, origin="a test")

    return work
