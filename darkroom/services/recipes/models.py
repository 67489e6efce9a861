"""Models of the registry as steps of recipes name them: `name@champion`, `name@3`, or `name` for its champion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from darkroom.domain.dataset import StoredFile
from darkroom.domain.scope import Scope
from darkroom.domain.training import ModelVersion, StoredCheckpoint
from darkroom.errors import Error
from darkroom.services.datasets.reach import VersionReach
from darkroom.store import Stores

if TYPE_CHECKING:
    from darkroom.imaging.recipes.model import Recipe, Step
    from darkroom.services.recipes.presets import Chosen

_USUAL = "champion"
_FILE = "model.onnx"
# A painter looks forty pixels far: tiles that share four times that blend without a trace.
_TILES: dict[str, dict[str, int]] = {"style": {"tile": 512, "overlap": 160}}


@dataclass(frozen=True)
class Registered:
    """A version of a model that can be run here."""

    version: ModelVersion
    file: StoredFile
    about: StoredCheckpoint

    @property
    def usual(self) -> Mapping[str, Any]:
        """Parameters that follow from how it was trained: the platform gives its models RGB from 0 to 1."""
        found = {"values": "0..1", "side": self.about.about.image_size, "labels": list(self.about.about.labels)}
        return {name: value for name, value in (found | _TILES.get(self.about.about.task, {})).items() if value}


@dataclass(frozen=True)
class Runnable:
    """A version that a step can run, whoever trained it."""

    id: str
    """`name@number`."""
    file: StoredFile
    """Its ONNX file."""
    usual: Mapping[str, Any]
    """Parameters that follow from how it was trained."""


class ModelShelf:
    """Looks models up for somebody; one may use a model who may see every picture that it learnt from. What others trained is
    for everybody.

    Args:
        stores: the registry.
        scope: pictures that whoever asks may see.
    """

    def __init__(self, stores: Stores, scope: Scope) -> None:
        self._stores = stores
        self._scope = scope
        self._reach = VersionReach(stores)

    def __contains__(self, words: object) -> bool:
        try:
            self.runnable(str(words))
        except Error:
            return False
        return True

    def get(self, words: str) -> Registered:
        """The version that is meant, with its ONNX file.

        Raises:
            Error: as `version`; `model_unusable` for one without ONNX file.
        """
        version = self.version(words)
        checkpoint = self._stores.checkpoints.get(version.checkpoint)
        file = next((one for one in checkpoint.files if one.name == _FILE), None)
        if file is None:
            raise Error("model_unusable", f"{version.id} has no ONNX file: {checkpoint.not_exported}")
        return Registered(version, file, checkpoint)

    def version(self, words: str) -> ModelVersion:
        """The version that is meant, whether or not it can be run.

        Raises:
            Error: `not_found`, also for one that learnt from others' pictures.
        """
        name, _, which = words.partition("@")
        line = self._stores.models.find(name)
        number = int(which) if which.isdecimal() else line.aliases.get(which or _USUAL) if line else None
        version = self._stores.model_versions.find(f"{name}@{number}") if number else None
        if version is None or not self._reach.covers(version.dataset, self._scope):
            remedy = (
                f"Name one of the registry as `name@{_USUAL}` or `name@3`; `darkroom model list` shows those there are."
            )
            raise Error("not_found", f"There is no model {words[:100]!r} in the library.", remedy=remedy)
        return version

    def runnable(self, words: str) -> Runnable:
        """The version that is meant, of a model that was trained here or brought.

        Raises:
            Error: as `get`.
        """
        name, _, which = words.partition("@")
        if which in ("", _USUAL) or which.isdecimal():
            brought = self._stores.brought.version(name, int(which) if which.isdecimal() else None)
            if brought is not None and brought.file is not None:
                return Runnable(brought.id, brought.file, brought.usual.model_dump(mode="json", exclude_defaults=True))
        found = self.get(words)
        return Runnable(found.version.id, found.file, found.usual)

    def read(self, words: str) -> tuple[bytes, str]:
        """The ONNX file of a model and its sha256.

        Raises:
            Error: as `get`; `blob_missing`.
        """
        found = self.runnable(words)
        return self._stores.blobs.read("originals", found.file.key), found.file.key

    def pinned(self, chosen: Chosen) -> Chosen:
        """The recipe with versions in place of aliases, which may lead elsewhere tomorrow, and with what their training decided.

        Raises:
            Error: as `get`.
        """
        from darkroom.imaging.recipes.compile import compile_recipe

        if not any(kind == "model" for kind, _ in chosen.program.references()):
            return chosen
        steps = tuple(self._pinned(step) for step in chosen.recipe.operations)
        recipe: Recipe = chosen.recipe.model_copy(update={"operations": steps})
        return replace(chosen, recipe=recipe, program=compile_recipe(recipe))

    def _pinned(self, step: Step) -> Step:
        from darkroom.imaging.operations.registry import operations

        operation = operations().get(step.name)
        if not any(kind == "model" for kind, _ in operation.references(operation.parse(step.params))):
            return step
        found = self.runnable(str(step.params["model"]))
        usual = {name: value for name, value in found.usual.items() if name in operation.params.model_fields}
        return step.model_copy(update={"params": {**usual, **step.params, "model": found.id}})
