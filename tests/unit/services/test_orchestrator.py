"""What a GraphQL document would change in Dagster, and what that takes."""

from __future__ import annotations

import pytest

from darkroom.errors import Error
from darkroom.services.orchestrator import JOBS, RULE, RUN, SEE, changes

LAUNCH = "mutation L($p: ExecutionParams!) { launchRun(executionParams: $p) { __typename } }"


def params(job: str, **more) -> dict:
    return {"p": {"selector": {"jobName": job, "repositoryName": "r"}, "runConfigData": {}, **more}}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("{ runsOrError { __typename } }", {}),
        ("query launchRun { version }", {}),
        ("subscription { pipelineRunLogs(runId: 1) { __typename } }", {}),
        ('mutation { terminateRun(runId: "x") { __typename } }', {"terminateRun": RUN}),
        ('mutation { ok: terminateRun(runId: "x") { __typename } wipeAssets { __typename } }',
         {"terminateRun": RUN, "wipeAssets": RULE}),
        # The operation that is not named to be run counts too.
        ('query A { version } mutation B { deleteRun(runId: "x") { __typename } }', {"deleteRun": RULE}),
        ("mutation { ...F } fragment F on Mutation { ...G } fragment G on Mutation { stopSensor { __typename } }",
         {"stopSensor": RULE}),
        ("mutation { ... on Mutation { ... { startSchedule { __typename } } } }", {"startSchedule": RULE}),
        ("mutation { ...F } fragment F on Mutation { ...F reloadWorkspace { __typename } }", {"reloadWorkspace": RULE}),
        ("mutation { somethingNew }", {"somethingNew": RULE}),
        ("mutation { logTelemetry setNuxSeen }", {"logTelemetry": SEE, "setNuxSeen": SEE}),
        ('mutation { launchRunReexecution(reexecutionParams: {parentRunId: "x"}) { __typename } }',
         {"launchRunReexecution": RULE}),
    ],
)  # fmt: skip
def test_what_a_document_takes(document, expected):
    assert changes(document) == expected


def test_a_job_takes_there_what_it_takes_anywhere():
    assert changes(LAUNCH, params("ingest_images")) == {"launchRun": RUN}
    assert changes(LAUNCH, params("migrate_storage")) == {"launchRun": "storage:write"}
    assert changes(LAUNCH, params("long_work")) == {"launchRun": "operations:all"}
    assert changes(LAUNCH, params("__ASSET_JOB")) == {"launchRun": RULE}
    assert changes(LAUNCH) == {"launchRun": RULE}
    assert set(JOBS.values()) <= {RUN, "storage:write", "training:write", "operations:all"}


@pytest.mark.parametrize(
    "document",
    [
        'mutation M($p: S = {jobName: "migrate_storage"}) { launchMultipleRuns(executionParamsList: '
        '[{selector: {jobName: "ingest_images"}}, {selector: $p}]) { __typename } }',
        'mutation { launchMultipleRuns(executionParamsList: [{selector: {jobName: "ingest_images"}}, '
        '{selector: {pipelineName: "migrate_storage"}}]) { __typename } }',
        'mutation { a: launchRun(executionParams: {selector: {jobName: "ingest_images"}}) { __typename } '
        'b: launchRun(executionParams: {selector: {jobName: "migrate_storage"}}) { __typename } }',
    ],
)
def test_a_job_does_not_hide_behind_another_one(document):
    assert set(changes(document).values()) == {RULE}


def test_what_a_run_is_configured_with_is_no_name_of_a_job():
    given = params("ingest_images", runConfigData={"ops": {"jobName": "x"}})
    assert changes(LAUNCH, given) == {"launchRun": RUN}


@pytest.mark.parametrize("document", [None, 7, "", "{", "mutation {", "{" * 5000, "{ a " * 60_000, {"query": "x"}])
def test_what_is_no_document_is_refused(document):
    with pytest.raises(Error) as caught:
        changes(document)
    assert caught.value.code == "invalid_parameter"
