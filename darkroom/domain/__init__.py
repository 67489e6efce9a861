"""Frozen types that name what Darkroom deals in. No input or output here."""
