"""Errors of object stores to rows of our table: who refused, what is missing, what can be tried again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from darkroom.errors import Error
from darkroom.store.blobs.location import Location

_STATUS = re.compile(r"status code: (\d{3})")
_NO_BUCKET = re.compile(r"NoSuchBucket|ContainerNotFound|bucket does not exist|container does not exist", re.IGNORECASE)
_NO_CREDENTIALS = re.compile(
    r"token request|credential|169\.254\.169\.254|metadata\.google|MissingAccessKey", re.IGNORECASE
)
_WRONG_REGION = re.compile(r"AuthorizationHeaderMalformed|PermanentRedirect|IllegalLocationConstraint")
_SECRET = re.compile(
    r"(?i)((?:X-Amz-(?:Signature|Credential|Security-Token)|sig|token|Authorization|X-Goog-Signature)[=:]\s*)[^\s&\"<]+"
)

REMEDIES = {
    "s3": "Set DARKROOM_STORAGE_CREDENTIALS, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, to a key that the policy "
    "in docs/storage.md allows this.",
    "gs": "Set GOOGLE_APPLICATION_CREDENTIALS to the key file of a service account with the role in docs/storage.md.",
    "az": "Set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY (or DARKROOM_STORAGE_CREDENTIALS) as "
    "docs/storage.md says.",
}
"""What to do where a provider refuses us."""


def clean(words: str) -> str:
    """A provider's message cut to one line without its debug output or anything secret."""
    line = " ".join(words.split("Debug source:", maxsplit=1)[0].split())
    return _SECRET.sub(r"\1***", line)[:300]


@contextmanager
def mapped(location: Location, what: str) -> Iterator[None]:
    """Turn what obstore raises into `Error`; `FileNotFoundError` and `AlreadyExistsError` are left to the caller.

    Raises:
        Error: `storage_denied`, `storage_missing` or `storage_unavailable`.
    """
    from obstore import exceptions

    try:
        yield
    except exceptions.AlreadyExistsError:
        raise
    except FileNotFoundError as error:
        if _NO_BUCKET.search(str(error)):
            raise _no_bucket(location) from None
        raise
    except (exceptions.BaseError, OSError, ValueError) as error:
        # Not chained: the provider's own message may hold signed addresses, and logs print causes.
        raise explained(error, location, what) from None


def explained(error: Exception, location: Location, what: str) -> Error:
    """The row for an error of obstore."""
    from obstore import exceptions

    words = str(error)
    status = _STATUS.search(words)
    denied = isinstance(error, exceptions.PermissionDeniedError | exceptions.UnauthenticatedError)
    if _NO_BUCKET.search(words):
        return _no_bucket(location)
    if denied or (status and status[1] in ("401", "403")):
        return _denied(location, f"{location} refused us: {what.lower()}.")
    if _NO_CREDENTIALS.search(words):
        return _denied(location, f"There are no credentials for {location}.")
    if _WRONG_REGION.search(words):
        return Error(
            "storage_denied", f"{location} lies in another region than the URL says.", where=str(location),
            remedy="Correct region= in the storage URL.",
        )  # fmt: skip
    return Error("storage_unavailable", f"{what}: {location}: {clean(words)}", where=str(location))


def _denied(location: Location, cause: str) -> Error:
    return Error("storage_denied", cause, remedy=REMEDIES[location.scheme], where=str(location))


def _no_bucket(location: Location) -> Error:
    return Error("storage_missing", f"There is no bucket or container {location.bucket!r}.", where=str(location))
