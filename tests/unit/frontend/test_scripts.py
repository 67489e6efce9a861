"""The scripts of the gallery that need no browser, run by Node."""

from __future__ import annotations

import ast
import itertools
import json
from pathlib import Path

import pytest

from tests.node import UI, run, run_async

ROOT = Path(__file__).parents[3]

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
    body = f"{LAYOUT % 23} return m.moved({json.dumps(key)}, {position}, l, 2);"
    assert run(node, "layout.js", body) == goal


def test_a_view_and_its_address_are_the_same(node):
    address = "q=sea&taken_from=2026-06-01&sort=name&tag=a%2Fb&tag=c&camera=Lumen+X2"
    body = f"return m.writeView(m.readView(new URLSearchParams({json.dumps(address + '&image=1')})));"
    assert run(node, "query.js", body) == address


@pytest.mark.parametrize(
    ("address", "sort", "written"),
    [("where=like%3Ared&sort=-likeness", "-likeness", "where=like%3Ared"),
     ("where=x+%28like%3Ared%29", "-likeness", "where=x+%28like%3Ared%29"),
     ("where=like%3Ared&sort=-ingested_at", "-ingested_at", "where=like%3Ared&sort=-ingested_at"),
     ("where=unlike%3Ared&sort=-likeness", "-ingested_at", "where=unlike%3Ared"),
     ("where=-similar%3Aa&sort=name", "name", "where=-similar%3Aa&sort=name"),
     ("sort=-ingested_at", "-ingested_at", "")],
)  # fmt: skip
def test_what_is_compared_is_ranked_unless_another_order_is_chosen(node, address, sort, written):
    body = f"const view = m.readView(new URLSearchParams({json.dumps(address)})); return [m.sortOf(view), m.writeView(view)];"
    assert run(node, "query.js", body) == [sort, written]


def test_filters_are_counted_and_the_last_day_of_a_month_is_known(node):
    body = """const view = m.readView(new URLSearchParams("q=x&tag=a&tag=b&taken_from=2026-01-01&taken_to=2026-01-31&sort=name"));
      return [m.filterCount(view), m.isFiltered({ ...view, ...m.emptied() }), ({ ...view, ...m.emptied() }).sort, m.lastDay("2028-02"), m.toggled(["a"], "a")];"""
    assert run(node, "query.js", body) == [3, False, "name", "2028-02-29", []]


@pytest.mark.parametrize(
    ("now", "seen", "part", "then"),
    [("tag=a&sort=name", "", "{ sort: '-taken_at' }", "sort=-taken_at&tag=a"),
     ("favourite=true&tag=a", "tag=a", "{ tag: ['a', 'b'] }", "favourite=true&tag=a&tag=b"),
     ("tag=a&tag=b", "tag=a", "{ tag: [] }", "tag=b"),
     ("tag=a", "", "{ tag: ['b'] }", "tag=a&tag=b"),
     ("q=sea", "", "{ q: '', where: '' }", ""),
     ("tag=a&q=sea&sort=name", "tag=a&q=sea", "m.emptied()", "sort=name")],
)  # fmt: skip
def test_a_change_keeps_what_was_chosen_a_moment_ago_and_is_not_drawn_yet(node, now, seen, part, then):
    body = (
        f"const [now, seen] = [{now!r}, {seen!r}].map((text) => m.readView(new URLSearchParams(text)));"
        f" return m.writeView(m.changedView(now, seen, {part}));"
    )
    assert run(node, "query.js", body) == then


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


CHOOSE = "const s = new m.Selection();"


def test_pictures_are_chosen_by_name(node):
    body = (
        CHOOSE
        + "s.toggle('a'); s.set(['b', 'c']); s.toggle('b'); return [s.has('a'), s.has('b'), s.count(99), s.describe()];"
    )
    assert run(node, "selection.js", body) == [True, False, 2, {"ids": ["a", "c"]}]


def test_a_whole_view_is_chosen_but_for_some(node):
    body = CHOOSE + (
        "s.everything('tag=a%2Fb&tag=c&q=two+words&quality_min=0.5'); s.toggle('x'); s.toggle('y'); s.toggle('x');"
        "return [s.has('x'), s.has('y'), s.has(undefined), s.count(10), s.describe()];"
    )
    assert run(node, "selection.js", body) == [
        True, False, True, 9,
        {"query": {"tag": ["a/b", "c"], "q": "two words", "quality_min": "0.5"}, "except": ["y"]},
    ]  # fmt: skip


def test_what_is_gone_is_no_longer_chosen_and_who_watches_is_told(node):
    body = CHOOSE + (
        "let told = 0; s.subscribe(() => { told += 1; }); s.only(['a', 'b']); s.forget(['z']); s.forget(['a']);"
        "s.clear(); s.clear(); return [told, s.count(5)];"
    )
    assert run(node, "selection.js", body) == [3, 0]


def test_a_rectangle_covers_whole_rows_or_runs_of_each(node):
    # Five columns of 200 with gaps of 8; rows of 150 + 8.
    grid = "const l = {columns: 5, cell: 200, height: 150, row: 158, rows: 4, gap: 8, top: 6};"
    body = grid + (
        "const r = (left, right, top, bottom) => m.covered(l, {left, right, top, bottom}, 18);"
        "return [r(0, 1100, 0, 200), r(210, 420, 10, 170), r(202, 206, 0, 600), r(-50, -10, 0, 600), r(500, 999, 480, 490)];"
    )
    assert run(node, "selection.js", body) == [[[0, 9]], [[1, 2], [6, 7]], [], [], [[17, 17]]]


