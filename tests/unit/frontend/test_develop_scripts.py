"""The scripts of the Develop page that need no browser, run by Node: its stack, its forms, its measures, its drafts."""

from __future__ import annotations

import json

import pytest

from darkroom.imaging.formats.develop import RawOptions
from darkroom.imaging.operations.registry import operations
from tests.node import run, run_async

DOC = "const { EMPTY } = m; let doc = m.added(m.added(m.added(EMPTY, 'crop'), 'exposure', { stops: 1 }), 'blur');"
NAMES = "const names = (one) => one.steps.map((step) => step.name);"


def test_steps_are_moved_copied_switched_and_deleted(node):
    body = DOC + NAMES + """
      return [names(m.moved(doc, 1, 2)), names(m.copied(doc, 2)), names(m.removed(doc, 2)), names(m.moved(doc, 3, -5)),
              m.recipeOf(m.switched(doc, 2)).operations, m.recipeOf(doc).operations[1]];"""  # fmt: skip
    assert run(node, "develop/document.js", body) == [
        ["exposure", "blur", "crop"],
        ["crop", "exposure", "exposure", "blur"],
        ["crop", "blur"],
        ["blur", "crop", "exposure"],
        ["crop", "blur"],
        {"exposure": {"stops": 1}},
    ]


def test_a_default_that_is_set_again_leaves_the_recipe(node):
    body = DOC + "return m.recipeOf(m.set(doc, 2, { stops: undefined })).operations[1];"
    assert run(node, "develop/document.js", body) == "exposure"


def test_undo_goes_back_and_a_new_change_cuts_off_the_way_forward(node):
    body = """
      const one = m.added(m.EMPTY, 'crop');
      let history = m.done(m.done(m.begun(), one, 'Added'), m.added(one, 'blur'), 'Added');
      const words = history.entries.length;
      history = m.jumped(history, history.at - 1);
      const back = m.present(history).steps.length;
      history = m.done(history, m.removed(one, 1), 'Deleted');
      return [words, back, history.entries.map((entry) => entry.words), history.at, m.jumped(history, 99).at, m.jumped(history, -1).at];"""
    assert run(node, "develop/document.js", body) == [3, 1, ["Original", "Added", "Deleted"], 2, 2, 0]


def test_dragging_a_slider_is_one_entry_of_the_history(node):
    body = DOC + """
      let history = m.begun(doc);
      for (let at = 0; at < 5; at += 1) history = m.done(history, m.set(doc, 2, { stops: at }), 'Stops', '2.stops', 1000 + at * 100);
      const dragged = history.entries.length;
      history = m.done(history, m.set(doc, 2, { stops: 9 }), 'Stops', '2.stops', 9000);
      return [dragged, history.entries.length, m.jumped(history, history.at - 1).at];"""  # fmt: skip
    assert run(node, "develop/document.js", body) == [2, 3, 1]


def test_snapshots_outlast_the_history_and_are_six_at_most(node):
    body = (
        DOC
        + """
      let history = m.snapped(m.begun(doc));
      history = m.renamed(m.snapped(m.done(history, m.removed(doc, 1), 'Deleted')), 1, 'First');
      const kept = history.snapshots.map((one) => [one.words, one.doc.steps.length]);
      history = m.snapped(m.unsnapped(m.jumped(history, 0), 1));
      const then = history.snapshots.map((one) => one.words);
      for (let at = 0; at < 9; at += 1) history = m.snapped(history);
      return [kept, then, history.snapshots.length, history.entries.length];"""
    )
    assert run(node, "develop/document.js", body) == [
        [["First", 3], ["Snapshot 2", 2]],
        ["Snapshot 2", "Snapshot 3"],
        6,
        2,
    ]


