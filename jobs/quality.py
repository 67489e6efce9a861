"""The check of what versions of datasets are worth, run when one was judged."""

import dagster as dg

from assets.checks import good_quality
from darkroom.services.runs import PRIORITY_TAG

CHECK_JOB = "check_quality"
_LATER = "-1"

check_quality = dg.define_asset_job(
    CHECK_JOB,
    selection=dg.AssetSelection.checks(good_quality),
    executor_def=dg.in_process_executor,
    tags={PRIORITY_TAG: _LATER},
    description="Checks what the newest versions of datasets are worth, by what was found of their pictures.",
)