def test_the_scale_names_years_or_within_one_its_months(node):
    body = (
        "const marks = (values) => values.map((value, at) => ({ position: at * 100, value }));"
        "const years = marks(['2026-05-01T00:00:00Z', '2026-01-02T00:00:00Z', '2024-05-01T00:00:00Z', '2021-01-02T00:00:00Z', null]);"
        "const months = marks(['2026-05-01T00:00:00Z', '2026-04-02T00:00:00Z', '2026-04-01T00:00:00Z', '2026-01-02T00:00:00Z']);"
        "return [m.spots(years, 'taken_at', 500), m.spots(months, 'taken_at', 400).map((one) => one.words),"
        " m.spots(marks(['apple', 'axe', 'bear']), 'name', 300).map((one) => one.words), m.spots(marks([1, 2]), 'bytes', 200),"
        " m.valueAt(years, 0), m.valueAt(years, 299), m.valueAt(years, 9999), m.valueAt([], 3)];"
    )
    assert run(node, "scale.js", body) == [
        [{"words": "2026", "share": 0}, {"words": "2024", "share": 0.4}, {"words": "2021", "share": 0.6}],
        ["May 26", "Apr 26", "Jan 26"],
        ["A", "B"],
        [],
        "2026-05-01T00:00:00Z",
        "2024-05-01T00:00:00Z",
        None,
        None,
    ]


def test_plain_words_are_told_from_the_query_language(node):
    texts = ["sea sand", "rating>=4", "tag:ocean", "-tag", "sea -sand", "well-known", '"two words"', "(sea)", ""]
    body = f"return {texts!r}.map(m.isExpression);"
    assert run(node, "query.js", body) == [False, True, True, True, True, False, True, True, False]


def test_what_is_chosen_takes_the_place_of_what_was_written(node):
    body = (
        "return [m.completed('ta', { begin: 0, end: 2, field: null }, { text: 'tag:' }),"
        " m.completed('tag:oc rating>3', { begin: 4, end: 6, field: 'tag' }, { text: 'ocean' }),"
        " m.completed('tag:', { begin: 4, end: 4, field: 'tag' }, { text: 'ocean' })];"
    )
    assert run(node, "query.js", body) == [["tag:", 4], ["tag:ocean rating>3", 9], ["tag:ocean ", 10]]


def test_levels_of_tags_stand_below_one_another(node):
    body = (
        "const values = ['ocean', 'places/oslo', 'places', 'a/b', 'places/oslo/port'].map((value) => ({ value, count: 1 }));"
        "return m.inTree(values).map((one) => [one.depth, one.name]);"
    )
    assert run(node, "query.js", body) == [[0, "ocean"], [0, "places"], [1, "oslo"], [2, "port"], [0, "a/b"]]


def test_rows_keep_shapes_and_their_number_and_a_rectangle_finds_them(node):
    body = (
        "const l = m.layoutOf({ width: 1000, total: 11, size: 200, gap: 10, ratio: 0.75, mode: 'rows' });"
        "const wide = { width: 300, height: 100 }, tall = { width: 100, height: 300 };"
        "const edges = m.edgesOf(l, 1000, [wide, tall, wide, undefined]);"
        "const list = m.layoutOf({ width: 1000, total: 11, size: 200, gap: 10, ratio: 0.75, mode: 'list' });"
        "return [l.columns, l.rows, edges.map((one) => one.map(Math.round)), list.columns, list.rows, list.gap];"
    )
    columns, rows, edges, *lines = run(node, "layout.js", body)
    assert (columns, rows, lines) == (4, 3, [1, 11, 0])
    assert (edges[0][0], edges[-1][1]) == (0, 1000)
    assert [after[0] - before[1] for before, after in itertools.pairwise(edges)] == [10] * 3
    # A panorama takes four times what a tall picture takes, and not nine times.
    assert (edges[0][1] - edges[0][0]) == pytest.approx(4 * (edges[1][1] - edges[1][0]), abs=4)

    body = (
        "const l = { columns: 3, cell: 300, height: 100, row: 110, rows: 4, gap: 10, top: 0 };"
        "const edges = () => [[0, 500], [510, 600], [610, 900]];"
        "return m.covered(l, { left: 505, right: 605, top: 50, bottom: 150 }, 12, edges);"
    )
    assert run(node, "selection.js", body) == [[1, 1], [4, 4]]