def test_a_recipe_of_the_server_becomes_steps_and_comes_back_whole(node):
    recipe = {"operations": ["crop", {"exposure": {"stops": 2}}], "output": {"format": "webp"}, "metadata": "none"}
    recipe |= {"gain_map": "keep", "package": "pages"}
    body = f"const doc = m.fromRecipe({json.dumps(recipe)}, 'web'); return [m.recipeOf(doc), m.recipeOf(doc, {{ bare: true }}), doc.base];"
    whole, bare, base = run(node, "develop/document.js", body)
    assert whole == {"name": "draft", **recipe}
    assert bare == {"name": "draft", "operations": recipe["operations"]}
    assert base == "web"


def test_a_number_of_the_server_finds_its_step_among_those_switched_on(node):
    body = DOC + "doc = m.switched(doc, 1); return [m.keyOf(doc, 1), m.keyOf(doc, 2), m.keyOf(doc, 7)];"
    assert run(node, "develop/document.js", body) == [2, 3, None]


def test_the_first_step_that_differs_is_the_first_that_is_computed(node):
    body = """
      const of = (...operations) => ({ operations });
      return [m.firstChange(of('a', 'b'), of('a', { b: { x: 1 } }, 'c')), m.firstChange(of('a'), of('a')), m.firstChange(null, of('a'))];"""
    assert run(node, "develop/document.js", body) == [1, 1, 0]


@pytest.fixture(scope="module")
def forms(node):
    """What the page makes of every operation's parameters."""
    given = {one.name: one.schema() for one in operations()}
    body = (
        f"return Object.fromEntries(Object.entries({json.dumps(given)}).map(([name, one]) => [name, m.fieldsOf(one)]));"
    )
    return run(node, "develop/schema.js", body)


def test_every_parameter_of_every_operation_has_a_field(forms):
    assert {name: [field["name"] for field in fields] for name, fields in forms.items()} == {
        one.name: list(one.params.model_fields) for one in operations()
    }


def test_fields_are_what_their_schema_says(forms):
    kinds = {(name, field["name"]): field["kind"] for name, fields in forms.items() for field in fields}
    assert kinds["exposure", "stops"] == "number"
    assert kinds["flip", "axis"] == "choice"
    assert kinds["resize", "enlarge"] == "switch"
    assert kinds["border", "colour"] == "colour"
    assert kinds["trim", "background"] == "colour"
    assert kinds["perspective", "top_left"] == "point"
    assert kinds["curves", "points"] == kinds["curves", "red"] == "curve"
    assert kinds["hsl", "aqua"] == "group"
    assert kinds["channel_mixer", "red"] == "triple"
    assert kinds["blend", "picture"] == "picture"
    assert kinds["collage", "pictures"] == "pictures"
    assert kinds["text", "text"] == "text"
    width = next(field for field in forms["resize"] if field["name"] == "width")
    assert (width["nullable"], width["unit"], width["slider"], width["whole"]) == (True, "px", False, True)
    # What has no control of its own is written as a list of values; that stays the exception.
    assert {one for one, kind in kinds.items() if kind == "json"} == {
        ("smart_crop", "regions"), ("smart_crop", "box"), ("trim", "box"), ("auto_levels", "ends"), ("hide_regions", "boxes"),
        ("merge_hdr", "exposures"), ("align_to", "matrix"), ("cut_out_learned", "classes"), ("convolve", "matrix"),
        ("lens_correct", "warp"), ("lens_correct", "light"),
    }  # fmt: skip


FIELD = "const field = { label: 'Radius', min: %s, max: %s, step: %s, initial: %s, whole: %s, unit: 'px', nullable: false };"


@pytest.mark.parametrize(
    ("typed", "words"),
    [("4", ""), ("4,5", ""), ("-1", "At least 0 px."), ("600", "At most 500 px."), ("abc", "abc is no number."),
     ("", "Radius needs a number.")],
)  # fmt: skip
def test_a_wrong_number_is_refused_in_words(node, typed, words):
    body = FIELD % (0, 500, 0.5, 5, "false") + f"return m.refusalOf(field, {json.dumps(typed)});"
    assert run(node, "develop/schema.js", body) == words


