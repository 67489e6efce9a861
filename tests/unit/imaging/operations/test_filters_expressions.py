"""The language of formulas: what it means, and that nothing else can be said in it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkroom.errors import Error
from darkroom.imaging.operations.expressions import FUNCTIONS, MAX_LENGTH, FormulaError, compile_expression, parse

NAMES = frozenset({"r", "g", "k"})
GIVEN = {"r": np.float32(0.25), "g": np.float32(0.5), "k": np.float32(-2)}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 ^ 3 ^ 2", 512),
        ("-2 ^ 2", -4),
        ("2 ^ -1", 0.5),
        ("10 - 4 - 3", 3),
        ("8 / 4 / 2", 1),
        ("7 % 4", 3),
        ("-7 % 4", 1),
        ("1 < 2", 1),
        ("2 <= 1", 0),
        ("1 + 1 == 2", 1),
        ("1 != 1", 0),
        ("1 && 0 || 1", 1),
        ("!0 + 1", 2),
        ("0 ? 1 : 2", 2),
        ("1 ? 0 ? 3 : 4 : 5", 4),
        ("r < g ? 10 : 20", 10),
        ("1e-2 + .5 + 2.", 2.51),
        ("--3", 3),
        ("min(3, 1, 2)", 1),
        ("max(r, g)", 0.5),
        ("clamp(5, 0, 1)", 1),
        ("mix(0, 10, r)", 2.5),
        ("step(0.3, r)", 0),
        ("smoothstep(0, 1, g)", 0.5),
        ("fract(2.75)", 0.75),
        ("sqrt(16) + abs(k)", 6),
        ("pow(2, 10)", 1024),
        ("if(k < 0, 1, 2)", 1),
        ("sin(pi / 2) + log(e)", 2),
        ("atan2(1, 1) * 4", math.pi),
        ("hypot(3, 4)", 5),
        ("round(1.6) + floor(-0.5) + ceil(0.2) + sign(k)", 1),
    ],
)
def test_formulas_have_the_value_that_mathematics_gives_them(text: str, value: float):
    assert float(parse(text, NAMES)(GIVEN)) == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize("text", ["0 / 0", "sqrt(-1)", "log(-1)", "(-8) ^ 0.5", "asin(2)"])
def test_what_has_no_value_is_zero(text: str):
    assert float(parse(text)({})) == 0


def test_what_is_beyond_all_numbers_is_white_or_black():
    assert float(parse("1 / 0")({})) == 1
    assert float(parse("-1 / 0")({})) == 0
    assert float(parse("10 ^ 30 ^ 2")({})) == 1


@pytest.mark.parametrize(
    ("text", "words", "place"),
    [
        ("", "a value is missing", 1),
        ("1 +", "a value is missing before 'the end'", 4),
        ("1 2", "'2' is not expected", 3),
        ("(1", r"'\)' is missing", 3),
        ("1)", r"'\)' is not expected", 2),
        ("q", "'q' is not known", 1),
        ("sin", "is a function and needs brackets", 1),
        ("exec(1)", "there is no function 'exec'", 1),
        ("mix(1, 2)", "mix takes 3 values, not 2", 1),
        ("min(1)", "min takes at least 2 values, not 1", 1),
        ("r $ g", r"'\$' has no meaning here", 3),
        ("r.real", r"'\.' has no meaning here", 2),
        ("'a'", "has no meaning here", 1),
        ("r[0]", r"'\[' has no meaning here", 2),
        ("1 ? 2", "':' is missing", 6),
        ("a = 1", "has no meaning here", 3),
        ("1e999", "too large", 1),
        ("r;g", "has no meaning here", 2),
        ("lambda: 1", "'lambda' is not known", 1),
        ("__import__(1)", "there is no function '__import__'", 1),
        ("r" + " + r" * 400, "more than", None),
        ("(" * 200 + "r" + ")" * 200, "nested too deep", None),
        ("-" * 300 + "r", "nested too deep", None),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, words: str, place: int | None):
    with pytest.raises(FormulaError, match=words) as refused:
        parse(text, NAMES)
    if place is not None:
        assert refused.value.place == place - 1
        assert f"at character {place}" in str(refused.value)


def test_a_formula_that_is_too_long_is_refused():
    with pytest.raises(FormulaError, match="more than 1000"):
        parse("1" * (MAX_LENGTH + 1))


def test_outside_of_forms_it_is_one_of_our_errors():
    with pytest.raises(Error, match="The formula 'r \\+' cannot be read") as refused:
        compile_expression("r +")
    assert refused.value.code == "invalid_parameter"


def test_the_names_that_are_used_are_known():
    assert parse("r + min(g, 0.5) * pi", NAMES).uses == {"r", "g"}


def test_whole_arrays_are_worked_out_at_once():
    values = np.linspace(0, 1, 7, dtype=np.float32)
    made = parse("r > 0.5 ? 1 : r * 2", NAMES)({"r": values})
    assert made == pytest.approx(np.where(values > 0.5, 1, values * 2))


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet="rg01.+-*/%^()<>=!?:,& |minaxsqrt e\n_[]'\"\\", max_size=60))
def test_any_text_is_a_formula_or_refused(text: str):
    try:
        formula = parse(text, NAMES)
    except FormulaError:
        return
    assert np.isfinite(formula(GIVEN)).all()


def test_every_function_takes_arrays():
    values = np.linspace(0.1, 0.9, 5, dtype=np.float32)
    for name, (count, _) in FUNCTIONS.items():
        arguments = ", ".join(["r"] * (count or 3))
        assert parse(f"{name}({arguments})", NAMES)({"r": values}).shape == (5,), name