def test_tiles_in_sight_are_those_of_the_size_that_is_shown(node):
    body = (
        "const grid = { width: 1300, height: 700, tile: 512, levels: 3 };"
        "const whole = { left: -0.2, right: 1.2, top: 0, bottom: 1 };"
        "const corner = { left: 0.9, right: 1.1, top: 0.9, bottom: 1.1 };"
        "return [[200, 326, 700, 9999].map((pixels) => m.levelFor(grid, pixels)), m.tilesInSight(grid, 2, whole).length,"
        " m.tilesInSight(grid, 2, corner).map((one) => [one.column, one.row, Math.round(one.left * 1300), Math.round(one.width * 1300)]),"
        " m.tilesInSight(grid, 0, whole).map((one) => [one.left, one.top, one.width, one.height]),"
        " m.tilesInSight(grid, 2, { left: 1.1, right: 1.3, top: 0, bottom: 1 }).length];"
    )
    assert run(node, "tiles.js", body) == [[0, 1, 2, 2], 6, [[2, 1, 1024, 276]], [[0, 0, 1, 1]], 0]


def test_a_large_upload_is_waited_for_until_it_is_put_together(node):
    """Completed, looked at until the operation is over, and completed again; why it failed is told."""
    calls = """
        const asked = [];
        const answers = (ends) => {
          const states = ["running", ends];
          globalThis.fetch = async (address, options) => {
            const path = String(address).split("/api/v1")[1];
            asked.push(`${(options && options.method) || "GET"} ${path}`);
            const state = states[0];
            const body = path.startsWith("/operations/")
              ? { id: "o-1", state: states.shift(), seconds_left: 0, error: { code: "upload_damaged", cause: "Other bytes.", remedy: "Again." } }
              : { batch: states.length ? null : { id: "b-1" }, operation: states.length ? { id: "o-1" } : null };
            return new Response(JSON.stringify(body), { status: state ? 202 : 200, headers: { "Content-Type": "application/json" } });
          };
        };
    """
    done = run_async(
        node,
        "parts.js",
        calls
        + """
        answers("done");
        const found = await m.completed("u-1", new AbortController().signal, () => {});
        return [found.batch.id, asked];
    """,
    )
    complete, look = "POST /uploads/u-1/complete", "GET /operations/o-1"
    assert done == ["b-1", [complete, look, look, complete]]
    failed = run_async(
        node,
        "parts.js",
        calls
        + """
        answers("failed");
        return m.completed("u-1", new AbortController().signal, () => {}).catch((error) => [error.code, asked.length]);
    """,
    )
    assert failed == ["upload_damaged", 3]


def test_whatever_is_written_into_the_audit_log_has_words():
    """Changes are noted as `noun.verb`; refusals under the permission that was lacking, which has words of its own."""
    noted = set()
    for path in (ROOT / "darkroom").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and call.func.attr in ("note", "_note")
            ):
                noted |= {one.value for one in call.args[1:2] if isinstance(one, ast.Constant)}
    noted = {one for one in noted if "." in one}
    assert {"trash.emptied", "backup.begun", "session.begun", "storage.moved"} <= noted
    shown = (ROOT / "frontend/assets/ui/audit.jsx").read_text()
    assert {one for one in noted if f'"{one}":' not in shown} == set()


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ('camera:"Nikon Z 7"  rating>=4', ['camera:"Nikon Z 7"', "rating>=4"]),
        ('title:"a \\" b" (iso>1 or format:raw)', ['title:"a \\" b"', "(iso>1 or format:raw)"]),
        ("a or b", ["a or b"]),
        ("rating >= 4 tag:x", ["rating >= 4 tag:x"]),
        ("gps:near(59.9,10.7, 5km) sea", ["gps:near(59.9,10.7, 5km)", "sea"]),
        (r'-camera:/^Nikon (Z|"D") \/ / rating>=4', [r'-camera:/^Nikon (Z|"D") \/ /', "rating>=4"]),
        ("camera:/nikon (z", ["camera:/nikon (z"]),
    ],
)
def test_an_expression_is_taken_apart_where_that_changes_nothing(node, text, parts):
    assert run(node, "rules/language.js", f"return m.partsOf({json.dumps(text)});") == parts


def test_conditions_are_added_and_taken_away(node):
    body = """return [m.withPart("a or b", "c:d"), m.withPart("a", "c"), m.withPart(" ", "c"), m.withoutPart("a b c", 1),
      m.conditionOf({ name: "camera", kind: "text" }, ":", ['Nikon "Z" 7']), m.conditionOf({ name: "iso", kind: "number" }, ">", [" "]),
      m.conditionOf({ name: "gps", kind: "place" }, ":", ["59.9", "10.7", "5"]),
      m.operatorsOf({ name: "camera", kind: "text", operators: [":", "=", "!="], patterns: true }).map(([one]) => one),
      m.conditionOf({ name: "camera", kind: "text" }, m.PATTERN, ["^nikon z/d\\/?$"]), m.quoted("/a")];"""
    assert run(node, "rules/language.js", body) == [
        "(a or b) c:d", "a c", "c", "a c", 'camera:"Nikon \\"Z\\" 7"', "", "gps:near(59.9,10.7,5km)", [":", "=", "!=", "/"],
        r"camera:/^nikon z\/d\/?$/", '"/a"',
    ]  # fmt: skip


def test_what_a_rule_does_and_its_document_are_the_same(node):
    body = """const rule = { edit: { add_tags: ["a"], remove_tags: [], set_tags: null, rating: 0, favourite: false, title: "", label: null }, preset: "web" };
      const actions = m.actionsOf(rule);
      return [actions.map((one) => one.kind), m.documentOf(actions.filter((one) => one.kind !== "title")), m.doesSomething([{ kind: "add_tags", value: [] }]),
        m.kindsLeft(actions).includes("set_tags")];"""
    assert run(node, "rules/actions.js", body) == [
        ["add_tags", "rating", "favourite", "title", "preset"],
        {"edit": {"add_tags": ["a"], "rating": 0, "favourite": False}, "preset": "web"},
        False,
        False,
    ]


