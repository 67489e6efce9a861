"""Datasets: committing, comparing and reading their versions."""
