"""Where an ingest puts what it makes, importable by decoder processes."""

from __future__ import annotations


class NoSink:
    """Takes everything and keeps nothing: the engine alone, without the disk."""

    def put(self, namespace: str, key: str, data: bytes, *, durable: bool) -> bool:
        """Forget the bytes."""
        return True
