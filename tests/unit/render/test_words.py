"""Shared wordings."""

import pytest

from wfopt.model.workflow import StepId
from wfopt.render.words import counted, path_text


def test_nouns_agree_with_their_number() -> None:
    assert [counted(number, "error") for number in (0, 1, 2)] == ["0 errors", "1 error", "2 errors"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("", ""),
        ("a", "a"),
        ("abcde", "a → b → c → d → e"),
        ("abcdef", "a → b → … 2 more … → e → f"),
        ("abcdefghij", "a → b → … 6 more … → i → j"),
    ],
)
def test_long_paths_are_shortened_in_the_middle(path: str, text: str) -> None:
    assert path_text([StepId(each) for each in path]) == text


def test_ids_in_paths_are_harmless() -> None:
    assert path_text([StepId("a\x1b[2J")]) == "a\\x1b[2J"
