"""Models that others trained: brought as ONNX files that lie on the server, tried, and kept with the library for steps of recipes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.base import now
from darkroom.domain.brought import MODEL_FILE, BroughtModel
from darkroom.domain.work import LongWork
from darkroom.errors import Error
from darkroom.services.sight import whole
from darkroom.services.training.brought_views import BroughtModelList, BroughtModelView, NewBroughtModel
from darkroom.services.training.registry import named_models
from darkroom.services.training.removing import refuse_used
from darkroom.services.work.adapters import view_of
from darkroom.services.work.again import same_id
from darkroom.services.work.kinds import WholeKind
from darkroom.services.work.progress import Progress
from darkroom.services.work.views import WorkView
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.database import Session
from darkroom.store.files import keep_file

if TYPE_CHECKING:
    from darkroom.services.work.service import WorkService


class BroughtModelService:
    """Models that others trained.

    Args:
        settings: say where files lie, and for links.
        stores: where models are kept.
        work: brings models; asked for when it is needed.
    """

    def __init__(self, settings: Settings, stores: Stores, work: Callable[[], WorkService]) -> None:
        self._settings = settings
        self._stores = stores
        self._work = work

    def list(self, principal: Principal) -> BroughtModelList:
        """Every version, and the files that could be brought."""
        scope_of(principal, "training:read")
        files = sorted(path.name for path in self._settings.models.glob("*.onnx"))
        return BroughtModelList(items=tuple(map(_view, self._stores.brought.all())), files=tuple(files))

    def add(self, principal: Principal, new: NewBroughtModel) -> WorkView:
        """Bring a model; asking again while it is tried leads to the same operation.

        Raises:
            Error: `conflict` for a name that a trained model has, `source_missing` for a file that is not there.
        """
        scope_of(principal, "models:write")
        whole(principal, "models:write")
        _refuse_taken(self._stores, new.name)
        if not (self._settings.models / new.file).is_file():
            raise Error(
                "source_missing", f"There is no file {new.file} in {self._settings.models}.",
                remedy="Put the ONNX file there, on the machine that Darkroom runs on.",
            )  # fmt: skip
        made = self._work().begin_whole(
            principal, BringModelKind.name, title=f"Bring the model {new.name}", params=new.model_dump(mode="json"),
            work_id=same_id(self._stores, BringModelKind.name, principal.id, new.model_dump_json()),
        )  # fmt: skip
        return view_of(made, self._settings)

    def delete(self, principal: Principal, name: str, number: int) -> None:
        """Forget a version that nothing uses; its number is not given again.

        Raises:
            Error: `not_found`; `learning_in_use`, naming what uses it.
        """
        scope_of(principal, "models:write")
        whole(principal, "models:write")
        version, newest = self._stores.brought.version(name, number), self._stores.brought.version(name)
        if version is None:
            raise Error("not_found", f"There is no model version {name}@{number}.", id=f"{name}@{number}")
        words = {version.id, *({name} if newest is not None and newest.number == number else ())}
        presets = [one.id for one in self._stores.presets.list() if words & named_models(json.loads(one.recipe))]

        def work(session: Session) -> None:
            orders = self._stores.orders.open_naming(version.id, session=session)
            refuse_used(version.id, {"the preset": presets, "the order": orders})
            self._stores.brought.forget(version.id, session=session)
            _tell(self._stores, session, principal.id, name, number)

        self._stores.database.run(work)


class BringModelKind(WholeKind):
    """Tries a model, in a process of its own, and keeps it with the library.

    Args:
        settings: say where files lie.
        stores: where it is kept.
    """

    name = "bring_model"
    permission = "models:write"

    def __init__(self, settings: Settings, stores: Stores) -> None:
        super().__init__(stores)
        self._folder = settings.models

    def do(self, work: LongWork, progress: Progress) -> None:
        """Try it, and keep it.

        Raises:
            Error: `model_unusable`, saying what is wrong with it; `source_missing`, `conflict`.
        """
        from darkroom.imaging.operations.learned_model import load_model, read_model

        given = NewBroughtModel.model_validate_json(work.params)
        progress.of(1)
        data = read_model(self._folder / given.file)
        load_model(data, given.file)
        file = keep_file(self.stores.blobs, MODEL_FILE, data)

        def keep(session: Session) -> bool:
            _refuse_taken(self.stores, given.name)
            before = self.stores.brought.version(given.name, session=session)
            if before is not None and _same(before, given, file.key):
                return False
            number = self.stores.brought.last_number(given.name, session=session) + 1
            self.stores.brought.insert(BroughtModel(
                id=f"{given.name}@{number}", number=number, file=file, source=given.file, created_at=now(),
                created_by=work.principal, **given.model_dump(exclude={"file"}),
            ), session=session)  # fmt: skip
            _tell(self.stores, session, work.principal, given.name, number)
            return True

        progress.add(1, changed=int(self.stores.database.run(keep)))
        progress.save()


def _same(before: BroughtModel, given: NewBroughtModel, key: str) -> bool:
    """Whether it was brought already, by a run that was killed then, or by whoever asked first."""
    said = given.model_dump(exclude={"file"})
    return before.file is not None and before.file.key == key and said == before.model_dump(include=set(said))


def _refuse_taken(stores: Stores, name: str) -> None:
    if stores.models.find(name) or stores.search_models.find(name):
        raise Error("conflict", f"There is a model {name} already.", remedy="Give it another name.")


def _tell(stores: Stores, session: Session, principal: str, name: str, number: int) -> None:
    stores.events.append(session, type="models.changed", principal=principal, ids=[name], data={"version": number})


def _view(model: BroughtModel) -> BroughtModelView:
    kept = model.model_dump(include={"id", "name", "number", "source", "task", "licence", "about", "created_at"})
    file = model.file
    return BroughtModelView(
        bytes=file.bytes if file else 0, sha256=file.key if file else "", usual=model.usual, **kept
    )  # fmt: skip
