"""Rules that file pictures."""
