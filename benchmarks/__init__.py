"""Benchmarks: one file for each claim, each beside its peers in the same run."""
