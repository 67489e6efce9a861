"""Sample pictures for an empty library: painted scenes with metadata, near duplicates, and some that went wrong."""

from __future__ import annotations

from darkroom.imaging.samples.files import write_samples

__all__ = ["write_samples"]