def test_a_slider_comes_back_to_where_it_was_and_stays_on_its_steps(node):
    body = FIELD % (0, 500, 0.5, 5, "false") + """
      const back = [0, 0.5, 5, 40, 500].map((value) => m.fromShare(field, m.toShare(field, value)));
      return [back, m.toShare(field, 5) > 0.1, m.tidy(field, 3.26), m.tidy(field, 9999)];"""  # fmt: skip
    assert run(node, "develop/schema.js", body) == [[0, 0.5, 5, 40, 500], True, 3.5, 500]


def test_a_search_finds_names_before_other_words_and_needs_every_word(node):
    given = [
        {key: one.describe()[key] for key in ("name", "title", "aliases", "category", "summary")}
        for one in operations()
    ]
    body = f"""
      const names = (words) => m.search({json.dumps(given)}, words).map((one) => one.name);
      return [names('sharp')[0], names('horizon').slice(0, 2), names('film grain')[0], names('unsharp mask')[0], names('qqq'), names('').length];"""
    found = run(node, "develop/schema.js", body)
    assert found[0] == "sharpen"
    assert "straighten" in found[1]
    assert found[2:5] == ["grain", "sharpen", []]
    assert found[5] == len(given)


def test_a_step_says_what_it_still_needs(node):
    body = f"""
      const fields = m.fieldsOf({json.dumps(operations().get("blend").schema())});
      return [m.missingOf(fields, {{}})?.name, m.missingOf(fields, {{ picture: 'ab' }}), m.summary(fields, {{ picture: 'abcdefghijkl', opacity: 0.5 }})];"""
    assert run(node, "develop/schema.js", body) == ["picture", None, "Picture abcdefgh, Opacity 0.5"]


RAW_FIELDS = f"const fields = m.rawFields({json.dumps(RawOptions.model_json_schema())});"


def test_a_raw_file_has_the_fields_that_its_white_balance_means(node):
    body = RAW_FIELDS + """
      const names = (params) => m.meantFields(fields, params).map((one) => one.name).filter((name) => ['temperature', 'tint', 'grey_at', 'multipliers'].includes(name));
      const kinds = Object.fromEntries(fields.map((one) => [one.name, one.kind]));
      return [names({}), names({ white_balance: 'kelvin' }), names({ white_balance: 'picked' }), [kinds.grey_at, kinds.multipliers, kinds.exposure], fields.at(-1).name,
              m.together(fields, {}, { white_balance: 'picked' }), m.together(fields, { temperature: 4000, exposure: 1 }, { white_balance: 'auto' }),
              m.rawWords(fields, { white_balance: 'kelvin', temperature: 4000 }), m.rawWords(fields, {}, 'a crop'),
              m.sidecarWords({ white_balance: 'kelvin', temperature: 5200, exposure: 0.5, crop: [0, 0, 1, 1] })];"""  # fmt: skip
    assert run(node, "develop/rawfile.js", body) == [
        [],
        ["temperature", "tint"],
        ["grey_at"],
        ["point", "named", "number"],
        "sidecar",
        {"white_balance": "picked", "grey_at": [0.5, 0.5]},
        {"white_balance": "auto"},  # what it leaves out is undefined: gone
        "White balance kelvin, Temperature 4000 K",
        "As its sidecar says",
        "white balance 5200 K, exposure +0.5 EV, a crop",
    ]


def test_how_a_raw_file_is_developed_is_part_of_its_recipe_and_of_every_preview(node):
    body = (
        DOC
        + """
      const made = m.developed(m.developed(doc, { exposure: 1, sidecar: 'ignore' }), { highlights: 'blend' });
      const [before, after] = [made, m.developed(made, { exposure: 2 })].map((one) => m.recipeOf(one, { bare: true }));
      const plain = m.developed(made, { exposure: undefined, sidecar: undefined, highlights: undefined });
      return [before.raw, m.recipeOf(plain).raw ?? null, m.framed(made).rest.raw, m.firstChange(before, after), m.firstChange(before, before)];"""
    )
    assert run(node, "develop/document.js", body) == [
        {"exposure": 1, "sidecar": "ignore", "highlights": "blend"},
        None,
        {"sidecar": "ignore"},
        0,
        3,
    ]


