"""The stream of a multipart body, cut anywhere and broken in many ways."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.api.staging import Staging
from darkroom.api.uploads import UploadForm
from darkroom.domain.ingest import BatchItem
from darkroom.errors import Error

B = b"xxBOUNDARYxx"


def part(name: str, data: bytes, filename: str | None = None, extra: bytes = b"") -> bytes:
    disposition = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename is not None else "")
    return b"--" + B + b"\r\nContent-Disposition: " + disposition.encode() + b"\r\n" + extra + b"\r\n" + data + b"\r\n"


END = b"--" + B + b"--\r\n"


def read(body: bytes, folder: Path, cuts: list[int] | None = None) -> tuple[list[BatchItem], list[str]]:
    staging = Staging(folder / "b-1", max_bytes=10_000_000, max_files=50)
    staging.prepare(0)
    form = UploadForm(B, staging)
    edges = [0, *sorted(cut % (len(body) + 1) for cut in cuts or []), len(body)]

    async def run() -> None:
        for start, end in itertools.pairwise(edges):
            form.feed(body[start:end])
            await form.flush()
        form.check_complete()
        await form.flush(force=True)

    asyncio.run(run())
    return staging.complete(()), form.tags


def test_files_and_tags_are_read(tmp_path: Path):
    body = (
        part("tags", b"summer, sea ,")
        + part("files", b"12345", "a.jpg")
        + part("tags", "caf\u00e9".encode())
        + part("files", b"", "b.png")
        + END
    )
    items, tags = read(body, tmp_path)
    assert [(item.key, item.bytes) for item in items] == [("a.jpg", 5), ("b.png", 0)]
    assert tags == ["summer", "sea", "caf\u00e9"]


@given(data=st.binary(max_size=3000), cuts=st.lists(st.integers(0, 10_000), max_size=12))
def test_bytes_arrive_unchanged_wherever_the_stream_is_cut(data: bytes, cuts: list[int]):
    if B in data:
        return
    body = part("files", data, "a.bin") + part("files", data[::-1], "b.bin") + END
    with tempfile.TemporaryDirectory() as folder:
        items, _ = read(body, Path(folder), cuts)
        assert [Path(item.path).read_bytes() for item in items] == [data, data[::-1]]


def test_data_that_looks_like_a_boundary_is_data(tmp_path: Path):
    data = b"\r\n--" + B[:-1] + b"\r\n--\r\n--" + B[:4] + b"\r"
    items, _ = read(part("files", data, "a.bin") + END, tmp_path, list(range(0, 200, 3)))
    assert Path(items[0].path).read_bytes() == data


def test_an_empty_file_field_of_a_browser_is_ignored(tmp_path: Path):
    items, _ = read(part("files", b"", "") + part("files", b"1", "a.jpg") + END, tmp_path)
    assert [item.key for item in items] == ["a.jpg"]


@pytest.mark.parametrize("filename", ["../../../evil.jpg", "..\\..\\evil.jpg", "/abs/evil.jpg", "evil.jpg"])
def test_no_name_leaves_the_folder(tmp_path: Path, filename: str):
    items, _ = read(part("files", b"1", filename) + END, tmp_path)
    assert Path(items[0].path) == tmp_path / "b-1" / "evil.jpg"


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b"", "bad_request", "before its last boundary"),
        (END, "invalid_parameter", "no file"),
        (part("files", b"123", "a.jpg"), "bad_request", "before its last boundary"),
        (part("files", b"123", "a.jpg")[:-6], "bad_request", "before its last boundary"),
        (b"no boundary at all" + END, "bad_request", "broken"),
        (part("tags", b"x") + END, "invalid_parameter", "no file"),
        (part("files", b"", "") + END, "invalid_parameter", "no file"),
        (part("file", b"1", "a.jpg") + END, "invalid_parameter", "file:"),
        (part("files", b"1") + END, "invalid_parameter", "files:"),
        (part("tags", b"1", "a.txt") + END, "invalid_parameter", "tags:"),
        (part("tags", b"x" * 121) + END, "invalid_parameter", "1 to 120"),
        (part("tags", b"\xff\xfe") + END, "invalid_parameter", "UTF-8"),
        (part("tags", b"a\x00b") + END, "invalid_parameter", "visible"),
        (part("tags", b"x," * 40_000) + END, "invalid_parameter", "too long"),
        (part("files", b"1", "a" * 10_000) + END, "bad_request", "broken"),
        (part("files", b"1", "a.jpg", b"X: y\r\n" * 1000) + END, "bad_request", "broken"),
        (b"--" + B + b"\r\nno colon\r\n\r\nx\r\n" + END, "bad_request", "broken"),
        (b"--" + B + b"\r\n\r\nx\r\n" + END, "invalid_parameter", "parts are called"),
        (b"--" + B + b"\r\nContent-Disposition: form-data\r\n\r\nx\r\n" + END, "invalid_parameter", "parts are called"),
    ],
)
def test_broken_forms_are_refused_in_words(tmp_path: Path, body: bytes, code: str, words: str):
    with pytest.raises(Error) as caught:
        read(body, tmp_path)
    assert caught.value.code == code
    assert words in caught.value.cause


@given(
    body=st.one_of(
        st.binary(max_size=400),
        st.lists(
            st.sampled_from(
                [
                    b"--",
                    B,
                    b"\r\n",
                    b"\r\n\r\n",
                    b"Content-Disposition: form-data; ",
                    b'name="files"',
                    b'; filename="a"',
                    b"\x00",
                    END,
                ]
            ),
            max_size=20,
        ).map(b"".join),
    ),
    cuts=st.lists(st.integers(0, 500), max_size=5),
)
def test_any_body_is_read_or_refused(body: bytes, cuts: list[int]):
    with tempfile.TemporaryDirectory() as folder:
        try:
            outcome = "read" if read(body, Path(folder), cuts)[0] else "nothing"
        except Error as error:
            outcome = error.code
        assert outcome in ("read", "bad_request", "invalid_parameter")


def test_a_boundary_that_is_none_is_refused(tmp_path: Path):
    with pytest.raises(Error) as caught:
        UploadForm(b"x" * 300, Staging(tmp_path / "b-1", max_bytes=1, max_files=1))
    assert caught.value.code == "bad_request"
