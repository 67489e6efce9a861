"""Tags of documents: what was seen is what is changed."""

from __future__ import annotations

from operator import itemgetter
from pathlib import Path

import pytest

from darkroom.api.app import create_app
from darkroom.api.etags import etag, expected, tagged
from darkroom.domain.base import Document
from darkroom.errors import Error
from darkroom.settings import Settings


@pytest.mark.parametrize(("header", "revision"), [(None, None), ("*", None), (" * ", None), ('"0"', 0), (' "17" ', 17)])
def test_the_revision_asked_for_is_read(header, revision):
    assert expected(header) == revision


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ('W/"3"', "precondition_failed"), ('"03"', "precondition_failed"), ('"abc"', "precondition_failed"),
        ('"-1"', "precondition_failed"), ('""', "precondition_failed"), ('"\u0663"', "invalid_parameter"),
        ("3", "invalid_parameter"), ('"3', "invalid_parameter"), ("", "invalid_parameter"),
        ('"3", "4"', "invalid_parameter"), ('"3" x', "invalid_parameter"), ("*, *", "invalid_parameter"),
    ],
)  # fmt: skip
def test_a_tag_that_cannot_fit_is_refused(header, code):
    with pytest.raises(Error) as found:
        expected(header)
    assert found.value.code == code
    assert "If-Match" in found.value.cause


def test_a_change_may_have_to_say_what_it_is_based_on():
    with pytest.raises(Error) as found:
        expected(None, required=True)
    assert (found.value.code, found.value.status) == ("precondition_required", 428)
    assert expected('"3"', required=True) == 3


def test_a_document_is_sent_once_for_each_revision():
    document = Document(id="d-1", revision=4)
    first = tagged(document, document.revision)
    assert (first.status_code, first.headers["ETag"]) == (200, etag(4))
    again = tagged(document, document.revision, if_none_match='"3", W/"4"')
    assert (again.status_code, again.body, again.headers["ETag"]) == (304, b"", etag(4))
    assert tagged(document, document.revision, if_none_match='"3"').status_code == 200


def test_every_change_of_a_document_takes_its_tag():
    contract = create_app(Settings(home=Path("/nonexistent/darkroom"))).openapi()
    name = itemgetter("operationId")
    changes = [
        (f"{method.upper()} {path}", operation)
        for path, item in contract["paths"].items()
        for method, operation in item.items()
        if method in ("put", "patch") and name(operation) != "put_upload_part"  # bytes that replace themselves
    ]
    assert len(changes) >= 2
    # That a picture is in a set is so or not so: there is nothing of somebody else's that it could overwrite.
    members = "PUT /api/v1/collections/{id}/images/{image}"
    for title, operation in changes:
        if title == members:
            continue
        assert "412" in operation["responses"], title
        assert "if-match" in [one["name"] for one in operation["parameters"]], title
