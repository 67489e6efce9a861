"""One of everything that the paths and bodies of the API name, so that an operation finds what it is about."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.testclient import TestClient

from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.ingest import BatchItem
from darkroom.domain.query import ImageQuery
from darkroom.services.library import Library
from darkroom.services.training.views import TrainingGiven
from tests.factories import failure
from tests.integration.accounts.test_matrix import BODIES
from tests.integration.accounts.test_place_datasets import train
from tests.pictures import drop, jpeg

API = "/api/v1"
_NONE = "0" * 64


class Things:
    """Makes things over the API, anew for each operation, which may take them away.

    Args:
        library: that the API stands on.
        client: of an administrator.
        records: ids of pictures that have no bytes and may be removed.
    """

    def __init__(self, library: Library, client: TestClient, records: list[str]) -> None:
        self._library, self._client = library, client
        self._records = iter(records)
        self._numbers = itertools.count(1)
        self._makers: dict[str, Callable[[], str]] = {
            "auth/sessions": self._session,
            "batches": lambda: self._rows("batches"),
            "collections": lambda: self._made("collections", name=f"collection {next(self._numbers)}"),
            "images": lambda: self.image,
            "operations": self._work,
            "policies": self._rule,
            "presets": lambda: self._made(
                "presets", "name", name=f"preset-{next(self._numbers)}", recipe="- resize: {width: 100}"
            ),
            "rules": lambda: self._made(
                "rules", name=f"rule {next(self._numbers)}", where="rating>=4", edit={"rating": 5}
            ),
            "renditions": lambda: self._made("renditions", preset="web", images=[self.image]),
            "tokens": lambda: self._made("tokens", name="one", scopes=["account:read"]),
            "trash": self._away,
            "uploads": lambda: self._made("uploads", name="a.jpg", bytes=1),
            "users": lambda: self._made("users", email=f"person{next(self._numbers)}@example.org"),
            "datasets": self._dataset,
            "storage/backups": self._backup,
            "storage/moves": self._move,
            **{name: partial(self._learnt, name) for name in ("training-runs", "checkpoints", "reports", "models")},
        }
        self._pair = [next(self._records), next(self._records)]
        self._trained: dict[str, str] = {}
        self._bodies: dict[str, Callable[[], Any]] = {
            "leave_out_poor": lambda: {"images": [self._pair[0]]},
            "begin_move": lambda: {"source": "main", "target": "attic"},
            "plan_move": lambda: {"source": "main", "target": "attic"},
            "bulk_images": lambda: BODIES["bulk_images"] | {"selection": {"query": {}}},
            "add_policy": lambda: BODIES["add_policy"] | {"permission": "tags:write", "domain": "*"},
            "start_training": lambda: {"dataset": self._dataset()},
            "estimate_training": lambda: {"dataset": self._dataset()},
            "commit_dataset": lambda: self._labelled(f"set-{next(self._numbers)}"),
            "retry_failures": lambda: {"ids": [self._failure()]},
            "rename_tag": lambda: {"tag": self._tag(), "to": f"tag {next(self._numbers)}"},
            "delete_tag": lambda: {"tag": self._tag()},
            "colour_tag": lambda: {"tag": self._tag(), "colour": "#ff0000"},
            "trash_images": lambda: {"ids": [next(self._records)]},
            "purge_trash": lambda: {"ids": [self._away()]},
            "restore_images": lambda: {"ids": [self._away()]},
            "promote_model": lambda: {"number": 1, "force": True},
            "set_user_role": lambda: {"role": "viewer", "domain": "*"},
        }
        path = drop(library.settings.home_path / "elsewhere", "one.jpg", jpeg(1))
        item = BatchItem(key=path.name, path=str(path), bytes=path.stat().st_size, modified_ns=1)
        batch = library.ingest.submit(LOCAL_OWNER, [item], connector="cli", launch=False)
        done = library.ingest.run_batch(SYSTEM, batch.id, "run-1").batch
        assert done.added == 1, done
        (row,) = library.stores.images.page(ImageQuery(batch=batch.id), limit=2).items
        self.image = row.id

    def parameters(self, operation: str, path: str) -> dict[str, Any]:
        """Path parameters of things that are there; empty where nothing is known of the path."""
        kind = path.removeprefix(f"{API}/").partition("/{")[0]
        if "{id}" not in path or kind not in self._makers:
            return {}
        special = {
            "delete_image": lambda: next(self._records),
            "cancel_training": lambda: (
                self._library.trainings.start(LOCAL_OWNER, TrainingGiven(dataset=self._dataset())).training.id
            ),
            "cancel_work": lambda: self._made("storage/verify", most=1),
        }
        found = special.get(operation, self._makers[kind])()
        if operation in ("get_followed_dataset", "unfollow_dataset"):
            self._client.put(f"{API}/datasets/{found}/following", json={})
        if operation in ("get_dataset_quality", "list_poor_pictures", "export_dataset_quality"):
            self._client.post(f"{API}/datasets/{found}/quality", json={})
        return {"id": found, "image": self.image, "number": 1, "level": 0, "column": 0, "row": 0}

    def body(self, operation: str) -> Any:
        """A body that the operation takes, about a picture that is there; None where it takes none."""
        if operation in self._bodies:
            return self._bodies[operation]()
        if operation not in BODIES:
            return None
        return json.loads(json.dumps(BODIES[operation]).replace(_NONE, self.image))

    def query(self, operation: str) -> dict[str, str]:
        """What must stand behind the question mark to find something."""
        return {
            "compare_dataset": lambda: {"before": f"{self._dataset()}@1"},
            "preview_merge": lambda: {"other": f"{self._dataset()}@1"},
            "list_poor_pictures": lambda: {"issue": "dark"},
            "explain_access": lambda: {"permission": "images:read"},
        }.get(operation, dict)()

    def _labelled(self, name: str) -> dict[str, Any]:
        """Two pictures of two classes, one to learn from and one to judge by."""
        examples = [
            {"image": one, "split": split, "annotations": [{"kind": "classification", "label": split}]}
            for one, split in zip(self._pair, ("train", "validation"), strict=True)
        ]
        return {"name": name, "examples": examples}

    def _dataset(self) -> str:
        self._answer("datasets", self._labelled("two"))
        return "two"

    def _learnt(self, kind: str) -> str:
        """A training that is over, or what came of one."""
        if not self._trained:
            self._trained = train(self._library, f"{self._dataset()}@1")
        return self._trained[kind]

    def _backup(self) -> str:
        if not self._client.get(f"{API}/storage/backups").json()["items"]:
            begun = self._made("storage/backups")
            assert self._library.work.run(SYSTEM, begun, "run-backup").state == "done"
        return self._rows("storage/backups")

    def _failure(self) -> str:
        entry = failure(next(self._numbers) + 100)
        stores = self._library.stores
        stores.database.run(lambda session: stores.failures.record(session, entry))
        return entry.id

    def _move(self) -> str:
        if not self._client.get(f"{API}/storage/moves").json()["items"]:
            return self._made("storage/moves", source="main", target="attic")
        return self._rows("storage/moves")

    def _tag(self) -> str:
        tag = f"tag {next(self._numbers)}"
        self._answer("images/bulk", {
            "selection": {"ids": [self.image]}, "action": {"type": "edit", "edit": {"add_tags": [tag]}},
        })  # fmt: skip
        return tag

    def _answer(self, path: str, body: Any) -> Any:
        answer = self._client.post(f"{API}/{path}", json=body)
        assert answer.status_code < 300, (path, answer.text)
        return answer.json()

    def _made(self, path: str, key: str = "id", **body: Any) -> str:
        answer = self._answer(path, body)
        inner = next((one for one in answer.values() if isinstance(one, dict) and key in one), {})
        return str(answer.get(key) or inner[key])

    def _rows(self, path: str) -> str:
        return str(self._client.get(f"{API}/{path}").json()["items"][0]["id"])

    def _rule(self) -> str:
        return self._made("policies", **BODIES["add_policy"] | {"domain": "*"})

    def _session(self) -> str:
        user = self._client.get(f"{API}/auth/me").json()["user"]["id"]
        whose = self._library.stores.users.get(user)
        session, _ = self._library.sessions.begin(whose, "program", address=None, agent=None, how="test")
        return session.id

    def _work(self) -> str:
        return self._made("images/bulk", **self.body("bulk_images") | {"selection": {"query": {}}})

    def _away(self) -> str:
        image = next(self._records)
        self._library.trash.put(LOCAL_OWNER, _ids(image))
        return image


def _ids(image: str) -> Any:
    from darkroom.services.trash_views import ImageIds

    return ImageIds(ids=(image,))
