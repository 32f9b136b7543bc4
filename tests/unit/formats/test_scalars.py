"""What plain scalars mean."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfopt.formats.scalars import Kind, kind_of, to_bool, to_float, to_int, value_of


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_null(text: str) -> None:
    assert kind_of(text, plain=True) is Kind.NULL
    assert value_of(text, plain=True) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("true", True), ("True", True), ("TRUE", True), ("false", False), ("False", False), ("FALSE", False)],
)
def test_bool(text: str, expected: bool) -> None:
    assert kind_of(text, plain=True) is Kind.BOOL
    assert to_bool(text) is expected
    assert value_of(text, plain=True) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0", 0), ("7", 7), ("-7", -7), ("+7", 7), ("-0", 0), ("120", 120), ("0o17", 15), ("0xFf", 255)],
)
def test_int(text: str, expected: int) -> None:
    assert kind_of(text, plain=True) is Kind.INT
    assert to_int(text) == expected
    assert value_of(text, plain=True) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3.10", 3.1),
        ("1e3", 1000.0),
        ("6.02e23", 6.02e23),
        ("1.5E-2", 0.015),
        ("-0.5", -0.5),
        (".5", 0.5),
        ("+1.", 1.0),
        (".inf", math.inf),
        ("-.Inf", -math.inf),
        ("+.INF", math.inf),
        ("1e999", math.inf),
    ],
)
def test_float(text: str, expected: float) -> None:
    assert kind_of(text, plain=True) is Kind.FLOAT
    assert to_float(text) == expected
    assert value_of(text, plain=True) == expected


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_not_a_number(text: str) -> None:
    assert kind_of(text, plain=True) is Kind.FLOAT
    assert math.isnan(to_float(text))


@pytest.mark.parametrize(
    "text",
    [
        *("on", "off", "Off", "yes", "no", "NO", "y", "n", "tRUE", "nULL", "None"),
        *("0755", "08", "00", "-01", "01.5", "0755e1", "0O17", "0b1", "0x", "0o8", "+0x1"),
        *("1_000", "2_17", "12:30", "22:22", "1:30", "12:30:45", "08:30"),
        *("2024-01-02", "2024-13-45", "2001-12-14t21:59:43.10-05:00"),
        *(".", "..", "-", "+", "1.2.3", "1e", "e1", "inf", "nan", "+.nan", ".iNF", "1 2", "1\n", "٣"),
        *("=", "<<", "echo 1", "20m", "512MiB"),
    ],
)
def test_everything_else_is_text(text: str) -> None:
    assert kind_of(text, plain=True) is Kind.STR
    assert value_of(text, plain=True) == text


@pytest.mark.parametrize("text", ["", "null", "true", "7", "1.5", ".inf", "a"])
def test_what_is_quoted_is_text(text: str) -> None:
    assert kind_of(text, plain=False) is Kind.STR
    assert value_of(text, plain=False) == text


@pytest.mark.parametrize("text", ["9" * 5_000, "-" + "9" * 5_000, "0." + "9" * 5_000, "0x" + "f" * 5_000])
def test_very_long_numbers_are_text(text: str) -> None:
    assert value_of(text, plain=True) == text


def test_the_longest_numbers() -> None:
    assert value_of("1" + "0" * 255, plain=True) == 10**255
    assert value_of("1" + "0" * 256, plain=True) == "1" + "0" * 256


@given(st.text(alphabet="0123456789+-._eExXoOabcdefinfINFaN:~ \n"))
def test_every_text_has_a_value_of_its_kind(text: str) -> None:
    expected = {Kind.NULL: type(None), Kind.BOOL: bool, Kind.INT: int, Kind.FLOAT: float, Kind.STR: str}
    assert type(value_of(text, plain=True)) is expected[kind_of(text, plain=True)]


@given(st.integers(min_value=-(10**60), max_value=10**60))
def test_integers_come_back(number: int) -> None:
    assert value_of(str(number), plain=True) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_come_back(number: float) -> None:
    assert value_of(repr(number), plain=True) == number