SPREAD = """const spread = { count: 4, fields: {
  title: { distinct: 2, values: [{ value: "a", count: 3 }, { value: null, count: 1 }] }, creator: { distinct: 1, values: [{ value: "Ada", count: 4 }] },
  rating: { distinct: 1, values: [{ value: 0, count: 4 }] }, label: { distinct: 1, values: [{ value: null, count: 4 }] },
  tags: { distinct: 2, values: [{ value: "sea", count: 4 }, { value: "sky", count: 1 }] } } };"""


def test_only_what_differs_becomes_an_edit(node):
    body = SPREAD + """return [m.sharedOf(spread, "title"), m.sharedOf(spread, "creator").value,
      m.editOf({ ...m.EMPTY, title: "", creator: "Ada", rating: 0, label: "none", caption: undefined, add_tags: ["x"] }, spread), m.editOf(m.EMPTY, spread)];"""  # fmt: skip
    assert run(node, "metadata/draft.js", body) == [
        {"value": None, "mixed": True, "distinct": 2}, "Ada", {"title": "", "add_tags": ["x"]}, {},
    ]  # fmt: skip


def test_times_to_move_by_and_places_are_read_as_people_write_them(node):
    body = """return [["+1h", "-1h 30m", "90", "-2d", "0", "1x", "", "h"].map(m.secondsOf),
      ["59.913, 10.739", "-33.9;18.4", "91, 0", "Oslo", "1"].map(m.placeOf)];"""
    assert run(node, "metadata/draft.js", body) == [
        [3600, -5400, 90, -172_800, None, None, None, None],
        [{"latitude": 59.913, "longitude": 10.739}, {"latitude": -33.9, "longitude": 18.4}, None, None, None],
    ]


def test_tags_of_some_and_of_all_and_what_becomes_of_them(node):
    body = SPREAD + """return [m.marksOf(spread, "tags", ["new"], ["sea"]).map((one) => [one.name, one.count, one.all, one.added, one.removed]),
      m.differenceOf("tags", ["a", "b"], ["b", "c"]), m.differenceOf("rating", 0, 3), m.differenceOf("title", "x", null)];"""  # fmt: skip
    assert run(node, "metadata/draft.js", body) == [
        [["sea", 4, True, False, True], ["sky", 1, False, False, False], ["new", 0, False, True, False]],
        {"gone": ["a"], "fresh": ["c"]},
        {"gone": [], "fresh": ["★★★"]},
        {"gone": ["x"], "fresh": []},
    ]


GROUPED = "const l = m.layoutOf({ width: 1080, total: 24, size: 200, gap: 8, ratio: 0.75, top: 6, bottom: 24, counts: [3, 11, 1, 9] });"


def test_groups_begin_in_rows_of_their_own_below_their_heading(node):
    body = GROUPED + """const rows = Array.from({ length: l.rows }, (_, row) => m.positionsOf(l, row));
      const begins = rows.flatMap((_, row) => (m.beginsGroup(l, row) ? [row] : []));
      const back = rows.every(([from, to], row) => m.rowOf(l, from) === row && m.rowOf(l, to) === row && m.rowAt(l, m.rowTop(l, row) + 1) === row);
      const apart = rows.slice(1).map((_, row) => m.rowTop(l, row + 1) - m.rowTop(l, row) - l.row);
      return [rows, begins, back, apart, m.rowTop(l, 0), l.full - m.rowTop(l, l.rows - 1) - l.height, m.rowsInSight(l, 300, 0, 0), m.rowAt(l, 1e6)];"""  # fmt: skip
    assert run(node, "layout.js", body) == [
        [[0, 2], [3, 7], [8, 12], [13, 13], [14, 14], [15, 19], [20, 23]],
        [0, 1, 4, 5], True, [52, 0, 0, 52, 52, 0], 58, 24, [0, 2], 6,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "position", "goal"),
    [("ArrowDown", 1, 4), ("ArrowDown", 12, 13), ("ArrowUp", 4, 1), ("ArrowUp", 7, 2), ("ArrowRight", 2, 3),
     ("ArrowDown", 21, 21), ("PageDown", 0, 8), ("End", 3, 23)],
)  # fmt: skip
def test_keys_move_through_groups(node, key, position, goal):
    assert run(node, "layout.js", GROUPED + f"return m.moved({json.dumps(key)}, {position}, l, 2);") == goal


def test_a_rectangle_chooses_across_groups(node):
    body = (
        "const { layoutOf } = await import(LAYOUT);".replace(
            "LAYOUT", json.dumps(str(ROOT / "frontend/assets/ui/layout.js"))
        )
        + GROUPED.replace("m.layoutOf", "layoutOf")
        + "return [m.covered(l, { left: 0, right: 300, top: 100, bottom: 320 }, 24), m.covered(l, { left: 700, right: 2000, top: 60, bottom: 70 }, 24)];"
    )
    assert run_async(node, "selection.js", body) == [[[0, 1], [3, 4]], []]


