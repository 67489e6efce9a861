"""The page that shows the contract, without anything from other servers."""

from __future__ import annotations

from typing import Any


def docs_html(contract: dict[str, Any]) -> str:
    """The contract as one page of HTML."""
    return f"<!doctype html><title>{contract['info']['title']}</title>"
