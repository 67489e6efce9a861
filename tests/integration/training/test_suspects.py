"""Labels of a dataset that are probably wrong: looked for once, kept with the version, told of later ones as far as it holds."""

from __future__ import annotations

import pytest

from assets.checks import MOST_SUSPECT, suspects_told
from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.annotation import Classification
from darkroom.errors import Error
from darkroom.store.references import BlobReferences
from tests.shapes import SHAPES


def relabelled(library, name: str, keys: set[str]) -> None:
    """Commit a version in which some pictures bear the name of another shape."""

    def other(one):
        label = SHAPES[SHAPES.index(one.annotations[0].label) - 1]
        return one.model_copy(update={"annotations": (Classification(label=label),)})

    before = library.datasets.read(library.datasets.resolve(name)).examples()
    changed = [other(one) if one.key in keys else one for one in before]
    library.datasets.commit(SYSTEM, name, changed, origin="a test")


def test_suspects_are_found_by_a_process_kept_and_told_of_later_versions(library, committed):
    committed()
    keys = library.datasets.read(library.datasets.resolve("shapes")).frame["key"].to_list()
    wrong = set(keys[::16])
    relabelled(library, "shapes", wrong)
    with pytest.raises(Error, match="Nobody has looked"):
        library.suspects.page(LOCAL_OWNER, "shapes")
    begun = library.suspects.begin(LOCAL_OWNER, "shapes")
    assert library.suspects.begin(LOCAL_OWNER, "shapes").id == begun.id
    done = library.work.run(SYSTEM, begun.id, "run-a")
    assert (done.state, done.total, done.done, done.result["examined"]) == ("done", 5, 5, len(keys))
    page = library.suspects.page(LOCAL_OWNER, "shapes", limit=1)
    assert (page.version, page.found_in, page.examined, len(page.items)) == ("shapes@2", "shapes@2", len(keys), 1)
    assert page.suspects == done.result["suspects"]
    rest = library.suspects.page(LOCAL_OWNER, "shapes", limit=500, cursor=page.next_cursor)
    found = [*page.items, *rest.items]
    assert (len(found), rest.next_cursor) == (page.suspects, None)
    assert len(wrong & {one.key for one in found}) >= 3
    about = library.stores.suspects.get("shapes@2")
    assert about.details.key in {key for key, _ in BlobReferences(library.stores.database).files()}
    warnings = {one.code: one.words for one in library.datasets.get(LOCAL_OWNER, "shapes").warnings}
    assert warnings["suspects"].startswith(f"{page.suspects} labels are probably wrong")
    version, share = library.suspects.share(SYSTEM, library.datasets.resolve("shapes"))
    assert suspects_told([(version, share)]).passed == (share <= MOST_SUSPECT)
    assert not suspects_told([(version, 0.2)]).passed

    mended = next(one for one in found if one.key in wrong)
    relabelled(library, "shapes", {mended.key})
    later = library.suspects.page(LOCAL_OWNER, "shapes")
    assert (later.version, later.found_in, later.suspects) == ("shapes@3", "shapes@2", page.suspects - 1)
    assert mended.key not in {one.key for one in later.items}
