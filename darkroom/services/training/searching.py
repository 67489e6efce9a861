"""Models that pictures are found with by words: made of weights that others trained, used one at a time, kept up with what comes in."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from darkroom.access import scope_of
from darkroom.domain.access import SYSTEM, Principal
from darkroom.domain.base import now
from darkroom.domain.embedding import PICTURES, TOKENIZER, WORDS, SearchModel
from darkroom.domain.work import LongWork
from darkroom.errors import ERROR_CODES, Error
from darkroom.services.sight import whole
from darkroom.services.training.makers import SEARCHING
from darkroom.services.training.search_views import NewSearchModel, SearchModelList, SearchModelUse, SearchModelView
from darkroom.services.training.telling import told
from darkroom.services.work.adapters import view_of
from darkroom.services.work.again import same_id
from darkroom.services.work.kinds import WholeKind
from darkroom.services.work.progress import Progress
from darkroom.services.work.views import WorkView
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.database import Session
from darkroom.store.files import keep_path

if TYPE_CHECKING:
    from darkroom.services.training.embedding import EmbeddingService
    from darkroom.services.work.service import WorkService

_FILES = (PICTURES, WORDS, TOKENIZER)


class SearchModelService:
    """Models for searching.

    Args:
        settings: for links.
        stores: models and rows.
        embeddings: has pictures looked at.
        work: makes models; asked for when it is needed.
    """

    def __init__(
        self, settings: Settings, stores: Stores, embeddings: EmbeddingService, work: Callable[[], WorkService]
    ) -> None:
        self._settings = settings
        self._stores = stores
        self._embeddings = embeddings
        self._work = work

    def list(self, principal: Principal) -> SearchModelList:
        """Every one, with how many pictures it has seen."""
        scope_of(principal, "training:read")
        return SearchModelList(items=tuple(map(self._view, self._stores.search_models.all())))

    def add(self, principal: Principal, new: NewSearchModel) -> WorkView:
        """Make a model of weights; asking again while it is made leads to the same operation.

        Raises:
            Error: `conflict` for a name that is taken.
        """
        scope_of(principal, "models:write")
        whole(principal, "models:write")
        taken = self._stores.search_models.find(new.name) or self._stores.models.find(new.name)
        if taken or self._stores.brought.version(new.name):
            raise Error("conflict", f"There is a model {new.name} already.", remedy="Give it another name.")
        made = self._work().begin_whole(
            principal, SearchModelKind.name, title=f"Make {new.name} for searching", params=new.model_dump(),
            work_id=same_id(self._stores, SearchModelKind.name, principal.id, new.name, new.weights),
        )  # fmt: skip
        return view_of(made, self._settings)

    def use(self, principal: Principal, name: str, given: SearchModelUse) -> SearchModelView:
        """Use a model for searching, or none; it begins to look at pictures at once, and at those that come from then on.

        Raises:
            Error: `not_found`; `forbidden` for who may not see every picture.
        """
        scope_of(principal, "models:write")
        whole(principal, "models:write")
        found = self._stores.search_models.get(name)

        def work(session: Session) -> None:
            self._stores.search_models.use(session, found.id if given.used else None)
            self._tell(session, principal, found.id)

        if given.used != found.used:
            self._stores.database.run(work)
        self._embeddings.keep_up(SYSTEM)
        return self._view(self._stores.search_models.get(name))

    def delete(self, principal: Principal, name: str) -> None:
        """Forget a model that is not used, with all rows that it made.

        Raises:
            Error: `not_found`, `conflict` for the one that is used.
        """
        scope_of(principal, "models:write")
        whole(principal, "models:write")

        def work(session: Session) -> None:
            if self._stores.search_models.get(name, session=session).used:
                raise Error("conflict", f"{name} is used for searching.", remedy="Stop using it first.")
            self._stores.search_models.delete(name, session=session)
            self._stores.embeddings.drop(name + SEARCHING, session=session)
            self._tell(session, principal, name)

        self._stores.database.run(work)

    def _tell(self, session: Session, principal: Principal, name: str) -> None:
        self._stores.events.append(session, type="models.changed", principal=principal, ids=[name])

    def _view(self, model: SearchModel) -> SearchModelView:
        total = self._stores.images.estimated_count()
        about = self._stores.embeddings.find(model.id + SEARCHING)
        running = self._embeddings.running(model.id + SEARCHING)
        return SearchModelView(
            name=model.id, pictures=min(about.count if about else 0, total), of=total,
            operation=running.id if running else None, seconds_left=running.seconds_left if running else None,
            bytes=sum(one.bytes for one in model.files),
            **model.model_dump(include={"weights", "kind", "licence", "dims", "image_size", "used", "created_at"}),
        )  # fmt: skip


class SearchModelKind(WholeKind):
    """Makes a model for searching of weights, in a process of its own.

    Args:
        settings: say where weights are kept, and whether they may be fetched.
        stores: where it is kept.
    """

    name = "search_model"
    permission = "models:write"

    def __init__(self, settings: Settings, stores: Stores) -> None:
        super().__init__(stores)
        self._more = ["--backbones", str(settings.backbones), *(["--hub"] if settings.hub else [])]

    def do(self, work: LongWork, progress: Progress) -> None:
        """Make it.

        Raises:
            Error: `model_unusable`, saying what the weights lack; `conflict`.
        """
        given = NewSearchModel.model_validate_json(work.params)
        progress.of(1)
        with tempfile.TemporaryDirectory(prefix="darkroom-towers-") as place:
            about = self._made(given.weights, Path(place))
            _tried(Path(place), about, given.name)
            files = tuple(keep_path(self.stores.blobs, Path(place) / one) for one in _FILES)
        if self.stores.models.find(given.name):
            raise Error("conflict", f"There is a model {given.name} already.", remedy="Give it another name.")
        if self.stores.search_models.find(given.name) is None:
            self.stores.search_models.insert(SearchModel(
                id=given.name, files=files, weights=given.weights, created_at=now(), created_by=work.principal, **about,
            ))  # fmt: skip
        progress.add(1, changed=1)
        progress.save()

    def _made(self, weights: str, place: Path) -> dict[str, Any]:
        for line in told(["towers", weights, str(place), *self._more]):
            match line:
                case {"towers": found}:
                    return dict(found)
                case {"error": [code, cause]}:
                    known = code if code in ERROR_CODES and code != "training_invalid" else "model_unusable"
                    remedy = (
                        "Name a folder with `config.json`, `model.safetensors` and `tokenizer.json` of CLIP or SigLIP."
                    )
                    raise Error(known, cause, remedy=remedy)
        raise Error("training_out_of_memory", "The process that made the model was ended from outside.")


def _tried(place: Path, about: dict[str, Any], name: str) -> None:
    """Refuse what could not be used later."""
    import numpy as np

    from darkroom.imaging.operations.learned_towers import PictureTower, TextTower

    pictures, words, tokenizer = ((place / one).read_bytes() for one in _FILES)
    seen = PictureTower(pictures, name).rows([np.zeros((about["image_size"],) * 2 + (3,), np.uint8)])
    tower = TextTower(words, tokenizer, length=about["tokens"], padding=about["padding"], name=name)
    said = tower.rows(["a picture"])
    if not seen.shape[1] == said.shape[1] == about["dims"]:
        raise Error("model_unusable", f"The towers of {name} give rows of {seen.shape[1]} and {said.shape[1]} numbers.")
