"""`${...}` of DVC."""

from __future__ import annotations

import pytest

from wfopt.formats.dvc import interpolation
from wfopt.formats.dvc.interpolation import InterpolationError, fill, fill_all
from wfopt.formats.plain import Plain

VALUES: dict[str, Plain] = {"a": {"b": [1, {"c": True}]}, "s": "x y", "n": None, "f": 0.1}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("${a.b[0]}", 1),
        ("${ a.b.1.c }", True),
        ("${a.b[-1].c}!", "true!"),
        ("${a}", VALUES["a"]),
        ("${s}${f}", "x y0.1"),
        ("${n}-", "None-"),
        (r"\${s} ${s}", "${s} x y"),
        ("$s {s} ${", "$s {s} ${"),
    ],
)
def test_texts_are_filled_in(text: str, value: Plain) -> None:
    assert fill(text, VALUES) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("${x}", "`x`, which is not known"),
        ("${a.b[7]}", "not known"),
        ("${s.t}", "not known"),
        ("-${a}", "no single value"),
        ("-${a.b}", "no single value"),
    ],
)
def test_what_has_no_value_is_told(text: str, why: str) -> None:
    with pytest.raises(InterpolationError, match=why):
        fill(text, VALUES)


def test_mappings_become_options_of_commands() -> None:
    values: dict[str, Plain] = {
        "o": {"a": 1, "b": {"c": "x y"}, "t": True, "f": False, "l": ["p q", 2], "e": []}
    }
    assert fill("run ${o}", values, is_command=True) == "run --a 1 --b.c 'x y' --t --l 'p q' 2"


def test_keys_are_filled_in_as_well() -> None:
    assert fill_all({"${s}": ["${f}", 1, None]}, VALUES) == {"x y": [0.1, 1, None]}


def test_texts_that_grow_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpolation, "LONGEST", 10)
    with pytest.raises(InterpolationError, match="too long"):
        fill("${s}" * 9, VALUES)
