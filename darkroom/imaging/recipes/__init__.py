"""Recipes: operations in order, written down once, checked, and run as one function in memory."""

from __future__ import annotations

from darkroom.imaging.recipes.compile import Program, compile_recipe
from darkroom.imaging.recipes.model import Recipe, Step
from darkroom.imaging.recipes.read import read_recipe
from darkroom.imaging.recipes.run import Made, run_recipe

__all__ = ["Made", "Program", "Recipe", "Step", "compile_recipe", "read_recipe", "run_recipe"]
