"""No input makes the API fail: every answer is a success or a clear refusal."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote_from_bytes

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darkroom.errors import ERROR_CODES
from tests.factories import batch, failure, image_record

NAMES = st.sampled_from(
    ["q", "tag", "type", "camera", "taken_from", "taken_to", "quality_min", "problem", "batch", "duplicates", "sort",
     "limit", "cursor", "every", "state", "code", "connector", "download", "last_event_id", "x", "$where", "tag[]", ""]
)  # fmt: skip
NASTY = st.sampled_from(
    [b"", b"0", b"-1", b"1e999", b"NaN", b"9" * 400, b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"../../etc/passwd", b"$ne",
     b"{}", b"' OR 1=1 --", b"%", b"*", b"(", b"[", b"\\", b"2026-05-01", b"2026-05-01T00:00:00+99:00", b"0000-00-00",
     b"9999-12-31", b"0001-01-01", b"9999-12-31T23:59:59.999999-23:59", b"none", b"dark", b"-name", b"jpeg",
     "caf\u00e9 \u202e \U0001f600".encode(), b"a" * 199, b"W10", b"WyIiLG51bGwsIiJd", b"open", b"running", b"true"]
)  # fmt: skip
VALUES = st.one_of(
    NASTY, st.binary(max_size=30), st.text(max_size=30).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
QUERY = st.lists(st.tuples(NAMES, VALUES), max_size=5).map(
    lambda pairs: "&".join(f"{quote_from_bytes(name.encode())}={quote_from_bytes(value)}" for name, value in pairs)
)
SEGMENT = VALUES.map(lambda value: quote_from_bytes(value, safe=""))
PATHS = st.one_of(
    st.sampled_from(["/images", "/images/index", "/facets", "/batches", "/failures", "/runs", "/queue", "/health"]),
    st.builds("/images/{}{}".format, SEGMENT, st.sampled_from(["", "/original", "/thumbnail", "/preview", "/x"])),
    st.builds("/batches/{}{}".format, SEGMENT, st.sampled_from(["", "/cancel"])),
    st.builds("/{}".format, SEGMENT),
)
HEADERS = st.dictionaries(
    st.sampled_from(["Range", "If-None-Match", "If-Range", "Last-Event-ID", "traceparent", "Content-Type", "Accept"]),
    st.one_of(st.sampled_from(["bytes=0-", "bytes=-1", "*", "multipart/form-data; boundary=", "application/json"]),
              st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=40)),
    max_size=3,
)  # fmt: skip
JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10), st.sampled_from(["image_corrupt"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(["ids", "all", "code", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
SETTINGS = settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def _fill(stores) -> None:
    def write(session):
        stores.images.upsert_many(session, [image_record(number) for number in range(20)])
        stores.failures.record(session, failure(1))
        stores.batches.create(session, *batch(1))

    stores.database.run(write)


def _check(answer) -> None:
    assert answer.status_code < 500, (answer.request.method, answer.request.url, answer.text)
    assert answer.headers["X-Trace-Id"]
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
        problem = json.loads(answer.content)
        assert ERROR_CODES[problem["code"]].status == problem["status"] == answer.status_code
        assert problem["detail"]
        assert problem["remedy"]


def test_any_query_is_answered(client, stores):
    _fill(stores)
    seen: set[int] = set()

    @SETTINGS
    @given(
        path=PATHS, query=QUERY, headers=HEADERS, method=st.sampled_from(["GET", "GET", "GET", "HEAD", "DELETE", "PUT"])
    )
    def ask(path: str, query: str, headers: dict[str, str], method: str) -> None:
        wanted = {name: value.encode("latin-1") for name, value in headers.items()}
        answer = client.request(method, f"/api/v1{path}?{query}", headers=wanted)
        seen.add(answer.status_code)
        if method == "HEAD":
            assert answer.status_code < 500
            assert answer.content == b""
        else:
            _check(answer)

    ask()
    assert {200, 404, 405, 422} <= seen


def test_any_body_is_answered(client, stores):
    _fill(stores)
    bodies = st.one_of(JSON.map(lambda value: json.dumps(value).encode()), st.binary(max_size=60))
    types = st.sampled_from(
        ["application/json", "text/plain", "multipart/form-data; boundary=B", "multipart/form-data", "", "\u00ff/x"]
    )

    @SETTINGS
    @given(
        path=st.sampled_from(["/failures/retry", "/failures/dismiss", "/images", "/batches/b-000001/cancel"]),
        body=bodies,
        kind=types,
    )
    def ask(path: str, body: bytes, kind: str) -> None:
        _check(client.post(f"/api/v1{path}", content=body, headers={"Content-Type": kind.encode("latin-1")}))

    ask()


CURSOR_VALUES = [
    None, True, 0, -1, 2**63, -(2**63) - 1, 10**400, 1.5, 1e308, float("inf"), float("nan"), "", "\x00", "\ud800", "z" * 1500,
    [], {}, {"$gt": ""}, 253402300800000, -62135596800001,
]  # fmt: skip


def test_a_cursor_that_was_tampered_with_is_refused_or_read(client, stores):
    _fill(stores)
    for path, orders in (
        ("images", ["-ingested_at", "taken_at", "-taken_at", "name", "-quality", "bytes"]),
        ("batches", [""]),
        ("failures", [""]),
        ("runs", [""]),
    ):
        for order in orders:
            params = {"limit": "1"} | ({"sort": order} if order else {})
            cursor = client.get(f"/api/v1/{path}", params=params).json()["next_cursor"]
            if cursor is None:
                continue
            digest = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))[0]
            for value in CURSOR_VALUES:
                for identity in ("", "x", "\x00", "\ud800", None, 5, {"$ne": 1}):
                    made = base64.urlsafe_b64encode(json.dumps([digest, value, identity]).encode()).decode().rstrip("=")
                    answer = client.get(f"/api/v1/{path}", params=params | {"cursor": made})
                    assert answer.status_code in (200, 400, 422), (path, order, value, identity, answer.text)
