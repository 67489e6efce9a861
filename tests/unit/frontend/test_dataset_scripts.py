"""The scripts of the pages about datasets that need no browser, run by Node."""

from __future__ import annotations

import base64
import json

import pytest

from darkroom.datasets.unpacking import unpack
from tests.node import run, run_async


def test_a_folder_is_put_together_as_an_archive_that_the_library_unpacks(node, tmp_path):
    names = ["set/boots/1.jpg", "set/boots/" + "ü" * 60 + ".jpg", "set/hats/empty.jpg", "set/hats/block.jpg"]
    sizes = [5, 700, 0, 512]
    body = f"""
      const files = {json.dumps(names)}.map((path, at) => ({{ path, file: new Blob([new Uint8Array({sizes}[at]).fill(at + 1)]) }}));
      return Buffer.from(await m.tarOf(files).arrayBuffer()).toString("base64");"""
    archive, folder = tmp_path / "set.tar", tmp_path / "files"
    archive.write_bytes(base64.b64decode(run_async(node, "tar.js", body)))
    folder.mkdir()
    assert unpack(archive, folder, most_bytes=10_000) == []
    assert [(folder / name).read_bytes() for name in names] == [bytes([at + 1]) * size for at, size in enumerate(sizes)]


LEAF = [[0.1, 0.1], [0.3, 0.1], [0.2, 0.3]]


def test_outlines_are_one_thing_with_the_box_around_them_and_change_together(node):
    said = [
        {"kind": "detection", "label": "leaf", "box": {"x": 0.1, "y": 0.1, "width": 0.2, "height": 0.2}, "source": "import"},
        {"kind": "segmentation", "label": "leaf", "outline": LEAF, "source": "import"},
        {"kind": "detection", "label": "stem", "box": {"x": 0.5, "y": 0.5, "width": 0.1, "height": 0.4}, "source": "import"},
        {"kind": "segmentation", "label": "stem", "outline": [[0.9, 0.9], [1, 0.9], [1, 1]], "source": "import"},
    ]  # fmt: skip
    body = f"""
      const said = {json.dumps(said)};
      const things = m.thingsOf(said);
      const moved = m.movedThing(things[0], 0.9, 0);
      const pulled = m.withCorner(things[0], [0, 2], [0.2, 0.5]);
      const more = m.withMore(things[0], [0, 2]);
      return [things.map((one) => [one.label, one.outlines.length]), JSON.stringify(things.flatMap(m.saidOfThing)) === JSON.stringify(said),
        m.saidOfThing(moved).map((one) => [one.kind, one.source ?? null]), moved.box, moved.outlines[0], pulled.box.height,
        more.outlines[0], m.withoutCorner(more, [0, 3]).outlines[0].length, m.withoutCorner(things[0], [0, 1]),
        [m.nextCorner(things[0], null, 1), m.nextCorner(things[0], [0, 2], 1), m.nextCorner(things[0], [0, 0], -1)]];"""
    things, same, kinds, box, outline, high, more, fewer, none, corners = run(node, "annotate/outlines.js", body)
    assert (things, same) == ([["leaf", 1], ["stem", 0], ["stem", 1]], True)
    assert kinds == [["detection", None], ["segmentation", None]]
    assert (box, outline) == ({"x": 0.8, "y": 0.1, "width": 0.2, "height": 0.2}, [[0.8, 0.1], [1, 0.1], [0.9, 0.3]])
    assert (high, more, fewer, none) == (pytest.approx(0.4), [*LEAF, [0.15, 0.2]], 3, None)
    assert corners == [[0, 0], [0, 0], [0, 2]]


def test_a_line_drawn_in_one_go_becomes_few_corners_and_next_to_nothing_no_outline(node):
    body = """
      const round = Array.from({ length: 200 }, (_, at) => [0.5 + 0.25 * Math.cos((at / 200) * 2 * Math.PI) / 2, 0.5 + 0.25 * Math.sin((at / 200) * 2 * Math.PI)]);
      const found = m.drawnOutline(round, 2, 0.003);
      const off = found.map(([x, y]) => Math.abs(Math.hypot((x - 0.5) * 2, y - 0.5) - 0.25));
      const square = m.drawnOutline([[0.1, 0.1], [0.3, 0.1], [0.5, 0.1], [0.5, 0.5], [0.1, 0.5]], 1, 0.003);
      return [found.length, Math.max(...off), square, m.drawnOutline([[0.1, 0.1], [0.5, 0.5], [0.9, 0.9]], 1, 0.003), m.drawnOutline([[-1, -1], [2, 0], [2, 2]], 1, 0.003)];"""
    count, off, square, line, clamped = run(node, "annotate/outlines.js", body)
    assert 12 <= count <= 40
    assert off < 0.001
    assert square == [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5], [0.1, 0.5]]
    assert (line, clamped) == (None, [[0, 0], [1, 0], [1, 1]])


def test_a_policy_is_tried_beside_none_with_all_else_alike(node):
    more = '{ ...m.NOTHING, seed: "9", name: "boots", promote: true, epochs: "3", augment: { strength: "light", values: { rotate: 40 } } }'
    body = f'return m.pairsOf({{ dataset: "shoes@2", task: "classification", budget: 90 }}, {more}, 2);'
    usual = {"dataset": "shoes@2", "task": "classification", "budget_seconds": 90, "name": "shoes-ablation", "priority": "low"}  # fmt: skip
    policies = [{"strength": "light", "rotate": 40}, {"strength": "none"}]
    assert run(node, "learn/given.js", body) == [
        usual | {"seed": seed, "options": {"epochs": 3, "augment": policy}} for seed in range(2) for policy in policies
    ]
