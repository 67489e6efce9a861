"""Recipes as people use them: saved, tried on a picture, run on many."""
