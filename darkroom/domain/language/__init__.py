"""The query language: `camera:"Nikon Z 7" rating>=4 taken:2024..2025-06 -tag:ocean (format:raw or iso>3200)`."""

from darkroom.domain.language.errors import QueryError, not_understood
from darkroom.domain.language.reading import LONGEST, given, read
from darkroom.domain.language.writing import write

__all__ = ["LONGEST", "QueryError", "given", "not_understood", "read", "write"]
