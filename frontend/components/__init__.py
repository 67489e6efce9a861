"""Functions and classes that return components; none takes a State."""