def test_a_group_is_a_view_of_its_own(node):
    body = """return [m.queryOf("tag=a&sort=name", "day", "2026-03-01"), m.queryOf("where=a+or+b", "tag", "b c"), m.queryOf("", "tag", null),
      m.queryOf("taken_from=2026-01-01", "day", null), m.queryOf("q=x", "stack", "abc"), m.wholeOf("q=x", "stack"), m.wholeOf("q=x", "day")]
      .map((text) => Object.fromEntries(new URLSearchParams(text)));"""
    assert run(node, "groups.js", body) == [
        {"tag": "a", "sort": "name", "taken_from": "2026-03-01", "taken_to": "2026-03-01"},
        {"where": '(a or b) tag="b c"'},
        {"where": "-has:tag"},
        {"taken_from": "2026-01-01", "where": "-has:taken"},
        {"q": "x", "duplicates": "abc", "sort": "-quality"},
        {"q": "x", "where": "has:duplicates"},
        {"q": "x"},
    ]


PAGES = """
const pageOf = (found, name, size) => {
  const from = 200 * Number(found.get("cursor") || 0) + Number(found.get("skip") || 0);
  const ids = Array.from({ length: Math.max(0, Math.min(Number(found.get("limit")), size - from)) }, (_, at) => `${name}${from + at}`);
  return { items: ids.map((id) => ({ id })), thumbnails: found.has("thumbnails") ? Object.fromEntries(ids.map((id) => [id, `data:${id}`])) : {} };
};
"""
"""A server's pages of a view of so many pictures, with anchors after each two hundred."""

GROUP_SERVER = (
    PAGES
    + """
globalThis.asked = [];
globalThis.fetch = async (path) => {
  globalThis.asked.push(path);
  const found = new URLSearchParams(path.split("?")[1]);
  const name = found.get("batch");
  const size = { a: 3, b: 450, c: 2 }[name];
  const body = path.includes("/groups") ? { total: 455, more: 0, seq: 7, groups: ["a", "b", "c"].map((value) => ({ value, count: { a: 3, b: 450, c: 2 }[value], at: "2026-01-01T00:00:00Z" })) }
    : path.includes("/index") ? { total: size, anchors: [null, "1", "2"], marks: [], seq: 7, every: 200 }
    : pageOf(found, name || "", size ?? 1000);
  return { ok: true, text: async () => JSON.stringify(body) };
};
const calm = () => new Promise((resume) => setTimeout(resume, 20));
const source = new m.GroupedSource("", "batch");
await source.open();
"""
)


def test_only_groups_in_sight_are_asked_for_and_any_position_is_found(node):
    body = GROUP_SERVER + """
      source.want(0, 10); await calm();
      const first = [source.at(0)?.id, source.at(3)?.id, source.at(454)?.id, source.total];
      source.want(430, 454); await calm(); await calm();
      return [first, source.at(430)?.id, source.at(453)?.id, source.find("b427"), await source.ids(1, 4), source.items((id) => id === "c1").length,
        globalThis.asked.filter((path) => path.includes("batch=c")).length];"""  # fmt: skip
    assert run_async(node, "groups.js", body) == [
        ["a0", "b0", None, 455], "b427", "c0", 430, ["a1", "a2", "b0", "b1"], 1, 1,
    ]  # fmt: skip


VIEW_SERVER = (
    PAGES
    + """
globalThis.asked = [];
globalThis.fetch = async (path) => {
  const found = new URLSearchParams(path.split("?")[1]);
  const page = !path.includes("/index");
  if (page) globalThis.asked.push([Number(found.get("cursor") || 0) * 200 + Number(found.get("skip") || 0), Number(found.get("limit")), found.has("thumbnails")]);
  const body = page ? pageOf(found, "p", 1000) : { total: 1000, anchors: [null, "1", "2", "3", "4"], marks: [], seq: 7, every: 200 };
  return { ok: true, text: async () => JSON.stringify(body) };
};
const calm = () => new Promise((resume) => setTimeout(resume, 20));
const source = new m.ImageSource("");
await source.open();
await calm();
"""
)


def test_a_jump_reads_what_is_in_sight_with_its_pictures_and_a_way_what_comes_next(node):
    """Nothing beside what is in sight after a jump; while one goes on, one page ahead in that direction."""
    body = (
        VIEW_SERVER
        + f"const small = (await import({json.dumps(str(UI / 'small.js'))})).smallOf;"
        + """
      const jump = async (from, to) => { globalThis.asked = []; source.want(from, to); await calm(); return globalThis.asked; };
      return [await jump(410, 440), await jump(430, 460), await jump(405, 435), await jump(970, 999), source.at(433).id, small("p433"),
        source.at(300)?.id ?? null, source.find("p975")];"""
    )
    assert run_async(node, "source.js", body) == [
        [[400, 50, True]],
        [[450, 50, True], [500, 50, True]],
        [[350, 50, True]],
        [[950, 50, True]],
        "p433", "data:p433", None, 975,
    ]  # fmt: skip


