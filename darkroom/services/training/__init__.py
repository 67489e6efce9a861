"""Trainings, what comes of them, and which version of a model is used."""