PIXELS = "const grey = (...values) => Uint8ClampedArray.from(values.flatMap((value) => [value, value, value, 255]));"


def test_what_is_cut_off_is_counted_and_marked(node):
    body = PIXELS + """
      const found = m.histogramOf(grey(0, 0, 128, 255));
      return [found.low, found.high, found.red[128], found.luma[0], [...m.clippingOf(grey(0, 128, 255))]];"""  # fmt: skip
    low, high, middle, dark, marks = run(node, "develop/measure.js", body)
    assert (low, high, middle, dark) == (0.5, 0.25, 1, 2)
    assert marks == [40, 110, 255, 255, 0, 0, 0, 0, 255, 40, 40, 255]


def test_likeness_is_one_for_the_same_and_falls_with_the_difference(node):
    body = PIXELS + """
      const ramp = Array.from({ length: 256 }, (_, at) => (at * 37) % 256);
      const [one, noisy, other] = [grey(...ramp), grey(...ramp.map((value, at) => value + (at % 2 ? 8 : -8))), grey(...ramp.map((value) => 255 - value))];
      const of = (second) => m.likenessIn(one, second, 16, 16).mean;
      return [of(one), of(noisy), of(other), m.differenceOf(one, one).mean, m.differenceOf(one, noisy).visible];"""  # fmt: skip
    same, noisy, other, mean, visible = run(node, "develop/measure.js", body)
    assert same == pytest.approx(1, abs=1e-6)
    assert 0.9 < noisy < 1
    assert other < 0
    assert mean == 0
    assert visible > 0.9


def test_the_map_of_likeness_is_bright_where_windows_are_unlike(node):
    body = (
        PIXELS
        + """
      const one = grey(...Array.from({ length: 512 }, (_, at) => (at * 37) % 256));
      const other = one.slice();
      // The lower half of 16 x 32 pixels is another picture.
      for (let at = 256 * 4; at < other.length; at += 1) if (at % 4 !== 3) other[at] = 255 - other[at];
      const found = m.likenessIn(one, other, 16, 32);
      const map = m.likenessMap(found);
      return [found.columns, found.rows, [...map.slice(0, 4)], [...map.slice(-4)], found.mean];"""
    )
    columns, rows, first, last, mean = run(node, "develop/measure.js", body)
    assert (columns, rows) == (3, 7)
    assert first == [8, 8, 20, 255]
    assert last == [255, 245, 190, 255]
    assert 0 < mean < 0.7


def test_the_quality_is_varied_where_a_preview_can_be_written_so(node):
    body = """
      const none = { byName: {}, fields: () => [] };
      const of = (output) => ({ ...doc, rest: output ? { output } : {} });
      const doc = { steps: [], rest: {}, next: 1, base: null };
      const [option] = m.varied(of({ format: 'webp' }), none);
      return [[option.words, option.value, m.spread(option.field, option.range, 3)],
              m.withValue(of({ format: 'webp' }), option, 40).rest, m.writing(of({ format: 'jpeg', quality: 50 })),
              [null, { format: 'avif' }, { format: 'webp', lossless: true }].map((one) => m.varied(of(one), none).length)];"""
    option, rest, written, none = run(node, "develop/variants.js", body)
    assert option == ["Written as WEBP: Quality", 80, [50, 73, 95]]
    assert rest == {"output": {"format": "webp", "quality": 40}}
    assert written == {"format": "jpeg", "quality": 50}
    assert none == [0, 0, 0]