def test_what_is_read_once_more_has_its_pictures_already(node):
    body = (
        VIEW_SERVER
        + """
      source.want(200, 220); await calm();
      globalThis.asked = [];
      await source.reload(); await calm();
      const [again, old] = [globalThis.asked, source.at(3).id];
      globalThis.asked = [];
      const ids = await source.ids(195, 404);
      return [again, old, ids.length, ids[0], ids.at(-1), globalThis.asked.map(([from, limit]) => [from, limit])];"""
    )
    assert run_async(node, "source.js", body) == [
        [[200, 50, False]], "p3", 210, "p195", "p404", [[0, 200], [200, 200], [400, 200]],
    ]  # fmt: skip


def test_columns_of_a_list_are_chosen_moved_and_made_wider(node):
    body = """const keys = (found) => found.map((one) => (one.width ? `${one.key}:${one.width}` : one.key)).join(" ");
      return [keys(m.chosenOf("")), m.toggled("", "tags"), m.toggled("name,taken", "format"), m.toggled("name", "name"), m.shifted("name,taken,file", "file", -1),
        m.putBefore("name,taken,file,tags", "tags", "taken"), m.widened("name,taken", "taken", 5), m.widened("name,taken.90", "taken", null),
        keys(m.columnsIn("tags,odd,tags,constructor,taken.9000")), m.columnsIn("odd"),
        keys(m.fitted("", 900)), keys(m.fitted("", 500)), keys(m.fitted("name,tags,camera,file", 480)), m.templateOf(m.chosenOf("name,taken.90,file"))];"""
    assert run(node, "columns.js", body) == [
        "name rating taken camera size file quality tags", "name,rating,taken,camera,size,file,quality", "name,taken,format", "name",
        "name,file,taken", "name,tags,taken,file", "name,taken.48", "name,taken", "name tags taken:600", None,
        "name rating taken camera size file quality", "name taken file", "name tags camera", "26px 56px minmax(150px, 2.4fr) 90px 84px",
    ]  # fmt: skip


def test_names_are_found_by_the_beginnings_of_their_words_first(node):
    names = ["Contrail", "Training", "Trash", "A tray", "places/trail"]
    body = f"return [m.matching({json.dumps(names)}, 'tra', (one) => one), m.matching({json.dumps(names)}, 'places tra', (one) => one), m.matching(['x'], 'y', (one) => one)];"
    assert run(node, "matching.js", body) == [
        ["Training", "Trash", "A tray", "places/trail", "Contrail"],
        ["places/trail"],
        [],
    ]


def test_keys_of_the_page_are_handled_in_one_place():
    """What listens elsewhere is not in the help; a dragged rectangle and the trap of the focus are no keys of a page."""
    ui = ROOT / "frontend" / "assets" / "ui"
    listening = {
        path.relative_to(ui).as_posix()
        for path in ui.rglob("*.js*")
        if 'addEventListener("keydown"' in path.read_text(encoding="utf-8")
    }
    assert listening == {"hotkeys.js", "marquee.js", "ui.jsx"}


def test_whatever_can_be_taken_back_is_offered_as_long():
    """A notice goes after four seconds unless it is told otherwise: too soon for whoever has to read it first."""
    offering = {path.name for path in UI.rglob("*.js*") if 'label: "Undo", onClick' in path.read_text(encoding="utf-8")}
    assert offering == {"offers.js"}


def test_colours_are_conditions_of_the_expression(node):
    body = """return [m.toggleColour("", "blue"), m.toggleColour("rating>=4 colour:blue", "blue"), m.toggleColour("a or b", "red"), m.hasColour("x colour:red", "red"),
      m.COLOURS.map(([name]) => name)];"""
    from darkroom.domain.colours import COLOUR_NAMES

    assert run(node, "colours.js", body) == ["colour:blue", "rating>=4", "(a or b) colour:red", True, [*COLOUR_NAMES]]


def test_what_is_measured_is_a_condition_of_the_expression(node):
    body = """return [m.withRange("rating>=4", "size", 1500000, 7e9), m.withRange("size>=1mb rating>=4 size<=2mb", "size", 0.02, null),
      m.withRange("a or b", "megapixels", null, 12), m.withRange("size:1mb..2mb", "size", null, null),
      m.rangeIn("size>=1.5mb size<=7000000", "size"), m.rangeIn("-size>=1mb", "size"), m.rangeIn("brightness:..0.5 x", "brightness"),
      m.placesOf([1, 2, 3, 5], [2, null]), m.placesOf([1, 2, 3, 5], [0, 4]), m.placesOf([1, 2], [7, 9]),
      m.inWords("size", [1500000, null]), m.inWords("brightness", [0.2, 0.55])];"""
    assert run(node, "measured.js", body) == [
        "rating>=4 size:1.5mb..7gb", "rating>=4 size>=0.02", "(a or b) megapixels<=12", "", [1_500_000, 7_000_000], None, [None, 0.5],
        [1, 3], [0, 3], [1, 1], "1.5 MB or more", "20 % \u2013 55 %",
    ]  # fmt: skip


