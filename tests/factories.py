"""Domain values for tests: valid, different from one another, and the same in every run."""

from __future__ import annotations

import hashlib
import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from darkroom.domain.dataset import CommittedVersion, StoredFile
from darkroom.domain.edit import LABELS
from darkroom.domain.image import Capture, ImageRecord, Metadata, Quality, Rendition, Source
from darkroom.domain.ingest import Batch, BatchItem, Failure, Manifest
from darkroom.domain.rendition import RecipeRendition

BASE = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
CAMERAS = ("Aperta One", "Aperta Two", "Lumen X", None)
FORMATS = (("jpeg", "image/jpeg"), ("png", "image/png"), ("webp", "image/webp"), ("tiff", "image/tiff"))
WORDS = ("forest", "Café", "ocean", "IMG", "über", "night-sky", "city")
TAGS = ("mountains", "city", "ocean", "forest", "places/oslo")
COLLECTIONS = ("c-holidays", "c-best", "c-work")
PROBLEMS = ("blurred", "dark", "overexposed", "low_contrast")

_numbers = itertools.count(1)


def sha(seed: object) -> str:
    """A content hash made of anything."""
    return hashlib.sha256(str(seed).encode()).hexdigest()


def rendition(kind: str, image: str, **changes: Any) -> Rendition:
    """A thumbnail or a preview of an image."""
    side = 256 if kind == "thumbnail" else 1024
    values: dict[str, Any] = {
        "kind": kind, "address": sha(f"{kind}-{image}"), "recipe": f"{kind}@1 {side} webp q75",
        "media_type": "image/webp", "width": side, "height": side * 2 // 3, "bytes": side * 40,
    }  # fmt: skip
    return Rendition(**(values | changes))


def recipe_rendition(number: int | None = None, **changes: Any) -> RecipeRendition:
    """What a recipe made of an image; the same number gives the same one."""
    seed = next(_numbers) if number is None else number
    values: dict[str, Any] = {
        "id": sha(f"made-{seed}"), "image": sha(f"image-{seed}"), "recipe": "web", "fingerprint": sha("web"), "order": "n-1",
        "format": "webp", "media_type": "image/webp", "extension": ".webp", "width": 640, "height": 480, "bytes": 40_000,
        "encoder": "libvips", "seconds": 0.1, "megapixels": 6.0, "created_at": BASE, "used_at": BASE,
    }  # fmt: skip
    return RecipeRendition(**(values | changes))


def image_record(number: int | None = None, **changes: Any) -> ImageRecord:
    """An image; the same number gives the same one.

    Args:
        number: seed; the next free one when None.
        changes: fields that the test is about.
    """
    seed = next(_numbers) if number is None else number
    chance, taste = random.Random(seed), random.Random(f"taste {seed}")
    image = changes.get("id", sha(f"image-{seed}"))
    kind, media_type = chance.choice(FORMATS)
    name = f"{chance.choice(WORDS)}_{seed:04d}.{kind}"
    batch = changes.get("batch", "b-1")
    values: dict[str, Any] = {
        "id": image, "name": name, "media_type": media_type, "format": kind, "bytes": chance.randint(1, 5_000_000),
        "width": 3000, "height": 2000,
        "capture": Capture(
            taken_at=BASE + timedelta(hours=chance.randint(-5000, 5000)) if chance.random() < 0.8 else None,
            camera=chance.choice(CAMERAS), lens="50mm F1.8" if chance.random() < 0.5 else None, iso=100.0,
        ),
        "metadata": Metadata(exif={"Make": "Aperta", "ImageDescription": f"A view of {chance.choice(TAGS)}"}),
        "phash": f"{chance.getrandbits(64):016x}",
        "quality": Quality(
            score=chance.randint(0, 100) / 100, sharpness=chance.random() * 500, brightness=0.5, contrast=0.4,
            entropy=7.0, colourfulness=30.0,
            problems=tuple(chance.sample(PROBLEMS, chance.choice((0, 0, 0, 1, 2)))),
        ),
        "placeholder": "UklGRhIAAABXRUJQVlA4TAYAAAAvAAAAAAfQ//73v/+BiOh/AAA=",
        "renditions": (rendition("thumbnail", image), rendition("preview", image)),
        "tags": tuple(sorted(chance.sample(TAGS, chance.randint(0, 3)))),
        "rating": taste.choice((0, 0, 0, 1, 3, 5)), "favourite": taste.random() < 0.2,
        "label": taste.choice((None, None, *LABELS)),
        "collections": tuple(sorted(taste.sample(COLLECTIONS, taste.choice((0, 0, 1, 2))))),
        "sources": (Source(connector="inbox", key=f"{seed}/{name}", batch=batch),),
        "batch": batch, "ingested_at": BASE + timedelta(seconds=chance.randint(0, 500)),
    }  # fmt: skip
    return ImageRecord(**(values | changes))


def batch_item(number: int | None = None, **changes: Any) -> BatchItem:
    """A file of a manifest."""
    seed = next(_numbers) if number is None else number
    values: dict[str, Any] = {
        "key": f"folder/file_{seed:05d}.jpg", "path": f"/nowhere/inbox/folder/file_{seed:05d}.jpg", "bytes": 1000 + seed,
        "modified_ns": 1_780_000_000_000_000_000 + seed, "tags": ("folder",),
    }  # fmt: skip
    return BatchItem(**(values | changes))


def batch(number: int | None = None, *, items: int = 3, **changes: Any) -> tuple[Batch, Manifest]:
    """A queued batch with its manifest."""
    seed = next(_numbers) if number is None else number
    identity = changes.get("id", f"b-{seed:06d}")
    files = tuple(batch_item(seed * 100_000 + index) for index in range(items))
    values: dict[str, Any] = {
        "id": identity, "connector": "inbox", "principal": "local", "created_at": BASE + timedelta(seconds=seed),
        "oldest_at": BASE + timedelta(seconds=seed - 5), "total": items,
        "total_bytes": sum(item.bytes for item in files),
    }  # fmt: skip
    return Batch(**(values | changes)), Manifest(id=identity, items=files)


def failure(number: int | None = None, **changes: Any) -> Failure:
    """An open entry of the failure ledger."""
    seed = next(_numbers) if number is None else number
    values: dict[str, Any] = {
        "id": f"f-{seed:06d}", "code": "image_corrupt", "title": "The picture is damaged and cannot be decoded",
        "cause": f"broken_{seed}.jpg ends in the middle", "remedy": "Replace it with an intact copy, then retry.",
        "retryable": False, "connector": "inbox", "key": f"broken_{seed}.jpg", "path": f"/nowhere/broken_{seed}.jpg",
        "bytes": 10, "batch": "b-1", "first_at": BASE + timedelta(seconds=seed), "last_at": BASE + timedelta(seconds=seed),
    }  # fmt: skip
    return Failure(**(values | changes))


def dataset_version(**facts: Any) -> CommittedVersion:
    """A hundred examples of two classes."""
    return CommittedVersion(**{
        "id": "set@1", "dataset": "set", "number": 1, "hash": "0" * 64, "labels": ("cat", "dog"), "total": 100,
        "counts": {"train": 70, "validation": 15, "test": 15}, "origin": "a test", "created_by": "system",
        "manifest": StoredFile(name="set-1.parquet", key="1" * 64, bytes=1), "created_at": BASE,
        **facts,
    })  # fmt: skip