def test_two_of_several_are_stepped_through_and_never_the_same(node):
    body = """
      const ring = [1, 2, 3].map(() => 0).reduce((all) => [...all, m.stepped(all.at(-1), 1, 4, 2)], [0]);
      const drawn = [0.9, 0.1, 0.5][Symbol.iterator]();
      return [ring, m.stepped(0, -1, 4, 3), m.stepped(0, 1, 1, 0), m.paired([0, 1], 'b', 0), m.paired([0, 1], 'a', 3),
              m.shuffled(['a', 'b', 'c', 'd'], () => drawn.next().value), m.pairWithin([0, 3], 3), m.pairWithin([1, 2], 3)];"""
    ring, back, alone, swapped, put, mixed, cut, kept = run(node, "compare/places.js", body)
    assert ring == [0, 1, 3, 0]
    assert (back, alone) == (2, 0)
    assert (swapped, put) == ([1, 0], [3, 1])
    assert sorted(mixed) == ["a", "b", "c", "d"]
    assert mixed != ["a", "b", "c", "d"]
    assert (cut, kept) == ([0, 1], [1, 2])


STORAGE = """
  const storage = { ...Object.fromEntries([]) };
  Object.defineProperties(storage, {
    getItem: { value: (key) => storage[key] ?? null }, setItem: { value: (key, text) => { storage[key] = text; } }, removeItem: { value: (key) => { delete storage[key]; } } });
"""


DONE = """
  const doc = { steps: [{ key: 1, name: 'crop', params: {}, on: true }], rest: {}, next: 2, base: null };
  const history = { entries: [{ doc: { ...doc, steps: [] }, words: 'Original' }, { doc, words: 'Added' }], at: 1, touched: null, snapshots: [] };
"""


def test_a_copy_of_a_history_comes_back_and_old_ones_go(node):
    body = STORAGE + DONE + """
      m.writeDraft('a', { history, revision: 3, dirty: false }, storage);
      const back = m.readDraft('a', storage);
      m.writeDraft('b', { history: { ...history, entries: history.entries.slice(0, 1), at: 0 }, revision: 0, dirty: true }, storage);
      const untouched = Object.keys(storage).length;
      storage['darkroom.develop.bad'] = 'no json';
      storage['darkroom.develop.old'] = JSON.stringify({ entries: history.entries, at: 1, when: 5 });
      const [broken, old] = ['bad', 'old'].map((id) => m.readDraft(id, storage));
      delete storage['darkroom.develop.bad'];
      for (let at = 0; at < 70; at += 1) m.writeDraft(`p${at}`, { history, revision: 1, dirty: false }, storage);
      return [back.history.entries.length, back.history.at, back.revision, back.dirty, untouched, broken.history.entries.length, [old.revision, old.dirty], Object.keys(storage).length, m.readDraft('never', storage).dirty];"""  # fmt: skip
    assert run(node, "develop/drafts.js", body) == [2, 1, 3, False, 1, 1, [0, True], 60, False]


def test_what_is_copied_is_pasted_in_another_browser_and_in_this_one_without_a_server(node):
    body = (
        STORAGE
        + DONE
        + """
      let kept = null;
      const server = async (path, { body } = {}) => (body ? (kept = body) : { copied: kept });
      const nobody = async () => { throw new Error('away'); };
      await m.writeClipboard(doc, 'one.jpg', storage, server);
      const other = await m.readClipboard({ getItem: () => null }, server);
      await m.writeClipboard(doc, 'two.jpg', storage, nobody);
      return [other, (await m.readClipboard(storage, server)).name, (await m.readClipboard(storage, nobody)).name, await m.readClipboard({ getItem: () => null }, nobody)];"""
    )
    step = {"key": 1, "name": "crop", "params": {}, "on": True}
    assert run_async(node, "develop/drafts.js", body) == [
        {"name": "one.jpg", "doc": {"steps": [step], "rest": {}, "base": None, "next": 2}},
        "two.jpg",
        "two.jpg",
        None,
    ]