def test_what_a_slider_writes_is_read_by_the_query_language(node):
    from darkroom.domain.language import read, write

    body = """return Object.keys(m.MEASURED).flatMap((field) => [[0.15, 1000], [0.05, 0.95]].map(([low, high]) => m.withRange("", field, low, high)))
      .concat(m.withLenses("x", ['50mm "pro"', "zoom"]));"""
    *ranges, lenses = run(node, "measured.js", body.replace("1000]", "0.5]"))
    assert [write(read(one)) for one in ranges] == ranges
    assert write(read(lenses)) == lenses
    back = run(node, "measured.js", f"return m.lensesIn({json.dumps(lenses)});")
    assert back == ['50mm "pro"', "zoom"]


def test_filters_of_an_expression_are_chips_and_the_rest_is_one(node):
    body = """const found = m.chipsOf('tag:x size>=1mb lens="A 50","B"');
      return [found.chips.map((one) => [one.words, one.where]), found.rest, found.only];"""
    assert run(node, "measured.js", body) == [
        [
            ["File size 1 MB or more", 'tag:x lens="A 50","B"'],
            ["A 50", "tag:x size>=1mb lens=B"],
            ["B", 'tag:x size>=1mb lens="A 50"'],
        ],
        "tag:x",
        'size>=1mb lens="A 50",B',
    ]


def test_comparisons_are_chips_of_their_own(node):
    body = """const found = m.chipsOf('like:"red shoe" tag:x similar:ab size>=1mb');
      return [found.chips.map((one) => [one.words, one.where]), found.rest, found.only];"""
    assert run(node, "measured.js", body) == [
        [
            ["File size 1 MB or more", 'like:"red shoe" tag:x similar:ab'],
            ["Like “red shoe”", "tag:x similar:ab size>=1mb"],
            ["Like one picture", 'like:"red shoe" tag:x size>=1mb'],
        ],
        "tag:x",
        'size>=1mb like:"red shoe" similar:ab',
    ]


def test_a_colour_is_the_mean_around_a_place_and_one_condition(node):
    body = """const data = new Uint8ClampedArray(10 * 4 * 4).fill(255); for (let at = 0; at < 40; at += 1) if (at % 10 >= 5) data.set([40, 110, 200, 255], at * 4);
      const pixels = { data, width: 10, height: 4 };
      return [m.colourAt(pixels, 0, 0), m.colourAt(pixels, 1, 1), m.withOwnColour("colour:blue colour:#fff", "#286ec8"), m.ownColour("x colour:#286ec8"),
        m.withOwnColour("colour:#286ec8", null)];"""
    assert run(node, "colours.js", body) == ["#ffffff", "#286ec8", "colour:blue colour:#286ec8", "#286ec8", ""]


