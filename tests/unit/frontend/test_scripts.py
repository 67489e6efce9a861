"""The scripts of the gallery that need no browser, run by Node."""

from __future__ import annotations

import json

import pytest

from tests.node import run

LAYOUT = "const l = m.layoutOf({ width: 1080, total: %d, size: 200, gap: 8, ratio: 0.75 });"


def test_a_layout_fills_the_width(node):
    found = run(
        node, "layout.js", LAYOUT % 23 + "return [l.columns, l.columns * l.cell + 4 * 8, l.rows, l.full === l.shown];"
    )
    assert found == [5, 1080, 5, True]


def test_a_small_library_scrolls_one_to_one(node):
    assert run(node, "layout.js", LAYOUT % 500 + "return [m.toVirtual(l, 800, 1234), m.toScroll(l, 800, 1234)];") == [
        1234,
        1234,
    ]


def test_a_scaled_scroll_reaches_both_ends_and_maps_back(node):
    body = LAYOUT % 1_000_000 + """
      const room = l.shown - 800;
      const ends = [m.toVirtual(l, 800, 0), m.toVirtual(l, 800, room) - (l.full - 800)];
      const back = [0, 1e6, 5e6, room].map((at) => Math.abs(m.toScroll(l, 800, m.toVirtual(l, 800, at)) - at) < 0.01);
      return [l.shown, ends, back];"""  # fmt: skip
    assert run(node, "layout.js", body) == [8_000_000, [0, 0], [True] * 4]


@pytest.mark.parametrize(
    ("key", "position", "goal"),
    [("ArrowRight", 3, 4), ("ArrowLeft", 0, 0), ("ArrowDown", 3, 8), ("ArrowUp", 3, 3), ("ArrowDown", 19, 22),
     ("ArrowDown", 21, 21), ("End", 4, 22), ("Home", 9, 0), ("PageDown", 1, 11), ("PageUp", 12, 2), ("x", 4, None)],
)  # fmt: skip
def test_keys_move_the_focus(node, key, position, goal):
    body = f"return m.moved({json.dumps(key)}, {position}, {{ columns: 5, total: 23, page: 2 }});"
    assert run(node, "layout.js", body) == goal


def test_a_view_and_its_address_are_the_same(node):
    address = "q=sea&taken_from=2026-06-01&sort=name&tag=a%2Fb&tag=c&camera=Lumen+X2"
    body = f"return m.writeView(m.readView(new URLSearchParams({json.dumps(address + '&image=1')})));"
    assert run(node, "query.js", body) == address


def test_filters_are_counted_and_the_last_day_of_a_month_is_known(node):
    body = """const view = m.readView(new URLSearchParams("q=x&tag=a&tag=b&taken_from=2026-01-01&taken_to=2026-01-31&sort=name"));
      return [m.filterCount(view), m.isFiltered(m.emptyView(view)), m.emptyView(view).sort, m.lastDay("2028-02"), m.toggled(["a"], "a")];"""
    assert run(node, "query.js", body) == [3, False, "name", "2028-02-29", []]


@pytest.mark.parametrize(
    ("call", "words"),
    [("bytes(999)", "999 B"), ("bytes(1_500)", "1.5 kB"), ("bytes(999_600)", "1 MB"), ("bytes(null)", "\u2013"),
     ("duration(0.4)", "< 1 s"), ("duration(84)", "1 min 24 s"), ("duration(3700)", "1 h 2 min"), ("duration(null)", "\u2013"),
     ("exposure(0.004)", "1/250 s"), ("exposure(2)", "2 s"), ("title('low_contrast')", "Low contrast"),
     ("plural(1, 'file')", "1 file"), ("plural(2, 'batch', 'batches')", "2 batches"), ("month('2026-06')", "June 2026"),
     ("ago('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:03:00Z'))", "3 min ago")],
)  # fmt: skip
def test_values_become_words(node, call, words):
    assert run(node, "format.js", f"return m.{call};") == words


@pytest.mark.parametrize(
    ("wanted", "goal"),
    [("/activity?x=1#y", "/activity?x=1#y"), ("/", "/"), (None, "/"), ("", "/"), ("activity", "/"), ("https://evil.example/", "/"),
     ("//evil.example", "/"), ("/\\evil.example", "/"), ("/x\\evil", "/"), ("/\t/evil.example", "/"), ("javascript:alert(1)", "/"),
     ("/sign-in?return_to=/x", "/"), ("/reset/", "/"), ("/api/v1/auth/oidc/x/start", "/"), ("/a/..//evil.example", "/"), ("/%2e%2e//evil.example", "/")],
)  # fmt: skip
def test_signing_in_returns_to_pages_of_this_site_alone(node, wanted, goal):
    assert run(node, "paths.js", f"return m.safePath({json.dumps(wanted)}, 'http://localhost:8000');") == goal


def test_the_sign_in_page_is_told_where_one_was(node):
    body = """const at = (path) => m.signInFrom(new URL(path, "http://localhost:8000"));
      return [at("/"), at("/audit?outcome=denied"), at("/sign-in?return_to=%2Faudit")];"""
    assert run(node, "paths.js", body) == ["/sign-in", "/sign-in?return_to=%2Faudit%3Foutcome%3Ddenied", "/sign-in"]


@pytest.mark.parametrize(
    ("password", "fits"),
    [("", False), ("short", False), ("aaaaaaaaaaaa", False), ("ada@example.org", False), ("correct horse battery", True), ("abcdabcdab", True)],
)  # fmt: skip
def test_a_password_that_the_server_would_refuse_is_said_to_be_bad(node, password, fits):
    from darkroom.access.passwords import check_password
    from darkroom.errors import Error

    strength = run(node, "paths.js", f"return m.strengthOf({json.dumps(password)}, 'ada@example.org');")
    assert strength["fits"] is fits
    try:
        check_password(password, email="ada@example.org")
    except Error:
        assert not fits
    else:
        assert fits
