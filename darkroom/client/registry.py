"""Calls on the registry of models: proposals, deleting what trainings left, and what reports draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from darkroom.client.call import Call, address

if TYPE_CHECKING:
    from darkroom.services.training.views import Declined, ModelDetail, Proposed, ReportPoints

_DETAIL = "services.training.views:ModelDetail"


def propose_model(model_id: str, given_: Proposed) -> Call[ModelDetail]:
    """Say that a version should be champion; somebody who approves promotes it."""
    return Call("POST", address("models", model_id, "propose"), _DETAIL, body=given_)


def decline_model(model_id: str, given_: Declined) -> Call[ModelDetail]:
    """Say no to the version that was proposed, and why."""
    return Call("POST", address("models", model_id, "decline"), _DETAIL, body=given_)


def delete_model_version(model_id: str, number: int) -> Call[None]:
    """Delete a version that nothing uses, and with the last one its model."""
    return Call("DELETE", address("models", model_id, "versions", str(number)))


def delete_training(training_id: str) -> Call[None]:
    """Delete a training that no version of a model came of, with its checkpoint and the reports on it."""
    return Call("DELETE", address("training-runs", training_id))


def delete_report(report_id: str) -> Call[None]:
    """Delete a report that neither its training nor a version of a model is judged by."""
    return Call("DELETE", address("reports", report_id))


def get_report_points(report_id: str) -> Call[ReportPoints]:
    """What a report draws: pictures one by one, and what comes of calling only those that the model is sure of."""
    return Call("GET", address("reports", report_id, "points"), "services.training.views:ReportPoints")