def test_the_way_to_develop_names_few_pictures_and_keeps_many(node):
    body = """
      const held = {};
      const storage = { setItem: (key, value) => { held[key] = value; }, getItem: (key) => held[key] ?? null };
      const idOf = (place) => place.toString(16).padStart(64, "0");
      const source = { total: 9, at: (place) => ({ id: idOf(place) }) };
      const found = [];
      const go = (selection) => {
        const address = m.developed(selection, source);
        m.keepChosen(selection, storage);
        const [path, hash] = address.split("#");
        found.push([path, hash?.length ?? 0, m.readChosen(new URLSearchParams(path.split("?")[1]), hash && `#${hash}`, storage), Object.keys(held).length]);
        delete held[Object.keys(held)[0]];
      };
      const chosen = (places, all) => {
        const ids = places.map(idOf);
        return { all, query: all ? "tag=sea" : null, ids: new Set(ids), has: (id) => all !== ids.includes(id), describe: () => (all ? { query: { tag: ["sea"] }, except: ids } : { ids }) };
      };
      const upTo = (end) => Array.from({ length: end }, (_, at) => at);
      go(chosen([1, 2], false));
      go(chosen(upTo(30), false));
      go(chosen([], true));
      go(chosen([0], true));
      go(chosen(upTo(3001), false));
      found.push(m.readChosen(new URLSearchParams("scope=chosen"), "#chosen=%%", storage));
      return found;"""  # fmt: skip
    ids = [f"{place:064x}" for place in range(3001)]
    assert run(node, "batch/developed.js", body) == [
        [f"/develop?ids={ids[1]},{ids[2]}", 0, None, 0],
        [f"/develop?image={ids[0]}&scope=chosen", len("chosen=") + 30 * 32 * 4 // 3, {"ids": ids[:30]}, 0],
        [f"/develop?image={ids[0]}&view=tag%3Dsea&scope=view", 0, None, 0],
        [f"/develop?image={ids[1]}&view=tag%3Dsea&scope=chosen", len("but=") + 43, {"query": {"tag": ["sea"]}, "except": [ids[0]]}, 0],
        [f"/develop?image={ids[0]}&scope=chosen", 0, {"ids": ids}, 1],
        None,
    ]  # fmt: skip


def test_what_is_not_done_yet_is_said_to_be_done(node):
    words = ["tagged oslo", "no longer tagged oslo", "without a rating"]
    body = f"return {json.dumps(words)}.map(m.willBe);"
    assert run(node, "batch/words.js", body) == [
        "will be tagged oslo", "will no longer be tagged oslo", "will be without a rating",
    ]  # fmt: skip


def test_long_work_is_listed_once_with_what_came_of_it(node):
    body = """
      const one = (id, rest) => ({ id, kind: "export", state: "done", created_at: `2026-01-0${id}T00:00:00Z`, total: 9, done: 9, changed: 8, failed: 1, result: {}, links: {}, rate: null, seconds_left: null, ...rest });
      const found = m.together([one(1, { result: { bytes: 2_000_000 }, links: { file: "/x" } }), one(3, { kind: "ingest" })], [one(2, { state: "running", done: 4, rate: 2, seconds_left: 90 }), one(1), one(4, { state: "queued", total: 0, done: 0, failed: 0 })]);
      return [found.map((work) => work.id), ...found.map(m.factsOf), m.factsOf(one(5, { kind: "edit", undone_by: "o-1" }))];"""
    assert run(node, "works.js", body) == [
        [4, 2, 1], ["waits for its turn"], ["4 of 9", "1 failed", "2 / s", "1 min 30 s left"], ["8 of 9", "1 failed", "the file is gone"],
        ["8 of 9", "1 failed", "taken back"],
    ]  # fmt: skip


def test_pictures_that_were_turned_are_shown_so_wherever_they_are_small(node):
    body = (
        f"const {{ EMPTY }} = await import({json.dumps(str(UI / 'develop/document.js'))}); const {{ turned }} = await import({json.dumps(str(UI / 'turning.js'))});"
        + """
      globalThis.localStorage = {};
      const item = { id: "a", width: 300, height: 200 };
      const before = m.turns.shown(item) === item;
      m.turns.note("a", turned(EMPTY, 90));
      const shown = m.turns.shown(item);
      const again = m.turns.shown(item) === shown;
      const version = m.turns.version;
      m.turns.note("a", turned(EMPTY, 90));
      const calm = m.turns.version === version;
      m.turns.note("a", EMPTY);
      return [before, shown.turn, shown.width, shown.height, again, calm, m.turns.shown(item) === item, m.turnClass(90), m.turnClass(180), m.turnClass(undefined)];"""
    )
    assert run_async(node, "turns.js", body) == [True, 90, 200, 300, True, True, True, " dr-turned", "", ""]


def test_a_quarter_turn_is_a_step_that_another_one_takes_back(node):
    body = (
        f"const {{ EMPTY }} = await import({json.dumps(str(UI / 'develop/document.js'))});"
        + """
      let doc = EMPTY;
      return [90, 90, 90, 90, -90].map((by) => {
        doc = m.turned(doc, by);
        return [m.turnOf(doc), doc.steps.map((step) => [step.name, step.params])];
      });"""
    )
    assert run_async(node, "turning.js", body) == [
        [90, [["rotate", {"angle": 90}]]], [180, [["rotate", {"angle": 180}]]], [270, [["rotate", {"angle": -90}]]],
        [0, []], [270, [["rotate", {"angle": -90}]]],
    ]  # fmt: skip


def test_what_is_in_sight_of_a_turned_picture(node):
    """A picture of 400 by 200 on a stage of 200 by 100, moved so that the stage shows a quarter of it."""
    body = """const zoom = { width: 200, height: 100, x: 100, y: 50 };
      return [0, 90, 180, 270].map((turn) => { const s = m.sight(zoom, [400, 200], turn); return [s.left, s.right, s.top, s.bottom]; });"""
    assert run(node, "turning.js", body) == [
        [0, 0.5, 0, 0.5], [0.25, 0.5, 0.5, 1.5], [0.5, 1, 0.5, 1], [0.5, 0.75, -0.5, 0.5],
    ]  # fmt: skip


def test_the_look_of_a_view_is_a_part_of_its_address(node):
    body = """
      const look = (text) => m.lookIn(new URLSearchParams(text));
      const put = (text, one) => m.withLook(new URLSearchParams(text), { ...m.USUAL, ...one }).toString();
      return [look("layout=rows&size=900&fit=1&tag=x"), look("layout=odd&size=x&fit=yes"), put("tag=x", {}), put("tag=x", { layout: "list", size: 240 }),
        put("tag=x&layout=rows&size=240", {}), put("", { fit: true }), look("layout=list&columns=name,odd,taken.120"),
        put("columns=name", { layout: "list", columns: "name,file" }), put("columns=name", {}),
        m.lookParams({ layout: "list", size: 200, fit: false, columns: ["name", "file.90"] })];"""
    assert run(node, "looks.js", body) == [
        {"layout": "rows", "size": 400, "fit": True}, {}, "tag=x", "tag=x&layout=list&size=240",
        "tag=x&layout=grid&size=200", "fit=1", {"layout": "list", "columns": "name,taken.120"},
        "columns=name%2Cfile&layout=list", "", "layout=list&size=200&fit=0&columns=name%2Cfile.90",
    ]  # fmt: skip


def test_a_tag_that_gets_the_name_of_another_one_joins_it(node):
    tree = [
        {"tag": "a", "count": 3, "children": [{"tag": "a/b", "count": 1, "children": []}]},
        {"tag": "c", "count": 2, "children": []},
    ]
    body = f"""const tags = m.flatTags({json.dumps(tree)});
      return [tags.map((one) => [one.tag, one.depth]), ...["c", "a", "a/b", "d"].map((name) => m.joined(tags, "a", name)?.tag ?? null)];"""
    assert run(node, "tags.js", body) == [[["a", 0], ["a/b", 1], ["c", 0]], "c", None, None, None]
