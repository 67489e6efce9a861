"""Which permission each route needs. The services check it; this table tells it, and a test tries every cell of it."""

from __future__ import annotations

from typing import Any

from darkroom.api.schemas import problems

PUBLIC: frozenset[str] = frozenset(
    {
        "get_health", "get_jwks", "get_setup", "set_up", "sign_in", "refresh_tokens", "reset_password",
        "list_sign_in_providers", "start_provider_sign_in", "finish_provider_sign_in", "begin_device_sign_in",
        "finish_device_sign_in", "ask_for_reset_mail",
    }
)  # fmt: skip
"""Routes that ask nobody who he is. The contract and its page are public too; they are not in the contract."""

NEEDED: dict[str, str] = {
    "list_images": "images:read",
    "index_images": "images:read",
    "group_images": "images:read",
    "map_images": "images:read",
    "similar_images": "images:read",
    "get_lineage": "images:read",
    "get_facets": "images:read",
    "list_query_fields": "images:read",
    "find_names": "images:read",
    "complete_query": "images:read",
    "upload_images": "images:write",
    "begin_upload": "images:write",
    "find_known": "images:read",
    "list_uploads": "images:write",
    "submit_uploads": "images:write",
    "get_upload": "images:write",
    "put_upload_part": "images:write",
    "complete_upload": "images:write",
    "drop_upload": "images:write",
    "list_places": "storage:read",
    "check_place": "storage:write",
    "count_places": "storage:read",
    "verify_storage": "storage:read",
    "arrange_storage": "storage:write",
    "list_backups": "storage:read",
    "begin_backup": "storage:write",
    "verify_backup": "storage:read",
    "list_moves": "storage:read",
    "begin_move": "storage:write",
    "plan_move": "storage:read",
    "get_move": "storage:read",
    "stop_move": "storage:write",
    "roll_back_move": "storage:write",
    "get_image": "images:read",
    "update_image": "images:edit",
    "bulk_images": "images:read",
    "read_values": "images:read",
    "export_sidecars": "images:read",
    "export_images": "images:read",
    "preview_export": "images:read",
    "get_export_file": "images:read",
    "delete_image": "trash:write",
    "list_trash": "trash:read",
    "get_trash_thumbnail": "trash:read",
    "trash_images": "trash:write",
    "restore_images": "trash:write",
    "purge_trash": "trash:purge",
    "empty_trash": "trash:purge",
    "list_rules": "rules:read",
    "create_rule": "rules:write",
    "try_rule": "rules:write",
    "get_rule": "rules:read",
    "update_rule": "rules:write",
    "delete_rule": "rules:write",
    "apply_rule": "rules:write",
    "list_tags": "images:read",
    "rename_tag": "tags:write",
    "delete_tag": "tags:write",
    "colour_tag": "tags:write",
    "get_original": "images:read",
    "get_thumbnail": "images:read",
    "get_preview": "images:read",
    "get_sidecar": "images:read",
    "get_tile_grid": "images:read",
    "get_tile": "images:read",
    "list_collections": "images:read",
    "create_collection": "images:write",
    "get_collection": "images:read",
    "update_collection": "images:write",
    "delete_collection": "images:write",
    "change_members": "images:write",
    "add_member": "images:write",
    "remove_member": "images:write",
    "list_batches": "batches:read",
    "get_batch": "batches:read",
    "cancel_batch": "batches:write",
    "list_failures": "failures:read",
    "retry_failures": "failures:write",
    "dismiss_failures": "failures:write",
    "get_queue": "batches:read",
    "list_runs": "batches:read",
    "list_formats": "system:read",
    "list_cameras": "system:read",
    "get_diagnostics": "system:write",
    "list_plugins": "system:write",
    "switch_plugin": "system:write",
    "list_operations": "presets:read",
    "validate_recipe": "presets:read",
    "list_presets": "presets:read",
    "save_preset": "presets:write",
    "get_preset": "presets:read",
    "retire_preset": "presets:write",
    "list_filters": "presets:read",
    "save_filter": "presets:write",
    "learn_filter": "presets:write",
    "get_filter": "presets:read",
    "get_filter_table": "presets:read",
    "retire_filter": "presets:write",
    "preview_recipe": "presets:read",
    "curve_quality": "presets:read",
    "get_develop_history": "presets:read",
    "save_develop_history": "presets:read",
    "get_copied_steps": "presets:read",
    "copy_steps": "presets:read",
    "order_renditions": "renditions:write",
    "list_rendition_orders": "renditions:read",
    "get_rendition_order": "renditions:read",
    "cancel_rendition_order": "renditions:write",
    "list_renditions": "renditions:read",
    "get_rendition": "renditions:read",
    "list_work": "operations:read",
    "get_work": "operations:read",
    "cancel_work": "operations:write",
    "undo_work": "operations:write",
    "list_datasets": "datasets:read",
    "commit_dataset": "datasets:write",
    "preview_dataset": "datasets:write",
    "get_dataset": "datasets:read",
    "list_dataset_versions": "datasets:read",
    "export_dataset": "datasets:read",
    "tag_dataset": "datasets:write",
    "restore_dataset": "datasets:write",
    "branch_dataset": "datasets:write",
    "split_dataset": "datasets:write",
    "preview_merge": "datasets:read",
    "merge_dataset": "datasets:write",
    "delete_dataset_version": "datasets:write",
    "compare_dataset": "datasets:read",
    "preview_augment": "datasets:read",
    "list_label_suspects": "datasets:read",
    "get_dataset_quality": "datasets:read",
    "judge_dataset": "datasets:write",
    "list_poor_pictures": "datasets:read",
    "export_dataset_quality": "datasets:read",
    "leave_out_poor": "datasets:write",
    "expand_dataset": "datasets:write",
    "import_dataset": "datasets:write",
    "get_import": "datasets:write",
    "get_quality_rules": "datasets:read",
    "set_quality_rules": "datasets:write",
    "list_to_annotate": "datasets:read",
    "get_drafts": "datasets:read",
    "save_draft": "datasets:write",
    "delete_draft": "datasets:write",
    "discard_drafts": "datasets:write",
    "commit_drafts": "datasets:write",
    "find_label_suspects": "datasets:write",
    "list_followed_datasets": "datasets:read",
    "get_followed_dataset": "datasets:read",
    "follow_dataset": "datasets:write",
    "unfollow_dataset": "datasets:write",
    "list_embeddings": "training:read",
    "embed_pictures": "training:write",
    "start_training": "training:write",
    "estimate_training": "training:read",
    "measure_training": "training:write",
    "list_trainings": "training:read",
    "get_training": "training:read",
    "cancel_training": "training:write",
    "pause_training": "training:write",
    "stop_training": "training:write",
    "get_training_panel": "training:read",
    "resume_training": "training:write",
    "list_checkpoints": "training:read",
    "get_checkpoint": "training:read",
    "get_checkpoint_file": "training:read",
    "export_checkpoint": "training:read",
    "list_reports": "training:read",
    "get_report": "training:read",
    "export_report": "training:read",
    "export_report_pdf": "training:read",
    "compare_report": "training:read",
    "compare_models": "training:read",
    "slice_report": "training:read",
    "get_report_points": "training:read",
    "list_experiments": "training:read",
    "list_backbones": "training:read",
    "list_evaluations": "training:read",
    "evaluate_model": "training:write",
    "list_models": "training:read",
    "get_model": "training:read",
    "promote_model": "models:write",
    "roll_back_model": "models:write",
    "propose_model": "models:write",
    "decline_model": "models:write",
    "delete_model_version": "models:write",
    "delete_training": "training:write",
    "delete_report": "training:write",
    "set_model_gate": "models:approve",
    "note_model": "models:write",
    "get_model_card": "training:read",
    "get_model_uses": "training:read",
    "reproduce_model": "training:write",
    "follow_events": "events:read",
    "get_me": "account:read",
    "update_me": "account:write",
    "sign_out": "account:write",
    "change_password": "account:write",
    "end_session": "account:write",
    "look_at_device": "account:write",
    "decide_device": "account:write",
    "link_provider": "account:write",
    "unlink_provider": "account:write",
    "list_users": "users:read",
    "create_user": "users:write",
    "get_user": "users:read",
    "update_user": "users:write",
    "set_user_role": "users:write",
    "make_reset_link": "users:write",
    "invite_user": "users:write",
    "list_tokens": "account:read",
    "create_token": "account:write",
    "revoke_token": "account:write",
    "list_roles": "account:read",
    "list_policies": "policies:read",
    "add_policy": "policies:write",
    "remove_policy": "policies:write",
    "explain_access": "account:read",
    "list_audit": "audit:read",
    "export_audit": "audit:read",
}
"""Operation -> permission it takes."""


