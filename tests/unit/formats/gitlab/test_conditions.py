"""Conditions of GitLab rules, decided as far as that can be."""

from __future__ import annotations

import pytest

from wfopt.formats.gitlab.conditions import (
    MAX_DEPTH,
    MAX_LENGTH,
    Truth,
    UnreadableError,
    both,
    decide,
    either,
    mentioned,
)

KNOWN = {"A": "a", "EMPTY": "", "CI_COMMIT_BRANCH": "main"}
OPEN = "$CI_PIPELINE_SOURCE"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A", True),
        ("${A}", True),
        ("$EMPTY", False),
        ("$NONE", False),
        ("null", False),
        ('"x"', True),
        ("''", False),
        ('$A == "a"', True),
        ("$A != 'a'", False),
        ("$NONE == null", True),
        ('$EMPTY == ""', True),
        ("$EMPTY == null", False),
        ('$CI_COMMIT_BRANCH == "main"', True),
        (OPEN, None),
        (f'{OPEN} == "push"', None),
        (f"{OPEN} != {OPEN}", None),
        (f'{OPEN} || $A == "a"', True),
        (f'{OPEN} && $A == "b"', False),
        (f"{OPEN} && $A", None),
        ("$NONE =~ /x/", False),
        ("$NONE !~ /x/", True),
        ("$A =~ /^a$/i", None),
        ("$A !~ $EMPTY", None),
        ("$NONE && $NONE || $A", True),
        ("$NONE && ($NONE || $A)", False),
        ('($A == "a") == "true"', True),
    ],
)
def test_conditions_are_decided(text: str, expected: Truth) -> None:
    assert decide(text, KNOWN) is expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "$A ==", "== $A", "$A $A", "($A", "$A)", "$A & $A", "'open", "/open", "$A = 'a'"),
        "(" * (MAX_DEPTH + 1) + "$A" + ")" * (MAX_DEPTH + 1),
        "$A" + " " * MAX_LENGTH,
        "(" * 4_000,
    ],
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError):
        decide(text, KNOWN)


def test_a_long_chain_is_no_trouble() -> None:
    assert decide(" || ".join(["$NONE"] * 1000), {}) is False


def test_what_is_not_known_stays_so() -> None:
    assert [both(True, None), both(None, False), either(None, True), either(False, None)] == [
        None,
        False,
        True,
        None,
    ]


def test_variables_are_found() -> None:
    assert mentioned('$A == "x" && (${B} || $A)') == ("A", "B")
