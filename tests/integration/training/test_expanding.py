"""Versions with changed copies of their training pictures: pictures of the library, beside their source, boxes moved along."""

from __future__ import annotations

import pytest

from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.annotation import Box, Classification, Detection, Segmentation
from darkroom.errors import Error
from darkroom.services.datasets.expand_views import ExpandGiven
from darkroom.services.datasets.version_views import RestoreGiven


def test_training_pictures_are_changed_taken_in_and_committed(library, committed):
    committed()
    box = Detection(label="thing", box=Box(x=0.4, y=0.4, width=0.2, height=0.2))
    outline = Segmentation(label="thing", outline=((0.4, 0.4), (0.6, 0.4), (0.5, 0.6)))
    before = library.datasets.read(library.datasets.resolve("shapes"))
    first = before.part("train").frame["key"][0]
    chosen = [
        one.model_copy(update={"annotations": (*one.annotations, box, outline)}) if one.key == first else one
        for at, one in enumerate(before.examples())
        if one.split != "train" or at % 6 == 0 or one.key == first
    ]
    library.datasets.commit(SYSTEM, "few", chosen, origin="a test")
    before = library.datasets.read(library.datasets.resolve("few"))
    for wrong in ({"strength": "none"}, {"rotate": 400}):
        with pytest.raises(Error) as refused:
            library.expansions.begin(LOCAL_OWNER, "few", ExpandGiven(policy=wrong))
        assert refused.value.code == "training_invalid"
    given = ExpandGiven(times=2, policy={"strength": "light", "rotate": 90}, size=64, seed=3)
    begun = library.expansions.begin(LOCAL_OWNER, "few", given)
    done = library.work.run(SYSTEM, begun.id, "run-a")
    assert done.state == "done", done
    learnt = len(before.part("train"))
    assert (done.changed, done.result["version"], done.result["examples"]) == (2 * learnt, 2, len(before) + 2 * learnt)
    after = library.datasets.read(library.datasets.resolve("few@2"))
    assert [len(after.part(split)) for split in ("validation", "test")] == [
        len(before.part(split)) for split in ("validation", "test")
    ]
    groups: dict[str, list] = {}
    for one in after.part("train").examples():
        groups.setdefault(one.group, []).append(one)
    assert {len(one) for one in groups.values()} == {3}
    copies = [one for one in groups[f"source {first}"] if one.key != first]
    assert all({type(said) for said in one.annotations} == {Classification, Detection, Segmentation} for one in copies)
    assert all(next(said for said in one.annotations if isinstance(said, Detection)).box != box.box for one in copies)
    source = library.stores.images.get(copies[0].key).sources[0]
    assert (source.connector, source.key.split("/")[0], source.key.split("/")[2]) == ("expand", first, "3")
    assert library.stores.images.get(copies[0].key).rendition("thumbnail") is not None
    assert "rotate" in library.datasets.resolve("few@2").origin

    library.datasets.changes.restore(LOCAL_OWNER, "few@1", RestoreGiven())
    again = library.expansions.begin(LOCAL_OWNER, "few", given)
    assert library.work.run(SYSTEM, again.id, "run-b").state == "done"
    assert library.datasets.resolve("few").hash == library.datasets.resolve("few@2").hash
