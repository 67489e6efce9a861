"""Operations on pictures: pure functions from pixels and parameters to pixels, each declared once."""
