"""The collections, and a `$jsonSchema` validator for each, generated from the domain models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from darkroom.domain.access import (
    ApiToken,
    AuditEntry,
    DeviceGrant,
    Link,
    RefreshToken,
    Rule,
    Session,
    SignInAttempt,
    User,
)
from darkroom.domain.annotation import ImageLabels
from darkroom.domain.brought import BroughtModel
from darkroom.domain.dataset import CommittedVersion, Dataset
from darkroom.domain.dataset_quality import KeptQualityRules, QualityFindings
from darkroom.domain.develop_history import DevelopClipboard, DevelopHistory
from darkroom.domain.draft import Draft
from darkroom.domain.embedding import EmbeddingSet, SearchModel
from darkroom.domain.event import Event
from darkroom.domain.follow import FollowedDataset
from darkroom.domain.image import ImageRecord
from darkroom.domain.ingest import Arrival, Batch, Failure
from darkroom.domain.organise import Collection, Tag
from darkroom.domain.preset_contest import PresetContest
from darkroom.domain.recipe import Preset, SavedFilter
from darkroom.domain.rendition import RecipeRendition, RenditionOrder
from darkroom.domain.rule import FilingRule
from darkroom.domain.run import RunRecord
from darkroom.domain.storage import StorageMove
from darkroom.domain.suspect import SuspectFindings
from darkroom.domain.training import ModelLine, ModelVersion, StoredCheckpoint, StoredReport, TrainingRun
from darkroom.domain.trash import ReleasedBlobs, TrashedImage
from darkroom.domain.upload import Upload
from darkroom.domain.work import LongWork, UndoPart, WorkPart
from darkroom.store.batches import ManifestPart
from darkroom.store.database import Database
from darkroom.store.renditions import OrderPart

_WHOLE = ["int", "long"]
_STRINGS = {"bsonType": "array", "items": {"bsonType": "string"}}

MODELS: dict[str, type[BaseModel]] = {
    "images": ImageRecord,
    "trash": TrashedImage,
    "released": ReleasedBlobs,
    "batches": Batch,
    "manifests": ManifestPart,
    "failures": Failure,
    "arrivals": Arrival,
    "storage_moves": StorageMove,
    "uploads": Upload,
    "events": Event,
    "runs": RunRecord,
    "tags": Tag,
    "collections": Collection,
    "presets": Preset,
    "filters": SavedFilter,
    "preset_contests": PresetContest,
    "develop_histories": DevelopHistory,
    "develop_clipboards": DevelopClipboard,
    "rules": FilingRule,
    "recipe_renditions": RecipeRendition,
    "rendition_orders": RenditionOrder,
    "rendition_parts": OrderPart,
    "image_labels": ImageLabels,
    "datasets": Dataset,
    "dataset_versions": CommittedVersion,
    "followed_datasets": FollowedDataset,
    "label_suspects": SuspectFindings,
    "quality_findings": QualityFindings,
    "quality_rules": KeptQualityRules,
    "drafts": Draft,
    "training_runs": TrainingRun,
    "checkpoints": StoredCheckpoint,
    "reports": StoredReport,
    "models": ModelLine,
    "model_versions": ModelVersion,
    "embeddings": EmbeddingSet,
    "search_models": SearchModel,
    "brought_models": BroughtModel,
    "work": LongWork,
    "work_parts": WorkPart,
    "undo": UndoPart,
    "users": User,
    "sessions": Session,
    "refresh_tokens": RefreshToken,
    "api_tokens": ApiToken,
    "links": Link,
    "sign_ins": SignInAttempt,
    "device_grants": DeviceGrant,
    "policies": Rule,
    "audit": AuditEntry,
}
"""Collection -> model of its documents."""

PLAIN = ("counters", "migrations", "locks", "attempts")
"""Collections of the store itself, without a model."""

EXTRA: dict[str, dict[str, Any]] = {
    "images": {
        "words": _STRINGS,
        "tag_keys": _STRINGS,
        "types": _STRINGS,
        "problem_keys": _STRINGS,
        "place_keys": _STRINGS,
        "sort_name": {"bsonType": "string"},
        "phash_bands": {"bsonType": "array", "items": {"bsonType": _WHOLE}},
    },
    "runs": {"created_at": {"bsonType": "date"}},
    # As it was when it was put away, which may be of an earlier schema: it gets what it lacks when it comes back.
    "trash": {"image": {"bsonType": "object"}},
}
"""Fields that the store adds to the models', or says in other words."""

_IDENTITY = {"events": "seq"}
_KEPT = ("enum", "pattern", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "uniqueItems")
_TYPES = {"string": "string", "boolean": "bool", "null": "null", "object": "object", "array": "array"}
_NUMBERS = {"integer": _WHOLE, "number": ["double", *_WHOLE]}


def validator(collection: str) -> dict[str, Any]:
    """The validator of a collection."""
    schema = MODELS[collection].model_json_schema(mode="serialization")
    found = _convert(schema, schema.get("$defs", {}))
    fields: dict[str, Any] = found["properties"]
    identity = _IDENTITY.get(collection, "id")
    fields["_id"] = fields.pop(identity)
    extra = EXTRA.get(collection, {})
    fields.update(extra)
    found["required"] = sorted({"_id" if name == identity else name for name in found["required"]} | set(extra))
    return {"$jsonSchema": found}


def _convert(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """JSON Schema as pydantic writes it to the dialect of MongoDB: no references, BSON types."""
    if "$ref" in schema:
        return _convert(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return {union: [_convert(one, definitions) for one in schema[union]]}
    found: dict[str, Any] = {name: schema[name] for name in _KEPT if name in schema}
    if "const" in schema:
        found["enum"] = [schema["const"]]
    kind = schema.get("type")
    if kind in _NUMBERS:
        found["bsonType"] = _NUMBERS[kind]
    elif kind is not None:
        found["bsonType"] = "date" if schema.get("format") == "date-time" else _TYPES[kind]
    if kind == "array":
        found["items"] = _convert(schema.get("items", {}), definitions)
    if kind == "object":
        found |= _convert_object(schema, definitions)
    return found


def _convert_object(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if fields := schema.get("properties"):
        found["properties"] = {name: _convert(one, definitions) for name, one in fields.items()}
        # Also those with a default: documents are always written whole.
        found["required"] = sorted(fields)
    rest = schema.get("additionalProperties")
    if isinstance(rest, dict):
        found["additionalProperties"] = _convert(rest, definitions)
    elif rest is False:
        found["additionalProperties"] = False
    return found


def without(rule: dict[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    """A validator as it was before there were these fields, for going back."""
    schema = rule["$jsonSchema"]
    return {"$jsonSchema": schema | {
        "properties": {name: one for name, one in schema["properties"].items() if name not in fields},
        "required": [name for name in schema["required"] if name not in fields],
    }}  # fmt: skip


def install(database: Database, collection: str, *, rule: dict[str, Any] | None = None) -> None:
    """Make a collection, or give the one there is a validator (the current one); documents that do not fit are refused."""
    exists = collection in database.collection_names()
    if collection not in MODELS:
        if not exists:
            database.command("create", collection)
        return
    database.command(
        "collMod" if exists else "create", collection, validator=rule or validator(collection), validationLevel="strict",
        validationAction="error",
    )  # fmt: skip