def test_a_history_is_sent_with_each_step_once_and_comes_back_whole(node):
    body = DONE + """
      const long = { ...history, entries: Array.from({ length: 90 }, () => history.entries[1]), at: 50, snapshots: [{ key: 1, words: 'Kept', doc }] };
      const sent = JSON.parse(m.packed(long));
      const back = m.unpacked(sent);
      const huge = { ...history, entries: Array.from({ length: 40 }, (_, at) => ({ words: `${at}`, doc: { ...doc, rest: { note: 'x'.repeat(20000) + at } } })), at: 39 };
      const cut = m.unpacked(JSON.parse(m.packed(huge)));
      return [sent.steps.length, sent.states.length, m.packed(back) === m.packed(long), m.unpacked({ states: [], snapshots: [] }).entries.length,
              m.packed(huge).length < 400000, cut.entries.at(-1).words, cut.at === cut.entries.length - 1];"""  # fmt: skip
    assert run(node, "develop/packed.js", body) == [1, 90, True, 1, True, "39", True]


def test_what_two_windows_did_is_both_there_and_undo_leads_back(node):
    body = (
        DONE
        + """
      const found = (one, revision) => ({ revision, ...JSON.parse(m.packed(one)) });
      const other = { ...history, entries: [...history.entries, { doc: { ...doc, rest: { seed: 7 } }, words: 'Theirs' }], at: 2 };
      const told = (mine, server) => { const one = m.met(mine, server); return [one.history.entries.map((entry) => entry.words), one.revision, one.dirty, one.joined]; };
      const nothing = { revision: 0, states: [], steps: [], rests: [], snapshots: [] };
      return [
        told({ history, revision: 1, dirty: false }, found(other, 5)),
        told({ history, revision: 5, dirty: true }, found(other, 5)),
        told({ history, revision: 1, dirty: true }, found(history, 2)),
        told({ history, revision: 1, dirty: true }, found(other, 5)),
        told({ history, revision: 0, dirty: true }, nothing),
        told({ history: other, revision: 0, dirty: true }, found(history, 1)),
        told({ history: other, revision: 0, dirty: true }, found({ ...history, at: 0 }, 1)),
        told({ history: other, revision: 0, dirty: true }, found({ ...history, snapshots: [{ key: 9, words: 'Kept there', doc }] }, 1)),
      ];"""
    )
    meanwhile = "Done in this window meanwhile"
    both = ["Original", "Added", "Theirs", meanwhile]
    assert run(node, "develop/packed.js", body) == [
        [["Original", "Added", "Theirs"], 5, False, False],
        [["Original", "Added"], 5, True, False],
        [["Original", "Added"], 2, False, False],
        [both, 5, True, True],
        [["Original", "Added"], 0, True, False],
        # Sent on the way by this very window, as its page went away.
        [["Original", "Added", "Theirs"], 1, True, False],
        [["Original", meanwhile], 1, True, True],
        [["Original", "Added", meanwhile], 1, True, True],
    ]


BOX = "const box = { left: 0.2, top: 0.2, right: 0.8, bottom: 0.6 }; const of = (one) => [one.left, one.top, one.right, one.bottom];"


@pytest.mark.parametrize(
    ("grip", "by", "ratio", "goal"),
    [
        ("se", (0.1, 0.1), None, [0.2, 0.2, 0.9, 0.7]),
        ("nw", (-0.5, -0.5), None, [0, 0, 0.8, 0.6]),
        ("w", (5, 5), None, [0.78, 0.2, 0.8, 0.6]),
        ("move", (0.9, -0.9), None, [0.4, 0, 1, 0.4]),
        ("se", (0.1, 0), 1, [0.2, 0.2, 0.9, 0.9]),
        ("n", (0, -0.1), 1, [0.25, 0.1, 0.75, 0.6]),
        ("e", (0.2, 0), 1, [0.2, 0, 1, 0.8]),
    ],
)
def test_a_box_is_pulled_within_the_picture_and_keeps_its_ratio(node, grip, by, ratio, goal):
    body = BOX + f"return of(m.pulled(box, {json.dumps(grip)}, {by[0]}, {by[1]}, {json.dumps(ratio)}));"
    assert run(node, "develop/places.js", body) == goal


