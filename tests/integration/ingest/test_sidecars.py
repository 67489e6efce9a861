"""What sidecars and pictures themselves say becomes what people see in the library, once."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from darkroom.domain.access import LOCAL_OWNER as ME
from darkroom.domain.access import SYSTEM
from darkroom.domain.develop import DevelopSettings
from darkroom.domain.edit import Edit
from darkroom.domain.image import ImageRecord
from darkroom.domain.ingest import Batch, BatchItem
from darkroom.domain.query import ImageQuery
from darkroom.imaging.formats.metadata.containers import Payload, into_jpeg
from darkroom.imaging.formats.metadata.xmp_edit import document
from darkroom.imaging.recipes.compile import compile_recipe, result_key
from darkroom.imaging.recipes.model import Recipe
from darkroom.imaging.words import Words, sidecar
from darkroom.services import inbox as inbox_module
from darkroom.services.ingest import IngestService
from darkroom.services.recipes.keys import keys_of
from darkroom.services.recipes.presets import PresetService
from darkroom.services.recipes.previews import PreviewService
from darkroom.services.recipes.views import PreviewGiven
from tests.negatives import negative
from tests.pictures import drop, jpeg

WORDS = Words(title="The quay", creator="Åsa Berg", rating=4, label="red", tags=("boats", "places/oslo"))
SIDECAR = sidecar("ab" * 32, WORDS)


def taken_in(service: IngestService) -> Batch:
    batches, _ = service.collect_inbox(SYSTEM)
    (batch,) = batches
    return service.run_batch(SYSTEM, batch.id, f"run-{batch.id}").batch


def pictures(service: IngestService) -> dict[str, ImageRecord]:
    return {one.name: one for one in service.stores.images.page(ImageQuery(), limit=100).items}


def failures(service: IngestService) -> list[str]:
    return [one.key for one in service.stores.failures.list(limit=100).items]


def test_sidecars_come_in_with_their_pictures(service: IngestService, inbox: Path) -> None:
    within = document({"dc:title": "Within", "dc:rights": "© Berg", "dc:subject": ["sea"], "xmp:Rating": 2})
    drop(inbox, "trip/a.jpg", jpeg(1))
    drop(inbox, "trip/a.jpg.xmp", SIDECAR)
    drop(inbox, "b.jpg", into_jpeg(jpeg(2), Payload(xmp=within))[0])
    drop(inbox, "b.XMP", sidecar("ab" * 32, Words(title="Beside")))
    drop(inbox, "c.jpg", jpeg(3))
    drop(inbox, "c.jpg.xmp", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>")

    batch = taken_in(service)

    assert (batch.total, batch.added, batch.failed) == (3, 3, 0)
    found = pictures(service)
    assert Words.of(found["a.jpg"]) == Words(**{**WORDS.plain(), "tags": ("boats", "places/oslo", "trip")})
    assert Words.of(found["b.jpg"]) == Words(title="Beside", copyright="© Berg", rating=2, tags=("sea",))
    assert Words.of(found["c.jpg"]) == Words()
    assert found["a.jpg"].edited_at is None
    assert [one.name for one in service.stores.images.page(ImageQuery(q="quay", tag=("places",)), limit=9).items] == [
        "a.jpg"
    ]
    left = sorted(str(one.relative_to(inbox)) for one in inbox.rglob("*") if one.is_file())
    assert left == [".done/b.XMP", ".done/b.jpg", ".done/c.jpg", ".done/c.jpg.xmp", ".done/trip/a.jpg", ".done/trip/a.jpg.xmp"]  # fmt: skip


def test_settings_of_a_raw_file_come_in_with_it_and_decide_what_is_made_of_it(
    service: IngestService, inbox: Path
) -> None:
    settings = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description
      xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="3" crs:Exposure2012="-0.50" crs:HasCrop="True"
      crs:CropLeft="0" crs:CropTop="0" crs:CropRight="0.5" crs:CropBottom="1" crs:CropAngle="0"/></rdf:RDF></x:xmpmeta>"""
    drop(inbox, "a.dng", negative())
    drop(inbox, "a.xmp", settings)
    drop(inbox, "b.dng", negative(orientation=3))
    drop(inbox, "c.jpg", jpeg(3))
    drop(inbox, "c.xmp", settings)
    assert taken_in(service).added == 3

    found = pictures(service)
    assert found["a.dng"].develop == DevelopSettings(exposure=-0.5, crop=(0, 0, 0.5, 1))
    assert (found["a.dng"].rating, found["b.dng"].develop, found["c.jpg"].develop) == (3, None, None)
    ids = [found[name].id for name in ("a.dng", "b.dng")]
    program = compile_recipe(Recipe(name="plain"))
    keys = keys_of(service.stores, program, program.fingerprint(), ids)
    assert keys.settings == {ids[0]: found["a.dng"].develop}
    ignoring = compile_recipe(Recipe(name="plain", raw={"sidecar": "ignore"}))
    assert keys_of(service.stores, ignoring, program.fingerprint(), ids).settings == {}
    assert result_key(program.fingerprint(), ids[0]) not in keys.images

    presets = PresetService(service.settings, service.stores)
    previews = PreviewService(service.settings, service.stores, presets)
    try:
        tried = previews.preview(ME, ids[0], PreviewGiven(recipe={"operations": []}, long_side=160))
    finally:
        previews.close()
    assert (tried.width, tried.height) == (120, 160)


