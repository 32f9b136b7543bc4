"""What a load looks at outside is noted, with what was there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wfopt.errors import LoadError
from wfopt.formats.outside import ENTRY, EXISTS, FILE, REAL, VARIABLE, Outside


def test_files_and_paths_are_noted(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbftext")
    (tmp_path / "link").symlink_to("nowhere")
    outside = Outside({})
    a, link = str(tmp_path / "a"), str(tmp_path / "link")
    source = outside.read(a, "shown")
    assert (source.name, source.text) == ("shown", "text")
    assert outside.exists(a) is True
    assert outside.exists(link) is False
    assert outside.is_entry(link) is True
    assert outside.real(link) == str(tmp_path.resolve() / "nowhere")
    assert list(outside.seen.items()) == [
        ((FILE, a), b"\xef\xbb\xbftext"),
        ((EXISTS, a), True),
        ((EXISTS, link), False),
        ((ENTRY, link), True),
        ((REAL, link), str(tmp_path.resolve() / "nowhere")),
    ]
    assert outside.is_repeatable


def test_the_same_questions_get_the_same_answers(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("text", encoding="utf-8")
    first, second = Outside({"A": "1"}), Outside({"A": "1", "B": "2"})
    first.read(str(tmp_path / "a"), "a")
    assert first.environ.get("A") == "1"
    assert first.environ.get("GONE") is None
    for question in first.seen:
        second.ask(question)
    assert second.seen == first.seen


def test_variables_are_noted_one_by_one() -> None:
    outside = Outside({"A": "1", "B": "2", "C": "3"})
    assert outside.environ["A"] == "1"
    assert "GONE" not in outside.environ
    assert "B" in outside.environ
    assert outside.seen == {(VARIABLE, "A"): "1", (VARIABLE, "GONE"): None, (VARIABLE, "B"): "2"}
    assert outside.is_repeatable


@pytest.mark.parametrize("look", [dict, list, len, bool])
def test_who_looks_at_all_variables_cannot_be_repeated(look: Callable[[Any], object]) -> None:
    outside = Outside({"A": "1"})
    look(outside.environ)
    assert not outside.is_repeatable


def test_a_file_that_changes_meanwhile_cannot_be_repeated(tmp_path: Path) -> None:
    outside = Outside({})
    for text in ("one", "two"):
        (tmp_path / "a").write_text(text, encoding="utf-8")
        outside.read(str(tmp_path / "a"), "a")
    assert not outside.is_repeatable


def test_a_file_that_cannot_be_read_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="there is no file `shown`"):
        Outside({}).read(str(tmp_path / "gone"), "shown")


def test_there_are_no_other_questions() -> None:
    with pytest.raises(KeyError):
        Outside({}).ask(("command", "true"))