def test_a_ratio_takes_the_largest_box_around_the_middle(node):
    body = BOX + "return [of(m.fitted(box, 1)), of(m.fitted(box, 2)), of(m.fitted(box, 0.5))];"
    assert run(node, "develop/places.js", body) == [[0, 0, 1, 1], [0, 0.15, 1, 0.65], [0.25, 0, 0.75, 1]]


def test_lines_are_levelled_or_made_upright_and_directions_go_round(node):
    body = """
      return [m.levelled(100, 10), m.levelled(-100, -10), m.levelled(10, 100), m.levelled(0, 0), m.direction(1, 0), m.direction(0, -1), m.direction(-1, 1)];"""
    assert run(node, "develop/places.js", body) == [-5.7, -5.7, 5.7, 0, 0, 90, -135]


def test_variants_lie_around_the_value_and_each_is_there_once(node):
    body = FIELD % (-10, 10, 0.1, 0.5, "false") + """
      const whole = { min: 0, max: 1, step: 1, whole: true };
      return [m.around(field, 0.5), m.around(field, 10), m.spread(field, [-1, 1], 5), m.spread(whole, [0, 1], 4)];"""  # fmt: skip
    assert run(node, "develop/variants.js", body) == [[-0.7, 1.8], [-10, 10], [-1, -0.5, 0, 0.5, 1], [0, 1]]


BASE = {
    "operations": ["auto_orient", {"resize": {"width": 2048}}, {"sharpen": {"amount": 0.4}}],
    "output": {"format": "webp"},
}


@pytest.mark.parametrize(
    ("operations", "more", "goal"),
    [
        (BASE["operations"], {"output": BASE["output"]}, {"operations": []}),
        (
            ["auto_orient", {"resize": {"width": 800}}, {"sharpen": {"amount": 0.4}}, "sepia"],
            {"output": {"format": "png"}},
            {"overrides": {"resize": {"width": 800}}, "operations": ["sepia"], "output": {"format": "png"}},
        ),
        (
            ["auto_orient", {"resize": {"width": 2048}}],
            {"output": BASE["output"]},
            {"overrides": {"sharpen": None}, "operations": []},
        ),
        ([{"resize": {"width": 800}}, "resize"], {"output": BASE["output"]}, {
            "overrides": {"auto_orient": None, "resize": {"width": 800}, "sharpen": None}, "operations": ["resize"],
        }),
        (["auto_orient", "resize", {"sharpen": {"amount": 0.4}}], {}, None),
        (["sepia"], {"output": BASE["output"]}, None),
        (BASE["operations"], {}, None),
        (BASE["operations"], {"output": BASE["output"], "raw": {"exposure": 1}, "metadata": "none", "words": "library"}, {
            "operations": [], "raw": {"exposure": 1}, "metadata": "none", "words": "library",
        }),
    ],
)  # fmt: skip
def test_a_recipe_is_written_as_what_it_changes_of_its_base(node, operations, more, goal):
    given = json.dumps({"operations": operations, **more})
    body = f"return m.derived({given}, {json.dumps(BASE)}, 'web@1');"
    assert run(node, "develop/inherit.js", body) == (goal and {"extends": "web@1", **goal})


def test_a_name_for_people_becomes_one_for_programs(node):
    body = "return ['Warm Évening!', '  a  b ', '***'].map(m.slug);"
    assert run(node, "develop/inherit.js", body) == ["warm-evening", "a-b", ""]


def test_choices_and_helps_are_told_in_words(node):
    fields = run(node, "develop/schema.js", f"return m.fieldsOf({json.dumps(RawOptions.model_json_schema())});")
    assert not [one["name"] for one in fields if "`" in one["help"]]
    assert "the place\ngrey at is grey" in next(one["help"] for one in fields if one["name"] == "white_balance")
    body = "return ['ahd', 'srgb', 'prophoto', 'top_left'].map(m.say);"
    assert run(node, "develop/schema.js", body) == ["AHD", "sRGB", "ProPhoto", "Top left"]


