"""Sample pictures for an empty library: painted scenes with metadata, near duplicates, and some that went wrong."""
