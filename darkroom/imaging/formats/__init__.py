"""Every picture format: who reads it, who writes it, and what it can carry.

Nothing is imported here, as in `darkroom.imaging.recipes`.
"""
