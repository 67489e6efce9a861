"""Datasets as files: manifests, imports from what other programs write, and splits. Knows neither pixels nor the database."""