def test_what_people_set_stays_when_the_picture_comes_again(service: IngestService, inbox: Path) -> None:
    drop(inbox, "a.jpg", jpeg(1))
    drop(inbox, "a.xmp", SIDECAR)
    taken_in(service)
    image = pictures(service)["a.jpg"].id
    edit = Edit(title="Mine", creator="", remove_tags=("boats",), rating=0)
    service.stores.database.run(lambda session: service.stores.images.edit_many(session, [image], edit))

    drop(inbox, "again/a.jpg", jpeg(1))
    drop(inbox, "again/a.xmp", SIDECAR)
    assert taken_in(service).duplicates == 1

    found = pictures(service)["a.jpg"]
    assert Words.of(found) == Words(title="Mine", label="red", tags=("again", "places/oslo"))


def test_a_sidecar_of_two_pictures_stays_until_both_are_in(service: IngestService, inbox: Path) -> None:
    drop(inbox, "a.jpg", jpeg(1))
    drop(inbox, "a.png", jpeg(2))
    drop(inbox, "a.xmp", SIDECAR)
    assert taken_in(service).added == 2
    assert {one.title for one in pictures(service).values()} == {"The quay"}
    assert (inbox / ".done/a.xmp").exists()
    assert not (inbox / "a.xmp").exists()


def test_a_sidecar_waits_for_its_picture_but_not_for_ever(
    service: IngestService, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(inbox, "a.jpg.xmp", SIDECAR)
    assert service.collect_inbox(SYSTEM)[0] == []
    drop(inbox, "a.jpg", jpeg(1))
    taken_in(service)
    assert pictures(service)["a.jpg"].title == "The quay"
    drop(inbox, "lost.xmp", SIDECAR)
    monkeypatch.setattr(inbox_module, "SIDECAR_SECONDS", 0.0)
    assert taken_in(service).failed == 1
    assert failures(service) == ["lost.xmp"]


def test_files_that_stay_keep_their_sidecars(service: IngestService, inbox: Path) -> None:
    service.settings.__dict__["inbox_mode"] = "keep"
    drop(inbox, "a.jpg", jpeg(1))
    drop(inbox, "a.jpg.xmp", SIDECAR)
    assert taken_in(service).total == 1
    assert pictures(service)["a.jpg"].rating == 4
    os.utime(inbox / "a.jpg.xmp", (time.time() + 5, time.time() + 5))
    assert service.reconcile(SYSTEM) == []
    assert (inbox / "a.jpg.xmp").read_bytes() == SIDECAR


def test_uploads_bring_sidecars_and_leave_none_behind(service: IngestService) -> None:
    folder = service.settings.uploads / "b-up"
    items = []
    for name, data in (("a.jpg", jpeg(1)), ("a.jpg.xmp", SIDECAR), ("z.xmp", SIDECAR)):
        path = drop(folder, name, data)
        items.append(BatchItem(key=name, path=str(path), bytes=len(data), modified_ns=path.stat().st_mtime_ns))
    batch = service.submit(ME, items, connector="upload", launch=False, batch_id="b-up")
    done = service.run_batch(SYSTEM, batch.id, "run-1").batch
    assert (done.total, done.added, done.failed) == (2, 1, 1)
    assert pictures(service)["a.jpg"].title == "The quay"
    assert not folder.exists()


def test_links_and_huge_sidecars_are_not_read(service: IngestService, inbox: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.xmp"
    secret.write_bytes(SIDECAR)
    drop(inbox, "a.jpg", jpeg(1))
    (inbox / "a.jpg.xmp").symlink_to(secret)
    drop(inbox, "b.jpg", jpeg(2))
    drop(inbox, "b.jpg.xmp", SIDECAR + b" " * 2_000_000)
    taken_in(service)
    assert {one.title for one in pictures(service).values()} == {None}
    assert secret.exists()
