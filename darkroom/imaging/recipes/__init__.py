"""Recipes: operations in order, written down once, checked, and run as one function in memory.

Nothing is imported here: modules are loaded when they are first needed, by several threads at once, and a package that loads
its own modules while another thread asks for one of them waits for it, as that does for the package.
"""