WITHOUT_KEY: dict[str, str] = {
    "sign_out": "Once done, whoever asked is nobody; doing it again changes nothing.",
    "change_password": "Doing it again is refused: the old password is no longer the old one.",
    "make_reset_link": "Its answer is a secret; a link that got lost can no longer be used once another is made.",
    "link_provider": "Its answer sets a cookie for this browser, which is kept nowhere; beginning again changes nothing.",
    "create_token": "Its answer is a secret, which is kept nowhere.",
    "preview_dataset": "It only reads; asking again tells what is so by then.",
    "preview_augment": "It only reads, and what it answers may be large.",
    "read_values": "It only reads; asking again changes nothing.",
    "preview_export": "It only reads; asking again tells what is so by then.",
    "export_sidecars": "It only reads, and what it answers may be large.",
}
"""POST operations that take no `Idempotency-Key`, and why; public ones take none since whoever asks is not known."""


STREAMED: frozenset[str] = frozenset({"import_dataset"})
"""POST operations that read their body themselves, and not before they know who asks; forms are read so too."""


def takes_key(name: str) -> bool:
    """Whether a POST operation takes an `Idempotency-Key`."""
    return name not in PUBLIC and name not in WITHOUT_KEY


_KEY_PARAMETER: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any text of one's own for this one request. Sent again with it within a day, the request is not done "
    "again: the answer is the first one, with `Idempotent-Replayed: true`.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}


def describe(method: str, operation: dict[str, Any]) -> None:
    """Say in the contract what an operation takes."""
    name = operation["operationId"]
    if method == "post" and takes_key(name):
        operation.setdefault("parameters", []).append(_KEY_PARAMETER)
        for status, answer in problems("request_in_progress", "idempotency_key_reused").items():
            _add_answer(operation["responses"], str(status), answer)
    if name in PUBLIC:
        operation["security"] = []
    elif name in NEEDED:
        operation["x-permission"] = NEEDED[name]


def _add_answer(responses: dict[str, Any], status: str, answer: dict[str, Any]) -> None:
    words = responses.get(status, {}).get("description", "")
    responses[status] = {**answer, "description": f"{words} {answer['description']}".strip()}


SECURITY_SCHEMES: dict[str, Any] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API token (`dr_...`), or an access token from `POST /api/v1/auth/sign-in`.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-darkroom",
        "description": "The session of a browser; over http the cookie is `darkroom-<port>`.",
    },
}
"""How a request shows who makes it; until there is an account, requests from this machine need neither."""
