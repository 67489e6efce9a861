"""A site where every page has something to show, and an administrator who looks at it."""

from __future__ import annotations

from playwright.sync_api import Browser, StorageState

from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.edit import Edit
from darkroom.domain.query import ImageQuery
from darkroom.services.accounts.requests import NewRule, NewToken, NewUser
from darkroom.services.collection_views import NewCollection
from darkroom.services.datasets.views import NewVersion
from darkroom.services.library import Library
from darkroom.services.rules.views import NewFilingRule
from darkroom.services.training.views import TrainingGiven
from darkroom.services.trash_views import ImageIds
from tests.e2e.site import TAGS, Site
from tests.pictures import drop
from tests.tiny import TINY
from training.platform import judged, learn

EMAIL, PASSWORD = "ada@example.org", "correct horse battery"
OPTIONS = {name: value for name, value in TINY.items() if name != "budget_seconds"}


def furnish(site: Site) -> dict[str, str]:
    """Fill every page; ids of what addresses name."""
    site.fill(36)
    library = site.library
    drop(site.settings.inbox, "broken/torn.jpg", b"\xff\xd8\xff\xe0 and nothing more")
    batches, _ = library.ingest.collect_inbox(SYSTEM, None)
    site.wait_for(batches[0])
    pictures = {one["name"]: one["id"] for one in site.get("/api/v1/images?limit=100").json()["items"]}
    run, report = taught(library)
    for number in (30, 31):
        library.trash.put(LOCAL_OWNER, ImageIds(ids=[pictures[f"picture-{number:03}.jpg"]]))
    library.collections.create(LOCAL_OWNER, NewCollection(name="Journeys", description="Everything from the road"))
    library.collections.create(LOCAL_OWNER, NewCollection(name="Woods", query=ImageQuery(tag=("forest",))))
    woods = NewFilingRule(name="Woods", where="tag:forest", edit=Edit(add_tags=("wood",), rating=3))
    library.rules.create(LOCAL_OWNER, woods)
    people(library)
    return {"picture": pictures["picture-003.jpg"], "run": run, "report": report}


def taught(library: Library) -> tuple[str, str]:
    """Two versions of a dataset and a model of the second; ids of its training and report."""
    for classes, message in ((TAGS[:2], "Two classes"), (TAGS, "All three")):
        made = library.datasets.create(LOCAL_OWNER, NewVersion(
            name="scenes", query=ImageQuery(), labels_from="tags", classes=classes, message=message,
        ))  # fmt: skip
    assert library.quality.begin(LOCAL_OWNER, "scenes").state == "done"
    given = TrainingGiven(dataset=made.version.id, budget_seconds=None, options=OPTIONS, promote=True)
    asked = library.trainings.start(LOCAL_OWNER, given).training.id
    work = library.trainings.take_up(SYSTEM, asked, "run-1")
    assert work is not None
    with work.claim:
        learn(work)
    work = library.trainings.go_on(SYSTEM, asked, "run-1")
    assert work is not None
    report = judged(work)
    library.trainings.finish(SYSTEM, work, report)
    return asked, report.id


def people(library: Library) -> None:
    """An administrator, a viewer with a rule about her, and a token."""
    ada = library.users.create(LOCAL_OWNER, NewUser(email=EMAIL, name="Ada", role="administrator", password=PASSWORD))
    vera = library.users.create(LOCAL_OWNER, NewUser(email="vera@example.org", name="Vera", role="viewer"))
    rule = NewRule(subject=vera.id, permission="audit:read", effect="deny", reason="Not hers")
    library.policies.add(LOCAL_OWNER, rule)
    library.tokens.create(LOCAL_OWNER, NewToken(name="nightly export", scopes=("read",), user=ada.id))


def signed_in(browser: Browser, site: Site) -> StorageState:
    """The cookies of the administrator."""
    context = browser.new_context()
    answer = context.request.post(
        f"{site.url}/api/v1/auth/sign-in",
        data={"email": EMAIL, "password": PASSWORD, "kind": "browser"},
        headers={"Origin": site.url},
    )
    assert answer.ok, answer.text()
    state = context.storage_state()
    context.close()
    return state
