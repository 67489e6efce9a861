"""The diagnostic bundle over REST, with what the database knows."""

from __future__ import annotations

import io
import json
import zipfile

from darkroom.domain.base import now
from darkroom.domain.run import RunRecord
from tests.factories import image_record

ADDRESS = "/api/v1/system/diagnostics"


def opened(answer) -> zipfile.ZipFile:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store"
    return zipfile.ZipFile(io.BytesIO(answer.content))


def test_a_bundle_tells_of_the_library_and_with_a_trace_only_of_what_it_led_to(client, library, add):
    add([image_record(1, name="private name.jpg")])
    for number in (1, 2):
        run = RunRecord(id=f"run-{number}", job="ingest_images", state="failed", started_at=now(),
                        cause="private name.jpg is broken", trace_id=f"{number}" * 32)  # fmt: skip
        library.stores.runs.upsert(run)
    whole = opened(client.get(ADDRESS))
    records = json.loads(whole.read("records.json"))
    assert (records["counts"]["images"], len(records["runs"]), len(records["events"])) == (1, 2, 1)
    assert not any(b"private name" in whole.read(name) for name in whole.namelist())
    assert json.loads(whole.read("services.json"))["database"]["ok"] is True

    part = json.loads(opened(client.get(ADDRESS, params={"trace": "2" * 32})).read("records.json"))
    assert [one["_id"] for one in part["runs"]] == ["run-2"]
    assert part["events"] == []
    assert part["failures"] == []
    refused = client.get(ADDRESS, params={"trace": "../x"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_parameter")
