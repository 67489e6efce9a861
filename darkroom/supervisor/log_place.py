"""Where Dagster keeps what runs print: on this machine, or in a bucket."""

from __future__ import annotations

import json

from darkroom.errors import Error
from darkroom.settings import Settings
from darkroom.store.blobs.location import Location, credentials_for, parse_location

SETTING = "DARKROOM_DAGSTER_LOGS"


def log_place(settings: Settings) -> Location | None:
    """The bucket for logs, or None for this machine.

    Raises:
        Error: `invalid_setting`.
    """
    if settings.dagster_logs is None:
        return None
    location = parse_location(settings.dagster_logs, setting=SETTING)
    if location.scheme != "s3":
        raise Error(
            "invalid_setting", f"{SETTING}: Dagster keeps logs in S3 alone, and this is {location.scheme}://.",
            setting=SETTING, remedy="Name a bucket as s3://bucket/folder, or unset it to keep logs in the home folder.",
        )  # fmt: skip
    # Now rather than in the middle of the first run.
    credentials_for(location, settings)
    return location


def log_configuration(settings: Settings) -> str:
    """What Dagster's configuration says of it; never a secret.

    Raises:
        Error: `invalid_setting`.
    """
    location = log_place(settings)
    if location is None:
        return ""
    # JSON is YAML, and needs no thought about what stands in it.
    config = json.dumps({"place": str(location), "folder": str(settings.dagster_home / "storage")})
    return f"\ncompute_logs:\n  module: resources.run_logs\n  class: BucketLogManager\n  config: {config}\n"
