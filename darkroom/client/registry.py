"""Calls on the registry of models: versions, where aliases lead, and proposals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from darkroom.client.call import Call, address, given

if TYPE_CHECKING:
    from darkroom.domain.training import Gate, ModelVersion
    from darkroom.services.training.brought_views import BroughtModelList, NewBroughtModel
    from darkroom.services.training.search_views import NewSearchModel, SearchModelList, SearchModelUse, SearchModelView
    from darkroom.services.training.views import (
        Declined,
        ModelDetail,
        ModelNotes,
        ModelPage,
        ModelUses,
        Promotion,
        Proposed,
        Rollback,
        TrainingView,
    )
    from darkroom.services.work.views import WorkView

_TRAINING = "services.training.views"
_DETAIL = "services.training.views:ModelDetail"
_BROUGHT = "services.training.brought_views"
_SEARCH = "services.training.search_views"


def list_models(*, limit: int | None = None) -> Call[ModelPage]:
    """Models and where their aliases lead, newest first."""
    return Call("GET", address("models"), f"{_TRAINING}:ModelPage", query=given(limit=limit))


def get_model(model_id: str) -> Call[ModelDetail]:
    """A model with its versions and their figures."""
    return Call("GET", address("models", model_id), f"{_TRAINING}:ModelDetail")


def promote_model(model_id: str, given_: Promotion) -> Call[ModelDetail]:
    """Let an alias lead to another version; a worse one, or one judged by other pictures, only with `force`."""
    return Call("POST", address("models", model_id, "promote"), f"{_TRAINING}:ModelDetail", body=given_)


def roll_back_model(model_id: str, given_: Rollback) -> Call[ModelDetail]:
    """Let an alias lead to where it led before its last move."""
    return Call("POST", address("models", model_id, "rollback"), f"{_TRAINING}:ModelDetail", body=given_)


def set_model_gate(model_id: str, given_: Gate) -> Call[ModelDetail]:
    """Say what a version must be worth to become champion."""
    return Call("POST", address("models", model_id, "gate"), f"{_TRAINING}:ModelDetail", body=given_)


def note_model(model_id: str, number: int, given_: ModelNotes) -> Call[ModelVersion]:
    """Set and unset tags of a version, and say what it is meant for."""
    path = address("models", model_id, "versions", str(number), "notes")
    return Call("POST", path, "domain.training:ModelVersion", body=given_)


def get_model_card(model_id: str, number: int, *, format: str | None = None) -> Call[bytes]:  # noqa: A002 - as the parameter is called
    """Everything that is known of a version: as Markdown, or as `html`."""
    return Call("GET", address("models", model_id, "versions", str(number), "card"), query=given(format=format))


def get_model_uses(model_id: str, number: int) -> Call[ModelUses]:
    """What uses a version of a model."""
    return Call("GET", address("models", model_id, "versions", str(number), "uses"), f"{_TRAINING}:ModelUses")


def reproduce_model(model_id: str, number: int) -> Call[TrainingView]:
    """Train again as a version was trained."""
    return Call("POST", address("models", model_id, "versions", str(number), "reproduce"), f"{_TRAINING}:TrainingView")


def propose_model(model_id: str, given_: Proposed) -> Call[ModelDetail]:
    """Say that a version should be champion; somebody who approves promotes it."""
    return Call("POST", address("models", model_id, "propose"), _DETAIL, body=given_)


def decline_model(model_id: str, given_: Declined) -> Call[ModelDetail]:
    """Say no to the version that was proposed, and why."""
    return Call("POST", address("models", model_id, "decline"), _DETAIL, body=given_)


def delete_model_version(model_id: str, number: int) -> Call[None]:
    """Delete a version that nothing uses, and with the last one its model."""
    return Call("DELETE", address("models", model_id, "versions", str(number)))


def list_brought_models() -> Call[BroughtModelList]:
    """Models that others trained, and the files that could be brought."""
    return Call("GET", address("brought-models"), f"{_BROUGHT}:BroughtModelList")


def bring_model(given_: NewBroughtModel) -> Call[WorkView]:
    """Bring an ONNX file that lies on the server."""
    return Call("POST", address("brought-models"), "services.work.views:WorkView", body=given_)


def delete_brought_model(model_id: str, number: int) -> Call[None]:
    """Forget a version that nothing uses."""
    return Call("DELETE", address("brought-models", model_id, "versions", str(number)))


def list_search_models() -> Call[SearchModelList]:
    """Models that pictures are found with by words, and how many each has seen."""
    return Call("GET", address("search-models"), f"{_SEARCH}:SearchModelList")


def add_search_model(given_: NewSearchModel) -> Call[WorkView]:
    """Make a model for searching of weights on the server, or of a hub."""
    return Call("POST", address("search-models"), "services.work.views:WorkView", body=given_)


def use_search_model(model_id: str, given_: SearchModelUse) -> Call[SearchModelView]:
    """Use a model for searching, or none."""
    return Call("POST", address("search-models", model_id, "use"), f"{_SEARCH}:SearchModelView", body=given_)


def delete_search_model(model_id: str) -> Call[None]:
    """Forget a model for searching that is not used."""
    return Call("DELETE", address("search-models", model_id))
