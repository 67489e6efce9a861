"""The one error table: each code with its HTTP status, whether a retry can help, and words for a person.

REST (RFC 9457 problem documents), Dagster's retry policy, the failure ledger and the web app all read the same row,
so that one failure has one name and one remedy everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ErrorCode:
    """One row of the table."""

    code: str
    """Stable identifier, used in problem documents, the ledger and logs."""
    status: int
    """HTTP status a request that ends in this error gets."""
    retryable: bool
    """True when doing the same again later can succeed without anybody changing anything."""
    title: str
    """What went wrong, in a few words for a person."""
    remedy: str
    """What the person can do about it."""


# fmt: off
_ROWS = (
    # Requests
    ErrorCode("bad_request", 400, False, "The request is malformed", "Check the request against the API reference."),
    ErrorCode("invalid_parameter", 422, False, "A parameter is not valid", "Correct the parameter named and try again."),
    ErrorCode("invalid_cursor", 400, False, "The page cursor does not fit this query", "Start again from the first page."),
    ErrorCode("not_found", 404, False, "There is nothing under that address", "Check the id; it may have been removed."),
    ErrorCode("method_not_allowed", 405, False, "That method is not offered here", "See the API reference."),
    ErrorCode("conflict", 409, False, "Somebody changed this in the meantime", "Load it again and repeat your change."),
    ErrorCode("precondition_failed", 412, False, "It is no longer what you have seen", "Load it again and repeat your change with its new ETag."),
    ErrorCode("precondition_required", 428, False, "A change must say what it is based on", "Load it, and send its ETag as If-Match."),
    ErrorCode("request_in_progress", 409, True, "The same request is still being worked on", "Wait as long as Retry-After says, then send it again with the same key."),
    ErrorCode("idempotency_key_reused", 422, False, "That Idempotency-Key belongs to another request", "Send every new request with a new key."),
    ErrorCode("already_exists", 409, False, "That name is taken", "Choose another name."),
    ErrorCode("payload_too_large", 413, False, "The upload is too large", "Send smaller files, or raise DARKROOM_MAX_FILE_BYTES."),
    ErrorCode("too_many_uploads", 409, False, "Too many uploads are under way", "Complete or give up some of them (GET /api/v1/uploads), or raise DARKROOM_UPLOAD_MOST_OPEN."),
    ErrorCode("checksum_mismatch", 422, True, "The bytes differ from their checksum", "Send them again; they changed on the way."),
    ErrorCode("upload_damaged", 422, False, "The file is not what was announced", "Send it again from its beginning; it changed while it was sent."),
    ErrorCode("not_acceptable", 406, False, "That representation is not offered", "Ask for one of the types offered."),
    ErrorCode("unsupported_media_type", 415, False, "That content type is not accepted", "Send multipart/form-data or JSON as documented."),
    ErrorCode("range_not_satisfiable", 416, False, "The file does not have those bytes", "Ask for a range within the size given in Content-Range."),
    ErrorCode("forbidden", 403, False, "You may not do this", "Ask an administrator for the permission named."),
    ErrorCode("unauthenticated", 401, False, "You are not signed in", "Sign in and try again."),
    ErrorCode("sign_in_failed", 401, False, "Address and password do not fit", "Check both, or ask an administrator for a link to set a new password."),
    ErrorCode("too_many_attempts", 429, True, "Too many failed attempts", "Wait as long as Retry-After says, then try again."),
    ErrorCode("rate_limited", 429, True, "Too much at a time", "Wait as long as Retry-After says; ask for less, or raise DARKROOM_RATE_USER, _TOKEN or _ADDRESS."),
    ErrorCode("request_timeout", 408, True, "The request stopped coming in", "Send it again over a better connection; see DARKROOM_BODY_STALL_SECONDS."),
    ErrorCode("setup_needed", 403, False, "Nobody administers this Darkroom yet", "On its own machine, run `darkroom user create`, or open its page there."),
    ErrorCode("sign_in_expired", 400, False, "The sign-in took too long, or began in another browser", "Begin again on the sign-in page."),
    ErrorCode("provider_denied", 403, False, "The sign-in was not allowed at the provider", "Begin again and allow it there, or sign in with a password."),
    ErrorCode("provider_untrusted", 502, False, "The provider's answer cannot be trusted", "Begin again; if it stays, check the DARKROOM_OIDC_* settings against the provider's."),
    ErrorCode("provider_unavailable", 503, True, "The provider does not answer", "Wait a moment, or sign in with a password."),
    ErrorCode("address_unverified", 403, False, "The provider vouches for no address of yours", "Verify your e-mail address at the provider, then sign in again."),
    ErrorCode("no_account", 403, False, "You have no account here", "Ask an administrator for one."),
    ErrorCode("identity_taken", 409, False, "That account belongs to somebody else", "Sign in with the account that you used before, or ask an administrator."),
    ErrorCode("authorization_pending", 400, True, "Nobody has let the program in yet", "Ask again after `interval` seconds."),
    ErrorCode("slow_down", 400, True, "The program asks too often", "Wait five seconds longer between two questions."),
    ErrorCode("device_denied", 403, False, "The program was not let in", "Begin again, and allow it."),
    ErrorCode("device_expired", 400, False, "The code is no longer good", "Begin again: `darkroom login`."),
    ErrorCode("mail_not_configured", 409, False, "Darkroom sends no mail here", "Ask an administrator for a link, or set DARKROOM_MAIL_SERVER and DARKROOM_MAIL_FROM."),
    ErrorCode("mail_failed", 503, True, "The mail could not be sent", "Try again later; check the DARKROOM_MAIL_* settings, or hand over a link (`darkroom user reset-password`)."),
    ErrorCode("link_expired", 410, False, "The link is no longer good", "Ask an administrator for another link."),
    ErrorCode("host_not_allowed", 421, False, "That host name is not served here", "Open the address that `darkroom up` prints."),
    # Pictures: the failure ledger
    ErrorCode("image_empty", 422, False, "The file is empty", "Copy the file again from its origin, then retry."),
    ErrorCode("image_not_an_image", 422, False, "The file is not a picture", "Remove it, or convert it to a picture first."),
    ErrorCode("image_unsupported", 415, False, "This picture format cannot be read here", "Convert it to JPEG, PNG, WebP or TIFF, then retry."),
    ErrorCode("image_corrupt", 422, False, "The picture is damaged and cannot be decoded", "Replace it with an intact copy, then retry."),
    ErrorCode("image_truncated", 422, False, "The picture ends too early", "Copy the whole file again, then retry."),
    ErrorCode("image_too_many_pixels", 413, False, "The picture has more pixels than allowed", "Raise DARKROOM_MAX_PIXELS if you trust it, then retry."),
    ErrorCode("image_too_many_bytes", 413, False, "The file is larger than allowed", "Raise DARKROOM_MAX_FILE_BYTES if you trust it, then retry."),
    ErrorCode("image_too_many_frames", 413, False, "The picture has more frames than allowed", "Raise DARKROOM_MAX_FRAMES if you trust it, then retry."),
    ErrorCode("image_bomb", 413, False, "The picture unpacks to far more than its size", "Do not open it unless you trust it; raise DARKROOM_MAX_RATIO to accept it."),
    ErrorCode("image_timeout", 422, False, "Decoding took too long and was stopped", "Raise DARKROOM_DECODE_TIMEOUT_SECONDS if you trust it, then retry."),
    ErrorCode("image_out_of_memory", 503, True, "Decoding needed more memory than is free", "It is tried again by itself; close other programs, or raise DARKROOM_DECODE_MEMORY_MB."),
    ErrorCode("decoder_crashed", 422, False, "The decoder crashed on this file", "Convert the file with another program, then retry."),
    ErrorCode("encoder_missing", 422, False, "This picture format cannot be written here", "Choose another format; `darkroom formats` lists what this machine writes."),
    ErrorCode("format_limit", 422, False, "The picture does not fit into that format", "Make it smaller, or choose another format or other options; see `darkroom formats`."),
    ErrorCode("encode_failed", 500, False, "An encoder failed", "Choose another encoder or format, and report the message."),
    # Recipes
    ErrorCode("recipe_invalid", 422, False, "The recipe is not valid", "Correct the step named; `darkroom operations NAME` explains its parameters."),
    ErrorCode("operation_failed", 422, False, "An operation broke on this picture", "Leave that step out for this picture, and report it."),
    ErrorCode("plugin_invalid", 422, False, "The plug-in cannot be used", "Correct what the message names; `darkroom plugin check FOLDER` tells of all of it."),
    # Models
    ErrorCode("model_unusable", 422, False, "The model cannot be used", "Export it again as ONNX with one picture as input; see the message."),
    # Datasets and training
    ErrorCode("dataset_invalid", 422, False, "The dataset cannot be used", "Correct what the message names, then import it again."),
    ErrorCode("dataset_poor", 422, False, "The dataset is not as good as it must be", "Leave out or mend what the message names, or change the rules of the dataset on its page Quality."),
    ErrorCode("training_invalid", 422, False, "The training cannot start like this", "Correct the option named; `darkroom train --help` names the options, docs/training.md explains them."),
    ErrorCode("training_diverged", 422, False, "The training went astray", "Lower the learning rate, or look for wrong labels."),
    ErrorCode("training_out_of_memory", 507, False, "The training needs more memory than there is", "Use the batch size that the message names."),
    ErrorCode("dataset_in_use", 409, False, "Something was made of this version", "Delete a version that nothing uses."),
    ErrorCode("merge_conflict", 409, False, "Both sides say something else", "Decide who is right, by a rule or picture by picture."),
    ErrorCode("learning_in_use", 409, False, "Something still uses it", "Take it out of use first."),
    ErrorCode("model_held_back", 409, False, "The gate holds the version back", "Promote it by force if you know why."),
    ErrorCode("training_interrupted", 500, False, "The training was killed again and again", "Give it more memory, or smaller batches, and start it again."),
    ErrorCode("training_unschedulable", 409, False, "There is no room for that many workers", "Ask for fewer workers, or give the cluster more processors or GPUs."),
    ErrorCode("training_cluster_lost", 503, True, "The Ray cluster does not answer", "It is tried again by itself; check DARKROOM_RAY_ADDRESS and the cluster."),
    ErrorCode("checkpoint_invalid", 422, False, "The checkpoint cannot be used", "Choose another checkpoint, or train again."),
    ErrorCode("export_differs", 500, False, "The exported model answers differently", "Use the checkpoint itself, and report the model's name."),
    # Sources and storage
    ErrorCode("source_missing", 404, False, "The file was gone before it could be read", "Put it back into the inbox."),
    ErrorCode("source_unreadable", 403, False, "The file cannot be opened for reading", "Give Darkroom read permission on it, then retry."),
    ErrorCode("source_changed", 409, True, "The file changed while it was being read", "It is tried again by itself once the file has settled."),
    ErrorCode("source_io", 503, True, "Reading the file failed", "It is tried again by itself; check the disk or network drive."),
    ErrorCode("storage_full", 507, False, "The disk is full", "Free some space under the home folder, then retry."),
    ErrorCode("storage_io", 503, True, "Writing to the store failed", "It is tried again by itself; check the disk that holds the home folder."),
    ErrorCode("storage_read_only", 503, False, "The home folder cannot be written to", "Choose another --home, or make the disk writable."),
    ErrorCode("storage_denied", 503, False, "The object store refused us", "Correct the credentials that docs/storage.md names for this provider."),
    ErrorCode("storage_missing", 503, False, "The bucket or container is not there", "Create it, or correct the storage URL."),
    ErrorCode("storage_unavailable", 503, True, "The object store does not answer", "It is tried again by itself; check the network and the endpoint."),
    ErrorCode("backup_damaged", 500, False, "The backup is damaged or incomplete", "Take another backup of the same folder."),
    ErrorCode("restore_refused", 409, False, "There is something already where the backup should go", "Name an empty or new folder with --home, and an empty database."),
    ErrorCode("blob_missing", 404, False, "The stored bytes are missing", "Restore the home folder from a backup, or ingest the picture again."),
    ErrorCode("blob_damaged", 500, False, "Stored bytes differ from their checksum", "Restore the file from a backup, or ingest the picture again."),
    ErrorCode("blob_key_invalid", 400, False, "That is not a storage key", "Use a namespace and a sha256 in lower-case hexadecimal."),
    # Services
    ErrorCode("database_unavailable", 503, True, "The database does not answer", "Wait a moment; see `darkroom status` and `darkroom logs mongod`."),
    ErrorCode("orchestrator_unavailable", 503, True, "Dagster does not answer", "Wait a moment; see `darkroom status` and `darkroom logs dagster-web`."),
    ErrorCode("orchestrator_refused", 502, False, "Dagster refused the run", "Read the cause; see `darkroom logs code-server`."),
    ErrorCode("not_running", 503, False, "Darkroom is not running on this home", "Start it with `darkroom up`."),
    ErrorCode("work_failed", 500, False, "The work broke off again and again", "Read its log in Dagster; what is done stays, begin again for the rest."),
    ErrorCode("server_unreachable", 503, True, "That Darkroom does not answer", "Check the address and the network, and that it runs there."),
    ErrorCode("already_running", 409, False, "Darkroom is already running on this home", "Use `darkroom status`, or stop it with `darkroom down`."),
    ErrorCode("port_in_use", 409, False, "A port is taken by another program", "Stop that program, or choose another port."),
    ErrorCode("tool_missing", 500, False, "A needed program is missing", "Install it as the message says; `darkroom doctor` checks all of them."),
    ErrorCode("service_failed", 500, False, "A service did not start", "Read its log with `darkroom logs SERVICE`."),
    ErrorCode("migration_needed", 503, False, "The database has an older schema", "Run `darkroom migrate`."),
    ErrorCode("migration_failed", 500, False, "A schema migration failed", "Read the cause; run `darkroom migrate` again, it resumes."),
    ErrorCode("invalid_setting", 500, False, "A setting is not valid", "Correct the DARKROOM_* variable named."),
    ErrorCode("internal", 500, False, "Something unexpected happened in Darkroom", "Try again; report it with the trace id if it stays."),
)
# fmt: on

ERROR_CODES: dict[str, ErrorCode] = {row.code: row for row in _ROWS}
"""Every code by name."""


class Error(Exception):
    """The one exception type of Darkroom: a row of the table plus what is particular to this case.

    Args:
        code: a key of `ERROR_CODES`.
        cause: one sentence that names the input and what was wrong with it.
        remedy: replaces the table's remedy where this case allows a better one.
        context: facts for logs and problem documents (JSON values; never secrets).
    """

    def __init__(self, code: str, cause: str, *, remedy: str | None = None, **context: Any) -> None:
        self.row = ERROR_CODES[code]
        self.cause = cause
        self.remedy = remedy or self.row.remedy
        self.context = context
        super().__init__(f"{self.row.title}: {cause}")

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors travel between decoder processes and the run that supervises them.
        return _rebuild, (self.code, self.cause, self.remedy, self.context)

    @property
    def code(self) -> str:
        """The stable identifier."""
        return self.row.code

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.row.status

    @property
    def retryable(self) -> bool:
        """Whether the same attempt can succeed later by itself."""
        return self.row.retryable


def _rebuild(code: str, cause: str, remedy: str, context: dict[str, Any]) -> Error:
    return Error(code, cause, remedy=remedy, **context)