def test_steps_become_a_filter_that_the_server_takes(node):
    from darkroom.imaging.operations.filters_user import UserFilter

    body = """
      const number = (name, min, max, initial) => ({ name, label: name, kind: "number", min, max, initial });
      const catalogue = { byName: { exposure: { title: "Exposure" }, grain: { title: "Grain" } },
        fields: (name) => (name === "exposure" ? [number("stops", -5, 5, 0)] : [number("amount", 0, 0.5, 0.2), { name: "seed", kind: "number", min: null, max: null, initial: 0 }]) };
      const steps = [{ name: "exposure", params: { stops: 1 } }, { name: "grain", params: {} }, { name: "grain", params: { amount: 0.4 } }];
      const knobs = m.knobsOf(steps, catalogue);
      return [knobs.map((one) => [one.id, one.words, one.default]), m.filterOf(m.filterName("1 Old Päper!"), "Old.", steps, knobs)];"""
    knobs, made = run(node, "develop/knobs.js", body)
    assert knobs == [
        ["1.stops", "Exposure: stops", 1],
        ["2.amount", "Grain: amount", 0.2],
        ["3.amount", "Grain: amount", 0.4],
    ]
    one = UserFilter.model_validate(made)
    assert (one.name, [(knob.name, knob.sets) for knob in one.knobs]) == (
        "old_paper",
        [("stops", ("1.stops",)), ("amount", ("2.amount",)), ("amount_2", ("3.amount",))],
    )


FILTERS = [
    {"name": "warm", "version": 2, "title": "Warm.", "aliases": ["gold"], "body": {"kind": "expression", "red": "r + w", "green": "g", "blue": "b"},
     "knobs": [{"name": "w", "text": "How.", "default": 0.1, "low": 0.0, "high": 0.5, "sets": []}]},
    {"name": "edge", "version": 1, "title": "Edges.", "aliases": [], "knobs": [],
     "body": {"kind": "kernel", "matrix": [[0, -1.5, 0]], "normalise": False, "offset": 0.5, "channels": "luma"}},
    {"name": "two", "version": 1, "title": "Two.", "aliases": [], "body": {"kind": "steps", "steps": [{"name": "exposure", "params": {}}]},
     "knobs": [{"name": "light", "text": "", "default": 0.0, "low": -1.0, "high": 1.0, "sets": ["1.stops"]}]},
]  # fmt: skip


@pytest.mark.parametrize("given", FILTERS, ids=[one["name"] for one in FILTERS])
def test_a_filter_goes_through_its_editor_unchanged(node, given):
    from darkroom.imaging.operations.filters_user import UserFilter

    before = UserFilter.model_validate(given)
    body = "return [m.filterFrom(m.draftOf(X)), m.wrongs(m.draftOf(X))];".replace("X", before.model_dump_json())
    made, wrong = run(node, "develop/studio.js", body)
    assert wrong == {}
    assert UserFilter.model_validate({**made, "version": before.version}) == before


def test_what_is_wrong_with_a_filter_is_told_by_field(node):
    body = """
      const draft = { ...m.draftOf(null, "kernel"), title: "1", matrix: "1 2 x", knobs: [{ ...m.freshKnob(), name: "A" }, { ...m.freshKnob(), name: "a" }, { ...m.freshKnob(), name: "a" }, { ...m.freshKnob(), name: "b", low: 2 }] };
      return [Object.keys(m.wrongs(draft)), ["1 2 3", "1 2\\n3", "1 2\\n3 4", "0, 1 ; 2\\n1 1 1\\n0 0 0"].map((text) => m.matrixOf(text))];"""
    wrong, matrices = run(node, "develop/studio.js", body)
    assert sorted(wrong) == ["knob0", "knob2", "knob3", "matrix", "title"]
    assert matrices[0] == {"rows": [[1, 2, 3]]}
    assert "same number" in matrices[1]["error"]
    assert "odd number" in matrices[2]["error"]
    assert matrices[3] == {"rows": [[0, 1, 2], [1, 1, 1], [0, 0, 0]]}
