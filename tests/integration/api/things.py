"""One of everything that the paths and bodies of the API name, so that an operation finds what it is about."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

from starlette.testclient import TestClient

from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.ingest import BatchItem
from darkroom.domain.query import ImageQuery
from darkroom.services.library import Library
from tests.integration.accounts.test_matrix import BODIES
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
        found = next(self._records) if operation == "delete_image" else self._makers[kind]()
        return {"id": found, "image": self.image, "number": 1, "level": 0, "column": 0, "row": 0}

    def body(self, operation: str) -> Any:
        """A body that the operation takes, about a picture that is there; None where it takes none."""
        if operation not in BODIES:
            return None
        return json.loads(json.dumps(BODIES[operation]).replace(_NONE, self.image))

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
