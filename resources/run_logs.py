"""What runs print, kept in a bucket: Dagster's own log manager for S3 with our places and credentials."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import dagster as dg
from boto3.exceptions import Boto3Error
from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from dagster_aws.s3.compute_log_manager import S3ComputeLogManager

from darkroom.settings import Settings
from darkroom.store.blobs.location import Location, credentials_for, parse_location
from darkroom.supervisor.log_place import SETTING

if TYPE_CHECKING:
    from dagster._core.storage.compute_log_manager import ComputeIOType
    from dagster._serdes import ConfigurableClassData

_KEYS = {
    "access_key_id": "aws_access_key_id",
    "secret_access_key": "aws_secret_access_key",
    "session_token": "aws_session_token",
}
_FAILURES = (BotoCoreError, ClientError, Boto3Error)

_log = logging.getLogger(__name__)


class BucketLogManager(S3ComputeLogManager):
    """Keeps logs in a bucket, and on this machine for as long as the bucket cannot be reached.

    Args:
        place: an `s3://` URL; its credentials are those of our stores, so that none stand in Dagster's configuration.
        folder: where logs are gathered while they are written, and where those from before lie.
        inst_data: how Dagster was told to make it.
    """

    def __init__(self, place: str, folder: str, inst_data: ConfigurableClassData | None = None) -> None:
        location = parse_location(place, setting=SETTING)
        super().__init__(
            bucket=location.bucket,
            prefix=location.prefix or "dagster",
            local_dir=folder,
            region=location.options.get("region"),
            endpoint_url=location.options.get("endpoint"),
            inst_data=inst_data,
        )
        # Dagster's own knows no keys but those of the environment, and does not sign for the region it is given.
        self._s3_session = client(location, credentials_for(location, Settings.load()))

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """A place and a folder."""
        return {"place": dg.StringSource, "folder": dg.StringSource}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]) -> Self:
        """Made by Dagster from its `dagster.yaml`."""
        return cls(inst_data=inst_data, **config_value)

    def _on_capture_complete(self, log_key: Sequence[str]) -> None:
        try:
            super()._on_capture_complete(log_key)
        except _FAILURES as error:
            # What was printed must not decide over what was done. The files stay here and are shown from here.
            _log.warning("The logs of %s stay on this machine: %s", "/".join(log_key), error)

    def cloud_storage_has_logs(self, log_key: Sequence[str], io_type: ComputeIOType, partial: bool = False) -> bool:
        """Whether they are in the bucket; not while it cannot be reached."""
        try:
            return bool(super().cloud_storage_has_logs(log_key, io_type, partial))
        except _FAILURES as error:
            _log.warning("Logs cannot be looked for in %s: %s", self._s3_bucket, error)
            return False


def client(location: Location, credentials: Mapping[str, str]) -> Any:
    """A connection to a bucket that asks it for nothing which services that speak like S3 lack."""
    endpoint = location.options.get("endpoint")
    style = location.options.get("style", "path" if endpoint else "host")
    config = Config(
        s3={"addressing_style": "virtual" if style == "host" else "path"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        retries={"max_attempts": 4, "mode": "standard"},
        connect_timeout=5,
        read_timeout=30,
    )
    region = location.options.get("region") or ("us-east-1" if endpoint else None)
    keys = {_KEYS[name]: value for name, value in credentials.items() if name in _KEYS}
    return Session().client("s3", endpoint_url=endpoint, region_name=region, config=config, **keys)
