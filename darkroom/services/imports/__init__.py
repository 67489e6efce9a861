"""Labelled pictures that come in one archive: taken in, and committed as a version of a dataset."""
