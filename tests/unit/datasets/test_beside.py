from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from darkroom.datasets.beside import disputed, joined, parts, widest


def said(seed: int, count: int = 300, turned: bool = False) -> pl.DataFrame:
    """What a model said of pictures, those of one camera known to the first table alone."""
    same, mine = np.random.default_rng(1), np.random.default_rng(seed)
    truth = same.integers(0, 3, count)
    called = np.where(mine.random(count) < 0.7, truth, (truth + 1) % 3)
    names = np.array(["cat", "dog", "owl"])
    table = pl.DataFrame({
        "key": [f"{number:064x}" for number in range(count)], "label": names[truth], "predicted": names[called],
        "right": mine.integers(0, 20, count) / 20, "hit": called == truth,
        "camera": np.where(truth == 0, "Alpha", "Beta"), "brightness": same.random(count),
    })  # fmt: skip
    return table.reverse() if turned else table


def test_pictures_are_put_together_by_their_keys_whatever_their_order():
    plain = joined([said(2), said(3), said(4)])
    turned = joined([said(2), said(3, turned=True), said(4).sample(fraction=1, shuffle=True, seed=5)])
    assert plain.equals(turned.select(plain.columns))
    few = joined([said(2), said(3).head(40)])
    assert few["key"].to_list() == said(2)["key"].head(40).to_list()


def test_parts_count_what_each_has_right_and_what_only_one_has():
    tables = [said(2), said(3), said(4)]
    rows = [{row["key"]: row for row in table.iter_rows(named=True)} for table in tables]
    whole, *rest = parts(joined(tables))
    assert (whole.by, whole.count) == ("all", 300)
    found = {(one.by, one.name): one for one in rest}
    assert {by for by, _ in found} == {"label", "camera", "brightness"}
    for one, keys in [
        (whole, list(rows[0])),
        (found["label", "dog"], [key for key, row in rows[0].items() if row["label"] == "dog"]),
    ]:
        hits = [[model[key]["hit"] for key in keys] for model in rows]
        assert one.count == len(keys)
        assert one.hits == tuple(sum(mine) for mine in hits)
        assert one.better == tuple(
            sum(ours and not first for ours, first in zip(mine, hits[0], strict=True)) for mine in hits
        )
        assert one.worse == tuple(
            sum(first and not ours for ours, first in zip(mine, hits[0], strict=True)) for mine in hits
        )
    assert sum(one.count for (by, _), one in found.items() if by == "brightness") == 300


def test_those_come_first_of_which_models_are_most_differently_sure():
    table = joined([said(2), said(3), said(4)])
    found = disputed(table, 30)
    wanted = []
    for row in table.iter_rows(named=True):
        if len({row[f"predicted_{at}"] for at in range(3)}) > 1:
            sure = [row[f"right_{at}"] for at in range(3)]
            wanted.append((min(sure) - max(sure), row["key"]))
    assert len(wanted) > 30
    assert [(pytest.approx(row["order"]), row["key"]) for row in found.iter_rows(named=True)] == sorted(wanted)[:30]
    assert len(widest(found, ["order"], 1000)) == 30
