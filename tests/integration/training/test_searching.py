"""Finding pictures by words: a model of two towers is made of weights, looks at pictures by itself, and ranks them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from darkroom.api.params import ImageFilters
from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.edit import Edit
from darkroom.domain.scope import Scope
from darkroom.domain.selection import Selection
from darkroom.errors import Error
from darkroom.services.rules.views import NewFilingRule
from darkroom.services.training import embedding
from darkroom.services.training.search_views import NewSearchModel, SearchModelUse
from darkroom.services.turns import priority_in
from tests import towers
from tests.factories import image_record, rendition, sha

USED, STOPPED = SearchModelUse(used=True), SearchModelUse(used=False)


def bring(library, names: list[str], **more) -> None:
    """Drawn pictures that are called what they show."""
    chance, records = np.random.default_rng(len(names)), []
    for name in names:
        held = io.BytesIO()
        Image.fromarray(towers.draw(*name.split()[:2], chance, 64)).save(held, "WEBP", lossless=True)
        thumbnail = rendition("thumbnail", sha(name))
        library.stores.blobs.put("renditions", thumbnail.address, held.getvalue(), durable=False)
        tags = (name.split()[0],)
        records.append(image_record(id=sha(name), name=name, renditions=(thumbnail,), tags=tags, **more))
    library.stores.database.run(lambda session: library.stores.images.upsert_many(session, records))
    tell(library, "images.added", [one.id for one in records])


def tell(library, kind: str, ids: list[str]) -> None:
    library.stores.database.run(
        lambda session: library.stores.events.append(session, type=kind, principal="x", ids=ids)
    )


def found(library, where: str, **more) -> list[str]:
    """Names of what is found, in order, read page by page; the number told is theirs, and facets count the same."""
    query, names, cursor = ImageFilters(where=where, **more).query(), [], None
    while True:
        page = library.gallery.page(LOCAL_OWNER, query, limit=4, cursor=cursor)
        names += [one.name for one in page.items]
        if (cursor := page.next_cursor) is None:
            break
    assert page.total == len(names) == library.gallery.facets(LOCAL_OWNER, query).total
    return names


def kinds(names: list[str]) -> list[str]:
    return [" ".join(name.split()[:2]) for name in names]


def looked(library) -> None:
    """Have the run done that was asked for."""
    (model,) = library.search_models.list(LOCAL_OWNER).items
    assert library.work.run(SYSTEM, model.operation, "run").state == "done"


def test_words_find_what_pictures_show_among_what_else_is_asked_for(library, monkeypatch):
    monkeypatch.setattr(embedding, "_MOST_LITTLE", 1)
    monkeypatch.setattr(embedding, "_QUIET", embedding.timedelta(0))
    names = [f"{colour} {shape} {n}" for n in range(3) for colour in towers.COLOURS for shape in towers.SHAPES]
    bring(library, names[:24])
    bring(library, names[24:], collections=("c-secret",))
    refused_without_a_model(library)
    the_model_is_made_of_weights(library)

    begun = library.search_models.use(LOCAL_OWNER, "shapes", USED)
    assert (begun.used, begun.pictures, begun.of) == (True, 0, 27)
    assert library.search_models.use(LOCAL_OWNER, "shapes", USED).operation == begun.operation is not None
    assert found(library, 'like:"red circle"') == []
    looked(library)
    (seen,) = library.search_models.list(LOCAL_OWNER).items
    assert (seen.pictures, seen.operation) == (27, None)
    assert library.embeddings.keep_up(SYSTEM) is None

    words_rank_pictures(library)
    pictures_rank_pictures(library)
    new_pictures_are_seen_and_those_gone_are_forgotten(library, monkeypatch)

    with pytest.raises(Error, match="is used for searching"):
        library.search_models.delete(LOCAL_OWNER, "shapes")
    library.search_models.use(LOCAL_OWNER, "shapes", STOPPED)
    library.search_models.delete(LOCAL_OWNER, "shapes")
    assert library.embeddings.all(LOCAL_OWNER).items == ()


def refused_without_a_model(library) -> None:
    with pytest.raises(Error, match="No model is used for searching") as caught:
        found(library, "like:red")
    assert caught.value.code == "model_unusable"
    completed = library.finding.complete(LOCAL_OWNER, "rating:0 like:red")
    assert (completed.mistake.position, completed.mistake.length) == (9, 5)
    assert library.finding.complete(LOCAL_OWNER, "red circle").phrase is None
    with pytest.raises(Error, match="no model has seen them by then"):
        library.rules.create(
            LOCAL_OWNER, NewFilingRule(name="Red", where="tag:red -like:blue", edit=Edit(rating=1))
        )  # fmt: skip
    # What is alike in shapes alone is found without a model.
    assert sha("red bar 0") in [one.id for one in page_of(library, f"similar:{sha('red bar 0')}").items]


def page_of(library, where: str, **more):
    return library.gallery.page(LOCAL_OWNER, ImageFilters(where=where, **more).query(), limit=100)


def the_model_is_made_of_weights(library) -> None:
    from training.towers import make

    shelf = library.settings.backbones
    base = towers.weights(shelf / "tiny")
    (shelf / "deaf").mkdir()
    for one in ("config.json", "model.safetensors"):
        (shelf / "deaf" / one).write_bytes((base / one).read_bytes())
    for weights, cause in (("deaf", "no tokenizer.json"), ("none", "there is no none"), ("../tiny", "there is no")):
        with pytest.raises(Error, match=cause):
            make(weights, shelf, shelf / "out", hub=False)
    new = NewSearchModel(name="shapes", weights="tiny")
    begun = library.search_models.add(LOCAL_OWNER, new)
    assert library.search_models.add(LOCAL_OWNER, new).id == begun.id
    assert library.work.run(SYSTEM, begun.id, "run-a").state == "done"
    (model,) = library.search_models.list(LOCAL_OWNER).items
    assert (model.kind, model.licence, model.dims, model.image_size, model.used) == ("clip", "mit", 24, 32, False)
    with pytest.raises(Error, match="There is a model shapes already"):
        library.search_models.add(LOCAL_OWNER, new)


def words_rank_pictures(library) -> None:
    ranked = found(library, 'like:"red circle"')
    assert kinds(ranked[:3]) == ["red circle"] * 3
    assert len(ranked) < 20
    by_name = found(library, 'like:"Red  Circle"', sort="name")
    assert by_name == sorted(ranked)
    assert kinds(found(library, 'like:"red circle" tag:blue')) == [
        one for one in kinds(ranked) if one.startswith("blue")
    ]  # fmt: skip
    everything = set(found(library, '-like:"red circle" or like:"red circle"'))
    assert len(everything) == 27
    query = ImageFilters(where='-like:"red circle" or like:"red circle"').query()
    index = library.gallery.index(LOCAL_OWNER, query, every=20)
    ordered = [one.name for one in library.gallery.page(LOCAL_OWNER, query, limit=100).items]
    last = library.gallery.page(LOCAL_OWNER, query, limit=100, cursor=index.anchors[1]).items
    assert (index.total, len(index.anchors), ordered[: len(ranked)]) == (27, 2, ranked)
    assert [one.name for one in last] == ordered[20:]
    assert set(found(library, '-like:"red circle"')) == everything - set(ranked)
    either = found(library, 'like:"red circle" or tag:green')
    assert set(either) == set(ranked) | {one for one in everything if one.startswith("green")}
    assert library.finding.complete(LOCAL_OWNER, " Red circle ").phrase == 'like:"red circle"'
    assert library.finding.complete(LOCAL_OWNER, "like:red").mistake is None

    # The same pictures are meant where something is done with all of them, but not those that one may not see.
    query = ImageFilters(where='like:"red circle"').query()
    chosen = Selection(query=query, excluded=(sha(ranked[0]),))
    assert library.stores.selections.count(chosen) == len(ranked) - 1
    assert library.stores.selections.changing(chosen, Edit(rating=4)) == len(ranked) - 1
    hidden = Scope(outside=frozenset({"c-secret"}))
    seen = library.stores.page(query, limit=100, scope=hidden)
    assert [one.name for one in seen.items] == [one for one in ranked if one in NOT_SECRET]
    assert library.stores.columns.count(query, scope=hidden) == len(seen.items) < len(ranked)


NOT_SECRET = {f"{colour} {shape} {n}" for n in range(3) for colour in towers.COLOURS for shape in towers.SHAPES} - {
    f"blue {shape} 2" for shape in towers.SHAPES
}


def pictures_rank_pictures(library) -> None:
    ranked = found(library, f"similar:{sha('green bar 1')}")
    assert ranked[0] == "green bar 1"
    assert kinds(ranked[:3]) == ["green bar"] * 3
    query = ImageFilters(where=f"similar:{sha('blue bar 2')}").query()
    assert library.stores.columns.count(query) > 2
    assert library.stores.columns.count(query, scope=Scope(outside=frozenset({"c-secret"}))) == 0
    assert found(library, "similar:" + "0" * 64) == []


def new_pictures_are_seen_and_those_gone_are_forgotten(library, monkeypatch) -> None:
    bring(library, ["red circle 9"])
    monkeypatch.setattr(embedding, "_AT_A_TIME", -1.0)
    assert library.embeddings.keep_up(SYSTEM) == "shapes"
    assert library.embeddings.keep_up(SYSTEM) is None
    (model,) = library.search_models.list(LOCAL_OWNER).items
    assert priority_in(library.stores.work.get(model.operation)) == "low"
    looked(library)
    assert library.stores.embeddings.get("shapes@0").count == 27, "others had their turn"
    monkeypatch.setattr(embedding, "_AT_A_TIME", 600.0)
    assert library.embeddings.keep_up(SYSTEM) == "shapes"
    looked(library)
    held = library.stores.embeddings.get("shapes@0")
    assert (held.count, len(held.parts)) == (28, 1)
    assert "red circle 9" in found(library, 'like:"red circle"')[:4]

    gone = sha("red circle 0")
    library.stores.database.collection("images").delete_one({"_id": gone})
    tell(library, "images.deleted", [gone])
    assert library.embeddings.keep_up(SYSTEM) == "shapes"
    looked(library)
    held = library.stores.embeddings.get("shapes@0")
    assert (held.count, library.stores.embedded.rows(held).of(gone)) == (27, None)
