"""Who may do what in Dagster's own web app, which knows no people: decided by what its GraphQL documents ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Undefined,
    parse,
)
from graphql.utilities import value_from_ast_untyped

from darkroom.access import may, reach_of, require
from darkroom.access.trail import Trail
from darkroom.domain.access import Principal
from darkroom.errors import Error
from darkroom.services.runs import INGEST_JOB, MOVE_JOB, TRAINING_JOB, WORK_JOB
from darkroom.store import Stores

SEE = "batches:read"
"""Permission to look at runs and assets there."""
RUN = "batches:write"
"""Permission to start and stop runs that take pictures in."""
RULE = "system:write"
"""Permission for everything else: sensors, schedules, deleting, wiping, reloading."""

JOBS: dict[str, str] = {
    INGEST_JOB: RUN,
    "collect_objects": RUN,
    "migrate_storage": "storage:write",
    MOVE_JOB: "storage:write",
    TRAINING_JOB: "training:write",
    WORK_JOB: "operations:all",
}
"""Job -> permission to start it there, the same as for starting it anywhere; a job that is not here takes `RULE`."""

_HARMLESS = frozenset({"logTelemetry", "setNuxSeen"})
_STOPPING = frozenset({"terminateRun", "terminateRuns", "terminatePipelineExecution", "cancelPartitionBackfill"})
_STARTING = frozenset({"launchRun", "launchPipelineExecution", "launchMultipleRuns", "launchRunReexecution"})
_JOB_KEYS = ("jobName", "pipelineName")
_MOST_TOKENS = 50_000
_DEEPEST = 50


class OrchestratorGate:
    """Lets principals through to Dagster.

    Args:
        stores: the audit log.
    """

    def __init__(self, stores: Stores) -> None:
        self._trail = Trail(stores)

    def see(self, principal: Principal) -> None:
        """Return if a principal may look.

        Raises:
            Error: `forbidden` or `unauthenticated`.
        """
        require(principal, SEE)
        _sees_everything(principal)

    def shows(self, principal: Principal) -> bool:
        """Whether what Dagster shows is still for somebody; nothing is written down."""
        return may(principal, SEE) and reach_of(principal).is_everything

    def ask(self, principal: Principal, document: object, variables: object = None) -> None:
        """Return if a principal may ask what a GraphQL document asks; what changes something is written down.

        Raises:
            Error: `forbidden`, `unauthenticated`, or `invalid_parameter` for what is no document.
        """
        require(principal, SEE)
        _sees_everything(principal)
        asked = changes(document, variables)
        for permission in dict.fromkeys(asked.values()):
            require(principal, permission)
        if told := sorted(set(asked) - _HARMLESS):
            self._trail.note(principal, "dagster.changed", fields=told[:20])

    def change(self, principal: Principal, what: str) -> None:
        """Return if a principal may change something there in another way than by GraphQL.

        Raises:
            Error: `forbidden` or `unauthenticated`.
        """
        require(principal, RULE)
        self._trail.note(principal, "dagster.changed", what[:200])


def _sees_everything(principal: Principal) -> None:
    """Return if all pictures may be seen: runs show sheets of what they brought in."""
    if not reach_of(principal).is_everything:
        raise Error(
            "forbidden", f"{principal.name} may not see every picture, and Dagster shows all of them.",
            remedy="Ask somebody who may see the whole library to look.", permission="images:read",
        )  # fmt: skip


def changes(document: object, variables: object = None) -> dict[str, str]:
    """What a GraphQL document would change, in any of its operations: field -> permission that it takes.

    Every operation counts, whichever is named to be run: what was looked at and what runs must not differ.

    Raises:
        Error: `invalid_parameter`.
    """
    if not isinstance(document, str):
        # Among others a persisted query, of which there is only a hash.
        raise Error("invalid_parameter", "query: give the text of a GraphQL document.", parameter="query")
    try:
        found = parse(document, no_location=True, max_tokens=_MOST_TOKENS)
    except (GraphQLError, RecursionError) as error:
        raise Error("invalid_parameter", f"query: {str(error)[:300]}", parameter="query") from error
    given = variables if isinstance(variables, Mapping) else {}
    asked: dict[str, str] = {}
    for field in _mutated(found):
        name = field.name.value
        permission = _permission(name, field, dict(given))
        # The same field twice, under two aliases: the stricter one counts.
        asked[name] = RULE if asked.get(name, permission) != permission else permission
    return asked


def _mutated(document: DocumentNode) -> Iterator[FieldNode]:
    """Fields at the root of every mutation, also by way of fragments."""
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode) and operation.operation is OperationType.MUTATION:
            yield from _fields(operation.selection_set, fragments, frozenset())


def _fields(
    selection: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], seen: frozenset[str]
) -> Iterator[FieldNode]:
    for one in selection.selections:
        if isinstance(one, FieldNode):
            yield one
        elif isinstance(one, InlineFragmentNode):
            yield from _fields(one.selection_set, fragments, seen)
        elif isinstance(one, FragmentSpreadNode) and one.name.value not in seen and one.name.value in fragments:
            if len(seen) >= _DEEPEST:
                raise Error("invalid_parameter", "query: too many fragments within each other.", parameter="query")
            yield from _fields(
                fragments[one.name.value].selection_set, fragments, seen | {one.name.value}
            )  # fmt: skip


def _permission(name: str, field: FieldNode, variables: dict[str, Any]) -> str:
    if name in _HARMLESS:
        return SEE
    if name in _STOPPING:
        return RUN
    if name not in _STARTING:
        return RULE
    jobs: set[str] = set()
    for argument in field.arguments:
        try:
            jobs |= set(_jobs(value_from_ast_untyped(argument.value, variables)))
        except (ValueError, TypeError, RecursionError):
            return RULE
    needed = {JOBS.get(job, RULE) for job in jobs}
    return needed.pop() if len(needed) == 1 else RULE


def _jobs(value: Any) -> Iterator[str]:
    """Every name of a job in an argument; one that cannot be told (a variable's default) counts as a strange one."""
    if value is Undefined:
        yield ""
    elif isinstance(value, Mapping):
        for key, one in value.items():
            if key in _JOB_KEYS and one is not None:
                yield str(one)
            elif key != "runConfigData":
                yield from _jobs(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _jobs(one)
