"""Files over HTTP: validators, ranges, and nothing that could run."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers
from starlette.responses import StreamingResponse

from darkroom.api.blobs import file_response
from darkroom.api.etags import matches
from darkroom.errors import Error
from darkroom.services.gallery import ImageFile

DATA = bytes(range(200))
ETAG = '"abc"'


def _file(content: bytes | Path = DATA, media_type: str = "image/png", name: str = "a.png") -> ImageFile:
    size = content.stat().st_size if isinstance(content, Path) else len(content)
    return ImageFile(media_type=media_type, content=content, bytes=size, etag=ETAG, filename=name)


def _ask(file: ImageFile, **headers: str):
    async def body() -> tuple[int, dict[str, str], bytes]:
        wanted = Headers({name.replace("_", "-"): value for name, value in headers.items()})
        answer = await file_response(file, wanted)
        if isinstance(answer, StreamingResponse):
            content = b"".join([bytes(piece) async for piece in answer.body_iterator])  # type: ignore[arg-type]
        else:
            content = bytes(answer.body)
        return answer.status_code, dict(answer.headers), content

    return asyncio.run(body())


def test_the_whole_file_may_be_kept_for_ever():
    status, headers, body = _ask(_file())
    assert (status, body) == (200, DATA)
    assert headers["etag"] == ETAG
    assert headers["cache-control"] == "private, max-age=31536000, immutable"
    assert headers["content-length"] == "200"
    assert headers["accept-ranges"] == "bytes"
    assert headers["content-disposition"].startswith('inline; filename="a.png"')


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (ETAG, True),
        (f"W/{ETAG}", True),
        (f'"x", {ETAG}', True),
        ("*", True),
        ('"x"', False),
        ("", False),
        (None, False),
    ],
)
def test_validators_match_as_the_standard_says(header: str | None, expected: bool):
    assert matches(header, ETAG) is expected


def test_a_current_copy_is_not_sent_again():
    status, headers, body = _ask(_file(), if_none_match=ETAG)
    assert (status, body) == (304, b"")
    assert headers["etag"] == ETAG


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=190-", 190, 199), ("bytes=-5", 195, 199), ("bytes=-5000", 0, 199),
     ("bytes=150-9999999999999999999", 150, 199), ("bytes=0-0", 0, 0)],
)  # fmt: skip
def test_one_range_is_answered(header: str, first: int, last: int):
    status, headers, body = _ask(_file(), range=header)
    assert status == 206
    assert body == DATA[first : last + 1]
    assert headers["content-range"] == f"bytes {first}-{last}/200"
    assert headers["content-length"] == str(len(body))


@pytest.mark.parametrize("header", ["bytes=200-", "bytes=9999-10000", "bytes=-0"])
def test_a_range_outside_the_file_is_refused(header: str):
    with pytest.raises(Error) as caught:
        _ask(_file(), range=header)
    assert (caught.value.code, caught.value.status) == ("range_not_satisfiable", 416)
    assert caught.value.context["headers"] == {"Content-Range": "bytes */200"}


@given(st.one_of(st.text(st.characters(codec="latin-1")), st.from_regex(r"bytes=[0-9,\- ]*", fullmatch=True)))
def test_any_range_header_gets_the_file_a_part_or_a_refusal(header: str):
    try:
        status, headers, body = _ask(_file(), range=header)
    except Error as error:
        status, headers, body = error.status, {"content-length": "0"}, b""
    assert status in (200, 206, 416)
    assert int(headers["content-length"]) == len(body)
    assert body in DATA


def test_a_range_of_another_version_gets_the_whole_file():
    assert _ask(_file(), range="bytes=0-9", if_range='"old"')[0] == 200
    assert _ask(_file(), range="bytes=0-9", if_range=ETAG)[0] == 206


def test_a_large_file_is_streamed_from_disk(tmp_path: Path):
    path = tmp_path / "large"
    path.write_bytes(bytes(i % 251 for i in range(1_000_003)))
    file = _file(path)
    status, headers, body = _ask(file)
    assert (status, body) == (200, path.read_bytes())
    assert headers["content-length"] == "1000003"
    assert _ask(file, range="bytes=700000-999999")[2] == path.read_bytes()[700_000:1_000_000]


@pytest.mark.parametrize("media_type", ["image/svg+xml", "text/html", "application/pdf", "application/octet-stream"])
def test_what_a_browser_could_run_is_an_attachment(media_type: str):
    headers = _ask(_file(media_type=media_type))[1]
    assert headers["content-disposition"].startswith("attachment")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].endswith("sandbox")


@given(st.text())
def test_any_name_makes_a_header_in_ascii_on_one_line(name: str):
    value = _ask(_file(name=name))[1]["content-disposition"]
    assert value.isascii()
    assert value.isprintable()
    assert value.count('"') == 2


def test_a_file_that_vanished_is_a_missing_blob(tmp_path: Path):
    path = tmp_path / "gone"
    path.write_bytes(b"x" * 1_000_000)
    file = _file(path)
    path.unlink()
    with pytest.raises(Error) as caught:
        _ask(file)
    assert caught.value.code == "blob_missing"
